"""`${…}` in a string: what it stands for, and why it may stand for nothing.

`$${` is the text `${` itself.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from reconciler.manifest.names import is_name
from reconciler.manifest.secrets import is_secret
from reconciler.manifest.words import did_you_mean, either, quoted

OPENING = "${"

PREFIX = "RECONCILER_VAR_"
"""Only what begins so is read of the environment: a manifest may come from a pull request."""

MAX_LENGTH = 4_096
"""Characters that a string may have once its variables are replaced."""

_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
_VARIABLE = re.compile(rf"{PREFIX}[A-Z0-9_]{{1,64}}")


class ReferenceRefused(ValueError):
    """A reference that stands for nothing; the sentence follows the path of the key."""

    def __init__(self, code: str, what: str, why: str = "", cure: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.why, self.cure = code, what, why, cure


class ReportedBefore(ValueError):
    """A reference to a variable whose own value was refused."""


Lookup = Callable[[str], str]
"""What the text between `${` and `}` stands for; raises ReferenceRefused or ReportedBefore."""


def substituted(text: str, lookup: Lookup) -> str:
    """`text` with everything that `${…}` stands for.

    Raises:
        ReferenceRefused: a reference is not closed, stands for nothing, or the result is too long
            or looks like a secret.
        ReportedBefore: from `lookup`.
    """
    result = "".join(_bounded(_pieces(text, lookup), max(MAX_LENGTH, len(text))))
    if is_secret(result) and not is_secret(text):
        what, why = "has what looks like a key once its variables are replaced", "it is not shown"
        raise ReferenceRefused("secret-in-manifest", what, why, "keys come from the environment")
    return result


def _pieces(text: str, lookup: Lookup) -> Iterator[str]:
    end = 0
    for token in _TOKEN.finditer(text):
        yield text[end : token.start()]
        yield _meaning(token, lookup)
        end = token.end()
    yield text[end:]


def _meaning(token: re.Match[str], lookup: Lookup) -> str:
    if token[1] is None:
        return OPENING
    if not token[2]:
        what = "has a ${ that is not closed"
        raise ReferenceRefused("bad-reference", what, cure="write ${var:NAME}, or $${ for ${")
    return lookup(token[1])


def _bounded(pieces: Iterable[str], most: int) -> Iterator[str]:
    """The pieces, as long as they are no longer than `most` together."""
    for piece in pieces:
        most -= len(piece)
        if most < 0:
            what = f"is longer than {MAX_LENGTH:,} characters with its variables replaced"
            raise ReferenceRefused("wrong-length", what)
        yield piece


def of_environment(environ: Mapping[str, str]) -> Lookup:
    """`${env:NAME}` and `${env:NAME:-default}`, for the values of `vars`."""

    def lookup(body: str) -> str:
        kind, _, rest = body.partition(":")
        name, has_default, default = rest.partition(":-")
        if kind != "env":
            what, cure = f"holds {quoted(f'${{{body}}}')}", "write ${env:NAME:-default}"
            raise ReferenceRefused("bad-reference", what, "vars are made of env alone", cure)
        if not _VARIABLE.fullmatch(name):
            what, why = f"reads {quoted(name)}", f"only {PREFIX}* is read of the environment"
            raise ReferenceRefused("bad-reference", what, why, f"call it {PREFIX}NAME")
        value = environ.get(name, default if has_default else None)
        if value is None:
            cure = f"set it, or write ${{env:{name}:-default}}"
            raise ReferenceRefused("unset-variable", f"reads {name}, which is not set", cure=cure)
        return _printable(value, name)

    return lookup


def of_variables(variables: Mapping[str, str | None]) -> Lookup:
    """`${var:x}`; a variable that is None was reported already."""

    def lookup(body: str) -> str:
        kind, _, name = body.partition(":")
        if kind != "var":
            what, why = f"holds {quoted(f'${{{body}}}')}", "only variables are replaced here"
            cure = "give it a name in vars, and write ${var:NAME}; or $${ for ${"
            raise ReferenceRefused("bad-reference", what, why, cure)
        if name not in variables:
            added = f"add vars: {{{name}: …}}" if is_name(name) else "write ${var:NAME}"
            cure = did_you_mean(name, variables) or added
            what = f"names no entry of vars: {quoted(name)}"
            raise ReferenceRefused("undefined-variable", what, cure=cure)
        value = variables[name]
        if value is None:
            raise ReportedBefore(name)
        return value

    return lookup


def of_nothing(places: Sequence[str]) -> Lookup:
    """Refuses every reference: it stands in a string that is not one of `places`."""

    def lookup(body: str) -> str:
        what, why = f"cannot hold {quoted(f'${{{body}}}')}", "variables stand in some strings only"
        cure = f"they may stand in {either(places)}; or write $${{ for ${{"
        raise ReferenceRefused("bad-reference", what, why, cure)

    return lookup


def _printable(value: str, name: str) -> str:
    if not value.isprintable():
        what, why = f"reads {name}, which has a character that does not print", "it is not shown"
        raise ReferenceRefused("hidden-character", what, why)
    return value

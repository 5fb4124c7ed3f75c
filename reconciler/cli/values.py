"""Values that are typed, as click's types: what they are parsed to, and what a shell can complete.

Declaring one costs nothing: the manifest is read when one of its words is asked for.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import click
from click.types import StringParamType

from reconciler.cli.settings import Settings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from reconciler.manifest.outline import Outline

Items: TypeAlias = "list[CompletionItem[str]]"

KINDS = ("files", "jobs", "models")
"""Sections of a manifest whose entries have addresses; a test knows the kinds themselves."""

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5 only
    """`90m`, `1h30m`, `300s`, `30d` or plain seconds, as an int of seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Seconds; a mistake is a usage error."""
        if isinstance(value, int):
            return value
        match = _DURATION.fullmatch(str(value))
        if not match or not any(match.groups()):
            self.fail(f"{value!r} is not a duration: write 90m, 1h30m or 300s", param, ctx)
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


class Digest(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5 only
    """What `plan` prints after `digest:`, in full: 64 hex digits."""

    name = "digest"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """The digest; a mistake is a usage error."""
        text = str(value)
        if text and not _DIGEST.fullmatch(text):
            self.fail(f"{text!r} is no digest: it has 64 hex digits, as plan shows it", param, ctx)
        return text


class Usd(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5 only
    """An amount of money, `64` or `64.50`, as a Decimal."""

    name = "usd"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """USD; a mistake is a usage error."""
        text = str(value).removeprefix("$")
        if not _AMOUNT.fullmatch(text):
            self.fail(f"{value!r} is no amount of USD: write 64 or 64.50", param, ctx)
        return Decimal(text)


class Target(StringParamType):
    """An address of the manifest, or an id of the API, which no manifest knows.

    Args:
        kinds: whose addresses are meant.
        or_model: the id of a model is meant as well: the base models of the manifest are offered.
    """

    def __init__(self, *kinds: str, or_model: bool = False) -> None:
        self._kinds, self._or_model = kinds, or_model

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002  # click's signature
        """The addresses, then the models."""
        found = _declared(ctx, self._kinds)
        return offered((*found.addresses, *(found.models if self._or_model else ())), incomplete)


class Environment(StringParamType):
    """The name of an environment."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """Those of the manifest."""
        return offered(_declared(ctx, ()).environments, incomplete)


class Code(StringParamType):
    """A rule of `validate`, or an exit code."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """All of them, with what they mean."""
        from reconciler.rules import RULES  # noqa: PLC0415  # a page of text
        from reconciler.rules.exits import EXITS  # noqa: PLC0415

        says = {code: rule.says for code, rule in RULES.items()}
        return offered({**EXITS, **says}, incomplete)


FILE, JOB, ALIAS, ADDRESS = Target("files"), Target("jobs"), Target("models"), Target(*KINDS)
MODEL, MODEL_ID = Target("jobs", "models", or_model=True), Target()
DURATION, DIGEST, ENVIRONMENT, CODE, USD = Duration(), Digest(), Environment(), Code(), Usd()


def offered(words: Iterable[str], incomplete: str) -> Items:
    """The words that begin like what was typed; a mapping tells what each of them means."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415  # only at a TAB

    helps = words if isinstance(words, Mapping) else {}
    return [
        CompletionItem(word, help=helps.get(word)) for word in words if word.startswith(incomplete)
    ]


def _declared(ctx: click.Context, kinds: tuple[str, ...]) -> "Outline":
    """What the manifest of this line declares; `-f`, `-C` and `--env` were read before."""
    from reconciler.manifest.outline import outline  # noqa: PLC0415  # it needs yaml

    settings = ctx.find_object(Settings) or Settings()
    return outline(settings.manifest, kinds, settings.environment)

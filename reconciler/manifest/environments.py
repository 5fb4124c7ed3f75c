"""`environments`: what differs from one to the other, merged over the rest of the manifest.

Mappings merge key by key, anything else replaces, and null removes (RFC 7396).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from reconciler.manifest.finding import Finding, Path
from reconciler.manifest.names import NAME_RULE, is_name, name_cure
from reconciler.manifest.tree import BROKEN, Value
from reconciler.manifest.unknown import unknown_key
from reconciler.manifest.wanted import wrong_type
from reconciler.manifest.words import clipped, did_you_mean, dotted, either, quoted

ENVIRONMENTS, DEFAULT_ENV = "environments", "default_env"

CHANGEABLE = ("provider", "state", "vars", "defaults", "budget", "prices",
              "min_lifetime_days", "outputs", "import")  # fmt: skip
"""What an environment may say anew, beside the sections of resources: an id is of one endpoint."""

Root = Mapping[str, Value]

_NAMING = ("pin", "model", "vars")
"""Keys under which the name of a model may stand."""

_MOST_NAMED = 10


class Overlay(NamedTuple):
    """What the chosen environment says; "" and nothing, where there are no environments."""

    name: str = ""
    values: Root = MappingProxyType({})

    @property
    def path(self) -> Path:
        """Where its values stand in the manifest."""
        return (ENVIRONMENTS, self.name)

    def holds(self, base: Root, path: Path) -> bool:
        """Whether the value at `path` of the merged manifest is the environment's, not `base`'s."""
        below: Value = dict(base)
        over: Value = dict(self.values)
        for step in path:
            if not isinstance(over, dict) or step not in over:
                return False
            below = below.get(str(step)) if isinstance(below, dict) else None
            over = over[str(step)]
            if not (isinstance(over, dict) and isinstance(below, dict)):
                return True
        return False


def choose(root: Root, env: str | None, findings: list[Finding]) -> Overlay | None:
    """The overlay of environment `env`, or of `default_env`; None where no choice can be made."""
    known = names(root)
    chosen = root.get(DEFAULT_ENV) if env is None else env
    if chosen is None and not known:
        return Overlay()
    if isinstance(chosen, str) and chosen in known:
        return Overlay(chosen, _values(root, chosen))
    findings.append(_no_choice(chosen, known, (DEFAULT_ENV if env is None else ENVIRONMENTS,)))
    return None


def names(root: Root) -> tuple[str, ...]:
    """The environments of a manifest, in its order."""
    declared = root.get(ENVIRONMENTS)
    return tuple(declared) if isinstance(declared, dict) else ()


def models_elsewhere(root: Root, chosen: str) -> frozenset[str]:
    """Models that the other environments name: what aliases pin, and jobs begin with.

    Wherever they stand: in an entry, its matrix, the defaults or a variable. A text too many only
    keeps a model.
    """
    others = [name for name in names(root) if name != chosen]
    top = {key: value for key, value in root.items() if key != ENVIRONMENTS}
    layers = [top, *(dict(_values(root, name)) for name in others)] if others else []
    return frozenset(text for layer in layers for text in _models_in(layer))


def _models_in(value: Value, *, is_named: bool = False) -> Iterator[str]:
    """The texts below the keys that name a model."""
    match value:
        case str() if is_named:
            yield value
        case dict():
            for key, inner in value.items():
                yield from _models_in(inner, is_named=is_named or key in _NAMING)
        case list():
            for inner in value:
                yield from _models_in(inner, is_named=is_named)
        case _:
            return


def merged(base: Root, overlay: Root) -> dict[str, Value]:
    """`base` with `overlay` merged over it; neither is changed."""
    result = dict(base)
    for key, value in overlay.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            below = result.get(key)
            result[key] = merged(below if isinstance(below, dict) else {}, value)
        else:
            result[key] = value
    return result


def check_environments(root: Root, sections: Collection[str]) -> Iterator[Finding]:
    """What is wrong with the names and the shape of all environments."""
    declared = root.get(ENVIRONMENTS)
    if isinstance(declared, dict):
        for name, values in declared.items():
            yield from _check_environment(name, values, sections)
    elif declared is not None and declared is not BROKEN:
        yield wrong_type((ENVIRONMENTS,), ["a mapping of names"], declared)


def removes_nothing(base: Root, overlay: Overlay, sections: Collection[str]) -> Iterator[Finding]:
    """Entries that an environment removes although they are not declared."""
    for section in sections:
        entries, declared = overlay.values.get(section), base.get(section)
        known = declared if isinstance(declared, dict) else {}
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if entry is None and name not in known:
                path = (*overlay.path, section, name)
                what, why = f"{dotted(path)} removes nothing", "null removes an entry"
                yield Finding(path, "undeclared", what, why, did_you_mean(name, known))


def _values(root: Root, name: str) -> Root:
    declared = root.get(ENVIRONMENTS)
    values = declared.get(name) if isinstance(declared, dict) else None
    return values if isinstance(values, dict) else {}


def _no_choice(chosen: Value, known: Sequence[str], path: Path) -> Finding:
    shown = [clipped(name) for name in known[:_MOST_NAMED]]
    has = either(shown) if shown else "no environments"
    if isinstance(chosen, str):
        what, why = f"there is no environment {quoted(chosen)}", f"this manifest has {has}"
        return Finding(path, "unknown-environment", what, why, did_you_mean(chosen, known))
    what, why = "no environment was chosen", f"this manifest has {has}"
    cure = "--env NAME, or default_env: NAME in the manifest"
    return Finding((ENVIRONMENTS,), "no-environment", what, why, cure)


def _check_environment(name: str, values: Value, sections: Collection[str]) -> Iterator[Finding]:
    path = (ENVIRONMENTS, name)
    if not is_name(name):
        what = f"{quoted(name)} cannot be the name of an environment"
        yield Finding(path, "bad-name", what, NAME_RULE, name_cure(name))
    if isinstance(values, dict):
        known = (*CHANGEABLE, *sections)
        why = "the rest of a manifest is the same in every environment"
        yield from (unknown_key((*path, key), known, why=why) for key in values if key not in known)
    elif values is not None and values is not BROKEN:
        yield wrong_type(path, ["a mapping"], values)

"""The entries of a section as if each were written out: defaults merged in, matrices spread."""

from collections.abc import Mapping
from math import prod
from typing import Any, Final

from msgspec import Struct, field

from reconciler.kinds.spec.spec import Spec
from reconciler.manifest.defaults import DEFAULTS, defaults_of, merged
from reconciler.manifest.finding import Finding, Path
from reconciler.manifest.matrix import MATRIX, Member, Targets, check_matrix, members, targets_of
from reconciler.manifest.schema import known_keys
from reconciler.manifest.tree import BROKEN, Value
from reconciler.manifest.words import dotted

Root = Mapping[str, Value]

FREE_NODES: Final = 1_000_000
"""Defaults and matrices may write out so many keys and values, whatever the manifest's size."""

MAX_GROWTH: Final = 10
"""More than that, they may write out so many times the keys and values that were read."""


class Room(Struct):
    """How many keys and values defaults and matrices may still write out."""

    left: int

    @classmethod
    def beside(cls, nodes: int) -> "Room":
        """That of a manifest of so many keys and values."""
        return cls(max(FREE_NODES, MAX_GROWTH * nodes))

    def holds(self, value: Value, times: int) -> bool:
        """Take so many copies of a value from it, if it has room for them."""
        self.left -= _size(value, {}) * times
        return self.left >= 0


class Entries(Struct):
    """What a section declares.

    Attributes:
        named: name → entry, not yet checked by its model.
        members: those of them that a matrix stands for.
        refused: names that are declared, and could not be written out.
    """

    named: dict[str, Any] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    @property
    def names(self) -> frozenset[str]:
        """Every name that is declared."""
        return frozenset(self.named) | self.refused


def entries_of(
    root: Root, section: str, spec: type[Spec], room: Room, findings: list[Finding]
) -> Entries:
    """The entries of a section, written out; what cannot be is added to `findings`."""
    declared = root.get(section)
    if not isinstance(declared, dict):
        return Entries()
    known = known_keys((spec,), ())
    common = {key: value for key, value in defaults_of(root, section).items() if key in known}
    if not room.holds(common, len(declared)):
        findings.append(_too_much((DEFAULTS, section)))
        return Entries(refused=set(declared))
    whole, targets = merged(declared, common), targets_of(spec)
    if not targets or not any(map(_is_varied, whole.values())):
        return Entries(whole)
    found = Entries()
    for name, entry in whole.items():
        if not _is_varied(entry):
            found.named[name] = entry
        elif entry[MATRIX] is None:
            found.named[name] = {key: entry[key] for key in entry if key != MATRIX}
        elif _may_spread((section, name), declared, entry, targets, room, findings):
            for member in members(name, entry, targets):
                found.named[member.name] = member.entry
                found.members[member.name] = member
        else:
            found.refused.add(name)
    return found


def _is_varied(entry: Value) -> bool:
    return isinstance(entry, dict) and MATRIX in entry


def _may_spread(
    path: Path,
    declared: Mapping[str, Any],
    whole: Mapping[str, Any],
    targets: Targets,
    room: Room,
    findings: list[Finding],
) -> bool:
    """Whether the matrix of the entry at `path`, `whole` with its defaults, is right."""
    own = declared[str(path[-1])]
    if _is_broken(own[MATRIX]):
        return False
    if not (wrong := check_matrix(path, own, targets)):
        copies = prod(map(len, own[MATRIX].values()))
        wrong = [] if room.holds(dict(whole), copies) else [_too_much((*path, MATRIX))]
    findings += wrong
    return not wrong


def _is_broken(value: Value) -> bool:
    """Whether something in a matrix was reported by the parser."""
    match value:
        case dict():
            return any(map(_is_broken, value.values()))
        case list():
            return BROKEN in value
        case _:
            return value is BROKEN


def _too_much(path: Path) -> Finding:
    what = f"{dotted(path)} makes the manifest too large"
    why = f"written out it would have more than {MAX_GROWTH} times what was read"
    return Finding(path, "too-large", what, why)


def _size(value: Value, known: dict[int, int]) -> int:
    """Keys and values, with every alias written out."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        items = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + len(items) + sum(_size(item, known) for item in items)
    return known[id(value)]

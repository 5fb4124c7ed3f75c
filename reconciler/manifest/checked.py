"""From the layers of a manifest to its models, with everything that is wrong in one run.

A finding's path is one of the manifest, put together, or of its files: `Layers.mark` takes both.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from msgspec.structs import replace
from pydantic import ValidationError

from reconciler.kinds.spec.spec import Spec, Specs
from reconciler.manifest.defaults import DEFAULTS, check_defaults
from reconciler.manifest.entries import Entries, Room, entries_of
from reconciler.manifest.envelope import Envelope
from reconciler.manifest.environments import (
    ENVIRONMENTS,
    Root,
    check_environments,
    removes_nothing,
)
from reconciler.manifest.finding import MAX_PROBLEMS, Finding, Path
from reconciler.manifest.layers import Layers
from reconciler.manifest.lifecycle import lifecycle
from reconciler.manifest.matrix import Member
from reconciler.manifest.mistakes import Place, mistakes
from reconciler.manifest.openings import openings
from reconciler.manifest.schema import known_keys
from reconciler.manifest.sections import check_names, read_section
from reconciler.manifest.unknown import unknown_key
from reconciler.manifest.variables import replaced

_NO_PROJECT = "unnamed"  # stands in for a project that was reported as wrong


class Checked(NamedTuple):
    """What a manifest declares, and where; of what was refused, only what could be read."""

    layers: Layers
    envelope: Envelope
    entries: Mapping[str, Mapping[str, Spec]]
    said: Mapping[str, Mapping[str, Any]]
    """Section → name → what the entry says, with what it has from elsewhere."""


def checked(
    layers: Layers, specs: Specs, environ: Mapping[str, str], findings: list[Finding]
) -> Checked:
    """The models of a manifest; what is wrong is added to `findings`.

    Args:
        environ: what `vars` may read of.
    """
    findings += islice(_check_shape(layers, specs), MAX_PROBLEMS)
    root = layers.root
    if layers.sheets.may_refer:
        root = replaced(root, openings(Envelope, specs), environ, findings)
    declared = _declared(root, layers, specs, findings)
    layers = replace(layers, members=_members(declared))
    envelope = _read_envelope(root, layers.written, findings)
    entries = {
        section: read_section(section, spec, declared[section].named, layers.written, findings)
        for section, spec in specs.items()
    }
    named = {section: found.names for section, found in declared.items()}
    findings += islice(lifecycle(envelope, named), MAX_PROBLEMS)
    said = {section: found.named for section, found in declared.items()}
    return Checked(layers, envelope, entries, said)


def _check_shape(layers: Layers, specs: Specs) -> Iterator[Finding]:
    """Everything but the values of the top and of entries, which their models check."""
    base = layers.sheets.root
    everywhere = (*known_keys((Envelope,), ()), DEFAULTS, ENVIRONMENTS, *specs)
    yield from (unknown_key((key,), everywhere) for key in base if key not in everywhere)
    yield from check_environments(base, specs)
    yield from removes_nothing(base, layers.overlay, specs)
    yield from check_defaults(layers.root, specs)
    for section in specs:
        yield from check_names(layers.root, section, layers.written)


def _declared(
    root: Root, layers: Layers, specs: Specs, findings: list[Finding]
) -> Mapping[str, Entries]:
    room = Room.beside(layers.sheets.nodes)
    return {name: entries_of(root, name, spec, room, findings) for name, spec in specs.items()}


def _members(declared: Mapping[str, Entries]) -> Mapping[Path, Member]:
    return {
        (section, name): member
        for section, entries in declared.items()
        for name, member in entries.members.items()
    }


def _read_envelope(root: Root, place: Place, findings: list[Finding]) -> Envelope:
    """The keys at the top; without those that are wrong, so that the rest is still checked."""
    known = known_keys((Envelope,), ())
    own = {key: root[key] for key in known if root.get(key) is not None}
    try:
        return Envelope.read(own)
    except ValidationError as error:
        findings += mistakes(error, own, lambda path: known_keys((Envelope,), path), place)
        wrong = {detail["loc"][0] for detail in error.errors(include_url=False)}
    right = {key: value for key, value in own.items() if key not in wrong}
    return Envelope.read({"project": _NO_PROJECT, **right})

"""A manifest that an earlier run found right: one that did not change is not read again.

To parse YAML, to check it and to import what does both takes more than a third of a plan of 10,000
resources whose manifest was edited. What is kept is what was declared, by the digest of every byte
that it was read from; where a key stands is read from the files again, and only if somebody asks.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import Struct

from reconciler import __version__
from reconciler.errors import InvalidInput, Mark
from reconciler.kept import keep, recall
from reconciler.kinds.spec.spec import Spec
from reconciler.manifest.envelope import Envelope
from reconciler.manifest.finding import Finding
from reconciler.manifest.includes import INCLUDE, included
from reconciler.manifest.model import Edition, Manifest, manifest_of
from reconciler.manifest.references import PREFIX
from reconciler.manifest.source import digest, read_bytes
from reconciler.manifest.tree import Value

RULES = 2
"""Raised whenever what is kept is laid out otherwise."""

LARGEST = 32 << 20
"""Bytes of entries that are kept: defaults and matrices may write out far more than was read."""

_ENCODER = msgspec.json.Encoder()
_PACKAGE = Path(__file__).parents[1]
_RULES = [_PACKAGE / folder for folder in ("manifest", "kinds", "kinds/spec", "rules", "core")]
"""Where it stands what a manifest may say."""


class Kept(Struct):
    """What was declared, and what it was read from.

    Attributes:
        program: which one found it right, as `_program` tells.
        env: as it was asked for; None: `default_env`.
        files: each file as it was spelled → its SHA-256, the manifest first.
        variables: a digest of those of the environment that a manifest may read.
        elsewhere: as `Manifest.models_elsewhere`.
        places: as `Manifest.places`.
        entries: section → name → what it says.
    """

    program: str
    env: str | None
    files: dict[str, str]
    variables: str
    environment: str
    environments: tuple[str, ...]
    elsewhere: tuple[str, ...]
    places: dict[str, Mark]
    envelope: Envelope
    entries: dict[str, msgspec.Raw]


def recalled(edition: Edition, file: Path) -> Manifest | None:
    """The manifest, as `file` has kept it; None where anything is not as it was then."""
    kept = recall(file, RULES, Kept)
    if kept is None or not _is_of(kept, edition):
        return None
    try:
        entries = {
            section: MappingProxyType(_decoded(kept.entries[section], spec))
            for section, spec in edition.specs.items()
        }
    except (KeyError, msgspec.MsgspecError):
        return None
    return manifest_of(
        edition,
        kept.envelope,
        entries,
        files=tuple(map(Path, kept.files)),
        environment=kept.environment,
        environments=kept.environments,
        models_elsewhere=frozenset(kept.elsewhere),
        places=kept.places,
    )


def _decoded(entries: msgspec.Raw, spec: type[Spec]) -> dict[str, Spec]:
    return msgspec.json.decode(entries, type=dict[str, spec])  # type: ignore[valid-type]  # known at run time


def keep_manifest(
    manifest: Manifest, envelope: Envelope, files: Mapping[str, str], file: Path
) -> None:
    """Keep in `file` what a right manifest declares, and the digests of its files.

    One whose entries are larger than `LARGEST` is not kept.
    """
    program, entries = _program(), _written(manifest.entries)
    if program is None or entries is None:
        return
    kept = Kept(
        program,
        manifest.edition.env,
        dict(files),
        _variables(manifest.edition.environ),
        manifest.environment,
        manifest.environments,
        tuple(sorted(manifest.models_elsewhere)),
        dict(manifest.places),
        envelope,
        entries,
    )
    keep(file, RULES, kept)


def _written(entries: Mapping[str, Mapping[str, Spec]]) -> dict[str, msgspec.Raw] | None:
    """Each section as JSON, one entry after the other, as what they share is written out."""
    written, room = dict[str, msgspec.Raw](), LARGEST
    for section, named in entries.items():
        members = list[bytes]()
        for name, spec in named.items():
            members.append(_ENCODER.encode({name: spec})[1:-1])
            room -= len(members[-1])
            if room < 0:
                return None
        written[section] = msgspec.Raw(b"{%s}" % b",".join(members))
    return written


def _is_of(kept: Kept, edition: Edition) -> bool:
    asked = (_program(), edition.env, _variables(edition.environ))
    if (kept.program, kept.env, kept.variables) != asked:
        return False
    try:
        return [*kept.files.items()] == [*_present(kept, edition).items()]
    except InvalidInput:  # the reader of manifests has the words for it
        return False


def _present(kept: Kept, edition: Edition) -> dict[str, str]:
    """Each file of the manifest that is there now, and its digest; {} where one is refused."""
    findings: list[Finding] = []
    patterns: Mapping[str, Value] = {INCLUDE: [*kept.envelope.include]}
    files = {str(edition.path): digest(read_bytes(edition.path))}  # before its links are followed
    for path in included(edition.path, patterns, findings):
        files[str(path)] = digest(read_bytes(path))
    return {} if findings else files


@cache  # no run outlives its rules
def _program() -> str | None:
    """The release, and which files its rules are: a build has other rules than the last.

    None: nobody can tell, so that nothing is recalled.
    """
    try:
        files = [file for folder in _RULES for file in os.scandir(folder)]
        seen = [(f.path, f.stat()) for f in files if f.name.endswith(".py")]
    except OSError:
        return None
    # An image may give all of its files one time: then their sizes tell.
    told = sorted((path, status.st_size, status.st_mtime_ns) for path, status in seen)
    return f"{__version__} {digest(repr(told).encode())}"


def _variables(environ: Mapping[str, str]) -> str:
    read = sorted((name, value) for name, value in environ.items() if name.startswith(PREFIX))
    return digest(repr(read).encode())  # which escapes what is not UTF-8

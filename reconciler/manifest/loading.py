"""A manifest file → a `Manifest`, or every problem it has, in one run."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ValidationError

from reconciler.errors import InvalidInput, Mark, Problem
from reconciler.manifest.compose import compose
from reconciler.manifest.defaults import DEFAULTS, check_defaults
from reconciler.manifest.envelope import VERSION, Envelope
from reconciler.manifest.finding import MAX_PROBLEMS, Finding
from reconciler.manifest.lifecycle import lifecycle
from reconciler.manifest.mistakes import mistakes, unknown_key
from reconciler.manifest.model import Manifest
from reconciler.manifest.schema import Model, known_keys
from reconciler.manifest.secrets import secrets
from reconciler.manifest.sections import Root, read_section
from reconciler.manifest.source import place_of, read
from reconciler.manifest.tree import Tree, pack
from reconciler.manifest.words import dotted

Entries = Mapping[str, Mapping[str, BaseModel]]

_MOST_SECRETS = 20
_NO_PROJECT = "unnamed"  # stands in for a project that was reported as wrong


def load(path: Path, specs: Mapping[str, Model]) -> Manifest:
    """Read the manifest at `path`; `specs` has the strict model of one entry for each section.

    Raises:
        InvalidInput: with every problem that one reading can find, in the order of the file.
    """
    text, file = read(path), str(path)
    problems: list[Problem] = []
    try:
        tree = compose(text, file, problems)
    except InvalidInput as error:
        raise _invalid([*error.problems, *_leaks(text, file, None)]) from None
    problems += _leaks(text, file, tree)
    if newer := [finding.at(tree.mark) for finding in _newer(tree.root)]:
        raise _invalid([*problems, *newer])  # every other finding would be noise
    findings: list[Finding] = []
    envelope, entries = _read(tree.root, specs, findings)
    problems += [finding.at(tree.mark) for finding in findings]
    if problems:
        raise _invalid(problems)
    return _manifest(path, envelope, entries, tree)


def _read(
    root: Root, specs: Mapping[str, Model], findings: list[Finding]
) -> tuple[Envelope, Entries]:
    envelope = _read_envelope(root, specs, findings)
    findings += check_defaults(root, specs)
    entries = {name: read_section(root, name, spec, findings) for name, spec in specs.items()}
    declared = {name: _names(root, name) for name in specs}
    findings += islice(lifecycle(envelope, declared), MAX_PROBLEMS)
    return envelope, entries


def _newer(root: Root) -> Iterator[Finding]:
    version = root.get("version")
    if isinstance(version, int) and version > VERSION:
        what = f"version {version} is newer than this program"
        why, cure = f"it reads version {VERSION}", f"install a release that reads {version}"
        yield Finding(("version",), "newer-version", what, why, cure)


def _read_envelope(root: Root, specs: Mapping[str, Model], findings: list[Finding]) -> Envelope:
    """The keys at the top; without those that are wrong, so that the rest is still checked."""
    known = known_keys((Envelope,), ())
    everywhere = (*known, DEFAULTS, *specs)
    unknown = (unknown_key((key,), everywhere) for key in root if key not in everywhere)
    findings += islice(unknown, MAX_PROBLEMS)
    own = {key: root[key] for key in known if root.get(key) is not None}
    try:
        return Envelope.model_validate(own)
    except ValidationError as error:
        findings += mistakes(error, own, lambda path: known_keys((Envelope,), path), lambda p: p)
        wrong = {detail["loc"][0] for detail in error.errors(include_url=False)}
    right = {key: value for key, value in own.items() if key not in wrong}
    return Envelope.model_validate({"project": _NO_PROJECT, **right})


def _names(root: Root, section: str) -> frozenset[str]:
    declared = root.get(section)
    return frozenset(declared) if isinstance(declared, dict) else frozenset()


def _leaks(text: str, file: str, tree: Tree | None) -> Iterator[Problem]:
    """A problem for each thing that looks like a secret; the secret itself is in none."""
    for offset, looks_like in islice(secrets(text), _MOST_SECRETS):
        mark = place_of(text, offset, file)
        path = tree.path_at(pack(mark.line - 1, mark.column - 1)) if tree else ()
        what = f"{dotted(path)} has what looks like {looks_like}"
        why = "a manifest is committed and reviewed; the text is not shown here"
        cure = "take it out, revoke it, and set it in the environment"
        yield Problem(what, "secret-in-manifest", mark, why=why, cure=cure)


def _invalid(problems: list[Problem]) -> InvalidInput:
    def place(problem: Problem) -> Mark:
        return problem.mark or Mark("", 0, 0)

    return InvalidInput(sorted(problems, key=place)[:MAX_PROBLEMS])


def _manifest(path: Path, envelope: Envelope, entries: Entries, tree: Tree) -> Manifest:
    return Manifest(
        path=path,
        project=envelope.project,
        version=envelope.version,
        provider=envelope.provider,
        state=envelope.state,
        previous_projects=envelope.previous_projects,
        entries=entries,
        moved=envelope.moved,
        removed=envelope.removed,
        imports=envelope.imports,
        _tree=tree,
    )

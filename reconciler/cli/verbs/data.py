"""The datasets of a manifest: found, confined, scanned; every problem in one run."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.choices import check_choices
from reconciler.cli.verbs.counting import encodings_of, together
from reconciler.cli.verbs.locking import check_locked
from reconciler.cli.verbs.suffixes import check_suffixes
from reconciler.cli.verbs.uses import check_pairs, check_uses, pairs_of
from reconciler.core.address import Address
from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset, Scan, shortened
from reconciler.datasets.scan_all import scan_all
from reconciler.errors import InvalidInput, Problem
from reconciler.kept import kept_file
from reconciler.kinds import BY_NAME
from reconciler.kinds.kind import Content
from reconciler.manifest import Manifest
from reconciler.manifest.paths import MARK, PathRefused
from reconciler.manifest.places import Places
from reconciler.manifest.resolve import check_references
from reconciler.rules import Severity
from reconciler.sources.source import Waits

SHOWN = 40
"""Problems of the form of one file that a person is shown; the others are counted."""


class Examination(Struct):
    """What is known of the datasets of a manifest.

    Attributes:
        named: how many datasets the manifest names.
        datasets: entry of the manifest → the file it names, where it may be read at all.
        spelled: the same → its path as the manifest spells it; `shown` of a dataset is what a
            person can open from where the command runs.
        scans: the same, where it could be read.
        problems: everything found wrong, references included; of each file the first ones.
    """

    named: int = 0
    datasets: dict[str, Dataset] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    scans: dict[str, Scan] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        """Whether something more than a warning was found."""
        return any(problem.severity == "error" for problem in self.problems)

    @property
    def further(self) -> dict[str, int]:
        """File → how many problems of it are only counted."""
        by_name = ((self.datasets[name].shown, scan.more) for name, scan in self.scans.items())
        return {shown: sum(more.values()) for shown, more in by_name if more}

    @property
    def count(self) -> Counter[Severity]:
        """All problems, those that are only counted, too."""
        named = Counter(problem.severity for problem in self.problems)
        return sum((Counter(scan.more) for scan in self.scans.values() if scan.more), named)


class Warnings(NamedTuple):
    """What is told of data that can be used.

    Attributes:
        problems: of each file the first ones.
        further: file → how many more there are.
    """

    problems: Sequence[Problem] = ()
    further: Mapping[str, int] = {}

    @property
    def by_file(self) -> Mapping[str, int]:
        """File → how many there are."""
        named = Counter(problem.mark.file for problem in self.problems if problem.mark)
        return named + Counter(self.further)


class Data(NamedTuple):
    """The data of a manifest: path as it spells it → content, and what is to be said of them."""

    contents: Mapping[str, Content] = {}
    warnings: Warnings = Warnings()


def data_of(manifest: Manifest, root: Path, settings: Settings, waits: Waits | None = None) -> Data:
    """The data that a manifest names; all of them can be used.

    Raises:
        InvalidInput: all problems of references, paths and data.
        Refusal: the data have to be those of the lock file, and are not.
    """
    found = examine(manifest, root, settings.allowed, waits=waits)
    if found.has_errors:
        raise InvalidInput(found.problems, found.further)
    contents = contents_in(found)
    if settings.is_locked:
        check_locked(root, contents)
    return Data(contents, Warnings(found.problems, found.further))


def contents_in(found: Examination) -> Mapping[str, Content]:
    """Path as the manifest spells it → its content, of all that could be read.

    Where several entries name one path, what is known for training stands.
    """
    last = sorted(found.scans, key=lambda name: found.datasets[name].purpose == "fine-tune")
    return {found.spelled[name]: _content(found, name) for name in last}


def examine(
    manifest: Manifest,
    root: Path,
    allowed: Sequence[Path] = (),
    most: int = SHOWN,
    waits: Waits | None = None,
) -> Examination:
    """Every dataset that can be read, and every problem found on the way.

    Args:
        most: problems of the form of one file; others are counted.
        root: the folder that the manifest's paths start at and stay in.
        allowed: folders beyond it that the operator opened.
        waits: how what is elsewhere is asked for again.
    """
    found = Examination(problems=check_references(manifest, BY_NAME))
    places = Places(root, allowed, os.environ, waits or Waits())
    encodings = encodings_of(manifest, os.environ)
    compared = {name for pair in pairs_of(manifest) for name in pair}
    for address, path, purpose in _named(manifest):
        found.named += 1
        try:
            source, name = places.find(path), str(address)
            shown, counted = _seen_from_here(manifest, path), encodings.get(address.name, ())
            found.datasets[name] = Dataset(source, shown, purpose, counted, name in compared)
            found.spelled[name] = path
        except PathRefused as refused:
            found.problems.append(_refused(manifest, address, refused))
    found.datasets = together(found.datasets)
    cache = DigestCache.load(kept_file(root, os.environ, "digests"))
    for name, scan in scan_all(found.datasets, cache).items():
        if isinstance(scan, Problem):
            found.problems.append(_in_context(scan, name))
        else:
            found.scans[name] = shortened(scan, most)
    found.problems += check_choices(manifest)
    found.problems += check_suffixes(manifest)
    found.problems += _of_use(found.scans, manifest)
    found.problems += check_uses(manifest, found.scans)
    pairs = check_pairs(manifest, found.datasets, found.scans, cache)
    found.problems += _judged(pairs, manifest)
    cache.save()
    return found


def _trained(manifest: Manifest) -> frozenset[str]:
    """The files that a job trains on; other files may be small."""
    references = (BY_NAME[a.kind].references(spec) for a, spec in manifest.resources)
    return frozenset(str(refs["training_file"]) for refs in references if "training_file" in refs)


def _of_use(scans: Mapping[str, Scan], manifest: Manifest) -> Iterator[Problem]:
    """What matters for the use of each file: only training needs ten examples."""
    troubled = {name: scan.problems for name, scan in scans.items() if scan.problems}
    trained = _trained(manifest) if troubled else frozenset()
    for name, problems in troubled.items():
        of_use = (
            (name, _in_context(problem, name))
            for problem in problems
            if name in trained or problem.code != "too-few-examples"
        )
        yield from _judged(of_use, manifest)


def _judged(found: Iterable[tuple[str, Problem]], manifest: Manifest) -> Iterator[Problem]:
    """Findings about files as the manifest takes them: denied, ignored, or as they are."""
    for name, problem in found:
        judged = manifest.quality.judged(problem, name.partition(".")[2])
        if judged is not None:
            yield judged


def _named(manifest: Manifest) -> Iterator[tuple[Address, str, str]]:
    for address, spec in manifest.resources:
        for shown in BY_NAME[address.kind].paths(spec):
            yield address, shown, getattr(spec, "purpose", "fine-tune")


def _refused(manifest: Manifest, address: Address, refused: PathRefused) -> Problem:
    mark = manifest.mark(address.kind, address.name, "path")
    why = f"{address} reads it; {refused.why}" if refused.why else f"{address} reads it"
    return Problem(refused.what, refused.code, mark, why=why, cure=refused.cure)


def _in_context(problem: Problem, name: str) -> Problem:
    return problem._replace(why=f"{name}; {problem.why}" if problem.why else name)


def _seen_from_here(manifest: Manifest, path: str) -> str:
    """A path of the manifest as the manifest itself was named, so that both can be opened."""
    folder = manifest.path.parent
    return path if MARK in path or folder == Path() else str(folder / path)


def _content(found: Examination, name: str) -> Content:
    dataset, scan = found.datasets[name], found.scans[name]
    rows = scan.rows if dataset.purpose == "fine-tune" else None
    tokens, is_whole = scan.tokens.counts, scan.tokens.is_whole
    source, path = dataset.source, found.spelled[name]
    return Content(source, path, scan.sha256, scan.bytes, rows, tokens, is_whole)

"""What a manifest does with its datasets, and what of it cannot be or should not be."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from reconciler.cli.verbs.counting import base_models
from reconciler.core.address import Address
from reconciler.core.fields import READ
from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.use import Use, fits, not_as_declared, unfit
from reconciler.errors import InvalidInput, Mark, Problem
from reconciler.kinds.file import FileSpec
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.spec.methods import ReinforcementMethod
from reconciler.manifest import Manifest

Place = Callable[..., Mark]
"""Where a key of the manifest is written; as `Manifest.mark`."""

_NOWHERE = Mark("", 0, 0)
_NO_ITEMS = frozenset[str]()

_ITEM = re.compile(r"""\{\{\s*item\s*(?:\.\s*(\w+)|\[\s*["']([^"']+)["']\s*\])""")
_OLDEST = ("babbage-002", "davinci-002")
_CHAT = re.compile(r"(?:ft:)?(?:gpt-|chatgpt-|o\d)")


def check_uses(manifest: Manifest, scans: Mapping[str, Scan]) -> Iterator[Problem]:
    """Why datasets are not what their entries say, or not what jobs can train on.

    Places are asked for if there is something to tell: a large manifest is parsed again for them.
    """
    if any(_mistaken(manifest, scans, _nowhere)):
        yield from _mistaken(manifest, scans, manifest.mark)


def _nowhere(*_path: str | int) -> Mark:
    return _NOWHERE


def _mistaken(manifest: Manifest, scans: Mapping[str, Scan], place: Place) -> Iterator[Problem]:
    for name, spec in manifest.entries["files"].items():
        if isinstance(spec, FileSpec) and spec.format != "auto":
            address, mark = f"files.{name}", place("files", name, "format")
            if scan := scans.get(address):
                yield from not_as_declared(scan.format, spec.format, address, mark)
    bases = base_models(manifest)
    for name, spec in manifest.entries["jobs"].items():
        if isinstance(spec, JobSpec):
            use = _use(name, spec, bases[name])
            files = (spec.training_file, spec.validation_file)
            for key, file in zip(READ, files, strict=True):
                if file and (scan := scans.get(f"files.{file}")) and not fits(scan, use):
                    yield from unfit(scan, use, place("jobs", name, key))


def _use(name: str, spec: JobSpec, base: str) -> Use:
    method, items = spec.method, _NO_ITEMS
    if isinstance(method, ReinforcementMethod):
        items = frozenset(_items(method.plain()))
    return Use(f"jobs.{name}", method.type if method else "supervised", _speaks(base), items)


@cache  # a few models, which thousands of jobs name
def _speaks(model: str) -> str:
    """What a base model is trained on; empty for one that is not known."""
    if model.removeprefix("ft:").startswith(_OLDEST):
        return "completion"
    return "chat" if _CHAT.match(model) else ""


def _items(value: Any) -> Iterator[str]:  # noqa: ANN401  # any JSON value
    """The keys of an example that templates read; a program of a grader is not looked into."""
    match value:
        case str():
            yield from (found[1] or found[2] for found in _ITEM.finditer(value))
        case dict():
            for key, inner in value.items():
                if key != "source":
                    yield from _items(inner)
        case list() | tuple():
            for inner in value:
                yield from _items(inner)
        case _:
            return


def pairs_of(manifest: Manifest) -> dict[tuple[str, str], None]:
    """The addresses of training and validation files that jobs name together, each pair once."""
    pairs: dict[tuple[str, str], None] = {}
    for spec in manifest.entries["jobs"].values():
        if isinstance(spec, JobSpec) and spec.validation_file:
            files = (spec.training_file, spec.validation_file)
            training, validation = (str(Address("files", name)) for name in files)
            pairs[training, validation] = None
    return pairs


def check_pairs(
    manifest: Manifest,
    datasets: Mapping[str, Dataset],
    scans: Mapping[str, Scan],
    cache: DigestCache,
) -> Iterator[tuple[str, Problem]]:
    """What training and validation files share and should not: the address, and the problem."""
    pairs = pairs_of(manifest)
    if not pairs:
        return
    from reconciler.datasets.overlap import overlap  # noqa: PLC0415  # much that reads rows
    from reconciler.datasets.pairs import Side, compared  # noqa: PLC0415

    for training, validation in pairs:
        if training not in scans or validation not in scans:
            continue
        learned, measured = ((datasets[one], scans[one]) for one in (training, validation))
        try:
            shared = overlap(learned, measured, cache)
        except InvalidInput as error:  # it went away meanwhile, so that a denied rule cannot hold
            yield from ((validation, problem) for problem in error.problems)
            continue
        left, right = (
            Side(name, dataset.shown, scan.rows, scan.prompt)
            for name, (dataset, scan) in ((training, learned), (validation, measured))
        )
        yield from ((validation, problem) for problem in compared(left, right, shared))

"""Checks: their cases, read beside the datasets, and who asks the models."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from reconciler.api import Api
from reconciler.api.retry import Patience
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.data import Data, data_of
from reconciler.core.alias import Checked
from reconciler.core.checks import Trial
from reconciler.errors import InvalidInput, Problem
from reconciler.kinds.kind import Content
from reconciler.kinds.model_spec import ModelSpec
from reconciler.manifest import Manifest
from reconciler.manifest.paths import PathRefused, confine
from reconciler.sources import LocalFile
from reconciler.sources.source import Waits


def checking(api: Api, waiting: Patience) -> Callable[[Trial], Checked]:
    """How a model is asked what it has to answer."""

    def checked(trial: Trial) -> Checked:
        from reconciler.api.clock import uptime  # noqa: PLC0415  # a plan asks no model
        from reconciler.checks.answer import Asker  # noqa: PLC0415
        from reconciler.checks.trial import tried  # noqa: PLC0415

        return tried(trial, Asker(api, uptime, waiting.pause, waiting.is_over))

    return checked


def everything_read(manifest: Manifest, root: Path, settings: Settings, waiting: Patience) -> Data:
    """The datasets, and the cases of checks; raises as `data_of` and `with_cases`."""
    data = data_of(manifest, root, settings, Waits(waiting.pause, waiting.is_over))
    contents = with_cases(manifest, root, settings.allowed, data.contents)
    return data._replace(contents=contents)


def with_cases(
    manifest: Manifest, root: Path, allowed: Sequence[Path], contents: Mapping[str, Content]
) -> Mapping[str, Content]:
    """The contents with those of the cases that checks name.

    Raises:
        InvalidInput: with everything that is wrong in them.
    """
    problems: list[Problem] = []
    found = dict(_read(manifest, root, allowed, problems))
    if problems:
        raise InvalidInput(problems)
    return {**contents, **{p: _beside(contents.get(p), content) for p, content in found.items()}}


def _beside(known: Content | None, content: Content) -> Content:
    """A file may be a dataset, too."""
    return replace(known, cases=content.cases) if known else content


def _read(
    manifest: Manifest, root: Path, allowed: Sequence[Path], problems: list[Problem]
) -> Iterator[tuple[str, Content]]:
    for name, spec in manifest.entries["models"].items():
        for number, check in enumerate(spec.checks or () if isinstance(spec, ModelSpec) else ()):
            if not (shown := check.get("cases")):
                continue
            from reconciler.checks.cases import read_cases  # noqa: PLC0415  # few name any

            try:
                path = confine(root, shown, allowed)
                has_default = "expect" in check
                found, wrong = read_cases(path, shown, has_default=has_default)
            except PathRefused as refused:
                mark = manifest.mark("models", name, "checks", number, "cases")
                said = refused.what.replace("dataset", "file of cases")
                why, cure = refused.why, refused.cure
                problems.append(Problem(said, refused.code, mark, why=why, cure=cure))
                continue
            problems += wrong
            size, rows = path.stat().st_size, len(found.cases)
            source = LocalFile(str(path))
            yield shown, Content(source, shown, found.sha256, size, rows, cases=found.cases)

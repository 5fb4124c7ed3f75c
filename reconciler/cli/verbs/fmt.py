"""`reconciler fmt`: the keys of a manifest in one order, by moving the lines that are there."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import cache
from pathlib import Path

import click

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.manifest_file import ManifestFile
from reconciler.cli.verbs.schema import schema
from reconciler.errors import ExitCode, InvalidInput, Problem, UsageError
from reconciler.manifest.canonical import Guide
from reconciler.manifest.files import files_of
from reconciler.manifest.sorted_text import sorted_text
from reconciler.manifest.source import read_bytes, text_of
from reconciler.text import visible

STDIN = Path("-")

COLOURS = {"+": "green", "-": "red"}
"""Of the lines of a difference, by their signs."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file as it is, and its text as it should be."""

    file: ManifestFile
    after: str

    @property
    def is_sorted(self) -> bool:
        """Whether nothing is to be done."""
        return self.file.text == self.after


def fmt(settings: Settings, /, paths: tuple[Path, ...], check: bool) -> int:
    """Sort the files, or with `check` only say which are not sorted."""
    if STDIN in paths and len(paths) > 1:
        raise UsageError("- stands alone: stdin is sorted to stdout", cure="leave the others out")
    is_stream = STDIN in paths
    if is_stream and settings.out.is_json and not check:
        what, why = "fmt - has no --json", "the sorted text is what it writes to stdout"
        raise UsageError(what, why=why, cure="fmt - --check --json, or leave --json out")
    drafts = _drafts([*paths] or files_of(settings.manifest))
    unsorted = [draft for draft in drafts if not draft.is_sorted]
    if is_stream and not check:
        with settings.out.content() as sink:
            sink.write(drafts[0].file.bytes_of(drafts[0].after))
        return ExitCode.DONE
    for draft in unsorted:
        if check:
            settings.out.keep(*_difference(draft))
        else:
            with draft.file.draft(draft.after) as beside:
                draft.file.replace_by(beside)
            settings.out.keep(f"Sorted {visible(str(draft.file.path))}")
    _sum_up(settings, drafts, check=check)
    if check and unsorted and not paths:
        settings.out.say(f"next: {settings.typed('fmt')}")
    return ExitCode.FAILED if check and unsorted else ExitCode.DONE


def _drafts(paths: Sequence[Path]) -> list[Draft]:
    """All files sorted in memory: what is wrong with any of them is said before one is written."""
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            drafts.append(_draft(path))
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return drafts


@cache
def guide() -> Guide:
    """The order of a manifest's keys."""
    return Guide.of(schema())


def _draft(path: Path) -> Draft:
    data = sys.stdin.buffer.read() if path == STDIN else read_bytes(path)
    file = ManifestFile(path, data, text_of(data, path))
    return Draft(file, sorted_text(file.text, guide(), str(path)))


def _difference(draft: Draft) -> Iterator[str]:
    before, after = draft.file.text.splitlines(), draft.after.splitlines()
    name = visible(str(draft.file.path))
    for line in unified_diff(before, after, name, f"{name} sorted", lineterm=""):
        colour = COLOURS.get(line[0]) if line[:3] not in ("---", "+++") else None
        yield click.style(line, fg=colour) if colour else line


def _sum_up(settings: Settings, drafts: Sequence[Draft], *, check: bool) -> None:
    out = settings.out
    if out.is_json:
        files = [{"path": str(draft.file.path), "was_sorted": draft.is_sorted} for draft in drafts]
        out.document({"files": files, "written": not check})
        return
    count = sum(not draft.is_sorted for draft in drafts)
    whole = f"{len(drafts)} file{'s' * (len(drafts) != 1)}"
    if not count:
        out.keep(f"Sorted: nothing to do · {whole}")
    elif check:
        out.keep(f"Not sorted: {count} of {whole}")
    else:
        out.keep(f"Sorted: {count} of {whole}")

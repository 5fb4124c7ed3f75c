"""`reconciler fmt`: the keys of a manifest in one order, by moving the lines that are there."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from reconciler.backends.durable import discard, explained, sync_folder, write_beside
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.schema import schema
from reconciler.errors import ExitCode, InvalidInput, Problem, Refusal, UsageError
from reconciler.manifest.canonical import Guide
from reconciler.manifest.files import files_of
from reconciler.manifest.sorted_text import sorted_text
from reconciler.manifest.source import UTF8_BOM, read_bytes, text_of
from reconciler.text import visible

STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class Draft:
    """A file as it is, and its text as it should be."""

    path: Path
    data: bytes
    before: str
    after: str

    @property
    def is_sorted(self) -> bool:
        """Whether nothing is to be done."""
        return self.before == self.after

    @property
    def bytes(self) -> bytes:
        """What is to be written: with the byte-order mark, if there is one."""
        mark = UTF8_BOM if self.data.startswith(UTF8_BOM) else b""
        return mark + self.after.encode()


def fmt(settings: Settings, /, paths: tuple[Path, ...], check: bool) -> int:
    """Sort the files, or with `check` only say which are not sorted."""
    if STDIN in paths and len(paths) > 1:
        raise UsageError("- stands alone: stdin is sorted to stdout", cure="leave the others out")
    is_stream = STDIN in paths
    drafts = _drafts([*paths] or files_of(settings.manifest))
    unsorted = [draft for draft in drafts if not draft.is_sorted]
    if is_stream and not check:
        with settings.out.content() as sink:
            sink.write(drafts[0].bytes)
        return ExitCode.DONE
    for draft in unsorted:
        if check:
            settings.out.keep(*_difference(draft))
        else:
            _write(draft)
            settings.out.keep(f"Sorted {visible(str(draft.path))}")
    _sum_up(settings, drafts, check=check)
    if check and unsorted and not paths:
        settings.out.say(f"next: {settings.typed('fmt')}")
    return ExitCode.FAILED if check and unsorted else ExitCode.DONE


def _drafts(paths: Sequence[Path]) -> list[Draft]:
    """All files sorted in memory: what is wrong with any of them is said before one is written."""
    guide = Guide.of(schema())
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            drafts.append(_draft(path, guide))
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return drafts


def _draft(path: Path, guide: Guide) -> Draft:
    data = sys.stdin.buffer.read() if path == STDIN else read_bytes(path)
    text = text_of(data, path)
    return Draft(path, data, text, sorted_text(text, guide, str(path)))


def _difference(draft: Draft) -> Iterator[str]:
    before, after = draft.before.splitlines(), draft.after.splitlines()
    name = visible(str(draft.path))
    yield from unified_diff(before, after, name, f"{name} sorted", lineterm="")


def _write(draft: Draft) -> None:
    """Put the text in the file's place, whole: behind a link, with the file's own mode."""
    path = draft.path.resolve()
    with explained("write the manifest", str(draft.path)):
        temporary = write_beside(path, draft.bytes)
        try:
            _replace(path, temporary, draft)
        except BaseException:
            discard(temporary)
            raise
        sync_folder(path.parent)


def _replace(path: Path, temporary: Path, draft: Draft) -> None:
    temporary.chmod(path.stat().st_mode & 0o7777)
    if read_bytes(path) != draft.data:
        raise Refusal(
            f"refused: {draft.path} changed while it was sorted",
            why="what was written there meanwhile would be lost",
            cure="the same command again",
        )
    temporary.rename(path)


def _sum_up(settings: Settings, drafts: Sequence[Draft], *, check: bool) -> None:
    out = settings.out
    if out.is_json:
        files = [{"path": str(draft.path), "was_sorted": draft.is_sorted} for draft in drafts]
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

"""`reconciler validate`: manifest and datasets, without a network."""

import sys
from collections import Counter
from collections.abc import Sequence

from reconciler import __version__
from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.told import note_of, problem_document, problem_lines
from reconciler.cli.verbs.cases import with_cases
from reconciler.cli.verbs.data import SHOWN, Examination, contents_in, examine
from reconciler.cli.verbs.locking import lock as write
from reconciler.cli.verbs.rows import excerpt, rows_of
from reconciler.cli.verbs.workspace import read_manifest
from reconciler.datasets.report import KEPT
from reconciler.errors import ExitCode, InvalidInput, Problem, UsageError
from reconciler.manifest import Manifest
from reconciler.render.findings import Checked, worst_first
from reconciler.render.findings_github import annotations
from reconciler.render.findings_gitlab import gitlab
from reconciler.render.findings_junit import junit
from reconciler.render.findings_sarif import sarif
from reconciler.rules import Severity

REPORTS = ("sarif", "gitlab", "junit")
"""Formats that hold as many problems of a file as a scan keeps."""


def validate(
    settings: Settings, /, format_: str, *, lock: bool, show_rows: bool, exit_zero: bool
) -> int:
    """Check the manifest and its datasets; no network, no key."""
    if show_rows and not (sys.stdout.isatty() and format_ == "text"):
        raise UsageError(
            "rows are shown at a terminal alone",
            why="a log keeps what it is told, and rows may be private",
            cure="leave out --show-rows, or run it at a terminal",
        )
    manifest, found = None, Examination()
    try:
        manifest = read_manifest(settings)
        root = settings.manifest.absolute().parent
        found = examine(manifest, root, settings.allowed, KEPT if format_ in REPORTS else SHOWN)
        with_cases(manifest, root, settings.allowed, {})
    except InvalidInput as error:
        found.problems.extend(error.problems)
    count = found.count
    code = ExitCode.INVALID if count["error"] else ExitCode.DONE
    if lock and code is ExitCode.DONE:
        write(settings.manifest.absolute().parent, contents_in(found))
    if format_ in REPORTS:
        checked = _checked(settings, manifest, found).below(settings.checkout)
        _report(settings, format_, checked)
    elif settings.out.is_json:
        settings.out.document(_document(found, code))
    else:
        _show(settings, format_, _checked(settings, manifest, found), found, show_rows=show_rows)
        settings.out.annotate(
            *map(note_of, worst_first(found.problems) if format_ == "text" else ())
        )
        _sum_up(settings.out, found, manifest)
    return ExitCode.DONE if exit_zero else code


def _checked(settings: Settings, manifest: Manifest | None, found: Examination) -> Checked:
    read = [str(path) for path in manifest.files] if manifest else [str(settings.manifest)]
    shown = (dataset.shown for dataset in found.datasets.values())
    files = [*read, *dict.fromkeys(shown)]
    return Checked(str(settings.manifest), files, found.problems, found.further)


def _report(settings: Settings, format_: str, checked: Checked) -> None:
    """A document for a CI system, and nothing else on stdout."""
    match format_:
        case "sarif":
            settings.out.document(sarif(checked, __version__))
        case "gitlab":
            settings.out.document(gitlab(checked))
        case _:
            settings.out.text(junit(checked))


def _document(found: Examination, code: ExitCode) -> dict[str, object]:
    return {
        "valid": code is ExitCode.DONE,
        "rows": _rows(found),
        "problems": [problem_document(problem) for problem in found.problems],
        "further": found.further,
    }


def _show(
    settings: Settings, format_: str, checked: Checked, found: Examination, *, show_rows: bool
) -> None:
    problems: Sequence[Problem] = found.problems
    if format_ == "github":
        lines, problems = annotations(checked.below(settings.checkout).problems)
        settings.out.command(*lines)
    if not show_rows:
        settings.out.keep(*problem_lines(problems, found.further))
        return
    rows = rows_of(problems, found.datasets.values())
    for problem in problems:
        settings.out.keep(*problem_lines([problem]))
        if text := excerpt(problem, rows):
            settings.out.keep(f"  row:   {text}")
    settings.out.keep(*problem_lines([], found.further))


def _sum_up(out: Out, found: Examination, manifest: Manifest | None) -> None:
    count, rows = found.count, f"{_rows(found):,} rows"
    told = _counted(count)
    if not count["error"]:
        out.keep(f"Valid: {declared(manifest)}; {rows}, {told}")
        return
    out.keep("", f"{told} in 1 manifest and {len(found.scans)} of {found.named} datasets ({rows})")
    out.say(f"next: reconciler explain {found.problems[0].code}")


def _rows(found: Examination) -> int:
    return sum(scan.rows for scan in found.scans.values())


def _counted(count: Counter[Severity]) -> str:
    words = ((count["error"], "error"), (count["warning"], "warning"))
    return ", ".join(f"{number:,} {word}{'s' * (number != 1)}" for number, word in words)


def declared(manifest: Manifest | None) -> str:
    """`2 files, 1 job`."""
    sections = manifest.entries if manifest else {}
    parts = []
    for section, named in sections.items():
        if not named:
            continue
        word = section if len(named) != 1 else section.removesuffix("s")
        parts.append(f"{len(named)} {word}")
    return ", ".join(parts) or "nothing"

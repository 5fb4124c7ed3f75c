"""`reconciler validate`: manifest and datasets, without a network."""

from collections import Counter
from collections.abc import Sequence

from reconciler.cli.out import Out, problem_document, problem_lines
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.data import Examination, examine
from reconciler.cli.verbs.workspace import read_manifest
from reconciler.errors import ExitCode, InvalidInput, Problem
from reconciler.manifest import Manifest
from reconciler.text import inert, visible


def validate(settings: Settings, /, format_: str) -> int:
    """Check the manifest and its datasets; no network, no key."""
    out = settings.out
    try:
        manifest = read_manifest(settings)
    except InvalidInput as error:
        _show(out, error.problems, format_)
        return _summed(out, error.problems, None, Examination())
    found = examine(manifest, settings.manifest.absolute().parent, settings.allowed)
    _show(out, found.problems, format_)
    return _summed(out, found.problems, manifest, found)


def _show(out: Out, problems: Sequence[Problem], format_: str) -> None:
    if format_ == "github":
        out.command(*map(_annotation, problems))
    else:
        out.keep(*problem_lines(problems))


def _summed(
    out: Out, problems: Sequence[Problem], manifest: Manifest | None, found: Examination
) -> ExitCode:
    count: Counter[str] = Counter(problem.severity for problem in problems)
    rows = sum(scan.rows for scan in found.scans.values())
    code = ExitCode.INVALID if count["error"] else ExitCode.DONE
    if out.is_json:
        out.document(
            {
                "valid": code is ExitCode.DONE,
                "rows": rows,
                "problems": [problem_document(problem) for problem in problems],
            }
        )
    elif code is ExitCode.DONE:
        out.keep(f"Valid: {_declared(manifest)}; {rows:,} rows, {_counted(count)}")
    else:
        out.keep("", f"{_counted(count)} in 1 manifest and {_read(found)} ({rows:,} rows)")
        out.say(f"next: reconciler explain {problems[0].code}")
    return code


def _counted(count: Counter[str]) -> str:
    words = ((count["error"], "error"), (count["warning"], "warning"))
    return ", ".join(f"{number} {word}{'s' * (number != 1)}" for number, word in words)


def _declared(manifest: Manifest | None) -> str:
    sections = manifest.entries if manifest else {}
    parts = []
    for section, named in sections.items():
        word = section if len(named) != 1 else section.removesuffix("s")
        parts.append(f"{len(named)} {word}")
    return ", ".join(parts)


def _read(found: Examination) -> str:
    return f"{len(found.scans)} of {found.named} datasets"


def _annotation(problem: Problem) -> str:
    """GitHub's workflow command, on one line; `%` is escaped, in properties `:` and `,` too."""
    mark = problem.mark
    place = f"file={_property(mark.file)},line={mark.line},col={mark.column}," if mark else ""
    return f"::{problem.severity} {place}title={_property(problem.code)}::{_data(problem.what)}"


def _data(text: str) -> str:
    return inert(visible(text)).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

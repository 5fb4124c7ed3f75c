"""What all parts of a file come to: its format, and the problems that count for it."""

from collections import Counter
from collections.abc import Iterator

from reconciler.datasets.finding import Finding, Format
from reconciler.datasets.formats import FILE_RULES
from reconciler.datasets.notes import Measured
from reconciler.datasets.part import Part
from reconciler.datasets.report import Report, Spot, total
from reconciler.datasets.rules_file import LEAST_EXAMPLES, mixed, noted, too_few
from reconciler.errors import Problem
from reconciler.rules import RULES, Severity


def problems_of(part: Part, shown: str) -> tuple[tuple[Problem, ...], Counter[Severity]]:
    """The problems that count for the file's format, by line, and how many more of each kind."""
    file_format = part.format()
    reports = [part.report, _of_file(part, file_format)]
    if file_format in FILE_RULES:
        reports.append(part.by_format[file_format])
    if file_format == "reinforcement":
        reports.append(part.answered)
    report, quality = total(reports), _of_quality(part)
    problems = report.problems(shown, part.example)
    more = Counter(report.count) - Counter(problem.severity for problem in problems)
    # The manifest may deny what the data teach: that is never among what is only counted.
    return tuple(problems + quality.problems(shown, part.example)), more


def _of_quality(part: Part) -> Report:
    report = Report()
    for measured in sorted(_quality(part), key=lambda each: (each.lines.first, *each[:2])):
        line = measured.lines.first[0]
        report.add(noted(measured), Spot(line, line, 0), lambda _: 1)
    return report


def _quality(part: Part) -> Iterator[Measured]:
    found = (*part.notes.measured(), *part.quality.measured())
    return (measured for measured in found if RULES[measured.code].is_quality)


def _of_file(part: Part, file_format: Format) -> Report:
    report = Report()
    for finding, line in _findings(part, file_format):
        report.add(finding, Spot(line, line, 0), lambda _: 1)
    return report


def _findings(part: Part, file_format: Format) -> Iterator[tuple[Finding, int]]:
    """What holds for the file as a whole, with the lines that stand for it."""
    for other, line in part.first_line.items():
        is_alike = other == file_format or {other, file_format} <= FILE_RULES.keys()
        if other != "unknown" and not is_alike:
            yield mixed(part.votes[other], other, file_format), line
    if part.rows < LEAST_EXAMPLES:
        yield too_few(part.rows), 1
    for measured in part.notes.measured():
        if not RULES[measured.code].is_quality:
            yield noted(measured), measured.lines.first[0]

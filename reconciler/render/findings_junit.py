"""Findings as JUnit's XML: a suite a file, in it a case for each rule that found something."""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.errors import Problem
from reconciler.render.findings import Checked, more
from reconciler.text import inert, visible


def junit(checked: Checked) -> str:
    """The document; a file without errors has a case that passed."""
    root = Element("testsuites", name="reconciler validate")
    for file in dict.fromkeys([*checked.files, *(checked.place(p).file for p in checked.problems)]):
        found = [problem for problem in checked.problems if checked.place(problem).file == file]
        _suite(root, checked, file, found)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, checked: Checked, file: str, found: list[Problem]) -> None:
    codes = list(dict.fromkeys(problem.code for problem in found))
    failed = {problem.code for problem in found if problem.severity == "error"}
    suite = SubElement(root, "testsuite", name=_safe(file), errors="0", skipped="0")
    suite.set("tests", str(max(1, len(codes))))
    suite.set("failures", str(len(failed)))
    for code in codes or ["valid"]:
        case = SubElement(suite, "testcase", name=code, classname=_safe(file), time="0")
        told = "\n".join(_lines(checked, (p for p in found if p.code == code)))
        if code in failed:
            what = next(problem.what for problem in found if problem.code == code)
            SubElement(case, "failure", type=code, message=_safe(what)).text = told
        elif told:
            SubElement(case, "system-out").text = told
    if file in checked.further:
        SubElement(suite, "system-out").text = more(checked.further[file])


def _lines(checked: Checked, problems: Iterable[Problem]) -> Iterator[str]:
    for problem in problems:
        place = _safe(str(checked.place(problem)))
        yield f"{place}: {problem.severity}: {_safe(problem.what)}"
        yield from (f"  why:   {_safe(line)}" for line in problem.why.splitlines())
        if problem.cure:
            yield f"  cure:  {_safe(problem.cure)}"


def _safe(text: str) -> str:
    return inert(visible(text))

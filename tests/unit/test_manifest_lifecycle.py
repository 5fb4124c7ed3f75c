"""`moved`, `removed`, `import`, `previous_projects` against what is declared."""

import pytest

from tests.unit.manifests.specs import problems, said

DECLARED = "project: x\nfiles: {a: {path: p}, b: {path: p}}\n"
ROWS = {
    "moved: [{from: files.a, to: files.b}]": [
        '3:10 "files.a" is still declared [moved-but-declared]'
    ],
    "moved: [{from: files.c, to: files.d}]": [
        '3:25 "files.d" is not declared in files [undeclared]'
    ],
    "moved: [{from: files.c, to: files.d}, {from: files.d, to: files.a}]": [
        '3:25 "files.d" is itself moved [moved-chain]'
    ],
    "moved: [{from: files.c, to: files.a}, {from: files.c, to: files.b}]": [
        '3:40 "files.c" is moved twice [stated-twice]'
    ],
    "moved: [{from: files.c, to: files.a}, {from: files.d, to: files.a}]": [
        '3:55 "files.a" is where two are moved to [stated-twice]'
    ],
    "moved: [{from: jobs.c, to: files.a}]": ['3:24 "files.a" is not in jobs [moved-across]'],
    "moved: [{from: filez.c, to: files.a}]": [
        '3:10 "filez.c" is in no section: "filez" [unknown-section]',
        '3:25 "files.a" is not in filez [moved-across]',
    ],
    "moved: [{from: c, to: files.a}]": ['3:10 moved[0].from "c" is not an address [bad-address]'],
    "moved: [{from: files.c}]": ['3:9 missing key "to" in moved[0] [missing-key]'],
    "removed: [{address: files.a}]": ['3:12 "files.a" is still declared [removed-but-declared]'],
    "removed: [{address: files.c}, {address: files.c}]": [
        '3:32 "files.c" is removed twice [stated-twice]'
    ],
    "removed: [{address: files.c}]\nmoved: [{from: files.c, to: files.a}]": [
        '3:12 "files.c" is also moved [removed-and-moved]'
    ],
    "import: [{to: files.c, id: file-1}]": ['3:11 "files.c" is not declared in files [undeclared]'],
    'import: [{to: files.a, id: ""}]': [
        '3:24 import[0].id must not be empty, found the string "" [wrong-length]'
    ],
    "import: [{to: files.a, id: f}, {to: files.b, id: f}]": [
        '3:46 "f" is imported to two addresses [stated-twice]'
    ],
    "import: [{to: files.a, id: f}, {to: files.a, id: g}]": [
        '3:33 "files.a" is imported twice [stated-twice]'
    ],
    "previous_projects: [x]": ['3:21 "x" is the project itself [stated-twice]'],
    "previous_projects: [y, y]": ['3:24 "y" is named twice [stated-twice]'],
    "previous_projects: [Y]": ['3:21 previous_projects[0] cannot be "Y" [bad-name]'],
}


@pytest.mark.parametrize("lines", ROWS)
def test_contradictions(lines: str) -> None:
    """Each contradiction is reported at the key that has to change."""
    assert said(DECLARED + lines) == ROWS[lines]


@pytest.mark.parametrize(
    "lines",
    [
        "moved: [{from: files.c, to: files.a}]\nremoved: [{address: jobs.old}]",
        "import: [{to: files.a, id: f}, {to: files.b, id: g}]",
        "previous_projects: [y, z]",
    ],
)
def test_statements_that_agree(lines: str) -> None:
    """What contradicts nothing is no problem."""
    assert problems(DECLARED + lines) == []


def test_a_misspelt_section_gets_a_suggestion() -> None:
    """The cure names the section that was probably meant."""
    (problem,) = problems(DECLARED + "removed: [{address: file.c}]")
    assert problem.cure == 'did you mean "files"?'


def test_a_wrong_project_does_not_hide_a_wrong_move() -> None:
    """The rest of the manifest is still checked where a key at the top is wrong."""
    text = "project: X\nfiles: {a: {path: p}}\nmoved: [{from: files.a, to: files.a}]"
    assert [problem.code for problem in problems(text)][:2] == ["bad-name", "moved-but-declared"]

"""Lines and tables at a terminal: nothing is cut, and what belongs together stays so."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.layout import broken, cells, shortened, table
from reconciler.render.parts import INDENT

CHANGE = "  + jobs.b  create  new: gpt-4.1-mini, 4 epochs  ≈ $0.06 (simulated)"


@pytest.mark.parametrize(
    ("line", "columns", "lines"),
    [
        (CHANGE, 70, [CHANGE]),
        (
            CHANGE,
            60,
            ["  + jobs.b  create  new: gpt-4.1-mini, 4 epochs", " " * 20 + "≈ $0.06 (simulated)"],
        ),
        ("  aa  bb", 4, ["  aa", "  bb"]),
        ("├─ job  one two three", 12, ["├─ job  one", "│    two", "│    three"]),
        ("│  └─ a  one two three", 18, ["│  └─ a  one two", "│        three"]),
        ("Plan: 1 to create, 2 to delete", 20, ["Plan: 1 to create, 2", "  to delete"]),
        ("next: reconciler apply --env prod", 20, ["next: reconciler apply --env prod"]),
        ("  why:   one two three", 15, ["  why:   one", f"{INDENT}two", f"{INDENT}three"]),
        ("    digest  0123456789abcdef", 20, ["    digest", "  0123456789abcdef"]),
        (" " * 12, 8, [" " * 12]),
        ("  + jobs.a-long-name", 12, ["  + jobs.a-long-name"]),
        ("  名前 名前", 7, ["  名前", "  名前"]),
    ],
)
def test_a_long_line_is_broken_between_words(line: str, columns: int, lines: list[str]) -> None:
    """It goes on below the cell that it broke in, or below the branch of its tree."""
    assert broken(line, columns) == lines


@given(st.text("ab 名\u0301├│─└", max_size=80), st.integers(8, 60))
def test_nothing_of_a_line_is_lost(line: str, columns: int) -> None:
    """Whatever it says and however narrow the terminal is; only trunks and blanks are added."""
    words = re.sub("[ ├│─└]", "", line)
    assert re.sub("[ ├│─└]", "", "".join(broken(line, columns))) == words


def test_a_name_is_shortened_in_its_middle() -> None:
    """Its end tells which one of a matrix it is."""
    assert shortened("jobs.sweep[n_epochs=2]", 16) == "jobs.…_epochs=2]"
    assert shortened("jobs.a", 16) == "jobs.a"


def test_colours_take_no_room() -> None:
    """And a wide character takes two columns, an accent none."""
    assert cells("\x1b[31mred\x1b[0m") == len("red")
    assert cells("名e\u0301") == 3


ROWS = (("MODEL", "BY", "USED"), ("ft:gpt-4.1-mini:acme:9fQ2aB7c", "acme", "–"), ("gpt", "a", "–"))


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (
            None,
            [
                "  MODEL                          BY    USED",
                "  ft:gpt-4.1-mini:acme:9fQ2aB7c  acme  –",
                "  gpt                            a     –",
            ],
        ),
        (
            36,
            [
                "  MODEL                   BY    USED",
                "  ft:gpt-4.1-mini:acme:9fQ2aB7c",
                "                          acme  –",
                "  gpt                     a     –",
            ],
        ),
        (
            20,
            [
                "  MODEL",
                "      BY    USED",
                "  ft:gpt-4.1-mini:acme:9fQ2aB7c",
                "      acme  –",
                "  gpt",
                "      a     –",
            ],
        ),
    ],
)
def test_a_table_fits_its_terminal(columns: int | None, lines: list[str]) -> None:
    """A cell that is too wide has a line, or every row has two; in a pipe lines have any length."""
    assert [line.rstrip() for line in table(ROWS, columns)] == lines


def test_the_last_cell_has_a_line_where_it_is_too_wide() -> None:
    """Nothing stands beside it."""
    rows = (("A", "ID"), ("one", "ftjob-8Kd2QmVx-9fQ2aB7c"))
    assert [*table(rows, 24)] == ["  A    ID", "  one", "      ftjob-8Kd2QmVx-9fQ2aB7c"]

"""A command line up to the cursor, taken apart as a shell does."""

import shlex
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.completion.line import Line, parse

BREAKS = " \t\n\"'@><=;|&(:"
"""Of bash, unless somebody changes it."""


@pytest.mark.parametrize(
    ("line", "words", "word", "kept", "quote"),
    [
        ("", [], "", 0, ""),
        ("r", [], "r", 0, ""),
        ("r ", ["r"], "", 0, ""),
        ("r  show\tjobs.b", ["r", "show"], "jobs.b", 0, ""),
        ("r show jobs.a[n=", ["r", "show"], "jobs.a[n=", 9, ""),
        ("r show jobs.a[n=2,m:", ["r", "show"], "jobs.a[n=2,m:", 13, ""),
        (r"r show jobs.a\[n\=2", ["r", "show"], "jobs.a[n=2", 0, ""),
        ("r show 'jobs.a[n=2", ["r", "show"], "jobs.a[n=2", 0, "'"),
        ('r show "jobs.a[n=2', ["r", "show"], "jobs.a[n=2", 0, '"'),
        ("r show jobs.'a[n=2", ["r", "show"], "jobs.a[n=2", 5, "'"),
        ("r --with='a b", ["r"], "--with=a b", 7, "'"),
        ("r 'a b' \"c d\" e\\ f ", ["r", "a b", "c d", "e f"], "", 0, ""),
        ("r '' ", ["r", ""], "", 0, ""),
        (r"r 'a\b' x", ["r", r"a\b"], "x", 0, ""),
        ("r a\\", ["r"], "a", 0, ""),
    ],
)
def test_a_line(line: str, words: list[str], word: str, kept: int, quote: str) -> None:
    """Quotes are taken off; the part that bash completes begins at a break, or at an open quote."""
    assert parse(line, BREAKS) == Line(tuple(words), word, kept, quote)


@given(st.lists(st.text(string.printable, max_size=8)), st.text(string.printable, max_size=8))
def test_what_a_shell_quotes_is_read_as_it_was(words: list[str], last: str) -> None:
    """Whatever the words are."""
    found = parse(" ".join(map(shlex.quote, [*words, last])))
    assert [*found.words, found.word] == [*words, last]

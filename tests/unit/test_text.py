"""Text of others on a terminal, in a CI log and in JSON."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.glyphs import COLOURS, paint
from reconciler.text import inert, inert_json, visible, visible_lines
from tests.support.ci import obeyed

ANY = st.text(st.characters(exclude_categories=()))
SHARP = st.text("#[]:v so\x1bm3108[\n\x7f\x9b\u202e\ud800\u3164\ufe0f❤a")


@given(ANY | SHARP)
def test_any_text_becomes_one_line_that_shows(text: str) -> None:
    """Nothing in it moves, hides or ends the line; what is harmless stays as it is."""
    shown = visible(text)
    assert shown.isprintable()
    assert not [name for name in obeyed(shown) if "command" not in name]
    assert visible(shown) == shown
    assert visible_lines(f"{text}\n{text}").count("\n") == 2 * text.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\u202etxet\u2066", r"\u202etxet\u2066"),
        ("a\u200bb\u200dc\ufeff\u2060", r"a\u200bb\u200dc\ufeff\u2060"),
        ("\u2028\u2029\x85", r"\u2028\u2029\x85"),
        ("a\u3164b\u115f\u2800\u034f", r"a\u3164b\u115f\u2800\u034f"),
        ("a\ufe01\ufe0f\U000e0141\U000e0041", r"a\ufe01\ufe0f\U000e0141\U000e0041"),
        ("\ud83d\ue000\U0010ffff", r"\ud83d\ue000\U0010ffff"),
        ("❤\ufe0f ⚠\ufe0f café 日本語 \U0001f680", "❤\ufe0f ⚠\ufe0f café 日本語 \U0001f680"),
    ],
)
def test_what_does_not_show_is_spelt(text: str, shown: str) -> None:
    """Controls, line ends, bidirectional and zero-width marks, unseen letters; emoji stay."""
    assert visible(text) == shown


@given(ANY | SHARP)
def test_any_line_of_output_is_obeyed_by_nobody(text: str) -> None:
    """Neither a terminal nor a CI system, our colours aside; twice is as good as once."""
    for line in text.split("\n"):
        assert not obeyed(inert(line))
        assert inert(inert(line)) == inert(line)


@pytest.mark.parametrize("look", COLOURS)
def test_our_colours_stay(look: str) -> None:
    """Each look passes, and a foreign word in it does not."""
    assert inert(paint("word", look)) == paint("word", look)
    assert inert(paint("\x1b[8m", look)) == paint(r"\x1b[8m", look)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::set-output name=a::b", r"  \x3a:set-output name=a::b"),
        ("a::b", "a::b"),
        ("x ##[error]y", r"x #\x23[error]y"),
        ("##vso[task.setvariable variable=a]b", r"#\x23vso[task.setvariable variable=a]b"),
        ("##teamcity[message]", r"#\x23teamcity[message]"),
        ("## a heading [1]", "## a heading [1]"),
    ],
)
def test_commands_to_a_ci_system(line: str, shown: str) -> None:
    """They are spelt so that they are none; what only resembles one stays."""
    assert inert(line) == shown


@given(st.lists(SHARP | ANY, max_size=4) | st.dictionaries(ANY, SHARP, max_size=3))
def test_json_is_the_same_value_and_obeyed_by_nobody(value: object) -> None:
    """Escapes within strings cost a reader nothing."""
    for indent in (None, 2):
        for is_ascii in (True, False):
            text = inert_json(json.dumps(value, indent=indent, ensure_ascii=is_ascii))
            assert json.loads(text) == value
            assert not any(obeyed(line) for line in text.split("\n"))
            text.encode()


def test_letters_in_json_stay_letters() -> None:
    """What shows is not escaped."""
    assert inert_json('"日本語 ❤ é"') == '"日本語 ❤ é"'
    assert inert_json('"\x7f\U000e0041 ##[x"') == r'"\u007f\udb40\udc41 ##\u005bx"'


def test_what_is_obeyed_is_seen() -> None:
    """The judge of these tests knows an attack when it sees one."""
    for line in ("\x1b[8mx", "::error::", " ::a::b", "x ##[a]", "\x9b", "\u202e", "\x7f", "\r"):
        assert obeyed(line), line
    assert not obeyed("\x1b[31m\x1b[1mx\x1b[0m :: # [")
    assert re.search("SGR", " ".join(obeyed("\x1b[38;5;1mx")))

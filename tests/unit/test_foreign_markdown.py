"""Text of others in Markdown stays text: judged by a parser, in each place where it may stand."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconciler.render.foreign_markdown import code, fenced, inline
from reconciler.text import visible, visible_lines
from tests.support.attacks import TEXTS

PARSER = MarkdownIt("gfm-like", {"html": True})

PLACES = {
    "paragraph": "{}",
    "after words": "why: {}",
    "before words": "{} is what it said",
    "heading": "### {}",
    "setext": "{}\n===",
    "list": "- {}\n- next",
    "quote": "> {}",
    "strong": "**{}**",
    "cell": "| a | b |\n|-|-|\n| {} | z |",
    "details": "<details><summary>s</summary>\n\n{}\n\n</details>",
}

PLAIN = {"text", "softbreak", "paragraph_open", "paragraph_close"}


def tokens(markdown: str) -> Iterator[Token]:
    """Every token of a page, those of its lines in place of them."""
    for token in PARSER.parse(markdown):
        yield from token.children or [token]


def kinds(markdown: str) -> list[str]:
    """What a page is made of, apart from text."""
    return [f"{t.type} {t.tag}" for t in tokens(markdown) if t.type not in ("text", "text_special")]


def words(markdown: str) -> str:
    """The text that a reader of the page sees, without what only tears it apart."""
    text = "".join(t.content for t in tokens(markdown) if t.type in ("text", "text_special"))
    return text.replace("\u200b", "")


def rendered(markdown: str) -> str:
    """The text between the tags, as the hosts look through it for mentions and references."""
    return re.sub(r"<[^>]*>", "\0", PARSER.render(markdown))


ATTACKS = TEXTS | {"nothing": "", "spaces": "   "}

SHOWN = st.text(st.characters(exclude_categories=()), max_size=30) | st.text(
    "\\`*_{}[]()#+-.!|~$=:<>&@/ \n\tab1w", max_size=30
)


def assert_text(text: str, place: str) -> None:
    """It makes nothing of the page that a harmless word does not make, and can be read whole."""
    page = place.format(inline(text))
    assert kinds(page) == kinds(place.format("word" if text else ""))
    expected = words(place.format("\0" if text else "")).replace("\ufffd", visible(text))
    assert words(page) == expected


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_text(attack: str) -> None:
    """Wherever on a page it stands."""
    for place in PLACES.values():
        assert_text(attack, place)


@given(SHOWN, st.sampled_from(list(PLACES.values())))
def test_any_text_is_text(text: str, place: str) -> None:
    """Whatever it is made of."""
    assert_text(text, place)


REFERENCES = re.compile(
    r"(?:^|[^\w`])(?:@\w|[\w/]*#\d|GH-\d|![1-9]|~\w|%\w|\$\w|&amp;\d)|https?://|www\.\w|:[\w+]+:",
    re.MULTILINE,
)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_refers_to_nobody(attack: str) -> None:
    """The host finds no person, issue, link or emoji in the text that it renders."""
    assert not REFERENCES.search(rendered(inline(attack)))
    assert "<a" not in PARSER.render(f"{inline(attack)} {code(attack)}")


@given(SHOWN)
def test_any_line_commands_nobody(text: str) -> None:
    """No line of the page begins with a slash."""
    for page in (inline(text), code(text), fenced(text), fenced(text, "diff")):
        assert not re.search(r"^/", page, re.MULTILINE)


@given(SHOWN, st.sampled_from(list(PLACES.values())))
def test_any_text_is_code(text: str, place: str) -> None:
    """Code is one span, whatever stands in it."""
    page = place.format(code(text))
    made = kinds(page)
    for kind in kinds(place.format("word")):
        made.remove(kind)
    assert made in (["code_inline code"], ["html_inline ", "html_inline "])
    inside = [t.content for t in tokens(page) if t.type == "code_inline"]
    assert inside in ([], [visible(text)])
    assert "\n" not in code(text)


@given(SHOWN)
def test_any_text_is_a_block(text: str) -> None:
    """A block is one fence, with every line in it, whatever fences are in those."""
    page = f"before\n\n{fenced(text, 'diff')}\n\nafter"
    made = [token for token in tokens(page) if token.type == "fence"]
    assert [token.info for token in made] == ["diff"]
    told = [re.sub("^ /", "/", line) for line in made[0].content.split("\n")]
    assert told == [re.sub("^ /", "/", line) for line in [*visible_lines(text).split("\n"), ""]]
    assert words(page) == "beforeafter"

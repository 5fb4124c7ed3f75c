"""The looks of the output: a glyph, a word and a colour for every action, and plain fallbacks.

Colour never carries a meaning alone, and neither does a glyph: the word always stands beside it.
"""

import re
from collections.abc import Mapping

import click

from reconciler.core.plan import Action

COLOURS: Mapping[str, dict[str, object]] = {
    "create": {"fg": "green"},
    "replace": {"fg": "yellow"},
    "delete": {"fg": "red"},
    "cancel": {"fg": "red"},
    "adopt": {"fg": "cyan"},
    "forget": {"dim": True},
    "pause": {"fg": "yellow"},
    "resume": {"fg": "green"},
    "check": {"fg": "cyan"},
    "promote": {"bold": True},
    "waiting": {"dim": True},
    "drift": {"fg": "yellow"},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow"},
    "note": {"dim": True},
    "done": {"fg": "green"},
    "failed": {"fg": "red"},
    "unsettled": {"fg": "yellow"},
    "skipped": {"dim": True},
    "strong": {"bold": True},
}

PLAIN = str.maketrans(
    {
        "±": "~",
        "×": "x",
        "→": "->",
        "…": "...",
        "≠": "!=",
        "✓": "ok",
        "✗": "FAIL",
        "·": ".",
        "‖": "=",
        "↑": "^",
        "–": "-",
        "−": "-",
        "≈": "about",
        "├": "+",
        "└": "+",
        "│": "|",
        "─": "-",
        "▇": "#",
        "▆": "#",
        "▅": "+",
        "▄": "+",
        "▃": "-",
        "▂": "_",
        "▁": "_",
    }
)
"""Where the output is not UTF-8."""

PLAIN_GLYPHS = {"→": ">", "…": ":"}
"""The same for those that mean something else at the beginning of a line."""

_LEADING = re.compile(r"^(\s+(?:\x1b\[\d+m)?)([→…])")


def plain(line: str) -> str:
    """The line with signs that every encoding has."""
    marked = _LEADING.sub(lambda found: found[1] + PLAIN_GLYPHS[found[2]], line)
    return marked.translate(PLAIN)


def paint(text: str, look: str) -> str:
    """The text with the colour of this look; the output strips it where there is no colour."""
    return click.style(text, **COLOURS[look])  # type: ignore[arg-type]  # a table of keywords


def glyph(action: Action) -> str:
    """The action's sign; pausing and going on share one."""
    return "‖" if action is Action.RESUME else action.value

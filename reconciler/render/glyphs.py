"""The looks of the output: a glyph, a word and a colour for every action, and plain fallbacks.

Colour never carries a meaning alone, and neither does a glyph: the word always stands beside it.
"""

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
        "→": ">",
        "…": "...",
        "≠": "!=",
        "✓": "ok",
        "✗": "FAIL",
        "·": ".",
        "‖": "=",
        "↑": "^",
        "–": "-",
        "≈": "about ",
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


def paint(text: str, look: str) -> str:
    """The text with the colour of this look; the output strips it where there is no colour."""
    return click.style(text, **COLOURS[look])  # type: ignore[arg-type]  # a table of keywords


def glyph(action: Action) -> str:
    """The action's sign."""
    return action.value

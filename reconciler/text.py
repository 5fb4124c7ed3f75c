"""Text that somebody else wrote, made safe to show.

What the API, a manifest, a dataset or a file name says is data: it may not move the cursor, change
colours, reverse the reading order, hide, begin a new line, or give a CI system a command.
"""

import re

# Drawn as nothing or as a gap, though Unicode calls them letters, marks or symbols: text can hide
# behind them. U+FE0F only makes an emoji of a symbol before it; elsewhere it is one of them.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0e\uffa0"
    "\U000e0100-\U000e01ef]|(?<![\u203c-\u27bf\u2900-\u303d\U0001f000-\U0001faff])\ufe0f"
)
# The colours of our own output (`render.glyphs.COLOURS`); with any other code text can be hidden.
_OURS = re.compile(r"(\x1b\[(?:[012]|3[1236])m)")
# `##[error]`, `##vso[task.setvariable …]`, `##teamcity[…]`: taken for commands anywhere in a line.
_COMMAND = re.compile(r"##(?=(?:vso|teamcity)?\[)")
_NOT_ASCII = re.compile("[^\x00-\x7e]+")


def visible(text: str) -> str:
    r"""The text on one line, each character that does not show (controls, bidi marks) as `\x1b`."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escaped(c) for c in text)
    return text if text.isascii() else _UNSEEN.sub(lambda found: _escaped(found[0]), text)


def visible_lines(text: str) -> str:
    """As `visible`, with the lines kept."""
    return "\n".join(visible(line) for line in text.split("\n"))


def inert(line: str) -> str:
    """A line of output of which no terminal and no CI system obeys more than our own colours.

    GitHub takes `::NAME::` for a command where a line begins with it; GitLab's and Travis' marks
    of sections need control characters.
    """
    if not line.isprintable() or not line.isascii():
        line = "".join(p if _OURS.fullmatch(p) else visible(p) for p in _OURS.split(line))
    if "##" in line:
        line = _COMMAND.sub(r"#\\x23", line)
    return line.replace("::", r"\x3a:", 1) if line.lstrip().startswith("::") else line


def inert_json(text: str) -> str:
    """JSON, the same value, in which nothing is left that a terminal or a CI system obeys."""
    shown = text if text.isascii() and "\x7f" not in text else _NOT_ASCII.sub(_in_json, text)
    return re.sub(r"##((?:vso|teamcity)?)\[", r"##\1\\u005b", shown) if "##" in shown else shown


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _in_json(found: re.Match[str]) -> str:
    r"""Some characters of a JSON string; what `visible` would escape as `\u202e`."""
    run = found[0]
    if run.isprintable() and not _UNSEEN.search(run):
        return run
    shows = (c.isprintable() and not _UNSEEN.match(c) for c in run)
    return "".join(c if ok else _units(c) for c, ok in zip(run, shows, strict=True))


def _units(character: str) -> str:
    data = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[i : i + 2].hex()}" for i in range(0, len(data), 2))

"""How many tokens a text is, by its pieces: each is encoded once, however often it stands there.

An encoding cuts a text by a pattern first, and a piece gives the same tokens wherever it stands.
The tokenizer of the extra takes steps of Python for every piece; here one call cuts a text, by the
same pattern (tiktoken 0.14, `tiktoken_ext/openai_public.py`), and only what is new is encoded.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sized
from functools import cache
from itertools import groupby

MOST = 1 << 17
"""Pieces that are remembered; what has more of them, such as base64, does not repeat them."""

ENDLESS = 200
"""Characters without a break that no text has; then `_LONG` looks closer."""

_BLANK = re.compile(r"\s{200}")
_LONG = re.compile(r"[^\W\d_]{200}|\s{200}|[^\w\s]{200}|\S{500}")
"""What is cut before it is encoded: the time that a piece takes grows with its length squared."""

_PLANE = range(0x10000)
_SELDOM = re.compile("[\U00010000-\U0001f2ff\U0001fb00-\U0010ffff]")
"""Characters beyond the first plane, of which pictures alone are certain to be no letters."""

_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ENDING = "'(?:[sSdDmMtT\u017f]|[lL][lL]|[vV][eE]|[rR][eE])"  # of "it's", in either case

_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "o200k_base": (
        r"[^\r\n{letter}{number}]?[{upper}]*[{lower}]+(?:{ending})?",
        r"[^\r\n{letter}{number}]?[{upper}]+[{lower}]*(?:{ending})?",
        r"[{number}]{{1,3}}",
        r" ?[^{space}{letter}{number}]+[\r\n/]*",
        r"[{space}]*[\r\n]+",
        r"[{space}]+(?![^{space}])",
        r"[{space}]+",
    ),
    "cl100k_base": (
        r"{ending}",
        r"[^\r\n{letter}{number}]?[{letter}]+",
        r"[{number}]{{1,3}}",
        r" ?[^{space}{letter}{number}]+[\r\n]*",
        r"[{space}]+\Z",
        r"[{space}]*[\r\n]",
        r"[{space}]+(?![^{space}])",
        r"[{space}]",
    ),
}
_KINDS: Mapping[str, tuple[str, ...]] = {
    "letter": ("Lu", "Lt", "Ll", "Lm", "Lo"),
    "upper": ("Lu", "Lt", "Lm", "Lo", "Mn", "Mc", "Me"),
    "lower": ("Ll", "Lm", "Lo", "Mn", "Mc", "Me"),
    "number": ("Nd", "Nl", "No"),
}
"""What the patterns call \\p{L} and the like: categories of Unicode."""

_Encode = Callable[[str], Sized]


class Pieces(dict[str, int]):
    """How many tokens each piece is; one that is not known is asked for."""

    def __init__(self, name: str, encode: _Encode) -> None:
        """Those of the encoding of this name, which `encode` gives."""
        self._cut, self._encode = _pattern(name).findall, encode

    def count(self, text: str) -> int:
        """How many tokens a text is."""
        if not text.isascii() and _SELDOM.search(text):
            return self._asked(text)
        return sum(map(self.__getitem__, self._cut(text)))

    def __missing__(self, piece: str) -> int:
        count = self._asked(piece)
        if len(self) < MOST:
            self[piece] = count
        return count

    def _asked(self, text: str) -> int:
        return sum(len(self._encode(part)) for part in _bounded(text))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    kinds = {kind: _of(categories) for kind, categories in _KINDS.items()}
    alternatives = "|".join(_PATTERNS[name])
    return re.compile(alternatives.format(space=_SPACE, ending=_ENDING, **kinds))


def _of(categories: tuple[str, ...]) -> str:
    """The characters of these categories, as a pattern writes them between brackets."""
    runs = groupby(_PLANE, lambda code: unicodedata.category(chr(code)) in categories)
    ranges = [[*run] for is_of_them, run in runs if is_of_them]
    return "".join(f"\\u{run[0]:04x}-\\u{run[-1]:04x}" for run in ranges)


def _bounded(text: str) -> Iterator[str]:
    """The text, cut where it goes on and on without a break."""
    start = 0
    if not _BLANK.search(text) and max(map(len, text.split()), default=0) < ENDLESS:
        yield text
        return
    for long in _LONG.finditer(text):
        yield text[start : long.end()]
        start = long.end()
    yield text[start:]

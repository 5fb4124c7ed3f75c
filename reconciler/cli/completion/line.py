"""A command line up to the cursor, as a POSIX shell takes it apart."""

from typing import NamedTuple

_BLANKS = " \t\n"
_MEANT = {"": _BLANKS + "\\\"'", "'": "'", '"': '"\\'}
"""Open quote, or none → the signs that mean something there."""


class Line(NamedTuple):
    """The words of a command line; the last one is being typed, and may be empty.

    Attributes:
        words: all but the last, without their quotes.
        word: the last one as far as it was typed, without its quotes.
        kept: so much of `word` stands before the part that the shell completes: all up to the
            last sign that breaks words, or to the quote that is open.
        quote: the quote that is open; "" where none is.
    """

    words: tuple[str, ...]
    word: str
    kept: int
    quote: str


def parse(line: str, breaks: str = "") -> Line:
    """Take a line apart; what is not complete is taken as it is.

    Args:
        breaks: signs at which the shell begins a word to complete anew, unless they are quoted.
    """
    words: list[str] = []
    word, quote, kept, begun, escaped = "", "", 0, False, False
    for sign in line:
        if escaped or sign not in _MEANT[quote]:
            word += sign
            kept = len(word) if sign in breaks and not (quote or escaped) else kept
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign in _BLANKS:
            words += [word] if begun else []
            word, kept, begun = "", 0, False
            continue
        else:
            quote, kept = ("", kept) if quote else (sign, len(word))
        begun = True
    return Line(tuple(words), word, kept, quote)

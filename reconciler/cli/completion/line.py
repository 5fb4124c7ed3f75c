"""A command line up to the cursor, as a POSIX shell takes it apart."""

from typing import NamedTuple


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
        if not (quote or escaped) and sign.isspace():
            if begun:
                words.append(word)
            word, kept, begun = "", 0, False
            continue
        begun = True
        if escaped or (quote and sign not in (quote, "\\")) or (quote == "'" != sign):
            word, escaped = word + sign, False
        elif sign == "\\":
            escaped = True
        elif sign == quote:
            quote = ""
        elif sign in "\"'":
            quote, kept = sign, len(word)
        else:
            word += sign
            kept = len(word) if sign in breaks else kept
    return Line(tuple(words), word, kept, quote)

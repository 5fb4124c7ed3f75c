"""Images that are written into a row as base64: nearly all of its bytes, and none of its words.

No rule reads them and no model is billed for them by the byte, but to look for secrets and personal
data in them takes nine tenths of the time of such a row, and what is found there is by chance.
"""

from collections.abc import Iterator
from string import ascii_letters, digits

_OPENING = b'"data:image'
_KEY = b'"url":'
_HEADER = b";base64,"
LONGEST_HEADER = 80
"""Bytes within which an image's media type stands."""
SPACES = 8
"""Bytes around a key that may be spaces."""
LEAST = 256
"""Characters of an image; what is shorter may be anything, and costs nothing."""
LARGEST = 13_981_016
"""Characters of an image of 10 MiB, beyond which it is not trained on."""
START = 32
"""Characters that stay: twice those by which the rules tell a form, as each may be escaped."""
_BASE64 = (ascii_letters + digits + "+/=").encode()


def without_images(line: bytes) -> bytes:
    """A line of JSON without the base64 of its images but its start; the line itself without such.

    Whatever the line is, the rest is JSON if and only if the line is: only characters that stand
    for themselves go, and the quotation mark that ends them stays.
    """
    kept, last = [], 0
    for start, end in _images(line):
        kept.append(line[last:start])
        last = end
    return b"".join((*kept, line[last:])) if kept else line


def has_too_large(line: bytes, said: bytes) -> bool:
    """Whether an image of a line is larger than `LARGEST`; `said` is the line without images."""
    return len(line) - len(said) > LARGEST - START and any(
        end - cut > LARGEST - START for cut, end in _images(line)
    )


def _images(line: bytes) -> Iterator[tuple[int, int]]:
    """Where the base64 of each image goes on behind its start, and where it ends."""
    place = line.find(_OPENING)
    while place >= 0:
        opened = place + len(_OPENING)
        end = line.find(b'"', opened)
        start = line.find(_HEADER, opened, opened + LONGEST_HEADER) + len(_HEADER)
        if opened < start < end - LEAST and _is_image(line, place, start, end):
            cut = start + START
            if line[cut - 1 : cut] == b"\\":  # of a slash that is escaped
                cut += 1
            yield cut, end
        place = line.find(_OPENING, max(opened, end))


def _is_image(line: bytes, place: int, start: int, end: int) -> bool:
    before = line[max(0, place - len(_KEY) - SPACES) : place].replace(b" ", b"")
    if not before.endswith(_KEY):
        return False
    data = line[start:end]
    if b"\\" in data:  # some writers escape each slash
        data = data.replace(b"\\/", b"/")
    return not data.translate(None, _BASE64)

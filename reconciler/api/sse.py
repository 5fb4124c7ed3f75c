"""Events of an event stream (WHATWG HTML, server-sent events), read from blocks of bytes.

Bytes in, bytes out: a character that is split over two blocks is whole again in its line.
"""

import re
from collections.abc import Iterable, Iterator

# A chunk of a completion is some hundred bytes; one with all its log probabilities, some 10,000.
LONGEST = 1024 * 1024
BOM = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"\r\n|\n|\r")


class TooLong(ValueError):
    """An event is longer than any that this program takes."""


def events(blocks: Iterable[bytes], *, longest: int = LONGEST) -> Iterator[bytes]:
    """The data of each event that has any, its lines joined by a newline.

    An event that the end of the stream cuts is none. Comments and other fields are left out.
    Raises `TooLong` when one event, or one line, has more than `longest` bytes.
    """
    data = bytearray()
    for line in _without_bom(lines(blocks, longest)):
        if line:
            data += _data(line)
            _bound(len(data), longest)
        else:
            if value := bytes(data.removesuffix(b"\n")):
                yield value
            data.clear()


def lines(blocks: Iterable[bytes], longest: int) -> Iterator[bytes]:
    """The lines without their ends, whichever of CR LF, LF and CR these are.

    What stands behind the last end is no line. Raises `TooLong`.
    """
    begun, ended_with_cr = bytearray(), False
    for block in filter(None, blocks):
        # Of a CR LF that two blocks share, the line ended with the CR already.
        text = block.removeprefix(b"\n") if ended_with_cr else block
        ended_with_cr = block.endswith(b"\r")
        first, *others = LINE_END.split(text)
        begun += first
        for other in others:
            yield bytes(begun)
            begun = bytearray(other)
        _bound(len(begun), longest)


def _without_bom(found: Iterator[bytes]) -> Iterator[bytes]:
    """The lines, the first without the mark that may stand at the very beginning."""
    if (first := next(found, None)) is not None:
        yield first.removeprefix(BOM)
        yield from found


def _data(line: bytes) -> bytes:
    """What a line adds to its event, with a newline; nothing unless its field is `data`."""
    name, _, value = line.partition(b":")
    return value.removeprefix(b" ") + b"\n" if name == b"data" else b""


def _bound(size: int, longest: int) -> None:
    if size > longest:
        raise TooLong(f"an event of the stream is longer than {longest} bytes")

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.api.sse import TooLong, events

TEXTS = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), min_size=1)
ENDS = st.sampled_from(["\n", "\r", "\r\n"])


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """`data` in blocks that end at these places, empty ones among them."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=3), max_size=4), ENDS, st.lists(st.integers()))
@example([["a", "b"], ["é"]], "\r\n", [7, 8, 9, 10, 17, 18])
def test_an_event_is_the_same_however_it_is_cut(
    told: list[list[str]], end: str, places: list[int]
) -> None:
    """Neither the kind of line end nor the blocks change what is read, also within a character."""
    stream = "".join("".join(f"data: {line}{end}" for line in event) + end for event in told)
    found = list(events(cut(stream.encode(), places)))
    assert found == ["\n".join(event).encode() for event in told]


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_no_bytes_can_harm(blocks: list[bytes]) -> None:
    """Whatever comes is read to its end."""
    assert all(events(blocks))


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        (b"", []),
        (b"data: a\n\n", [b"a"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a \n\n", [b" a "]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"data: a\n\rdata: b\r\n\n", [b"a", b"b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data: a\ndata:\ndata: b\n\n", [b"a\n\nb"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b": ping\n\ndata: a\n: ping\n\n", [b"a"]),
        (b"event: error\nid: 7\nretry: 9\ndata: a\n\n", [b"a"]),
        (b"event: ping\n\n", []),
        (b"data\n\ndata:\n\n", []),
        (b"database: a\n\n Data: a\n\n", []),
        (b"data: {\xff}\n\n", [b"{\xff}"]),
        (b"data: whole\n\ndata: cut", [b"whole"]),
        (b"data: whole\n\ndata: cut\n", [b"whole"]),
    ],
)
def test_events_are_read_as_the_specification_says(stream: bytes, found: list[bytes]) -> None:
    """In one block, and byte by byte."""
    assert list(events([stream])) == found
    assert list(events(stream[i : i + 1] for i in range(len(stream)))) == found


@pytest.mark.parametrize(
    "block", [b"a" * 40, b"data: " + b"a" * 40, b"data: aaaa\n", b"data:\n", b": " + b"a" * 40]
)
def test_an_event_without_end_is_not_read_for_ever(block: bytes) -> None:
    """Neither a line nor an event may grow beyond the bound, also in many blocks."""
    with pytest.raises(TooLong, match="longer than 100 bytes"):
        list(events((block for _ in range(1000)), longest=100))


def test_an_event_of_the_longest_size_is_read() -> None:
    """Many of them may follow each other."""
    stream = b"data: " + b"a" * 94 + b"\n\n"
    assert list(events([stream] * 50, longest=100)) == [b"a" * 94] * 50

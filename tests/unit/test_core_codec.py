"""A state and its journal as bytes: they read back, and nothing damaged is believed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.codec import decode, decode_journal, encode, encode_entry, name_of
from reconciler.core.state import Clear, Entry, Gone, State, replay
from reconciler.errors import Refusal
from tests.support.values import entries, states

SHOWN = "state/bots.json"


@given(states)
def test_a_state_reads_back(state: State) -> None:
    """Equal states give equal bytes, and bytes give the state."""
    document = encode(state)
    assert decode(document, shown=SHOWN) == state
    assert encode(decode(document, shown=SHOWN)) == document


@given(entries, st.integers(0, 2**40))
def test_an_entry_reads_back(entry: Entry, serial: int) -> None:
    """Every kind of entry, as one line."""
    line = encode_entry(entry, str(serial))
    assert b"\n" not in line
    assert b"\0" not in line
    assert decode_journal((line,), str(serial), shown=SHOWN) == (entry,)
    assert decode_journal((line,), str(serial + 1), shown=SHOWN) == ()


@given(states, st.data())
def test_a_damaged_document_is_refused(state: State, data: Any) -> None:
    """Any flipped bit, and the refusal says what to do."""
    document = bytearray(encode(state))
    place = data.draw(st.integers(0, len(document) - 1))
    document[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Refusal) as refused:
        decode(bytes(document), shown=SHOWN)
    assert refused.value.where == SHOWN
    assert "backup" in refused.value.cure


def test_a_cut_document_is_refused() -> None:
    """At every byte."""
    document = encode(State("lineage", "bots"))
    for length in range(len(document)):
        with pytest.raises(Refusal):
            decode(document[:length], shown=SHOWN)


def test_a_newer_document_is_refused_untouched() -> None:
    """The cure is an upgrade, not a fresh start."""
    import hashlib

    rest = (
        encode(State("lineage", "bots"))
        .split(b"\n", 2)[2]
        .replace(b'"version": 1', b'"version": 2')
    )
    document = b'{\n "sha256": "%s",\n' % hashlib.sha256(rest).hexdigest().encode() + rest
    with pytest.raises(Refusal, match="format 2") as refused:
        decode(document, shown=SHOWN)
    assert "upgrade" in refused.value.cure


def test_a_document_is_plain_json() -> None:
    """People and scripts can read it; members at their defaults are left out."""
    document = json.loads(encode(State("lineage", "bots", serial=3)))
    assert document["serial"] == 3
    assert document["records"] == {}


@given(st.lists(entries, min_size=1, max_size=3))
def test_a_torn_last_line_is_dropped(written: list[Entry]) -> None:
    """At every byte: what was promised before it is still there."""
    lines = [encode_entry(entry, "1") for entry in written]
    for length in range(len(lines[-1])):
        torn = (*lines[:-1], lines[-1][:length])
        assert decode_journal(torn, "1", shown=SHOWN) == tuple(written[:-1])


def test_text_that_is_no_unicode_is_kept() -> None:
    """An API may escape a lone surrogate in JSON; that must not cost a record."""
    entry = Clear("op", "\ud800")
    assert decode_journal((encode_entry(entry, "1"),), "1", shown=SHOWN) == (entry,)
    odd = State("lineage", "\ud800")
    assert decode(encode(odd), shown=SHOWN) == odd


def test_a_damaged_line_before_the_last_is_refused() -> None:
    """A hole in the journal is not a torn end."""
    lines = encode_entry(Gone("a"), "1"), encode_entry(Clear("b", "evidence"), "1")
    with pytest.raises(Refusal, match="damaged") as refused:
        decode_journal((lines[0][:-1], lines[1]), "1", shown=SHOWN)
    assert "line 1" in refused.value.why


@given(states, st.lists(entries, max_size=4), st.integers(0, 4))
def test_journal_and_checkpoint_agree(state: State, written: list[Entry], cut: int) -> None:
    """To fold the journal at once, or in two parts with a checkpoint between, is the same."""
    whole = replay(state, written)
    part = decode(encode(replay(state, written[:cut])), shown=SHOWN)
    assert replay(part, written[cut:]) == whole


def test_a_journal_follows_one_checkpoint_not_one_serial() -> None:
    """A backup that was put back makes another checkpoint of the same serial: no entry returns."""
    first = encode(State("one", "owner", serial=5))
    second = encode(State("two", "owner", serial=5))
    line = encode_entry(Gone("a"), name_of(first))
    assert decode_journal((line,), name_of(first), shown=SHOWN) == (Gone("a"),)
    assert decode_journal((line,), name_of(second), shown=SHOWN) == ()

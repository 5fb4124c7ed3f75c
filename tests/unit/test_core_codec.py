"""A state and its journal as bytes: they read back, and nothing damaged is believed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler import __version__
from reconciler.core import codec
from reconciler.core.codec import (
    HEAD_BYTES,
    decode,
    decode_journal,
    encode,
    encode_entries,
    epoch_of,
    format_of,
    name_of,
)
from reconciler.core.entries import Clear, Entry, Gone, Put
from reconciler.core.exact_json import parsed
from reconciler.core.resource import Attempt, Phase
from reconciler.core.state import State, replay
from reconciler.errors import Damaged, ExitCode, Refusal
from tests.support.sealed import resealed, sealed
from tests.support.values import A, B, F, entries, pending, recorded, state, states, want

SHOWN = "state/bots.json"
KNOWN = state(
    {
        A: recorded(want(A), "1", reads=("9",), attempt=Attempt(1, 2)),
        F: recorded(want(F), "9", expires_at=5),
    },
    pending={"op-1": pending(want(B))},
    cancelled=("7", "8"),
)
DOCUMENT = encode(KNOWN)


def test_the_epoch_of_a_document() -> None:
    """It is told without reading all of it; of what is no document there is none."""
    assert epoch_of(encode(replace(KNOWN, epoch=7))) == 7
    assert epoch_of(b"") == 0


def test_a_line_that_was_bent_is_refused() -> None:
    """By its checksum, and with its number."""
    line = encode_entries([Gone("a")], "1")
    with pytest.raises(Damaged) as refused:
        decode_journal((line, line.replace(b'"a"', b'"b"')), "1", shown=SHOWN)
    assert "line 2 of its journal is damaged: its checksum" in refused.value.why


@pytest.mark.parametrize(
    "more",
    [{}, {"facts": {"rows": 12}}, {"spec": {}}, {"status": "", "phase": Phase.UNKNOWN}],
    ids=["with no facts", "with facts", "of no spec", "of an unknown phase"],
)
def test_records_are_read_at_once(monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]) -> None:
    """The slow reader never sees one that is written today, whatever it leaves out."""
    texts = list[bytes]()

    def noted(text: bytes) -> Any:
        texts.append(text)
        return parsed(text)

    monkeypatch.setattr(codec, "parsed", noted)
    written = state({A: recorded(want(A), **more), F: recorded(want(F), "9", expires_at=5)})
    assert decode(encode(written), shown=SHOWN) == written
    assert texts
    assert not any(b"jobs.a" in text for text in texts)


@given(states)
def test_a_state_reads_back(state: State) -> None:
    """The state gives bytes, and these bytes the state, and the same bytes again."""
    document = encode(state)
    assert decode(document, shown=SHOWN) == state
    assert encode(decode(document, shown=SHOWN)) == document


def test_an_equal_state_gives_the_same_bytes() -> None:
    """Whoever made its values: a first attempt is left out, as each other default is."""
    said, unsaid = (
        state({F: recorded(want(F), "9", **more)}) for more in ({"attempt": Attempt(1, 1)}, {})
    )
    assert said == unsaid
    assert encode(said) == encode(unsaid)
    assert b"attempt" not in encode(said)


@given(entries, st.integers(0, 2**40))
def test_an_entry_reads_back(entry: Entry, serial: int) -> None:
    """Every kind of entry, as one line."""
    line = encode_entries([entry], str(serial))
    assert b"\n" not in line
    assert b"\0" not in line
    assert decode_journal((line,), str(serial), shown=SHOWN) == (entry,)
    assert decode_journal((line,), str(serial + 1), shown=SHOWN) == ()


@given(st.lists(entries, min_size=2, max_size=4))
def test_entries_that_came_together_read_back(several: list[Entry]) -> None:
    """In their order, from one line."""
    line = encode_entries(several, "1")
    assert b"\n" not in line
    assert decode_journal((line,), "1", shown=SHOWN) == (*several,)


@given(states, st.data())
def test_a_damaged_document_is_refused(state: State, data: Any) -> None:
    """Any flipped bit, and the refusal says what to do."""
    document = bytearray(encode(state))
    place = data.draw(st.integers(0, len(document) - 1))
    document[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Damaged) as refused:
        decode(bytes(document), shown=SHOWN)
    assert refused.value.exit_code == ExitCode.REFUSED
    assert refused.value.where == SHOWN
    assert "state rebuild" in refused.value.cure


def test_a_cut_document_is_refused() -> None:
    """At every byte."""
    for length in range(len(DOCUMENT)):
        with pytest.raises(Damaged):
            decode(DOCUMENT[:length], shown=SHOWN)


@pytest.mark.parametrize(
    "document",
    [
        resealed(DOCUMENT, b'"version": 4', b'"version": 5'),
        DOCUMENT.replace(b'"version": 4', b'"version": 5').replace(b'"sha256"', b'"blake3"'),
    ],
    ids=["sealed as ours", "sealed in another way"],
)
def test_a_newer_document_is_refused_untouched(document: bytes) -> None:
    """The cure is an upgrade, not a fresh start; the writer's version is named."""
    with pytest.raises(Refusal, match="format 5, this version reads 4") as refused:
        decode(document, shown=SHOWN)
    assert not isinstance(refused.value, Damaged)
    assert refused.value.why.startswith(f"reconciler {__version__} wrote it")
    assert "upgrade" in refused.value.cure


FOREIGN = {
    "nothing": (b"", "it is empty"),
    "another tool's": (
        b'{"version": 4, "serial": 1, "lineage": "x"}',
        "reconciler did not write it",
    ),
    "other JSON": (b'{"resources": []}', "reconciler did not write it"),
    "a list": (b"[1]", "its checksum"),
    "no JSON": (b"hello", "its checksum"),
    "a deep one": (b"[" * 100_000, "its checksum"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_is_no_state_of_ours(case: str) -> None:
    """It is refused with what it seems to be, and never taken for an empty state."""
    document, why = FOREIGN[case]
    with pytest.raises(Refusal) as refused:
        decode(document, shown=SHOWN)
    assert why in refused.value.what + refused.value.why


SEALED = {
    "a name twice": (b'"serial": 1', b'"serial": 1,\n "serial": 2', "'serial' stands twice"),
    "a name twice inside": (b'{"text":"x"}', b'{"text":"x","text":"y"}', "'text' stands twice"),
    "a name twice, escaped": (
        b'{"text":"x"}',
        rb'{"text":" \u0022,\u0022text\u0022:","te\u0078t":"\""}',
        "'text' stands twice",
    ),
    "no number": (b'"expires_at":5', b'"expires_at":NaN', "NaN is no number"),
    "an endless number": (b'"expires_at":5', b'"expires_at":-Infinity', "-Infinity is no number"),
    "a member too many": (b'"serial": 1', b'"serial": 1,\n "seriel": 2', "'seriel' is no member"),
    "a member too few": (b'"lineage": "lineage",\n', b"", "no 'lineage'"),
    "another type": (b'"serial": 1', b'"serial": "1"', "serial is of another type"),
    "a truth for a number": (b'"serial": 1', b'"serial": true', "serial is of another type"),
    "a record's member": (
        b'"expires_at":5',
        b'"expires_at":"5"',
        "got `str` - at `$[...].expires_at`",
    ),
    "a record's stranger": (b'"expires_at":5', b'"expired":5', "unknown field `expired`"),
    "no record": (b'"records": {', b'"records": {"jobs.z":7,', "Expected `object`, got `int`"),
    "no records": (b'"deposed": {}', b'"deposed": []', "has no attribute 'items'"),
    "no address": (b'"jobs.a":', b'"jobs":', "'jobs' is not an address"),
    "no phase": (b'"phase":"ready"', b'"phase":"raedy"', "Invalid enum value 'raedy'"),
    "no attempt": (b'"attempt":[1,2]', b'"attempt":[1,"2"]', "got `str` - at `$[...].attempt[1]`"),
    "no list": (b'"reads":["9"]', b'"reads":"9"', "got `str` - at `$[...].reads`"),
    "no texts": (b'"cancelled": ["7","8"]', b'"cancelled": ["7",8]', "a list of texts is none"),
    "an intent's member": (b'"not_after":1000060', b'"not_after":"x"', "not_after is of another"),
    "an intent's attempt": (
        b'"not_after":1000060',
        b'"attempt":["1",2]',
        "got `str` - at `$[0]`",
    ),
    "no version": (b' "version": 4,\n', b"", "no 'version'"),
    "no known version": (b'"version": 4', b'"version": 0', "no 0"),
    "three parts too few": (b'"endpoint": ["","",""]', b'"endpoint": []', "not enough values"),
}


@pytest.mark.parametrize("case", SEALED)
def test_a_sealed_document_that_is_no_state(case: str) -> None:
    """What somebody edited, checksum and all, is believed in no part."""
    old, new, why = SEALED[case]
    document = resealed(encode(KNOWN), old, new)
    with pytest.raises(Damaged) as refused:
        decode(document, shown=SHOWN)
    assert why in refused.value.why


def test_a_sealed_document_that_is_no_json() -> None:
    """Rubbish under a right checksum."""
    for rest in (b"", b"\xff", b"1" * 5000, b'"x":' + b"[" * 100_000):
        with pytest.raises(Damaged, match="damaged"):
            decode(sealed(rest), shown=SHOWN)


def test_a_document_is_plain_json() -> None:
    """People and scripts can read it, a record a line; members at their defaults are left out."""
    document = json.loads(DOCUMENT)
    assert document["serial"] == 1
    assert document["writer"] == __version__
    assert "protect" not in document["records"]["jobs.a"]
    lines = DOCUMENT.decode().splitlines()
    assert sum(line.startswith(('  "jobs.a":{', '  "files.f":{')) for line in lines) == 2


def test_a_name_inside_a_record_breaks_no_line_apart() -> None:
    """Line breaks stand between tokens, whatever texts a record holds."""
    spec = {"a": ',"jobs.a":', "files.x": 1, "b": {"jobs.y": '"'}}
    odd = state({A: recorded(want(A, spec=spec)), F: recorded(want(F, spec=spec))})
    assert decode(encode(odd), shown=SHOWN) == odd


@given(st.lists(entries, min_size=1, max_size=3), st.data())
def test_a_damaged_line_is_refused(written: list[Entry], data: Any) -> None:
    """At every byte, in the last line too: a line that was cut short has no newline."""
    lines = [encode_entries([entry], "1") for entry in written]
    number = data.draw(st.integers(0, len(lines) - 1))
    line = bytearray(lines[number])
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    lines[number] = bytes(line)
    with pytest.raises(Damaged) as refused:
        decode_journal(lines, "1", shown=SHOWN)
    assert f"line {number + 1} of its journal is damaged" in refused.value.why


def test_a_line_that_is_no_entry() -> None:
    """A right checksum makes no entry of what is none."""
    import hashlib

    none = (b"", b"[]", b'{"follows":"1","entry":"pay"}', b'{"follows":"1","entry":"gone"}')
    several = (b'"x"', b"[]", b"{}", b"[1]", b'[{"entry":"gone","id":"a"}],"more":1')
    for text in (*none, *(b'{"follows":"1","entries":%s}' % each for each in several)):
        line = hashlib.sha256(text).hexdigest()[:16].encode() + b" " + text
        with pytest.raises(Damaged):
            decode_journal((line,), "1", shown=SHOWN)


def test_text_that_is_no_unicode_is_kept() -> None:
    """An API may escape a lone surrogate in JSON; that must not cost a record."""
    entry = Clear("op", "\ud800")
    assert decode_journal((encode_entries([entry], "1"),), "1", shown=SHOWN) == (entry,)
    odd = State("lineage", "\ud800", records={A: recorded(want(A), status="\udfff")})
    assert decode(encode(odd), shown=SHOWN) == odd


def test_a_deep_value_is_kept() -> None:
    """Deeper than the fast writer goes, as deep as an answer of the API may be."""
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    entry = Put(A, recorded(want(A), facts={"deep": deep}))
    assert decode_journal((encode_entries([entry], "1"),), "1", shown=SHOWN) == (entry,)


def test_no_figure_is_rounded() -> None:
    """A number that only the slow reader knows whole is whole."""
    entry = Put(A, recorded(want(A), facts={"huge": 2**80, "tiny": 1e-300, "told": " \n "}))
    assert decode_journal((encode_entries([entry], "1"),), "1", shown=SHOWN) == (entry,)


def test_what_is_no_json_is_not_written() -> None:
    """Rather than written as something else, which nobody would notice."""
    with pytest.raises(TypeError):
        encode_entries([Put(A, recorded(want(A), facts={"set": {1}}))], "1")


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
    line = encode_entries([Gone("a")], name_of(first))
    assert decode_journal((line,), name_of(first), shown=SHOWN) == (Gone("a"),)
    assert decode_journal((line,), name_of(second), shown=SHOWN) == ()


def test_the_format_stands_at_the_front() -> None:
    """So that a journal is read as what it is."""
    assert format_of(DOCUMENT) == 4


@given(states)
def test_the_epoch_stands_at_the_front(state: State) -> None:
    """A backend reads it from the first bytes, and no text of the state can be taken for it."""
    assert epoch_of(encode(state)[:HEAD_BYTES]) == state.epoch
    hostile = replace(state, lineage='x"\n "epoch": 9,\n', epoch=0)
    assert epoch_of(encode(hostile)) == 0
    assert epoch_of(b"") == epoch_of(b"hello") == 0

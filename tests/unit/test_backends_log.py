"""The log of an object store, as values: what counts, what is needless, what is damaged."""

import pytest
from msgspec.structs import replace

from reconciler.backends import Holder
from reconciler.backends.objects.log import (
    Head,
    Kind,
    Log,
    head_record,
    key_of,
    line_record,
    number_of,
    read_log,
)

MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply")


def head(kind: Kind, **parts: object) -> bytes:
    """A record that is no line."""
    return head_record(kind, replace(Head(), **parts))


def records(*found: bytes, first: int = 1) -> dict[int, bytes]:
    """They follow each other."""
    return dict(enumerate(found, first))


def test_no_records_are_an_empty_log() -> None:
    """Nothing was ever written."""
    assert read_log({}) == Log()


def test_the_last_head_counts() -> None:
    """It says all that the heads before it said; they are needless, and it will be."""
    found = read_log(records(head("lock", epoch=1, holder=MINE), head("release", epoch=1)))
    assert found == Log(2, Head(epoch=1), spent=(1, 2))


def test_lines_follow_their_document() -> None:
    """Those of the document before are needless; the ones that count are not."""
    found = read_log(
        records(
            head("lock", epoch=1, holder=MINE),
            line_record(b"old", 0, 1),
            head("checkpoint", epoch=1, holder=MINE, document="documents/3", serial=1, since=4),
            line_record(b"new", 0, 1),
        )
    )
    assert (found.lines, found.following, found.spent) == ((b"new",), (4,), (1, 2, 3))


def test_what_broke_a_lock_is_never_needless() -> None:
    """Its number stays taken, for the holder that may come to it yet."""
    broken = records(head("lock", epoch=1, holder=MINE), head("unlock", epoch=2), head("lock"))
    assert read_log(broken).spent == (1, 3)


def test_a_record_that_came_late_changes_nothing() -> None:
    """Neither the lock of somebody who was overtaken, nor the line of one who gave it up."""
    late = {
        1: head("lock", epoch=1, holder=MINE),
        2: line_record(b"late", 0, 1),
        3: head("checkpoint", epoch=5, document="documents/3", serial=4, since=4),
        4: line_record(b"first", 0, 5),
        5: line_record(b"given up", 1, 5),
        6: head("lock", epoch=6, document="documents/3", serial=4, since=4),
        7: line_record(b"second", 1, 6),
    }
    found = read_log(late)
    assert found.head.epoch == 6
    assert found.lines == (b"first", b"second")
    assert not found.damage


def test_a_line_that_is_missing_is_damage() -> None:
    """Its number was removed by somebody else than us."""
    found = read_log({1: head("lock"), 2: line_record(b"0", 0, 1), 4: line_record(b"2", 2, 1)})
    assert found.damage == "line 2 of its journal is missing at 4"
    assert found.lines == (b"0",)


@pytest.mark.parametrize(
    "record",
    [b"", b"x", b"[]", b"7", b'{"kind": "other"}', b'{"kind": "lock"}', b'{"kind": []}',
     b'{"kind": "lock", "head": {}}', b'{"kind": "lock", "head": {"holder": null, "more": 1}}',
     b'{"kind": "lock", "head": {"holder": null, "epoch": "1"}}', b"[" * 100_000],
    ids=range(11),
)  # fmt: skip
def test_a_record_that_cannot_be_read_is_damage(record: bytes) -> None:
    """The ones before it count still, so that a person can lock the state and mend it."""
    found = read_log(records(head("lock", epoch=3, holder=MINE), record))
    assert found.damage == "record 2 of its log is damaged"
    assert (found.last, found.head.epoch) == (2, 3)


def test_of_a_damaged_log_nothing_is_needless() -> None:
    """Whoever locks the state would remove it else, before anyone was told of the damage."""
    found = read_log(records(head("lock", epoch=1), head("release", epoch=1), b"", head("lock")))
    assert found.damage == "record 3 of its log is damaged"
    assert found.spent == ()


def test_damage_that_a_document_made_up_for_is_none() -> None:
    """It lies before what counts; its number stays taken, as it may have been that of an unlock."""
    found = read_log(records(head("lock"), b"", head("aside", since=4), line_record(b"a", 0, 1)))
    assert not found.damage
    assert found.lines == (b"a",)
    assert found.spent == (1, 3)


def test_names_sort_as_numbers() -> None:
    """A list of a store is sorted by name; other names are no numbers."""
    assert key_of(9) < key_of(10)
    assert number_of(key_of(12)) == 12
    assert number_of("documents/0000000000000012-ab-1") is None

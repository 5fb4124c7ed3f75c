"""What a state that moved leaves behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.codec import HEAD_BYTES, decode, encode, epoch_of
from reconciler.core.moved import forwarding, moved_to, refuse_moved
from reconciler.errors import Damaged, Refusal
from tests.support.values import state


@given(st.text(min_size=1))
def test_it_says_where_the_state_is(to: str) -> None:
    """Whatever characters the place has."""
    assert moved_to(forwarding(state(), 3, to)) == to


def test_a_state_says_nothing_of_the_kind() -> None:
    """Nor does no document, or one that somebody else wrote."""
    for document in (None, b"", encode(state()), b'{\n "moved": "s3://x"\n}\n'):
        assert moved_to(document) == ""
    refuse_moved(encode(state()), "state/a.json")


def test_nobody_goes_on_with_it() -> None:
    """The refusal names the place; a version that does not know the document refuses it, too."""
    document = forwarding(state(), 3, "s3://states/demo")
    with pytest.raises(Refusal) as caught:
        refuse_moved(document, "state/a.json")
    assert caught.value.what == "refused: the state has moved to s3://states/demo"
    assert caught.value.where == "state/a.json"
    with pytest.raises(Refusal, match="this version reads") as older:
        decode(document, shown="state/a.json")
    assert not isinstance(older.value, Damaged)


@pytest.mark.parametrize(("known", "locked"), [(7, 9), (9, 7)])
def test_a_later_lock_is_above_it(known: int, locked: int) -> None:
    """Its epoch stands where that of a state does, however long the name of the place."""
    document = forwarding(state(epoch=known), locked, "s3://" + "x" * HEAD_BYTES)
    assert epoch_of(document[:HEAD_BYTES]) == 9

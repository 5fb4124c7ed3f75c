"""Answers whose members have other types than the API's: not told is not wrong, and never a bug."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.owner import Owner
from reconciler.core.resource import Observed
from reconciler.core.words import day
from reconciler.kinds import BY_NAME
from reconciler.kinds.entry import job_entry
from reconciler.kinds.told import members, moment, number, text

OWNERS = (Owner("bots"),)
TIMES = (1_764_171_600, 1_764_171_600_000, 253_402_300_799, 253_402_300_800, -1)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(TIMES)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=2) | st.dictionaries(st.text(max_size=5), below, max_size=2)
    ),
    max_leaves=4,
)
NAMES = {
    "jobs": ("status", "created_at", "model", "method", "hyperparameters", "metadata", "error",
             "training_file", "validation_file", "fine_tuned_model", "trained_tokens", "seed"),
    "files": ("status", "created_at", "filename", "bytes", "purpose", "expires_at"),
}  # fmt: skip


@dataclass
class Odd:
    """An endpoint that answers with this object."""

    body: dict[str, Any]

    def retrieve_job(self, id_: str) -> dict[str, Any]:
        return self.body | {"id": id_}

    retrieve_file = retrieve_job


def seen(kind: str, body: dict[str, Any]) -> Observed:
    """The object as the kind sees it."""
    return BY_NAME[kind].fetch(Odd(body), "x-1", OWNERS)  # type: ignore[arg-type]  # one verb of it


@pytest.mark.parametrize("kind", NAMES)
@given(data=st.data())
def test_any_member_may_be_anything(kind: str, data: st.DataObject) -> None:
    """The object is seen, and it can be hashed, compared and written down."""
    body = data.draw(st.dictionaries(st.sampled_from(NAMES[kind]), JSON))
    object_ = seen(kind, body)
    assert object_.id == "x-1"
    assert {object_.status, *object_.reads}
    assert day(object_.created_at)
    assert object_.expires_at is None or day(object_.expires_at)
    assert BY_NAME[kind].resolved(object_) is not None
    if kind == "jobs":  # as `import` writes it into a manifest
        assert job_entry(object_, dict.fromkeys(object_.reads, "name")) is not None


def test_marks_of_another_type_are_nobodys() -> None:
    """Metadata that is no object, or whose values are no texts, makes nothing ours."""
    odd: list[Any] = [7, [], {"reconciler_owner": ["bots"]}, {"reconciler_owner": 7}]
    assert [seen("jobs", {"metadata": metadata}).marker for metadata in odd] == [None] * 4


def test_members_of_the_right_type_are_told() -> None:
    """Texts, whole numbers however they are written, objects; nothing else."""
    body = {"a": "x", "b": 7, "c": 7.0, "d": {"e": 1}, "f": True, "g": 2**53, "h": None}
    assert [text(body, name) for name in "abd"] == ["x", "", ""]
    assert [number(body, name) for name in "abcfgh"] == [None, 7, 7, None, None, None]
    assert [moment({"t": t}, "t") for t in TIMES] == [TIMES[0], None, TIMES[2], None, None]
    assert [members(body, name) for name in "adh"] == [{}, {"e": 1}, {}]

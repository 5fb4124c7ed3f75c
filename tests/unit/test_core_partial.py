"""Fingerprints that a server tells in part."""

import pytest

from reconciler.core.partial import agrees, completed
from reconciler.core.resource import Live, Marker
from tests.support.values import F, live, live_at, want

WHOLE = "v1:abc:fine-tune:12"


def marked(fingerprint: str) -> Live:
    """One live file whose marker tells this."""
    return live(live_at(want(F), "1", marker=Marker(F, fingerprint)))


def told(seen: Live) -> str:
    """The fingerprint in the marker of the only object."""
    marker = seen.objects["1"].marker
    assert marker
    return marker.fingerprint


@pytest.mark.parametrize(
    ("said", "is_same"),
    [(WHOLE, True), ("v1:abc:fine-tune:?", True), ("v1:abc:batch:?", False), ("v1:abc", False)],
)
def test_what_a_marker_agrees_with(said: str, is_same: bool) -> None:
    """All of it, or what it tells."""
    assert agrees(said, WHOLE) is is_same


def test_what_is_told_in_part_is_completed() -> None:
    """By the known fingerprint that begins like it; of what is not known it stays as it is."""
    assert told(completed(marked("v1:abc:fine-tune:?"), [WHOLE])) == WHOLE
    assert told(completed(marked("v1:def:fine-tune:?"), [WHOLE])) == "v1:def:fine-tune:?"


def test_what_is_told_whole_stays() -> None:
    """Also where it is another size: then it is another file."""
    seen = marked("v1:abc:fine-tune:13")
    assert completed(seen, [WHOLE]) is seen

"""How far an upload is: counted from any thread, told with its pace."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from reconciler.core.plan import Action, Change
from reconciler.events import Sending
from reconciler.meter import Meter
from reconciler.render.events_text import pace
from tests.support.values import A, want

FILE = Change(Action.CREATE, A, "new", resource=replace(want(A), facts={"bytes": 1000}))
JOB = Change(Action.CREATE, A, "new", resource=want(A))


def test_bytes_are_counted_from_any_thread() -> None:
    """Also those that have to go again; what sends nothing is not told."""
    meter = Meter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(meter.of(FILE), [3] * 400 + [-2] * 400))
    assert list(meter.read([FILE, JOB])) == [Sending(FILE, 400, 1000)]
    assert list(Meter().read([FILE])) == []


def test_what_was_refused_is_counted_anew() -> None:
    """Nobody is told of more bytes than there are."""
    meter = Meter()
    for _ in range(2):
        meter.of(FILE)(1000)
    assert list(meter.read([FILE])) == [Sending(FILE, 1000, 1000)]


@pytest.mark.parametrize(
    ("sent", "took", "words"),
    [
        (131_000_000, 2.5, "131 MB of 1.2 GB · 52 MB/s · about 20s left"),
        (0, 0.0, "0 B of 1.2 GB · 0 B/s"),
        (-5, 1.0, "-5 B of 1.2 GB · 0 B/s"),
        (1_200_000_000, 100.0, "1.2 GB of 1.2 GB · 12 MB/s · about 0s left"),
    ],
)
def test_the_pace_of_an_upload(sent: int, took: float, words: str) -> None:
    """How much, how fast, and how long it will take where that can be told."""
    assert pace(Sending(FILE, sent, 1_200_000_000), took) == words

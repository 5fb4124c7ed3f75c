"""Writes side by side: what gathers while one is under way is written at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from reconciler.together import Together

WITHIN = 20.0


def test_what_gathers_meanwhile_goes_together() -> None:
    """In the order in which it came, and nobody returns before the write that holds it did."""
    batches: list[list[int]] = []
    begun, may_end = Event(), Event()

    def write(items: Sequence[int]) -> None:
        batches.append([*items])
        begun.set()
        assert may_end.wait(WITHIN)

    together = Together(write)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(together.add, 1)
        assert begun.wait(WITHIN)
        others = [pool.submit(together.add, 2), pool.submit(together.add, 3)]
        while len(together) < len(others):
            assert not first.done()
        may_end.set()
        for future in (first, *others):
            future.result(WITHIN)
    assert batches in ([[1], [2, 3]], [[1], [3, 2]])


def test_a_write_that_fails_fails_for_all_of_it() -> None:
    """And for none that comes later, if that write succeeds."""
    begun, may_end, written = Event(), Event(), list[int]()

    def write(items: Sequence[int]) -> None:
        if 1 in items:
            begun.set()
            assert may_end.wait(WITHIN)
        if len(items) > 1:
            raise OSError("full")
        written.extend(items)

    together = Together(write)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(together.add, 1)
        assert begun.wait(WITHIN)
        others = [pool.submit(together.add, 2), pool.submit(together.add, 3)]
        while len(together) < len(others):
            assert not first.done()
        may_end.set()
        assert [str(future.exception(WITHIN)) for future in (first, *others)] == [
            *("None", "full", "full")
        ]
    together.add(4)
    assert written == [1, 4]

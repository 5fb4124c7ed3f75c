"""A state that cannot be written: before an effect it does not happen; after it, it is told."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from reconciler.core.resource import Desired
from reconciler.errors import Fenced, ReconcilerError
from reconciler.events import Done, Doubtful, Failed, Skipped, Unrecorded
from tests.support.disk import Disk
from tests.support.stack import SETTLE, Stack, job, manifest
from tests.support.world import World


@dataclass
class Full(Disk):
    """A disk that takes so many more lines; None: any number."""

    left: int | None = None
    has_failed: bool = False
    error: type[ReconcilerError] = ReconcilerError

    def append(self, line: bytes) -> None:
        if self.left == 0:
            self.has_failed = True
            raise self.error("cannot add to the journal", where="x", why="no space", cure="free it")
        if self.left is not None:
            self.left -= 1
        super().append(line)

    def checkpoint(self, document: bytes, serial: int) -> None:
        assert not self.has_failed, "what could not be written in part is not written as a whole"
        super().checkpoint(document, serial)


def runner(desired: Desired) -> Stack:
    """One whose disk can be full."""
    one = Stack(World(), desired=desired)
    one.disk = Full(one.fuse)
    return one


def fresh() -> Stack:
    """Two files and two jobs to be made."""
    return runner(manifest(job("a", "F1"), job("b", "F2")))


def replaced() -> Stack:
    """A running job whose data changed, and its file with it."""
    one = runner(manifest(job("a", "F1", file="f")))
    one.apply()
    one.desired = manifest(job("a", "F2", file="f"))
    return one


def removed() -> Stack:
    """A running job and its file that are no longer declared."""
    one = runner(manifest(job("a", "F1", file="f")))
    one.apply()
    one.desired = manifest()
    return one


def filled(one: Stack, lines: int | None) -> Full:
    """Its disk, which now takes so many lines more."""
    assert isinstance(one.disk, Full)
    one.disk.left, one.disk.has_failed = lines, False
    return one.disk


def effects(one: Stack) -> list[str]:
    """The requests that changed something."""
    return [request for request in one.world.requests if not request.startswith("GET")]


@pytest.mark.parametrize("begin", [fresh, replaced, removed])
def test_a_disk_that_is_full_at_any_line(begin: Callable[[], Stack]) -> None:
    """Nothing is begun after it, what took effect is told, and the next apply goes on."""
    for lines in itertools.count():
        one = begin()
        one.world.requests.clear()
        filled(one, lines)
        one.apply()
        done = [event for event in one.events if isinstance(event, Done)]
        untold = [event for event in one.events if isinstance(event, Unrecorded)]
        assert len(effects(one)) == len(done) + len(untold)
        assert not [event for event in one.events if isinstance(event, Doubtful)]
        if not any(isinstance(event, Failed | Unrecorded) for event in one.events):
            break
        skipped = {event.reason for event in one.events if isinstance(event, Skipped)}
        assert skipped <= {"the state cannot be written"}
        assert len(untold) <= 1
        healed(one)
    assert lines >= 4


def healed(one: Stack) -> None:
    """There is room again: nothing was lost, nothing is paid twice."""
    filled(one, None)
    one.world.pass_time(SETTLE + 61)
    one.converge()
    wanted = one.desired.resources
    assert len(one.world.active()) == sum(address.kind == "jobs" for address in wanted)
    assert len(one.world.files) == sum(address.kind == "files" for address in wanted)
    assert not one.state.pending


def test_what_was_made_and_not_recorded_is_named() -> None:
    """The object, what is safe, and what to do; the error keeps its class, and so its exit code."""
    one = fresh()
    filled(one, 1).error = Fenced
    one.apply()
    (told,) = [event for event in one.events if isinstance(event, Unrecorded)]
    (made,) = one.world.files
    assert told.id == made
    assert isinstance(told.error, Fenced)
    assert told.error.what == f"file {made} created, not yet recorded"
    assert (told.error.where, told.error.why) == ("x", "cannot add to the journal: no space")
    assert told.error.cure.startswith("free it\n")
    assert "the next apply adopts it" in told.error.cure


def test_an_announcement_that_fails_sends_nothing() -> None:
    """The first line is the intent of the first upload."""
    one = fresh()
    one.world.requests.clear()
    filled(one, 0)
    one.apply()
    assert effects(one) == []
    ends = [type(event) for event in one.events][1:]
    assert ends == [Failed, Skipped, Skipped, Skipped]

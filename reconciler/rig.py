"""Everything outside that an apply touches, as one value."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.core.alias import Checked, Promotion, Published
from reconciler.core.checks import Trial
from reconciler.core.entries import Entry
from reconciler.core.losses import Learnt
from reconciler.core.owner import Owners
from reconciler.core.resource import AUTHORED, Lifecycle, Observed
from reconciler.core.state import State
from reconciler.errors import ApiError
from reconciler.kinds.kind import Api, Kind
from reconciler.schedule import USUAL, Lanes


def _unasked() -> Checked:
    raise AssertionError("nobody is here to ask a model")


def _unread(_run: Observed) -> Learnt:
    raise AssertionError("nobody is here to read what a run learnt")


def side_by_side(effects: int) -> Executor:
    """Threads for so many effects at once."""
    return ThreadPoolExecutor(effects)


class Author(NamedTuple):
    """Who applies, and which commit was checked out; empty where nothing tells it.

    `run` is the page of the CI run.
    """

    who: str = ""
    commit: str = ""
    run: str = ""

    def facts(self, *, is_paid: bool) -> dict[str, str]:
        """What is recorded of it with what is made.

        The CI run only of what is paid for: a state may hold ten thousand files.
        """
        told = self if is_paid else self._replace(run="")
        return {name: said for name, said in zip(AUTHORED, told, strict=True) if said}

    def signed(self, promotion: Promotion, at: int | None) -> Promotion:
        """The promotion as it is recorded, at this time of the API."""
        return promotion._replace(at=at, who=self.who, commit=self.commit)


def _nobody() -> Author:
    return Author()


class Rig(Struct, frozen=True):
    """Everything outside that an apply touches.

    Attributes:
        patience: seconds within which a list may still lack a fresh object.
        write: makes one journal entry durable before it returns.
        clock: seconds that only go forward, also while the machine sleeps.
        pause: waits so many seconds; a stop signal ends it early.
        may_repeat: whether a refused request may be accepted a little later.
        is_for_now: whether a run was refused because others run: it may be made when they ended.
        tell: is told of each wait before a create is tried again: why, and how many seconds.
        is_stopping: whether a signal or the deadline asked to start nothing more.
        author: who is written into the history of what is promoted, and of what is made.
        check: asks a model what it has to answer; raises where the endpoint does not answer.
        learnt: reads the losses of a finished run, None where it may not be asked; raises where
            the endpoint does not answer.
        published: reads the file of `outputs`; None where the manifest has none.
        publish: brings that file up to date with what aliases point at.
        lanes: how many effects go on side by side.
        threads: makes the executor for so many; all that it calls may come from any thread.
    """

    kinds: dict[str, Kind]
    api: Api
    owners: Owners
    patience: int
    write: Callable[[Entry], None]
    new_op: Callable[[], str]
    clock: Callable[[], float]
    pause: Callable[[float], None]
    may_repeat: Callable[[ApiError], bool]
    is_for_now: Callable[[ApiError], bool]
    tell: Callable[[ApiError, float], None] = field(default=lambda _error, _seconds: None)
    is_stopping: Callable[[], bool] = field(default=lambda: False)
    author: Callable[[], Author] = _nobody
    check: Callable[[Trial], Checked] = field(default=lambda _trial: _unasked())
    learnt: Callable[[Observed], Learnt | None] = field(default=_unread)
    published: Callable[[State], Published | None] = field(default=lambda _state: None)
    publish: Callable[[State], None] = field(default=lambda _state: None)
    lanes: Lanes = USUAL
    threads: Callable[[int], Executor] = side_by_side

    def lifecycle(self, kind: str) -> Lifecycle:
        """How objects of a kind live and end."""
        return self.kinds[kind].lifecycle

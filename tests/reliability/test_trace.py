"""A trace of the code is a path of the model; one of code that breaks a rule is none."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from unittest.mock import patch

import pytest

from reconciler.core.entries import Begin, Clear, Intent
from reconciler.core.resource import Live
from reconciler.errors import Unknown
from reconciler.rig import Rig
from reconciler.round import Journal
from tests.reliability.paths import recorded
from tests.reliability.trace import NotAPath, check
from tests.support.stack import SETTLE, Stack
from tests.support.world import WorldLine


def in_doubt() -> Stack:
    """The job is made, its reply is lost, and no list shows it; a second apply follows."""
    one = recorded(lag=60)
    one.world.replies = ["ok", "lost"]
    one.apply()
    one.apply()
    return one


def test_a_history_is_a_path() -> None:
    """Every step that it takes is counted."""
    one = in_doubt()
    one.world.pass_time(2 * SETTLE)
    one.converge()
    assert one.world.trace
    seen = check(one.world.trace)
    assert (seen["begin"], seen["make"], seen["find"]) == (1, 1, 1)
    assert seen["look"] == 4


def without_intents() -> AbstractContextManager[object]:
    """The intent is not written."""
    write = Journal.write
    return patch.object(
        Journal, "write", lambda self, entry: isinstance(entry, Begin) or write(self, entry)
    )


def without_waiting() -> AbstractContextManager[object]:
    """An intent is cleared by the first list that lacks it."""
    return patch.object(Live, "is_past", lambda self, moment, patience: True)


def without_asking() -> AbstractContextManager[object]:
    """Nobody asks whether it is too late."""
    create = WorldLine.create_job
    return patch.object(
        WorldLine,
        "create_job",
        lambda self, body, *, op, may_send: create(self, body, op=op, may_send=lambda: True),
    )


def with_doubt_as_refusal() -> AbstractContextManager[object]:
    """No answer closes the intent, as if it had been a no."""

    def look_for(intent: Intent, kind: object, held: object, rig: Rig) -> None:
        rig.write(Clear(intent.op, "no answer"))

    return patch("reconciler.effects.look_for", look_for)


@pytest.mark.parametrize(
    "broken", [without_intents, without_waiting, without_asking, with_doubt_as_refusal]
)
def test_code_that_breaks_a_rule(broken: Callable[[], AbstractContextManager[object]]) -> None:
    """What it does is no path, and it is told what was done."""
    with broken(), suppress(Unknown):
        one = in_doubt()
    assert one.world.trace
    with pytest.raises(NotAPath, match="no path of the model"):
        check(one.world.trace)


def test_a_list_that_lags_too_long_is_no_path() -> None:
    """The model holds the world to its assumptions, too."""
    one = recorded(lag=SETTLE + 100)
    one.apply()
    one.world.pass_time(SETTLE + 50)
    one.apply()
    assert one.world.trace
    with pytest.raises(NotAPath, match="look"):
        check(one.world.trace)

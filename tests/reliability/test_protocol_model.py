"""The model of the protocol, in a small part of what `make reliability` walks."""

from tests.reliability.protocol import Protocol, World
from tests.reliability.protocol_model import (
    NEEDED,
    OURS,
    STORIES,
    USUAL,
    explore,
    jobs,
    judged,
    run,
    without,
)
from tests.reliability.report import Profile


def test_the_model() -> None:
    """Ours pays once and always ends well; without any rule or assumption it pays twice."""
    result = run(Profile.QUICK)
    assert result.verdict == "ok", result.violations


def test_every_rule_and_assumption_is_left_out_once() -> None:
    """A new one cannot be forgotten."""
    flags = [*Protocol._fields, *(name for name, value in USUAL._asdict().items() if value is True)]
    assert list(NEEDED) == flags


def test_what_is_broken_is_told_step_by_step() -> None:
    """A path of two jobs begins with the first lock and ends with the second job."""
    found = explore(STORIES["lock"][0], *without("sends_once"))
    assert found.broken
    assert jobs(found.broken) == 2
    (told,) = judged(found)
    assert told.startswith("two jobs after lock(p) load(p) look(p)")
    assert told.endswith("make(2)")


def test_a_protocol_that_cannot_end() -> None:
    """A state from which nothing leads to a good end is found: here a time that never comes."""
    stuck = explore(STORIES["lock"][0], OURS, World(processes=()))
    assert [line for line in judged(stuck) if line.startswith("no way on after")]

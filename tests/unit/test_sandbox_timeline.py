"""What time does to a simulated job."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.pace import Pace
from reconciler.sandbox.timeline import (
    TERMINAL,
    Act,
    Mark,
    Run,
    ended_at,
    moment,
    next_change,
    status,
    stretches,
)

PACE = Pace(1.0, 2.0, 10.0)
ORDER = ["validating_files", "queued", "running", "succeeded"]


def _run(*history: tuple[float, Act], rejected: bool = False) -> Run:
    return Run(100.0, PACE, tuple(Mark(at, act) for at, act in history), rejected)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (100.0, "validating_files"),
        (100.999, "validating_files"),
        (101.0, "queued"),
        (103.0, "running"),
        (112.999, "running"),
        (113.0, "succeeded"),
        (1e12, "succeeded"),
    ],
)
def test_an_undisturbed_run_follows_the_clock(now: float, expected: str) -> None:
    """Each phase lasts as long as the pace says."""
    assert status(_run(), now) == expected


def test_a_rejected_run_fails_when_its_files_are_checked() -> None:
    """Nothing comes after the failure."""
    run = _run(rejected=True)
    assert [status(run, now) for now in (100.5, 101.0, 500.0)] == [
        "validating_files",
        "failed",
        "failed",
    ]
    assert (ended_at(run), next_change(run, 101.0)) == (101.0, None)


def test_a_pause_shifts_the_end() -> None:
    """The work goes on after the pause and one more time in the queue."""
    run = _run((105.0, "pause"), (205.0, "resume"))
    assert [status(run, now) for now in (206.9, 207.0, 214.9, 215.0)] == [
        "queued",
        "running",
        "running",
        "succeeded",
    ]
    assert moment(run, run.started) == 103.0
    assert status(_run((105.0, "pause")), 1e9) == "paused"


def test_a_pause_while_files_are_checked_needs_no_queue() -> None:
    """The check goes on where it stopped."""
    run = _run((100.5, "pause"), (200.0, "resume"))
    assert [status(run, now) for now in (200.4, 200.5)] == ["validating_files", "queued"]


def test_a_run_paused_in_the_queue_of_its_resumption_loses_no_work() -> None:
    """Pausing before the work began again changes nothing but the time."""
    run = _run((105.0, "pause"), (200.0, "resume"), (201.0, "pause"), (300.0, "resume"))
    assert ended_at(run) == 300.0 + 2.0 + 8.0


def test_a_cancelled_run_stays_so() -> None:
    """Whatever it was, paused or running."""
    for history in ([(105.0, "cancel")], [(104.0, "pause"), (105.0, "cancel")]):
        run = Run(100.0, PACE, tuple(Mark(at, act) for at, act in history))  # type: ignore[arg-type]  # literals
        assert (status(run, 1e9), ended_at(run), next_change(run, 105.0)) == (
            "cancelled",
            105.0,
            None,
        )


@given(
    pace=st.builds(Pace, *[st.floats(0, 1e6)] * 3),
    gaps=st.lists(st.floats(0, 1e6), max_size=6),
    rejected=st.booleans(),
)
def test_changes_by_itself_always_move_on(pace: Pace, gaps: list[float], rejected: bool) -> None:
    """Following `next_change` reaches an end, and statuses never go back."""
    acts: list[Act] = ["pause", "resume"]
    at, history = 1e9, []
    for index, gap in enumerate(gaps[: len(gaps) // 2 * 2]):
        at += gap
        history.append(Mark(at, acts[index % 2]))
    run = Run(1e9, pace, tuple(history), rejected)
    now, seen = at, [status(run, at)]
    while (when := next_change(run, now)) is not None:
        assert when > now
        now = when
        seen.append(status(run, now))
    assert seen[-1] in TERMINAL
    known = [phase for phase in seen if phase in ORDER]
    assert known == sorted(known, key=ORDER.index)
    worked = [stretch.done for stretch in stretches(run)]
    assert worked == sorted(worked)

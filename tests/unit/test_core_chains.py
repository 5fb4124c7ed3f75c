"""A job that starts from another job's model, and jobs that are paused."""

from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.plan import Action, Plan, Severity
from reconciler.core.resource import Desired
from tests.support.stack import Stack, job, manifest
from tests.support.world import World


def actions(plan: Plan) -> dict[str, str]:
    """Address → what happens to it."""
    return {str(c.address): c.action.word for c in plan.changes if c.follows is None}


def chain(data: str = "F1") -> Stack:
    """Two jobs, the second from the first one's model."""
    wanted = manifest(job("a", data, file="a"), job("b", "F2", model="jobs.a"))
    return Stack(World(), desired=wanted)


def test_a_chained_job_waits_for_the_model_it_starts_from() -> None:
    """The base is made now, the other one once the base has a model; then it is told its name."""
    stack = chain()
    assert actions(stack.apply())["jobs.b"] == "waiting"
    assert [body["model"] for body in stack.world.paid()] == ["base"]
    (base,) = stack.world.active()
    stack.world.finish(base)
    assert actions(stack.apply()) == {"jobs.b": "create"}
    assert stack.world.paid()[-1]["model"] == base["fine_tuned_model"]


def test_the_files_of_a_waiting_job_are_uploaded_with_the_rest() -> None:
    """What was confirmed once is enough for the rounds to come."""
    assert actions(chain().plan())["files.f2"] == "create"


def test_other_data_of_the_base_trains_both_again() -> None:
    """A chained job is made of the job it starts from."""
    stack = chain()
    stack.apply()
    stack.world.finish(stack.world.active()[0])
    stack.apply()
    stack.world.finish(stack.world.active()[0])
    stack.apply()
    stack.desired = manifest(job("a", "F9", file="a"), job("b", "F2", model="jobs.a"))
    planned = stack.plan()
    assert actions(planned)["jobs.a"] == "replace"
    assert actions(planned)["jobs.b"] == "waiting"
    reasons = {change.reason for change in planned.changes}
    assert "needs the model of jobs.a, then trains again" in reasons


def test_a_chain_is_found_again_after_the_state_was_lost() -> None:
    """Both are adopted by their markers: nothing is paid."""
    stack = chain()
    stack.apply()
    stack.world.finish(stack.world.active()[0])
    stack.apply()
    stack.lose_state()
    assert set(actions(stack.plan()).values()) == {"adopt"}


BASE, MIDDLE, LAST = "jobs.c", "jobs.b", "jobs.a"
"""In the order of their addresses what is read comes after its readers."""


def epochs(number: int) -> dict[str, Any]:
    """A method that says so many."""
    return {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": number}}}


def three(**base: Any) -> Desired:
    """A base, and two jobs that start one from the other; all read one file."""
    one = partial(job, data="F1")
    return manifest(one("c", **base), one("b", model=BASE), one("a", model=MIDDLE))


def trained(wanted: Desired) -> Stack:
    """Its jobs have ended, the last one of an hour ago; the server chose three epochs for each."""
    stack = Stack(World(), desired=wanted)
    for _ in range(3):
        stack.apply()
        for body in stack.world.active():
            body["method"] = epochs(3)
            stack.world.finish(body)
    stack.world.pass_time(3600)
    return stack


def test_a_base_that_spells_out_what_it_became_trains_nothing_again() -> None:
    """Nor does what starts from it, and what starts from that; only what was edited is told."""
    stack = trained(three())
    stack.desired = three(method=epochs(3))
    planned = stack.plan()
    assert planned.is_empty
    assert [(str(note.address), note.why) for note in planned.of(Severity.NOTE)] == [
        (BASE, "n_epochs  unset → 3")
    ]
    stack.apply()
    assert not stack.plan().findings
    assert len(stack.world.paid()) == 3


def test_a_base_that_is_as_it_was_before_trains_nothing_again() -> None:
    """It is found by its marker, and what starts from it after that, by the model it was sent."""
    stack = trained(three())
    stack.desired = three(method=epochs(3))
    stack.apply()
    stack.desired = three()
    assert stack.converge().is_empty
    assert len(stack.world.paid()) == 3


def test_a_base_that_is_spelled_out_is_found_after_the_state_was_lost() -> None:
    """Markers say what it was; what starts from it was made from that."""
    stack = trained(three())
    stack.lose_state()
    stack.desired = three(method=epochs(3))
    assert set(actions(stack.plan()).values()) == {"adopt"}
    assert stack.converge().is_empty
    assert len(stack.world.paid()) == 3


def test_what_starts_from_an_earlier_try_of_a_base_is_kept_when_that_is_spelled_out() -> None:
    """To make a base anew trains nothing that starts from it, and nor does an edit like this."""
    wanted = manifest(job("a", file="f"), job("b", "F1", file="f", model="jobs.a"))
    stack = trained(wanted)
    stack.desired = replace(wanted, renewed=frozenset({Address("jobs", "a")}))
    stack.apply()
    (anew,) = stack.world.active()
    anew["method"] = epochs(3)
    spelled = (job("a", file="f", method=epochs(3)), job("b", "F1", file="f", model="jobs.a"))
    stack.desired = manifest(*spelled)
    assert stack.converge().is_empty
    assert len(stack.world.paid()) == 3


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_base_model_that_becomes_the_job_that_made_it_trains_nothing(*, is_lost: bool) -> None:
    """The model was named; now the job is, whose model that is."""
    stack = trained(manifest(job("a", file="f")))
    (base,) = stack.world.paid()
    both = partial(manifest, job("a", file="f"))
    stack.desired = both(job("b", file="f", model=base["fine_tuned_model"]))
    stack.apply()
    stack.desired = both(job("b", file="f", model="jobs.a"))
    if is_lost:
        stack.lose_state()
        stack.world.pass_time(3600)
    assert stack.converge().is_empty
    assert len(stack.world.paid()) == 2


def test_a_base_model_that_becomes_another_job_trains_again() -> None:
    """It is another model, though that one stands, too."""
    stack = trained(manifest(job("a", file="f"), job("c", file="f", seed=1)))
    model = stack.world.paid()[0]["fine_tuned_model"]
    both = partial(manifest, job("a", file="f"), job("c", file="f", seed=1))
    stack.desired = both(job("b", file="f", model=model))
    stack.apply()
    stack.desired = both(job("b", file="f", model="jobs.c"))
    assert actions(stack.plan()) == {"jobs.b": "replace"}


def test_a_paused_job_is_not_made() -> None:
    """`paused: true` withholds what was not created yet."""
    stack = Stack(World(), desired=manifest(job("a", paused=True)))
    stack.apply()
    assert actions(stack.plan())["jobs.a"] == "waiting"
    assert stack.world.paid() == []


def test_a_running_job_is_paused_and_goes_on() -> None:
    """The one thing about a job that is changed in place; nothing is paid again."""
    stack = Stack(World(), desired=manifest(job("a")))
    stack.apply()
    stack.desired = manifest(job("a", paused=True))
    assert actions(stack.apply()) == {"jobs.a": "pause"}
    assert len(stack.world.paid()) == 1
    assert [body["status"] for body in stack.world.jobs.values()] == ["paused"]
    assert stack.apply().is_empty
    stack.desired = manifest(job("a"))
    planned = stack.apply()
    assert (actions(planned), planned.drift) == ({"jobs.a": "resume"}, ())  # it was our doing
    assert stack.apply().is_empty
    assert stack.plan().drift == ()


def test_a_job_that_ended_is_not_paused() -> None:
    """There is nothing left to hold back."""
    stack = Stack(World(), desired=manifest(job("a")))
    stack.apply()
    stack.world.finish(stack.world.active()[0])
    stack.desired = manifest(job("a", paused=True))
    assert stack.plan().is_empty


def test_a_pause_killed_at_any_point_is_made_good() -> None:
    """Pausing twice is pausing once."""
    for point in range(20):
        stack = Stack(World(), desired=manifest(job("a")))
        stack.apply()
        stack.desired = manifest(job("a", paused=True))
        was_killed = stack.apply_killed_at(point)
        stack.apply()
        assert stack.apply().is_empty
        assert [body["status"] for body in stack.world.jobs.values()] == ["paused"]
        if not was_killed:
            break


def test_pausing_and_going_on_are_changes_with_a_sign() -> None:
    """Each has a word of its own."""
    assert {Action.PAUSE.word, Action.RESUME.word} == {"pause", "resume"}

"""A job that starts from another job's model, and jobs that are paused."""

from reconciler.core.plan import Action, Plan
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

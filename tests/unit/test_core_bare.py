"""An endpoint that drops metadata: jobs are known by their whole spec and the files they read."""

import pytest

from reconciler.core.bare import is_alike
from reconciler.core.fingerprint import fingerprint
from reconciler.core.plan import Action, Severity
from reconciler.core.resource import Observed, Phase
from tests.support.stack import Stack, job, manifest
from tests.support.world import World


def bare_stack(**fields: object) -> Stack:
    """One job at an endpoint that keeps no metadata."""
    return Stack(World(drops_metadata=True), desired=manifest(job("a", **fields)))  # type: ignore[arg-type]  # fields of the entry


def test_a_lost_reply_is_found_without_a_marker() -> None:
    """The one job on our file with this spec is ours: nothing is paid twice."""
    stack = bare_stack()
    stack.apply_file_then("lost")
    assert len(stack.world.paid()) == 1
    assert stack.converge().is_empty
    assert len(stack.world.paid()) == 1


def test_a_lost_state_finds_its_job_without_a_marker() -> None:
    """Files carry their marker in their names, and jobs read files."""
    stack = bare_stack(suffix="x")
    stack.apply()
    stack.lose_state()
    stack.world.pass_time(1_000)
    stack.converge()
    assert len(stack.world.paid()) == 1


def test_two_that_look_alike_are_for_a_person_to_tell_apart() -> None:
    """A guess could adopt somebody else's; nothing is made."""
    stack = bare_stack()
    stack.apply()
    (made,) = stack.world.jobs.values()
    stack.world.jobs["job-other"] = made | {"id": "job-other"}
    stack.world.fresh["job-other"] = 0
    stack.lose_state()
    stack.world.pass_time(1_000)
    stack.apply()
    plan = stack.plan()
    assert [f.what for f in plan.of(Severity.UNSETTLED)] == [
        "2 live jobs match jobs.a; which one is ours is unknown"
    ]
    assert not [c for c in plan.changes if c.action is Action.CREATE]
    assert len(stack.world.paid()) == 1


def test_several_finds_of_one_intent_are_not_guessed_at() -> None:
    """A pending create stays pending until a person has said which job it is."""
    stack = bare_stack()
    stack.apply_file_then("lost", lag=100)
    (made,) = stack.world.jobs.values()
    stack.world.jobs["job-other"] = made | {"id": "job-other"}
    stack.world.fresh["job-other"] = 0
    stack.world.pass_time(1_000)
    assert "which one is ours" in stack.plan().of(Severity.UNSETTLED)[0].what
    stack.desired = manifest(job("a"), imports={"jobs.a": made["id"]})
    assert stack.converge().is_empty
    assert not stack.state.pending
    assert len(stack.world.paid()) == 1
    assert [each["status"] for each in stack.world.jobs.values()] == ["running", "running"]


def lost_replace(data: str) -> Stack:
    """A replace whose reply was lost, and then the data that the manifest wants."""
    stack = Stack(World(drops_metadata=True), desired=manifest(job("a", file="f")))
    stack.apply()
    stack.desired = manifest(job("a", "F2", file="f"))
    stack.world.replies, stack.world.lag = ["ok", "lost"], 60
    stack.apply()
    assert stack.state.pending
    stack.world.pass_time(1_000)
    stack.world.lag = 0
    stack.desired = manifest(job("a", data, file="f"))
    return stack


@pytest.mark.parametrize(("data", "left"), [("F2", [1]), ("F1", [0]), ("F3", [2])])
def test_a_replace_whose_reply_was_lost_is_not_paid_again(data: str, left: list[int]) -> None:
    """What is found is known by what was announced, until it is wanted or cancelled."""
    stack = lost_replace(data)
    stack.converge()
    running = [n for n, body in enumerate(stack.world.paid()) if body["status"] == "running"]
    assert running == left
    assert len(stack.world.paid()) == max(2, *(n + 1 for n in left))
    assert not stack.state.deposed


def test_a_retry_whose_reply_was_lost_is_not_paid_again() -> None:
    """The try before it failed, so it is not what the find could be taken for."""
    stack = bare_stack(retry=1)
    stack.apply()
    stack.world.finish(stack.world.active()[0], "failed", "server_error")
    stack.world.replies, stack.world.lag = ["lost"], 60
    stack.apply()
    assert stack.state.pending
    stack.world.pass_time(1_000)
    stack.converge()
    assert [body["status"] for body in stack.world.paid()] == ["failed", "running"]


def test_of_two_addresses_one_takes_the_job() -> None:
    """Each id is used once; the other address pays for its own, as the manifest says."""
    stack = bare_stack()
    stack.apply()
    stack.lose_state()
    stack.world.pass_time(1_000)
    stack.desired = manifest(job("a"), job("b"))
    stack.apply()
    stack.world.pass_time(1_000)
    stack.converge()
    assert len(stack.world.paid()) == 2


def bare_chain(lag: int = 0) -> Stack:
    """A job that has ended; the reply of the one that starts from its model was lost."""
    wanted = manifest(job("x", file="a"), job("y", "F2", model="jobs.x"))
    stack = Stack(World(drops_metadata=True), desired=wanted)
    stack.apply()
    stack.world.finish(stack.world.active()[0])
    stack.world.replies, stack.world.lag = ["lost"], lag
    stack.apply()
    stack.world.pass_time(1_000)
    return stack


@pytest.mark.parametrize("lag", [0, 60])
def test_a_lost_reply_of_a_job_that_starts_from_another_one_is_found(lag: int) -> None:
    """It is known by the model that it was sent: its spec names only the job that made that."""
    stack = bare_chain(lag)
    assert len(stack.state.pending) == bool(lag)
    assert stack.converge().is_empty
    assert len(stack.world.paid()) == 2


def test_a_lost_state_finds_a_job_that_starts_from_another_one() -> None:
    """The model of what its base is found to be tells which job it is: all of it in one plan."""
    stack = bare_chain()
    stack.lose_state()
    stack.world.pass_time(1_000)
    assert {change.action for change in stack.plan().changes} == {Action.ADOPT}
    assert stack.converge().is_empty
    assert len(stack.world.paid()) == 2


def test_a_job_whose_base_is_not_told_apart_waits() -> None:
    """Nobody knows yet which model it would have begun with."""
    stack = bare_chain()
    base = stack.world.paid()[0]
    stack.world.jobs["job-other"] = base | {"id": "job-other"}
    stack.world.fresh["job-other"] = 0
    stack.lose_state()
    stack.world.pass_time(1_000)
    stack.apply()
    waiting = [c.address.name for c in stack.plan().changes if c.action is Action.WAITING]
    assert waiting == ["x", "y"]
    assert len(stack.world.paid()) == 2


def test_a_job_from_another_model_is_another_run() -> None:
    """Somebody else's run on our file, from a base of theirs, is not adopted."""
    stack = bare_chain(lag=60)
    stack.world.jobs["job-0004"]["model"] = "ft:theirs"
    stack.converge()
    assert len(stack.world.paid()) == 3


SEEN = Observed("jobs", "1", Phase.READY, "succeeded", 1, reads=("f",), is_bare=True)
BASE = fingerprint({"model": "base"})
RESOLVED = {"model": "base-2025-04-14", "seed": 7, "method.type": "supervised"}


@pytest.mark.parametrize(
    ("spec", "resolved", "is_same"),
    [
        ({"model": "base-2025-04-14"}, {}, True),
        ({"model": "base"}, {}, True),
        ({"model": "other"}, {}, False),
        ({"model": BASE}, {"model": "ft:sent"}, True),
        ({"model": BASE}, {"model": "ft:other"}, False),
        ({"model": "base", "seed": 8}, {}, False),
        ({"model": "base", "suffix": "x"}, {"suffix": "x"}, True),
        ({"model": "base"}, {"suffix": "x"}, False),
        ({"model": "base"}, {"method.type": "dpo"}, False),
        ({"model": "base", "training_file": "digest"}, {}, True),
    ],
)
def test_the_whole_spec_has_to_match(
    spec: dict[str, object], resolved: dict[str, object], is_same: bool
) -> None:
    """An alias stands for its snapshot; what we left unset must be unset there, too."""
    assert is_alike(spec, ("f", "ft:sent"), SEEN, RESOLVED | resolved) is is_same


def test_other_files_are_another_run() -> None:
    """What it reads is the only name that it has."""
    assert not is_alike({"model": "base"}, ("other",), SEEN, RESOLVED)

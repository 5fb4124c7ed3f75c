"""A choice by losses: what is read for it, how often, and what of it is kept."""

import pytest

from reconciler.core.address import Address, members_of
from reconciler.core.choice import unread
from reconciler.core.losses import Learnt, Point, losses_of
from reconciler.core.resource import LEARNT
from tests.support.stack import Stack, job, manifest
from tests.support.world import World

PROD, A, B = Address("models", "prod"), Address("jobs", "a"), Address("jobs", "b")
CHOICE = {"prod": {"candidates": ["a", "b"], "select": "best(train_loss)"}}
LOSSES = {"job-0003": Learnt({"train_loss": 0.5}), "job-0004": Learnt({"train_loss": 0.25})}


def swept(*, ended: int = 2) -> Stack:
    """Two jobs, of which so many have succeeded, and an alias that chooses."""
    one = Stack(World(), desired=manifest(job("a", "f1"), job("b", "f2"), aliases=CHOICE))
    one.losses = LOSSES
    one.apply()
    for body in one.world.active()[:ended]:
        one.world.finish(body)
    return one


def reads(stack: Stack) -> list[str]:
    """The losses that were asked for."""
    return [request for request in stack.world.requests if request.endswith("/losses")]


def test_losses_are_read_once_and_recorded() -> None:
    """By the first apply after all have ended; a later plan asks nothing more."""
    one = swept()
    one.world.requests.clear()
    one.apply()
    assert reads(one) == ["GET job-0003/losses", "GET job-0004/losses"]
    assert one.journal().state.aliases[PROD].model == "ft:job-0004"
    assert one.journal().state.records[A].facts[LEARNT] == LOSSES["job-0003"].fact
    one.world.requests.clear()
    assert one.plan().in_sync["models"] == 1
    assert (reads(one), one.plan().refreshes) == ([], ())


@pytest.mark.parametrize("ended", [0, 1])
def test_nothing_is_read_before_all_have_ended(ended: int) -> None:
    """It would be read for nothing."""
    one = swept(ended=ended)
    one.plan()
    assert reads(one) == []


def test_a_run_without_a_model_is_not_read() -> None:
    """Failed, or its model is gone."""
    one = swept(ended=1)
    one.world.finish(one.world.active()[0], "failed", "server_error")
    one.world.models.clear()
    one.world.models.add("base")
    assert unread(one.look().view) == []


def test_what_is_not_read_is_waited_for() -> None:
    """A plan without the endpoint may not ask."""
    one = swept()
    one.losses = None
    (change,) = one.plan().changes
    assert change.reason.endswith("what the runs learnt has not been read")


def test_a_choice_is_not_remade_because_of_something_else() -> None:
    """Another job, another file: the alias stays, and nothing is asked."""
    one = swept()
    one.apply()
    jobs = job("a", "f1"), job("b", "f2"), job("c", "f3")
    one.desired = manifest(*jobs, aliases=CHOICE)
    one.world.requests.clear()
    one.apply()
    assert one.journal().state.aliases[PROD].model == "ft:job-0004"
    assert reads(one) == []


def test_a_new_candidate_opens_the_choice_again() -> None:
    """What was read of the others still counts."""
    one = swept()
    one.apply()
    wider = {"prod": CHOICE["prod"] | {"candidates": ["a", "b", "c"]}}
    one.desired = manifest(job("a", "f1"), job("b", "f2"), job("c", "f3"), aliases=wider)
    one.apply()
    one.world.finish(one.world.active()[0])
    one.losses = {"job-0006": Learnt({"train_loss": 0.125})}
    one.world.requests.clear()
    one.apply()
    assert reads(one) == ["GET job-0006/losses"]
    assert one.journal().state.aliases[PROD].model == "ft:job-0006"


def test_what_is_kept_of_losses() -> None:
    """The last of each metric, and the best saved models with all that their steps tell."""
    csv = "step,train_loss,valid_loss\n2,1.5,1.9\n4,1.0,2.1\n6,0.9,\n"
    saved = [
        {
            "step_number": step,
            "fine_tuned_model_checkpoint": f"m-{step}",
            "metrics": {"full_valid_loss": loss},
        }
        for step, loss in ((2, 1.75), (4, 1.5), (6, 2.5))
    ]
    learnt = losses_of(csv, saved).learnt()
    assert learnt.final == {"train_loss": 0.9, "valid_loss": 2.1, "full_valid_loss": 2.5}
    assert [point.step for point in learnt.saved] == [2, 4, 6]
    assert learnt.best_saved("full_valid_loss") == Point(
        4, {"train_loss": 1.0, "valid_loss": 2.1, "full_valid_loss": 1.5}, "m-4"
    )
    assert Learnt.of(learnt.fact) == learnt
    assert losses_of("", []).learnt() == Learnt() == Learnt.of(Learnt().fact)


def test_a_name_stands_for_a_matrix() -> None:
    """Its own entry first, and nothing that only begins alike."""
    names = ["sweep[n=1]", "sweep[n=2]", "sweeper", "bot"]
    known = [Address("jobs", name) for name in names] + [Address("files", "sweep[n=1]")]
    assert members_of(Address("jobs", "sweep"), known) == known[:2]
    assert members_of(Address("jobs", "bot"), known) == [known[3]]

"""Histories that broke earlier drafts, each with what it must cost and where it must end."""

from collections.abc import Mapping
from typing import Any

from reconciler.core.address import Address
from reconciler.core.full import AGAIN
from reconciler.core.guards import Leave
from reconciler.core.owner import Owner
from reconciler.core.plan import Action, Plan, Severity
from reconciler.effects import PATIENCE
from reconciler.events import Doubtful, Skipped
from tests.support.stack import SETTLE, Stack, job, manifest
from tests.support.world import World

A, B, C = (Address("jobs", name) for name in "abc")


def stack(*jobs: Any, lag: int = 0, **rest: Any) -> Stack:
    """A runner with this manifest in a world of its own."""
    return Stack(World(lag=lag), desired=manifest(*jobs, **rest))


def applied(*jobs: Any, **rest: Any) -> Stack:
    """The same, after its first apply."""
    one = stack(*jobs, **rest)
    one.apply()
    return one


def actions(plan: Plan) -> dict[str, Action]:
    """Address → what happens to it, without what is retired after it."""
    return {str(change.address): change.action for change in plan.changes if not change.follows}


def statuses(one: Stack) -> list[str]:
    """The status of every job that was ever paid for, oldest first."""
    return [one.world.jobs[body["id"]]["status"] for body in one.world.paid()]


def ids(one: Stack) -> Mapping[str, str]:
    """Address of a job → the id that it stands for."""
    return {str(a): record.id for a, record in one.state.records.items() if a.kind == "jobs"}


def test_two_specs_swap_their_names() -> None:
    """1: both jobs are adopted under the other's name; also after the state was lost."""
    one = applied(job("a", "F1"), job("b", "F2"))
    was = ids(one)
    one.desired = manifest(job("a", "F2"), job("b", "F1"))
    assert actions(one.plan()) == {"jobs.a": Action.ADOPT, "jobs.b": Action.ADOPT}
    one.lose_state()
    assert actions(one.plan())["jobs.a"] is Action.ADOPT
    one.converge()
    assert (ids(one)["jobs.a"], ids(one)["jobs.b"]) == (was["jobs.b"], was["jobs.a"])
    assert statuses(one) == ["running", "running"]


def test_renamed_and_the_old_name_is_used_again() -> None:
    """2: the new name adopts the old job, and only the new data is paid for."""
    one = applied(job("a", "F1"))
    one.desired = manifest(job("b", "F1"), job("a", "F2"))
    assert actions(one.plan())["jobs.b"] is Action.ADOPT
    one.converge()
    assert ids(one) == {"jobs.b": one.world.paid()[0]["id"], "jobs.a": one.world.paid()[1]["id"]}
    assert statuses(one) == ["running", "running"]


def test_a_later_generation_survives_a_lost_state() -> None:
    """3: the job of generation 2 is adopted, for nothing."""
    one = applied(job("a", generation=2))
    one.lose_state()
    assert actions(one.plan())["jobs.a"] is Action.ADOPT
    one.converge()
    assert statuses(one) == ["running"]


def test_a_retry_is_not_taken_for_the_next_generation() -> None:
    """4: one new job; the second try of generation 1 does not stand for generation 2."""
    one = applied(job("a", retry=1))
    one.world.finish(one.world.active()[0], "failed", "server_error")
    one.apply()
    one.world.finish(one.world.active()[0])
    one.desired = manifest(job("a", retry=1, generation=2))
    one.converge()
    assert statuses(one) == ["failed", "succeeded", "running"]
    attempts = [body["metadata"]["reconciler_attempt"] for body in one.world.paid()]
    assert attempts == ["1.1", "1.2", "2.1"]


def test_going_back_to_an_earlier_generation() -> None:
    """5: its job is adopted, for nothing."""
    one = applied(job("a"))
    one.world.finish(one.world.active()[0])
    one.desired = manifest(job("a", generation=2))
    one.apply()
    one.desired = manifest(job("a"))
    assert actions(one.plan()) == {"jobs.a": Action.ADOPT}
    one.converge()
    assert ids(one)["jobs.a"] == one.world.paid()[0]["id"]
    assert statuses(one) == ["succeeded", "cancelled"]


def test_a_second_address_of_an_adopted_spec_is_paid_for_once() -> None:
    """6: c is created once, with a warning that the manifest pays for both."""
    one = applied(job("a"))
    one.desired = manifest(job("b"))
    one.apply()
    one.desired = manifest(job("b"), job("c"))
    plan = one.plan()
    assert actions(plan) == {"jobs.c": Action.CREATE}
    assert [finding.address for finding in plan.of(Severity.WARNING)] == [C]
    one.converge()
    assert len(set(ids(one).values())) == 2
    assert statuses(one) == ["running", "running"]


def test_a_moved_file_whose_old_name_is_declared_again() -> None:
    """7: one more upload of the same bytes, and it converges."""
    one = applied(files={"g": "same"})
    one.desired = manifest(files={"h": "same"}, moved={"files.h": "files.g"})
    one.apply()
    one.desired = manifest(files={"h": "same", "g": "same"})
    one.converge()
    assert len(one.world.ever) == len(one.world.files) == 2


def test_a_cancelled_spec_takes_over_the_run_of_a_removed_address() -> None:
    """8: a adopts b's job; nothing is cancelled, nothing is paid."""
    one = applied(job("a"), job("b"))
    theirs = ids(one)["jobs.b"]
    one.world.jobs[ids(one)["jobs.a"]]["status"] = "cancelled"
    one.desired = manifest(job("a"))
    assert actions(one.plan()) == {"jobs.a": Action.ADOPT}
    one.converge()
    assert ids(one) == {"jobs.a": theirs}
    assert sorted(statuses(one)) == ["cancelled", "running"]


def test_two_runners_with_empty_disks() -> None:
    """9: one job is kept, the other cancelled, and neither runner sees a standing failure."""
    one = stack(job("a"), lag=60)
    two = Stack(one.world, desired=one.desired)
    one.apply()
    two.apply()
    one.world.now += 61
    assert not one.converge().findings
    assert not two.converge().findings
    assert not one.converge().findings
    assert sorted(statuses(one)) == ["cancelled", "running"]
    assert ids(one) == ids(two)
    assert len(one.world.files) == 1


def test_renamed_while_its_create_is_in_doubt() -> None:
    """10: no second job while the intent is pending; then the first one is adopted."""
    one = stack(job("a"), lag=60)
    _lose_the_job_reply(one)
    one.desired = manifest(job("b"))
    assert actions(one.apply())["jobs.b"] is Action.WAITING
    assert len(one.world.paid()) == 1
    one.world.now += 61
    one.converge()
    assert list(ids(one)) == ["jobs.b"]
    assert statuses(one) == ["running"]


def _lose_the_job_reply(one: Stack) -> None:
    """An apply in which the job is made, its reply is lost, and no list shows it yet."""
    files = {a: r for a, r in one.desired.resources.items() if a.kind == "files"}
    wanted, one.desired = one.desired, type(one.desired)(files)
    one.apply()
    one.desired, one.world.replies = wanted, ["lost"]
    one.apply()
    assert any(isinstance(event, Doubtful) for event in one.events)
    assert len(one.world.paid()) == 1


def test_a_process_that_stalls_longer_than_settle_does_not_send() -> None:
    """11: the late send does not happen: its intent promised so."""
    one = stack(job("a"))
    one.desired = manifest(files={"f1": "F1"})
    one.apply()
    one.desired = manifest(job("a"))
    append = one.disk.append

    def stalling(line: bytes) -> None:
        append(line)
        if b'"begin"' in line:
            one.world.now += SETTLE + 1000

    one.disk.append = stalling  # type: ignore[method-assign]  # the fault of this test
    one.apply()
    assert not one.world.paid()
    one.disk.append = append  # type: ignore[method-assign]
    one.converge()
    assert statuses(one) == ["running"]


def test_a_file_that_an_unsettled_create_reads_is_kept() -> None:
    """12: the file of a removed job stays until its create is settled; then both go."""
    one = stack(job("a"), lag=60)
    _lose_the_job_reply(one)
    one.desired = manifest()
    assert actions(one.apply())["files.f1"] is Action.WAITING
    assert len(one.world.files) == 1
    one.world.now += 61
    one.converge()
    assert statuses(one) == ["cancelled"]
    assert not one.world.files


def test_a_late_upload_of_content_that_is_replaced_meanwhile() -> None:
    """13: the late file is found, deposed and deleted; nothing leaks."""
    one = stack(files={"f": "old"}, lag=60)
    one.world.replies = ["lost"]
    one.apply()
    one.desired = manifest(files={"f": "new"})
    one.apply()
    one.world.now += 61
    one.converge()
    assert len(one.world.ever) == 2
    assert [body["bytes"] for body in one.world.files.values()] == [3]
    assert not one.state.pending


def test_no_paid_create_right_after_a_lost_state() -> None:
    """14: nothing is paid before settle is over; then the job is adopted."""
    one = applied(job("a"), files={"old": "listed"}, lag=60)
    one.world.fresh[next(iter(one.world.files))] = 0
    one.lose_state()
    assert actions(one.apply())["jobs.a"] is Action.WAITING
    one.world.now += 61
    one.converge()
    assert statuses(one) == ["running"]


def test_a_model_that_was_deleted_outside() -> None:
    """15: declared again, it is a standing failure that says so; nothing is trained."""
    one = applied(job("a"))
    one.world.finish(one.world.active()[0])
    one.apply()
    one.desired = manifest(files={"f1": "F1"})
    one.apply()
    one.world.models.clear()
    one.desired = manifest(job("a"))
    plan = one.converge()
    assert ["its model was deleted" in finding.what for finding in plan.findings] == [True]
    assert statuses(one) == ["succeeded"]


def test_equal_jobs_are_interchangeable() -> None:
    """16: when the data of two specs swaps, what is needed is adopted and never cancelled."""
    one = applied(job("a", "F1"), job("b", "F1"), job("c", "F2"))
    one.desired = manifest(job("a", "F2"), job("b", "F2"), job("c", "F1"))
    one.converge()
    stands_for = {name: one.world.jobs[id_] for name, id_ in ids(one).items()}
    assert len({body["id"] for body in stands_for.values()}) == 3
    assert all(body["status"] == "running" for body in stands_for.values())
    assert sorted(statuses(one)) == ["cancelled", "running", "running", "running"]


def test_a_retry_after_a_lost_state_is_planned_the_same_twice() -> None:
    """17: the first plan says CREATE try 2, and so does the second."""
    one = applied(job("a", retry=1))
    one.world.finish(one.world.active()[0], "failed", "server_error")
    one.apply_killed_at(0)
    one.lose_state()
    one.apply()
    one.world.now += SETTLE + 61
    first, second = one.plan(), one.plan()
    assert first.changes == second.changes
    assert [change.attempt.number for change in first.changes if change.address == A] == [2]
    one.converge()
    assert statuses(one) == ["failed", "running"]


def test_protection_that_was_taken_back_before_the_block_was_removed() -> None:
    """18: it is removed; the guard does not outlive the commit that lifted it."""
    one = applied(job("a", protect=True))
    one.desired = manifest()
    assert refusals(one) == [A]
    one.desired = manifest(job("a", protect=False))
    one.apply()
    one.desired = manifest(files={"f1": "F1"})
    assert not refusals(one)
    one.converge()
    assert statuses(one) == ["cancelled"]


def refusals(one: Stack) -> list[Address]:
    """The addresses for which a guard refuses the next plan, with leave for an empty manifest."""
    one.leave = Leave(empty=True)
    one.plan()
    return [finding.address for finding in one.refusals]


def test_a_revert_while_the_first_job_still_runs() -> None:
    """19: A is adopted, B cancelled, one payment each."""
    one = applied(job("a", "F1"))
    one.desired = manifest(job("a", "F2"))
    one = one.killed_when(lambda one: len(one.world.paid()) == 2)
    one.desired = manifest(job("a", "F1"))
    one.converge()
    assert statuses(one) == ["running", "cancelled"]


def test_killed_between_create_and_cancel_of_a_replace() -> None:
    """20: the old id is deposed, and the next apply retires it."""
    one = applied(job("a", "F1"))
    one.desired = manifest(job("a", "F2"))
    one = one.killed_when(lambda one: one.world.paid()[0]["id"] in one.state.deposed)
    assert statuses(one) == ["running", "running"]
    one.converge()
    assert statuses(one) == ["cancelled", "running"]


def test_the_manifest_is_edited_after_an_interrupted_create() -> None:
    """21: the interrupted job is found, becomes deposed and is cancelled; no orphan."""
    one = stack(job("a", "F1")).killed_when(lambda one: bool(one.world.paid()))
    one.desired = manifest(job("a", "F2"))
    one.converge()
    assert statuses(one) == ["cancelled", "running"]
    assert len(one.world.files) == 1


def test_a_file_expired_while_its_job_is_queued() -> None:
    """22: nothing is uploaded, nothing is trained."""
    one = applied(job("a"))
    one.world.active()[0]["status"] = "queued"
    one.world.files.clear()
    assert not one.converge().changes
    assert len(one.world.ever) == 2


def test_two_environments_in_one_api_project() -> None:
    """23: each has its own objects, and neither plans anything about the other's."""
    world = World()
    dev = Stack(world, owner=Owner("bots", "dev"), desired=manifest(job("a")))
    prod = Stack(world, owner=Owner("bots", "prod"), desired=manifest(job("a")))
    dev.apply()
    prod.apply()
    assert not dev.converge().changes
    assert not prod.converge().changes
    assert set(dev.state.held).isdisjoint(prod.state.held)
    dev.desired = manifest()
    dev.converge()
    assert sorted(statuses(dev)) == ["cancelled", "running"]
    assert not prod.converge().changes


def test_the_key_of_another_organisation() -> None:
    """24: everything looks gone, so the plan is refused or unsettled and nothing is sent."""
    one = applied(job("a", "F1"), job("b", "F2"), job("c", "F3"))
    one.world.files, one.world.jobs, one.world.models = {}, {}, set()
    one.leave = Leave()
    one.world.requests.clear()
    assert len(one.apply().of(Severity.UNSETTLED)) == 3
    one.desired = manifest(job("a", "F4"), job("b", "F2"), job("c", "F3"), files={"new": "N"})
    one.apply()
    assert ["are gone" in finding.what for finding in one.refusals] == [True]
    assert all(request.startswith("GET") for request in one.world.requests)


def test_a_job_removed_while_running_then_declared_again() -> None:
    """25: we cancelled it, and the standing failure says so; generation 2 runs it."""
    one = applied(job("a"))
    one.desired = manifest(files={"f1": "F1"})
    one.apply()
    one.desired = manifest(job("a"))
    plan = one.converge()
    assert ["was cancelled by reconciler" in finding.what for finding in plan.findings] == [True]
    one.desired = manifest(job("a", generation=2))
    assert not one.converge().findings
    assert statuses(one) == ["cancelled", "running"]


def test_what_a_failed_change_keeps_back() -> None:
    """A refused upload keeps back the job that reads it, and nothing else."""
    one = stack(job("a", "F1"), job("b", "F2"))
    one.world.replies = ["dropped"]
    one.apply()
    skipped = [event.change.address for event in one.events if isinstance(event, Skipped)]
    assert skipped == [A]
    one.world.now += SETTLE + 61
    one.converge()
    assert list(ids(one)) == ["jobs.a", "jobs.b"]
    assert statuses(one) == ["running", "running"]


def test_a_replacement_that_is_refused_cancels_nothing() -> None:
    """The old run goes on until the new one is there."""
    one = applied(job("a", "F1"))
    one.desired = manifest(job("a", "F2"))
    one.world.replies = ["ok", *["refused"] * (len(PATIENCE) + 1)]
    one.apply()
    assert statuses(one) == ["running"]
    skipped = [event.reason for event in one.events if isinstance(event, Skipped)]
    assert "its replacement is not done" in skipped
    one.world.pass_time(AGAIN)  # until then the endpoint's word holds
    one.converge()
    assert statuses(one) == ["cancelled", "running"]


def test_a_walk_that_goes_on_while_an_intent_grows_old_enough() -> None:
    """A list is as old as its begin: what it lacks may have been listed since."""
    one = stack(job("a"), lag=59 + SETTLE)  # as if it was sent just in time
    _lose_the_job_reply(one)
    one.world.pass_time(50 + SETTLE)
    one.world.walk_takes = 20
    assert actions(one.apply())["jobs.a"] is Action.WAITING
    one.converge()
    assert statuses(one) == ["running"]


def test_a_run_that_ends_before_any_list_shows_it() -> None:
    """Removed, it is remembered until one does; declared again, it is adopted for nothing."""
    one = applied(job("a"), lag=60)
    one.world.finish(one.world.active()[0])
    one.desired = manifest()
    assert actions(one.apply())["jobs.a"] is Action.WAITING
    one.desired = manifest(job("a"))
    one.converge()
    assert statuses(one) == ["succeeded"]
    one.desired = manifest()
    one.world.pass_time(60)
    assert actions(one.apply())["jobs.a"] is Action.FORGET


def test_a_revert_to_a_run_that_ended_before_any_list_shows_it() -> None:
    """What a replaced run was made of is remembered likewise."""
    one = applied(job("a"), lag=60)
    one.world.finish(one.world.active()[0])
    one.desired = manifest(job("a", "F2"))
    one.converge()
    one.desired = manifest(job("a"))
    assert actions(one.apply())["jobs.a"] is Action.ADOPT
    assert statuses(one) == ["succeeded", "cancelled"]
    one.desired = manifest(job("a", "F2"))
    one.world.pass_time(60)
    one.apply()
    assert not one.state.deposed

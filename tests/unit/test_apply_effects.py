"""One effect between two journal entries; a change that fails keeps back only what needs it."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.alias import Published
from reconciler.core.entries import Begin, Clear, Depose, Gone, Hold, Move, Put, Retire
from reconciler.core.full import Full
from reconciler.core.orphans import Sweep
from reconciler.core.plan import Action
from reconciler.effects import PATIENCE, Effects
from reconciler.errors import ReconcilerError, Refused, Unknown, Unreachable, Unsettled
from reconciler.events import Done, Doubtful, Failed, Skipped, Started
from reconciler.round import Journal, carry_out, look
from tests.support.stack import SETTLE, Stack, job, manifest
from tests.support.world import World, WorldApi, WorldLine

F, A, B = Address("files", "f1"), Address("jobs", "a"), Address("jobs", "b")


def stack(*jobs: Any, **rest: Any) -> Stack:
    """A runner with this manifest in a world of its own."""
    return Stack(World(), desired=manifest(*(jobs or (job("a"),)), **rest))


def entries(one: Stack) -> list[Any]:
    """Every entry of an apply, in the order in which it was made durable."""
    written: list[Any] = []

    class Noted(Journal):
        def write(self, entry: Any) -> None:
            super().write(entry)
            written.append(entry)

    opened = one.journal()
    journal = Noted(opened.backend, opened.state)
    rig = one.rig(journal.write)
    found = look(journal.state, one.desired, rig, SETTLE)
    one.events = list(carry_out(found, rig, journal))
    return written


def ends(one: Stack) -> list[tuple[str, str]]:
    """How each change ended: the event and the address."""
    return [
        (type(event).__name__, str(event.change.address))
        for event in one.events
        if not isinstance(event, Started)
    ]


def test_a_create_stands_between_two_entries() -> None:
    """Begin with what it reads, the request, Put with its op."""
    one = stack()
    written = entries(one)
    assert [type(entry) for entry in written] == [Begin, Put, Begin, Put]
    begin, put = written[2:]
    assert begin.intent.reads == (written[1].record.id,)
    assert (put.address, put.op) == (A, begin.intent.op)
    assert begin.intent.not_after == one.world.now + 60
    assert ends(one) == [("Done", "files.f1"), ("Done", "jobs.a")]
    assert [type(event) for event in one.events[:2]] == [Started, Done]


def test_all_that_is_recorded_is_not_walked_for_each_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There may be 100,000 records, and as many changes."""

    class Given(dict[Address, str]):
        def keys(self) -> Any:
            raise AssertionError

    kept: dict[int, Given] = {}
    given = property(lambda e: kept[id(e)], lambda e, told: kept.update({id(e): Given(told)}))
    monkeypatch.setattr(Effects, "given", given, raising=False)
    one = stack()
    entries(one)
    assert ends(one) == [("Done", "files.f1"), ("Done", "jobs.a")]


def test_what_is_sent_was_announced() -> None:
    """An entry is durable before the request that it announces."""
    one = stack()
    append, told = one.disk.append, one.world.requests

    def noting(line: bytes) -> None:
        append(line)
        told.append("write")

    one.disk.append = noting  # type: ignore[method-assign]  # to see what comes first
    one.apply()
    one.desired = manifest()
    one.apply()
    assert [step for step in told if not step.startswith("GET")] == [
        "write", "POST file", "write", "write", "POST job", "write",
        "write", "POST job-0002/cancel", "write", "write", "DELETE file-0001", "write",
    ]  # fmt: skip


def test_a_refused_create_closes_its_intent() -> None:
    """The job that needs it is skipped; its neighbour is made."""
    one = stack(job("a", "F1"), job("b", "F2"))
    one.world.replies = ["refused"] * (len(PATIENCE) + 1)
    written = entries(one)
    assert [type(entry) for entry in written[:2]] == [Begin, Clear]
    assert ends(one) == [
        ("Failed", "files.f1"), ("Done", "files.f2"), ("Skipped", "jobs.a"), ("Done", "jobs.b"),
    ]  # fmt: skip
    (skipped,) = [event for event in one.events if isinstance(event, Skipped)]
    assert skipped.reason == "needs files.f1, which is not done"
    assert not one.state.pending


def test_what_was_refused_for_now_is_tried_again() -> None:
    """Each try is an intent of its own; the server says how long to wait."""
    one = stack()
    one.world.replies = ["refused", "refused"]
    written = entries(one)
    ops = [entry.intent.op for entry in written if isinstance(entry, Begin)]
    assert len(set(ops)) == 4
    assert ends(one) == [("Done", "files.f1"), ("Done", "jobs.a")]


def test_a_final_refusal_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What will not be accepted later fails at once."""
    one = stack()

    def refuse(self: World, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        raise Refused("no", status=400)

    monkeypatch.setattr(World, "make", refuse)
    written = entries(one)
    assert [type(entry) for entry in written] == [Begin, Clear]


def test_a_connection_that_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent, so there is not even an intent."""

    @contextmanager
    def unplugged(self: WorldApi) -> Iterator[WorldLine]:
        raise Unreachable("no route")
        yield

    monkeypatch.setattr(WorldApi, "dial", unplugged)
    one = stack()
    assert entries(one) == []
    assert ends(one) == [("Failed", "files.f1"), ("Skipped", "jobs.a")]


def test_a_lost_reply_is_looked_for_at_once() -> None:
    """The job is found by its op, and nothing is sent again."""
    one = stack()
    one.world.replies = ["lost", "lost"]
    assert [type(entry) for entry in entries(one)] == [Begin, Put, Begin, Put]
    assert len(one.world.ever) == 2


def test_what_is_held_already_is_not_what_was_lost() -> None:
    """The same bytes once more, because the API could not read the first ones."""
    one = stack(files={"f1": "F1"})
    one.desired = manifest(files={"f1": "F1"})
    one.apply()
    one.world.files["file-0001"]["status"] = "error"
    one.world.replies, one.world.lag = ["lost"], 60
    entries(one)
    assert ends(one) == [("Doubtful", "files.f1"), ("Skipped", "files.f1")]
    one.world.pass_time(61)
    one.converge()
    assert list(one.world.files) == ["file-0002"]


def test_a_lost_reply_that_no_list_shows() -> None:
    """It stays in doubt, with its intent."""
    one = stack(job("a"))
    one.world.replies = ["ok", "lost"]
    one.world.lag = 60
    entries(one)
    assert ends(one) == [("Done", "files.f1"), ("Doubtful", "jobs.a")]
    assert [intent.address for intent in one.state.pending.values()] == [A]


def test_a_doubt_is_told_even_where_looking_fails_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doubt matters, not that a list is odd."""
    one, world = stack(), WorldApi.walk_files
    one.world.replies = ["lost"]

    def odd_later(self: WorldApi) -> Iterator[list[dict[str, Any]]]:
        if self.world.ever:
            raise Unsettled("an odd list")
        return world(self)

    monkeypatch.setattr(WorldApi, "walk_files", odd_later)
    entries(one)
    (doubt,) = [event for event in one.events if isinstance(event, Doubtful)]
    assert isinstance(doubt.error, Unknown)


def test_something_else_than_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is deposed at once, and the next apply deletes it."""
    one, make = stack(), World.make

    def truncating(self: World, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        return make(self, kind, body | {"bytes": 1})

    with monkeypatch.context() as patched:
        patched.setattr(World, "make", truncating)
        written = entries(one)
    assert [type(entry) for entry in written] == [Begin, Depose]
    (failed,) = [event for event in one.events if isinstance(event, Failed)]
    assert "something else" in failed.error.what
    assert "file-0001" in one.state.deposed
    one.converge()
    assert [body["bytes"] for body in one.world.files.values()] == [2]


def test_a_server_that_renames_files() -> None:
    """Its answer has no marker; the record holds the id."""
    one = stack(files={"f1": "F1"})
    one.desired = manifest(files={"f1": "F1"})
    one.world.renames = True
    entries(one)
    assert one.state.records[F].id == "file-0001"
    assert one.converge().changes == ()


def test_a_cancel_stands_between_two_entries() -> None:
    """And is remembered as ours."""
    one = stack()
    one.apply()
    one.desired = manifest(files={"f1": "F1"})
    retire, gone = entries(one)
    assert (type(retire), retire.is_cancel, gone.id) == (Retire, True, retire.id)
    assert one.state.cancelled == (retire.id,)


def test_a_job_that_does_not_end_at_once_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until a later look shows its end."""
    one = stack()
    one.apply()
    one.desired = manifest(files={"f1": "F1"})

    def slowly(self: WorldApi, id_: str) -> dict[str, Any]:
        self.world.jobs[id_]["status"] = "cancelling"
        return self.world.jobs[id_]

    monkeypatch.setattr(WorldApi, "cancel_job", slowly)
    assert [type(entry) for entry in entries(one)] == [Retire]
    assert A in one.state.records


def test_a_pause_stands_between_two_entries() -> None:
    """Wherever the apply dies between them, the next look takes it for ours, and no drift."""
    one = stack()
    one.apply()
    one.desired = manifest(job("a", paused=True))
    for point in itertools.count():
        two = deepcopy(one)
        if not two.apply_killed_at(point):
            break
        plan = two.look().plan
        assert plan.drift == ()
        (run,) = two.world.active()
        assert [change.action for change in plan.changes] == [Action.PAUSE] * (
            run["status"] != "paused"
        )
        two.converge()
        assert (two.state.records[A].status, two.state.holding) == ("paused", ())
    assert point > 3
    assert [type(entry) for entry in entries(one)] == [Hold, Put]


def test_a_job_is_adopted_and_paused_in_one_apply() -> None:
    """Renamed and paused in one commit: it does not train on until the next one."""
    one = stack()
    one.apply()
    one.desired = manifest(job("b", paused=True), moved={"jobs.b": "jobs.a"})
    assert [type(entry) for entry in entries(one)] == [Move, Put, Hold, Put]
    assert (one.state.records[B].status, one.state.holding) == ("paused", ())
    assert one.look().plan.is_empty


def test_what_is_let_go_on_purpose_is_remembered() -> None:
    """What merely ended is not: nobody would take it for an orphan."""
    one = stack(job("a"), job("b", "F2"))
    one.apply()
    one.world.finish(one.world.jobs["job-0003"])
    one.desired = manifest(removed={"jobs.b": True, "files.f2": False}, files={"f1": "F1"})
    first, last = (
        entry for entry in entries(one) if isinstance(entry, Gone) and entry.id[0] == "j"
    )
    assert (first.id, first.is_kept, last.id, last.is_kept) == ("job-0003", False, "job-0004", True)
    assert one.state.kept == ("job-0004",)


def test_a_stop_starts_nothing_more() -> None:
    """What is not started says so; the checkpoint is still written."""
    one = stack()
    journal = one.journal()
    rig = one.rig(journal.write)
    found = look(journal.state, one.desired, rig, SETTLE)
    stopping = replace(rig, is_stopping=lambda: bool(one.world.ever))
    one.events = list(carry_out(found, stopping, journal))
    assert ends(one) == [("Done", "files.f1"), ("Skipped", "jobs.a")]
    assert list(one.state.records) == [F]


def test_a_job_whose_file_was_not_imported_waits() -> None:
    """There is no id that it could read."""
    one = stack(imports={"files.f1": "file-none"})
    plan = one.apply()
    assert [change.action for change in plan.changes] == [Action.WAITING]
    assert ends(one) == []


def refused_jobs(one: Stack, times: int = len(PATIENCE) + 1) -> None:
    """The files are there; then no job is taken any more."""
    wanted = one.desired
    one.desired = replace(wanted, resources={F: wanted.resources[F]})
    one.apply()
    one.desired, one.world.replies = wanted, ["refused"] * times


def test_an_endpoint_that_takes_no_more_jobs() -> None:
    """Nothing was made and nothing is in doubt; the others are not even tried; the plan knows."""
    one = stack(job("a"), job("b", seed=2))
    refused_jobs(one)
    written = entries(one)
    assert [type(entry) for entry in written] == [Begin, Clear] * 6 + [Full]
    assert ends(one) == [("Postponed", "jobs.a"), ("Postponed", "jobs.b")]
    assert (written[-1].active, written[-1].until) == (0, one.world.now + 300)
    assert [change.action for change in one.plan().changes] == [Action.WAITING] * 2
    assert not one.state.pending
    one.world.pass_time(300)
    one.converge()
    assert len(one.world.paid()) == 2


def test_what_was_made_meanwhile_has_its_place() -> None:
    """One job is taken, the next is not: as soon as that one ends there is room for another."""
    one = stack(job("a"), job("b", seed=2))
    refused_jobs(one)
    one.world.replies.insert(0, "ok")
    one.apply()
    assert one.state.full
    assert one.state.full.active == 1
    assert [change.action for change in one.plan().changes] == [Action.WAITING]
    one.world.finish(one.world.paid()[0])
    assert [change.action for change in one.plan().changes] == [Action.CREATE]


def test_a_replacement_that_is_not_taken_cancels_nothing() -> None:
    """The run that it would replace goes on."""
    one = stack()
    one.apply()
    one.desired = manifest(job("a", seed=2))
    one.world.replies = ["refused"] * (len(PATIENCE) + 1)
    entries(one)
    assert ends(one) == [("Postponed", "jobs.a"), ("Skipped", "jobs.a")]
    assert [body["status"] for body in one.world.active()] == ["running"]


def test_a_refusal_that_cannot_be_noted() -> None:
    """Nothing was made, and nothing more is begun."""
    one = stack(job("a"), job("b", seed=2))
    refused_jobs(one)
    append = one.disk.append

    def full(line: bytes) -> None:
        if b'"entry":"full"' in line:
            raise ReconcilerError("cannot write the journal")
        append(line)

    one.disk.append = full  # type: ignore[method-assign]  # a disk that is full just then
    one.apply()
    assert ends(one) == [("Failed", "jobs.a"), ("Skipped", "jobs.b")]


PROD = Address("models", "prod")
CHECK = {"messages": [{"role": "user", "content": "?"}], "expect": {"equals": "x"}}


def aliased(outcome: str = "pass") -> Stack:
    """A runner whose alias may be promoted to the model of its job."""
    one = stack()
    one.apply()
    one.world.finish(one.world.active()[0])
    one.published = Published("models.json")
    one.desired = manifest(job("a"), aliases={"prod": {"job": "a", "checks": [CHECK, CHECK]}})
    one.outcome = outcome
    return one


@pytest.mark.parametrize(("outcome", "error"), [("fail", 1), ("investigate", 5)])
def test_only_a_pass_lets_a_model_be_promoted(outcome: str, error: int) -> None:
    """Whatever came of it is remembered; the alias is not touched."""
    one = aliased(outcome)
    one.apply()
    assert ends(one) == [("Failed", "models.prod"), ("Skipped", "models.prod")]
    (failed,) = (event for event in one.events if isinstance(event, Failed))
    assert failed.error.exit_code == error
    assert (one.state.aliases, [c.outcome for c in one.state.checked]) == ({}, [outcome])
    one.outcome = "pass"
    one.apply()
    assert one.checked == (1 if outcome == "fail" else 2)
    assert (PROD in one.state.aliases) is (outcome == "investigate")


def test_a_promotion_says_who_and_when() -> None:
    """And which checks it passed."""
    one = aliased()
    one.apply()
    (told,) = one.state.aliases[PROD].history
    assert (told.who, told.commit, told.at, told.outcome) == (
        "ci",
        "3ab1f20",
        one.world.now,
        "pass",
    )
    assert told.checks == one.state.checked[0].checks
    assert one.published == ("models.json", {"prod": told.model}, "")


def test_a_promotion_that_dies_anywhere_is_carried_out_by_the_next_apply() -> None:
    """Checked at most twice, promoted once, and applications are told."""
    for point in itertools.count():
        one = aliased()
        died = one.apply_killed_at(point)
        one.converge()
        model = next(iter(one.world.models))
        assert [step.model for step in one.state.aliases[PROD].history] == [model]
        assert one.published == ("models.json", {"prod": model}, "")
        assert one.checked <= 2
        assert len(one.world.paid()) == 1
        if not died:
            assert point > 8
            return


def kept_one(one: Stack) -> str:
    """An alias that keeps one model, and was promoted from another; which one is too old."""
    one.apply()
    one.world.finish(one.world.active()[0])
    one.desired = manifest(job("a"), aliases={"prod": {"job": "a", "keep_last": 1}})
    one.apply()
    old = one.state.aliases[PROD].model
    one.desired = manifest(job("a", seed=2), aliases={"prod": {"job": "a", "keep_last": 1}})
    one.apply()
    one.world.finish(one.world.active()[0])
    one.apply()
    return old


def test_what_is_too_far_back_is_deleted_wherever_an_apply_dies() -> None:
    """Once the promotion is done, and never what is in use."""
    begin = stack()
    old = kept_one(begin)
    assert old in begin.world.models
    for point in itertools.count():
        one = deepcopy(begin)
        died = one.apply_killed_at(point)
        one.converge()
        assert one.world.models == {one.state.aliases[PROD].model}
        assert old not in one.world.models
        if not died:
            return


def test_a_key_that_may_not_delete_models_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said; the model stays."""

    def forbidden(self: WorldApi, model_id: str) -> None:
        raise Refused("not an owner", status=403)

    one = stack()
    old = kept_one(one)
    monkeypatch.setattr(WorldApi, "delete_model", forbidden)
    one.apply()
    assert ends(one) == [("Skipped", "models.prod")]
    assert old in one.world.models


def held() -> Stack:
    """A runner whose alias stays at an older model, as the checks say."""
    one = aliased()
    one.apply()
    one.desired = manifest(job("a", seed=2), aliases={"prod": {"job": "a", "checks": [CHECK]}})
    one.outcome = "fail"
    one.apply()
    one.world.finish(one.world.active()[0])
    one.apply()
    return one


def test_a_lost_pointer_is_known_after_a_kill_at_any_point() -> None:
    """A state that has a checkpoint no longer counts as lost: what it points at is in the first."""
    for point in itertools.count():
        one = held()
        one.lose_state()
        assert one.published
        in_use = one.published.models
        died = one.apply_killed_at(point)
        one.apply()
        assert one.published.models == in_use
        assert {"prod": one.state.aliases[PROD].model} == in_use
        if not died:
            break


@pytest.mark.parametrize("is_told", [True, False])
def test_a_lost_pointer_is_known_after_a_sweep(*, is_told: bool) -> None:
    """A sweep plans nothing for an alias, but its checkpoint has what the file says of it.

    Where nothing says it, nobody but a person promotes over it.
    """
    one = held()
    in_use, known = one.published, one.state.aliases[PROD].model
    one.lose_state()
    one.published = in_use if is_told else None
    one.sweep = Sweep()
    one.apply()
    assert one.state.aliases[PROD].model == (known if is_told else "")
    one.sweep = None
    one.outcome = "pass"
    (change,) = (
        c for c in one.plan().changes if c.address == PROD and c.action is not Action.CHECK
    )
    assert change.action is (Action.PROMOTE if is_told else Action.WAITING)
    assert one.published == (in_use if is_told else None)

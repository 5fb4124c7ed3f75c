"""A plan is a ceiling: what a yes allows, what its digest binds, and that less is always fine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.ceiling import (
    Grants,
    Scene,
    agreed,
    digest,
    granted,
    stakes,
    stay_within,
    together,
)
from reconciler.core.entries import Deposed
from reconciler.core.grant import Grant, Review, Verb
from reconciler.core.plan import Action, Change, Plan, Severity
from reconciler.core.resource import Attempt, Desired, Live, Observed, Phase, Resource, Retry
from reconciler.core.state import State
from reconciler.kinds import BY_NAME
from tests.support.values import (
    KINDS,
    NOW,
    A,
    B,
    F,
    G,
    desired,
    live,
    live_at,
    pending,
    planned,
    recorded,
    state,
    told,
    want,
)  # fmt: skip

RUN, FAILED = Phase.IN_PROGRESS, Phase.FAILED
FILE = want(F, "data")
NEW_FILE = want(F, "other data")
JOB = want(A, "spec", refs={"training_file": F})
NEW_JOB = want(A, "other spec", refs={"training_file": F})


@dataclass(frozen=True)
class Sight:
    """A plan and what it was made from."""

    plan: Plan
    scene: Scene

    @property
    def grants(self) -> Grants:
        return granted(self.plan, self.scene)

    @property
    def digest(self) -> str:
        return digest("owner", ("url", "", ""), self.grants)

    @property
    def told(self) -> list[str]:
        return told(self.plan)

    def within(self, ceiling: Sight) -> Plan:
        return stay_within(self.plan, ceiling.grants, self.scene)


def sight(wanted: Desired, known: State | None = None, seen: Live | None = None) -> Sight:
    """The plan of these."""
    known, seen = known or state(), seen or live()
    return Sight(planned(wanted, known, seen), Scene(wanted, known, seen, KINDS))


def running(resource: Resource, id_: str, **rest: Any) -> Observed:
    """A run under way."""
    return live_at(resource, id_, RUN, status="running", **rest)


def said(grants: Grants) -> list[str]:
    """Grants in short."""
    return [f"{grant.verb} {grant.address}" for grant in grants]


# What a yes allows


def test_a_first_plan() -> None:
    """An upload, and a run that is paid for: only that is a stake."""
    first = sight(desired(FILE, JOB))
    assert said(first.grants) == ["pay jobs.a", "upload files.f"]
    assert stakes(first.grants) == (Grant(Verb.PAY, A, JOB.fingerprint, Attempt(1, 1)),)


def test_a_replace_gives_up_what_was_there() -> None:
    """Its tails are part of it: they are granted by the replace, not for themselves."""
    known = state({F: recorded(FILE, "f1"), A: recorded(JOB, "j1", reads=("f1",))})
    seen = live(live_at(FILE, "f1"), running(JOB, "j1", reads=("f1",)))
    both = sight(desired(NEW_FILE, NEW_JOB), known, seen)
    assert both.told == [
        "replace files.f", "then delete files.f", "replace jobs.a", "then cancel jobs.a",
    ]  # fmt: skip
    assert stakes(both.grants) == (
        Grant(Verb.PAY, A, NEW_JOB.fingerprint),
        Grant(Verb.RETIRE, F, FILE.fingerprint, heir=NEW_FILE.fingerprint),
        Grant(Verb.RETIRE, A, JOB.fingerprint, heir=NEW_JOB.fingerprint),
    )


def test_what_is_no_longer_declared_is_given_up() -> None:
    """A delete, a cancel and the forgetting of what has ended alike."""
    known = state({F: recorded(FILE, "f1"), A: recorded(JOB, "j1"), B: recorded(want(B), "j2")})
    seen = live(live_at(FILE, "f1"), running(JOB, "j1"), live_at(want(B), "j2"))
    empty = sight(desired(), known, seen)
    assert empty.told == ["delete files.f", "cancel jobs.a", "forget jobs.b"]
    assert said(empty.grants) == ["retire files.f", "retire jobs.a", "retire jobs.b"]


@pytest.mark.parametrize("phase", [RUN, Phase.READY])
def test_what_is_kept_is_only_forgotten(phase: Phase) -> None:
    """Whether it runs or has ended: no stake."""
    known = state({A: recorded(JOB, "j1")})
    kept = sight(desired(removed={A: True}), known, live(live_at(JOB, "j1", phase)))
    assert kept.told == ["forget jobs.a"]
    assert said(kept.grants) == ["forget jobs.a"]
    assert stakes(kept.grants) == ()


def test_what_was_replaced_earlier_was_granted_then() -> None:
    """Whoever retires it at last needs no further yes."""
    old = {"f0": Deposed("f0", F), "j0": Deposed("j0", A)}
    known = state({F: recorded(FILE, "f1")}, deposed=old)
    seen = live(live_at(FILE, "f1"), live_at(NEW_FILE, "f0"), running(NEW_JOB, "j0"))
    rest = sight(desired(FILE), known, seen)
    assert rest.told == ["delete files.f", "cancel jobs.a"]
    assert rest.grants == ()
    assert rest.within(sight(desired())) == rest.plan


def test_a_twin_is_spared_by_its_attempt() -> None:
    """That is another thing than to give up what stands there."""
    known = state({A: recorded(JOB, "j1", phase=RUN)})
    seen = live(running(JOB, "j1"), running(JOB, "j2"))
    twice = sight(desired(JOB), known, seen)
    assert twice.told == ["cancel jobs.a"]
    assert said(twice.grants) == ["spare jobs.a"]
    gone = sight(desired(), known, live(running(JOB, "j1")))
    assert gone.digest != twice.digest
    assert gone.within(twice).changes == ()


def test_a_stray_without_a_marker() -> None:
    """The address alone is left to name it."""
    change = Change(Action.CANCEL, A, "", id="nobody's")
    scene = Scene(desired(), state(), live(running(JOB, "nobody's", marker=None)), KINDS)
    assert granted(Plan((change,)), scene) == (Grant(Verb.SPARE, A),)
    assert granted(Plan((change,)), scene._replace(live=live())) == (Grant(Verb.SPARE, A),)


def test_what_a_promotion_pushes_out_is_left() -> None:
    """Nobody could confirm it: it is told of, and no failure."""
    change = Change(Action.DELETE, Address("models", "prod"), "", id="ft:1")
    kept = stay_within(Plan((change,)), (), Scene(desired(), state(), live(), BY_NAME))
    (note,) = kept.findings
    assert (kept.changes, note.severity, note.where) == ((), Severity.NOTE, "ft:1")
    assert note.what == "1 model is further back than keep_last says, and left"


def test_what_was_replaced_earlier_and_is_adopted_again() -> None:
    """What is given up for it now was never granted: no digest of an empty plan stands for that."""
    old = Deposed("j0", A, fingerprint=JOB.fingerprint)
    known_now = state({A: recorded(NEW_JOB, "j1", phase=RUN)}, deposed={"j0": old})
    seen = live(running(JOB, "j0"), running(NEW_JOB, "j1"))
    back, nothing = sight(desired(JOB), known_now, seen), sight(desired())
    assert back.told == ["adopt jobs.a", "then cancel jobs.a"]
    assert said(back.grants) == ["adopt jobs.a", "retire jobs.a"]
    assert back.within(nothing).changes == ()
    assert agreed(nothing.digest, known("owner"), back.grants) is None


def test_a_pause_is_granted_by_name() -> None:
    """Neither pays nor takes away."""
    known = state({A: recorded(JOB, "j1", phase=RUN)})
    held = sight(desired(replace(JOB, paused=True)), known, live(running(JOB, "j1")))
    assert held.told == ["pause jobs.a"]
    assert held.grants == (Grant(Verb.PAUSE, A),)
    assert stakes(held.grants) == ()


def test_to_let_go_on_what_somebody_paused_is_a_stake() -> None:
    """It is paid for from then on, and the digest of an empty plan does not say so."""
    held = live_at(JOB, "j1", RUN, status="paused", is_paused=True)
    on = sight(desired(JOB), state({A: recorded(JOB, "j1", phase=RUN)}), live(held))
    assert on.told == ["resume jobs.a"]
    assert said(stakes(on.grants)) == ["resume jobs.a"]
    assert agreed(on.digest, known("owner"), on.grants) == stakes(on.grants)
    assert agreed(sight(desired()).digest, known("owner"), on.grants) is None


# What waits


def test_what_waits_is_granted_as_what_it_waits_for() -> None:
    """A delete for a reader, a cancel for a word that is known, a run for another one's model."""
    known = state({F: recorded(FILE, "f1"), A: recorded(JOB, "j1", phase=RUN)})
    odd = live_at(JOB, "j1", Phase.UNKNOWN, status="rebalancing", reads=("f1",))
    chained = want(B, "chained", refs={"model": Address("jobs", "c")})
    source = want(Address("jobs", "c"), "source")
    waits = sight(desired(chained, source), known, live(live_at(FILE, "f1"), odd))
    assert waits.told == ["waiting files.f", "waiting jobs.a", "waiting jobs.b", "create jobs.c"]
    assert said(stakes(waits.grants)) == [
        "pay jobs.b", "pay jobs.c", "retire files.f", "retire jobs.a",
    ]  # fmt: skip


def test_a_create_in_doubt_is_granted_as_a_create() -> None:
    """It is found, or made when it certainly was not: at its own address, or at another one."""
    doubt = sight(desired(JOB), state(pending={"op-1": pending(JOB)}))
    clear = sight(desired(JOB))
    assert doubt.told == ["waiting jobs.a"]
    assert doubt.digest == clear.digest
    other = replace(JOB, address=B)
    moved = sight(desired(other), state(pending={"op-1": pending(JOB)}))
    assert stakes(moved.grants) == (Grant(Verb.PAY, B, JOB.fingerprint),)


def test_a_lost_state_is_granted_what_it_still_may_find() -> None:
    """Until lists can be believed it waits for a create."""
    quiet = sight(desired(JOB), state(quiet_until=NOW + 9))
    assert quiet.told == ["waiting jobs.a"]
    assert said(quiet.grants) == ["pay jobs.a"]


def test_a_removed_run_in_doubt() -> None:
    """It will be given up."""
    known = state({A: recorded(JOB, "j1", phase=RUN)}, pending={"op-1": pending(NEW_JOB)})
    gone = sight(desired(), known, live(running(JOB, "j1")))
    assert gone.told == ["waiting jobs.a"]
    assert said(gone.grants) == ["retire jobs.a"]


def test_a_run_that_is_paused_before_it_is_made() -> None:
    """It is not made by itself, so nothing is granted; to take `paused` out is more."""
    held = sight(desired(replace(JOB, paused=True)))
    assert held.told == ["waiting jobs.a"]
    assert held.grants == ()
    assert sight(desired(JOB)).within(held).changes == ()


def test_a_look_alike_that_a_person_has_to_tell() -> None:
    """Waiting for somebody's word grants nothing, and is no more than was confirmed."""
    waits = Change(Action.WAITING, A, "several live runs look like it")
    scene = Scene(desired(JOB), state(), live(), KINDS)
    assert granted(Plan((waits,)), scene) == ()
    assert stay_within(Plan((waits,)), (), scene) == Plan((waits,))


# What the digest binds


BEFORE = state({F: recorded(FILE, "f1"), A: recorded(JOB, "j1", reads=("f1",))})
BOTH = live(live_at(FILE, "f1"), running(JOB, "j1", reads=("f1",)))


def test_a_run_that_ended_meanwhile() -> None:
    """Replaced or removed: it is history now and needs no cancel; the digest is the same."""
    ended = live(live_at(FILE, "f1"), live_at(JOB, "j1", reads=("f1",)))
    for wanted in (desired(NEW_FILE, NEW_JOB), desired(FILE), desired()):
        reviewed, later = sight(wanted, BEFORE, BOTH), sight(wanted, BEFORE, ended)
        assert reviewed.told != later.told
        assert reviewed.digest == later.digest
        assert later.within(reviewed) == later.plan


def test_an_apply_of_something_else_meanwhile() -> None:
    """Another job was made, another file uploaded, and what it replaced is still to be deleted."""
    reviewed = sight(desired(FILE, JOB, want(B)), BEFORE, BOTH)
    other = want(G, "elsewhere"), want(Address("jobs", "z"), "elsewhere")
    records = {**BEFORE.records, other[0].address: recorded(other[0], "f7")}
    records[other[1].address] = recorded(other[1], "j7", phase=RUN)
    known = replace(BEFORE, serial=9, records=records, deposed={"f5": Deposed("f5", G)})
    more = (live_at(other[0], "f7"), running(other[1], "j7"), live_at(other[0], "f5"))
    seen = live(*BOTH.objects.values(), *more)
    later = sight(desired(FILE, JOB, want(B), *other), known, seen)
    assert later.told == ["delete files.g", "create jobs.b"]
    assert later.digest == reviewed.digest


def test_the_digest_is_the_owner_s_at_one_endpoint() -> None:
    """The same stakes of another one are other stakes; without any there is one as well."""
    found = sight(desired(FILE, JOB)).grants
    place = ("https://one.example/v1", "org", "project")
    digests = {
        digest("owner", place, found),
        digest("other", place, found),
        digest("owner", ("https://two.example/v1", "org", "project"), found),
        digest("owner", ("https://one.example/v1", "", "project"), found),
        digest("owner", place, ()),
    }
    assert len(digests) == 5
    assert {len(value) for value in digests} == {64}


def test_the_digest_of_this_version() -> None:
    """It changes with `VERSION` alone: digests wait in pull requests for their merge."""
    grant = Grant(Verb.PAY, A, "v1:00", Attempt(2, 1), Retry(1, ("server_error",)))
    found = digest("bots/prod", ("https://api.openai.com/v1", "", ""), (grant,))
    assert found == "3de8e000b7dea0901d85395e8a243374ae4ee78b93b0b3787ab50e9317971328"


DIFFERENCES = {
    "another run": desired(FILE, JOB, want(B)),
    "another spec": desired(FILE, NEW_JOB),
    "another generation": desired(FILE, replace(JOB, generation=2)),
    "a retry": desired(FILE, replace(NEW_JOB, retry=Retry(1))),
    "a retry after other errors": desired(FILE, replace(NEW_JOB, retry=Retry(1, ("x",)))),
    "other data": desired(NEW_FILE, JOB),
    "yet other data": desired(want(F, "third"), JOB),
    "no job": desired(FILE),
    "no file": desired(replace(JOB, refs={})),
    "nothing": desired(),
    "another address": desired(FILE, replace(JOB, address=B, generation=2)),
}


def test_every_paid_or_destructive_difference_shows() -> None:
    """No two of these plans have one digest, and each keeps within itself alone."""
    plans = {name: sight(wanted, BEFORE, BOTH) for name, wanted in DIFFERENCES.items()}
    assert len({plan.digest for plan in plans.values()}) == len(plans)
    for name, plan in plans.items():
        assert plan.within(plan) == plan.plan, name
        for other in plans.values():
            is_less = once(plan) <= once(other)
            assert is_less != bool(plan.within(other).of(Severity.REFUSED)), name


def once(found: Sight) -> set[Grant]:
    """What is granted, whatever may be tried again."""
    return {grant._replace(retry=Retry()) for grant in found.grants}


def test_the_successor_of_what_is_deleted_is_bound() -> None:
    """A dataset that changed once more after the review is another plan, free as uploads are."""
    first, second = (sight(DIFFERENCES[n], BEFORE, BOTH) for n in ("other data", "yet other data"))
    assert first.told == second.told == ["replace files.f", "then waiting files.f"]
    assert first.digest != second.digest


# Less, and never more


def test_adopted_instead_of_made() -> None:
    """Somebody made it meanwhile: it costs nothing; but what was to cost nothing is never paid."""
    create = sight(desired(JOB))
    adopt = sight(desired(JOB), seen=live(running(JOB, "j1")))
    assert (create.told, adopt.told) == (["create jobs.a"], ["adopt jobs.a"])
    assert adopt.within(create) == adopt.plan
    assert create.within(adopt).changes == ()
    assert agreed(create.digest, known("owner"), adopt.grants) == stakes(create.grants)
    assert agreed(adopt.digest, known("owner"), create.grants) is None


def known(owner: str, reviewed: Review | None = None) -> State:
    """The state of an owner."""
    return State("lineage", owner, endpoint=("url", "", ""), reviewed=reviewed)


def test_an_adoption_that_gives_something_up() -> None:
    """To take over what is there is free; to give up for it what was there is a stake."""
    seen = live(running(JOB, "j1"), running(NEW_JOB, "j2"))
    taken = sight(desired(NEW_JOB), state({A: recorded(JOB, "j1", phase=RUN)}), seen)
    assert taken.told == ["adopt jobs.a", "then cancel jobs.a"]
    assert said(stakes(taken.grants)) == ["retire jobs.a"]
    assert taken.within(sight(desired(NEW_JOB))).changes == ()


def test_what_goes_to_another_address_is_not_given_up() -> None:
    """Two names swap their specs: nobody loses anything."""
    one, two = want(A, "one"), want(B, "two")
    records = {A: recorded(one, "j1", phase=RUN), B: recorded(two, "j2", phase=RUN)}
    seen = live(running(one, "j1"), running(two, "j2"))
    swapped = desired(replace(one, address=B), replace(two, address=A))
    swap = sight(swapped, state(records), seen)
    assert swap.told == ["adopt jobs.a", "adopt jobs.b"]
    assert stakes(swap.grants) == ()


def test_an_imported_object_is_nobody_s_to_retire() -> None:
    """What replaces it leaves it as it is."""
    theirs = state({A: recorded(JOB, "j1", imported=True)})
    assert said(sight(desired(NEW_JOB), theirs, live(live_at(JOB, "j1"))).grants) == ["pay jobs.a"]


def test_a_rename_gives_nothing_up() -> None:
    """The record comes along; with another spec it is replaced at its new address."""
    records = state({A: recorded(JOB, "j1", phase=RUN)})
    seen = live(running(JOB, "j1"))
    same = sight(desired(replace(JOB, address=B), moved={B: A}), records, seen)
    assert (same.told, stakes(same.grants)) == (["adopt jobs.b"], ())
    other = sight(desired(replace(NEW_JOB, address=B), moved={B: A}), records, seen)
    assert said(stakes(other.grants)) == ["pay jobs.b", "retire jobs.b"]


def test_a_file_that_could_not_be_read_is_replaced_by_itself() -> None:
    """The same bytes once more: the bad object is given up."""
    seen = live(live_at(FILE, "f1", FAILED))
    again = sight(desired(FILE), state({F: recorded(FILE, "f1")}), seen)
    assert again.told == ["replace files.f", "then delete files.f"]
    assert said(again.grants) == ["retire files.f", "upload files.f"]


def test_kept_instead_of_cancelled() -> None:
    """To let go is less than to cancel, not the other way round."""
    cancel = sight(desired(), BEFORE, BOTH)
    kept = sight(desired(removed={A: True, F: True}), BEFORE, BOTH)
    assert kept.within(cancel) == kept.plan
    assert cancel.within(kept).changes == ()


def test_a_retry_is_part_of_the_yes_that_its_policy_was_shown_with() -> None:
    """As often as it says, for this spec and generation; no oftener, and of no other run."""
    wanted = replace(JOB, retry=Retry(2))
    first = sight(desired(wanted))
    details = [detail for change in first.plan.changes for detail in change.details]
    assert [detail.note for detail in details] == [
        "up to 2 times more after any failure; each try is paid for"
    ]
    failed = live_at(JOB, "j1", FAILED)
    again = sight(desired(wanted), state({A: recorded(JOB, "j1", phase=FAILED)}), live(failed))
    assert [change.attempt for change in again.plan.changes] == [Attempt(1, 2)]
    assert again.within(first) == again.plan
    assert again.digest != first.digest
    assert first.within(again).changes == ()
    for ceiling in (desired(JOB), desired(replace(NEW_JOB, retry=Retry(2)))):
        assert again.within(sight(ceiling)).changes == ()


def test_what_a_granted_run_reads_may_be_uploaded() -> None:
    """Its content is in the run's fingerprint: a file that vanished meanwhile goes up again."""
    there = sight(desired(FILE, JOB), state({F: recorded(FILE, "f1")}), live(live_at(FILE, "f1")))
    gone = sight(desired(FILE, JOB), state({F: recorded(FILE, "f1")}), live(gone=("f1",)))
    assert (there.told, gone.told) == (["create jobs.a"], ["create files.f", "create jobs.a"])
    assert gone.within(there) == gone.plan
    alone = sight(desired(FILE), state({F: recorded(FILE, "f1")}), live(gone=("f1",)))
    assert alone.within(there).changes == ()
    other = sight(desired(NEW_FILE, NEW_JOB))
    assert other.within(there).changes == ()


def test_what_needs_more_than_was_confirmed_is_left_out_too() -> None:
    """A file is not deleted under a run whose cancel nobody said yes to."""
    more = sight(desired(), BEFORE, BOTH)
    only_file = (Grant(Verb.RETIRE, F, FILE.fingerprint),)
    left = stay_within(more.plan, only_file, more.scene)
    assert (more.told, left.changes) == (["delete files.f", "cancel jobs.a"], ())
    assert [(finding.what, finding.why) for finding in left.of(Severity.REFUSED)] == [
        (
            "refused: jobs.a is not in the plan that was confirmed",
            "it would now cancel: no longer declared: j1 is running; what it has trained is lost",
        ),
        (
            "refused: files.f needs what is not in the plan that was confirmed",
            "to delete it needs another change of jobs.a",
        ),
    ]


def test_two_where_one_was_confirmed() -> None:
    """Equal stakes are counted."""
    records = state({A: recorded(JOB, "j1", phase=RUN)})
    twice = sight(desired(JOB), records, live(*(running(JOB, f"j{n}") for n in (1, 2))))
    thrice = sight(desired(JOB), records, live(*(running(JOB, f"j{n}") for n in (1, 2, 3))))
    assert thrice.digest != twice.digest
    assert len(thrice.within(twice).changes) == 1
    assert together(twice.grants, thrice.grants) == thrice.grants
    assert together(twice.grants, sight(desired(JOB)).grants) == (
        *sight(desired(JOB)).grants,
        *twice.grants,
    )


# Agreed by a digest


def test_a_plan_without_stakes_is_less_than_any() -> None:
    """Whatever was reviewed: it has been done, or nothing of it can cost any more."""
    done = sight(desired(FILE, JOB), BEFORE, BOTH)
    assert agreed("0" * 64, known("owner"), done.grants) == ()
    upload = sight(desired(FILE))
    assert agreed("0" * 64, known("owner"), upload.grants) == ()


def test_another_plan_than_the_reviewed_one() -> None:
    """Of another owner, or with one stake more or less that no review knows."""
    one, two = sight(desired(FILE, JOB)), sight(desired(FILE, JOB, want(B)))
    assert agreed(two.digest, known("owner"), two.grants) == stakes(two.grants)
    assert agreed(two.digest, known("other"), two.grants) is None
    assert agreed(one.digest, known("owner"), two.grants) is None
    assert agreed(two.digest, known("owner"), one.grants) is None


def test_an_apply_that_was_cut_short_goes_on() -> None:
    """The state remembers what the digest stood for: what is left of it is less."""
    two = sight(desired(FILE, JOB, want(B)))
    review = Review(two.digest, stakes(two.grants))
    rest = sight(desired(FILE, JOB, want(B)), BEFORE, BOTH)
    assert rest.told == ["create jobs.b"]
    assert agreed(two.digest, known("owner", review), rest.grants) == review.grants
    more = sight(desired(FILE, JOB, want(B), want(Address("jobs", "c"))), BEFORE, BOTH)
    assert agreed(two.digest, known("owner", review), more.grants) is None
    other = Review(rest.digest, stakes(rest.grants))
    assert agreed(two.digest, known("owner", other), rest.grants) is None


# Properties


specs = st.sampled_from(["one", "two"])
wants = st.fixed_dictionaries(
    {},
    optional={
        "f": specs,
        "g": specs,
        "a": st.tuples(specs, st.integers(0, 2), st.booleans(), st.sampled_from("fg")),
        "b": st.tuples(specs, st.integers(0, 2), st.booleans(), st.sampled_from("fg")),
    },
)
"""A manifest in short: files by content; runs by spec, retries, `paused`, and what they read."""


@st.composite
def sights(draw: st.DrawFn) -> tuple[dict[str, Any], State, Live]:
    """A manifest, and a past that another one left behind."""
    past, phases = draw(wants), st.sampled_from([*Phase])
    seen, records = [], {}
    for address, resource in manifest(past).resources.items():
        made = live_at(resource, f"{address.name}-1", draw(phases), status="s")
        records[address] = recorded(resource, made.id, phase=made.phase)
        if draw(st.booleans()):
            seen.append(made)
        if draw(st.booleans()):
            seen.append(replace(made, id=f"{address.name}-2"))
    gone = tuple({r.id for r in records.values()} - {one.id for one in seen})
    return draw(wants), state(records), live(*seen, gone=gone)


def manifest(short: dict[str, Any]) -> Desired:
    """The desired resources of a short manifest."""
    files = {n: want(Address("files", n), short[n]) for n in "fg" if n in short}
    found = [*files.values()]
    for name in "ab":
        if name in short:
            spec, most, paused, reads = short[name]
            file = files.get(reads)
            run = want(Address("jobs", name), spec + (file.fingerprint if file else ""))
            refs = {"training_file": file.address} if file else {}
            found.append(replace(run, retry=Retry(most), paused=paused, refs=refs))
    return desired(*found)


@given(sights())
def test_a_plan_is_within_itself(case: tuple[dict[str, Any], State, Live]) -> None:
    """Whatever it is, its own yes allows all of it."""
    short, past, seen = case
    one = sight(manifest(short), past, seen)
    assert one.within(one) == one.plan
    assert agreed(digest("owner", past.endpoint, one.grants), past, one.grants) is not None


@given(sights(), st.integers(1, 10**6), st.randoms(use_true_random=False))
def test_order_ids_and_times_do_not_matter(
    case: tuple[dict[str, Any], State, Live], later: int, chance: Any
) -> None:
    """The digest is what is meant, not how or when it was found."""
    short, past, seen = case
    one = sight(manifest(short), past, seen)
    renamed = {
        a: replace(r, id=f"x{r.id}", created_at=NOW + later) for a, r in past.records.items()
    }
    objects = [
        replace(s, id=f"x{s.id}", created_at=s.created_at + later) for s in seen.objects.values()
    ]
    chance.shuffle(objects)
    gone = tuple(f"x{id_}" for id_ in seen.gone)
    elsewhere = live(*objects, gone=gone, date=NOW + later)
    two = sight(
        manifest(short), replace(past, serial=past.serial + later, records=renamed), elsewhere
    )
    assert two.digest == one.digest
    assert two.within(one) == two.plan


@given(sights(), wants)
def test_what_is_kept_within_is_never_more(
    case: tuple[dict[str, Any], State, Live], edited: dict[str, Any]
) -> None:
    """Of any other plan only that is left for which the first one gave its yes; judged by hand.

    The file that an agreed run reads may have another name now: its content was agreed to.
    """
    short, past, seen = case
    reviewed, now = sight(manifest(short), past, seen), sight(manifest(edited), past, seen)
    left = now.within(reviewed)
    allowed = effects(reviewed.plan, seen)
    allowed |= read_by(manifest(edited), allowed)
    assert effects(left, seen) <= allowed
    assert (left == now.plan) == (not left.of(Severity.REFUSED))
    if reviewed.digest == now.digest:
        assert {e for e in effects(now.plan, seen) if e[:2] != ("make", "files")} <= allowed


def read_by(wanted: Desired, made: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """The uploads that the runs among these effects need, as the manifest names them."""
    runs = wanted.resources.values()
    refs = {r for run in runs if making(run) in made for r in run.refs.values()}
    return {making(wanted.resources[ref]) for ref in refs}


def making(resource: Resource) -> tuple[str, ...]:
    """The effect that makes it."""
    return "make", resource.address.kind, resource.address.name, resource.fingerprint


def effects(plan: Plan, seen: Live) -> set[tuple[str, ...]]:
    """What a plan makes and takes away at the API, now or when its waiting is over."""
    made = {making(c.resource) for c in plan.changes if c.goal.makes and c.resource}
    taken = {("take", c.id) for c in plan.changes if c.goal.destroys and c.id in seen.objects}
    return made | taken

"""A state made anew from what is live."""

from reconciler.core.address import Address
from reconciler.core.alias import Published
from reconciler.core.diff import diff
from reconciler.core.rebuild import Rebuilt, rebuilt
from reconciler.core.resource import Attempt, Desired, Observed, Phase
from reconciler.core.state import State
from reconciler.kinds import BY_NAME
from tests.support.stack import Stack, job, manifest
from tests.support.values import KINDS, NOW, A, B, C, F, G, desired, live, live_at, want
from tests.support.world import World

PROD = Address("models", "prod")


def made(wanted: Desired, *objects: Observed) -> Rebuilt:
    """What a state that knows nothing is made of."""
    seen = live(*objects)
    return rebuilt(diff(wanted, State("l", "o"), seen, KINDS), wanted, seen, KINDS)


def test_what_is_declared_is_recorded_as_a_plan_would_adopt_it() -> None:
    """With its spec, which no marker tells; what nothing stands for is named."""
    found = made(desired(want(A), want(B), want(F)), live_at(want(A), "1"), live_at(want(F), "2"))
    assert {a: record.id for a, record in found.records.items()} == {A: "1", F: "2"}
    assert found.declared[A].spec == {"text": "x"}
    assert found.missing == (B,)
    assert (found.undeclared, found.left) == ({}, ())


def test_what_is_not_declared_is_recorded_and_protected() -> None:
    """So that it is not lost, and not deleted either before somebody says so."""
    running = live_at(want(C, "c"), "3", Phase.IN_PROGRESS, reads=("9",))
    found = made(desired(want(A)), live_at(want(F), "2", expires_at=NOW), running)
    file, job = found.undeclared[F], found.undeclared[C]
    assert (file.id, file.protect, file.expires_at) == ("2", True, NOW)
    assert (job.fingerprint, job.reads) == (want(C, "c").fingerprint, ("9",))


def test_of_several_the_latest_is_recorded() -> None:
    """By try, then age, then id; the others are ours and recorded nowhere."""
    files = [live_at(want(F, text), text, created_at=at) for text, at in (("b", 2), ("a", 3))]
    jobs = [live_at(want(C), str(n), Phase.IN_PROGRESS, n) for n in (2, 1)]
    found = made(desired(), *files, *jobs, live_at(want(G), "x"), live_at(want(G, "y"), "y"))
    assert {a: record.id for a, record in found.undeclared.items()} == {F: "a", C: "2", G: "y"}
    assert found.undeclared[C].attempt == Attempt(1, 2)
    assert [seen.id for seen in found.left] == ["b", "x", "1"]


def test_older_ones_of_what_is_declared_are_left() -> None:
    """They may be what a replacement was still to remove; nothing is deleted on a guess."""
    found = made(desired(want(F)), live_at(want(F), "1"), live_at(want(F, "old"), "2"))
    assert ({a: r.id for a, r in found.records.items()}, found.left[0].id) == ({F: "1"}, "2")
    found = made(desired(want(F)), live_at(want(F, "old"), "2"))
    assert (found.records, found.left[0].id, found.missing) == ({}, "2", (F,))


def test_history_and_what_is_not_ours_are_no_part_of_a_state() -> None:
    """A run that ended stays at the API; it is found again when it is declared."""
    ended = live_at(want(C), "3", Phase.READY)
    foreign = live_at(want(F), "4", marker=None)
    assert made(desired(), ended, foreign) == Rebuilt({}, {}, (), ())


def test_what_aliases_point_at_is_part_of_it() -> None:
    """As the file of `outputs` says; without it, that nobody knows."""
    one = Stack(World(), desired=manifest(job("a"), aliases={"prod": {"job": "a"}}))
    one.apply()
    one.world.finish(one.world.active()[0])
    (model,) = one.world.models
    one.lose_state()
    for told, expected in ((Published("models.json", {"prod": model}), model), (None, "")):
        one.published = told
        found = one.look()
        anew = rebuilt(found.plan, one.desired, found.live, BY_NAME)
        assert anew.aliases[PROD].model == expected
        assert PROD not in anew.missing

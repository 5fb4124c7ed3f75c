"""Models that a person lets go: which are ours, what keeps one, and what is said of it."""

from typing import Any

import pytest

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Promotion
from reconciler.core.diff import diff, view_of
from reconciler.core.guards import MAX_RETIRED, Leave, Setting, guard
from reconciler.core.let_go import destroyed, strange_names, swept
from reconciler.core.made import Made, made_models
from reconciler.core.plan import Action, Change, Plan, Severity
from reconciler.core.resource import MODEL, Desired, Lifecycle, Live, Observed, Phase, Resource
from reconciler.core.state import State
from reconciler.core.view import View
from tests.support.values import KINDS as FEW
from tests.support.values import (
    A,
    B,
    Questions,
    desired,
    live,
    live_at,
    recorded,
    state,
    told,
    want,
)

KINDS = {**FEW, "models": Questions("models", Lifecycle.POINTER)}
PROD = Address("models", "prod")
STEP = "ft:a:ckpt-step-8"


def run_of(at: Address, id_: str, model: str, **more: Any) -> Observed:
    """A run that ended and made a model."""
    return live_at(want(at, model), id_, facts={MODEL: model}, **more)


RUNS = (run_of(A, "job-a", "ft:a"), run_of(B, "job-b", "ft:b"))


def seen(*runs: Observed, models: tuple[str, ...] = ("ft:a", STEP, "ft:b", "gpt")) -> Live:
    """A look at these runs, where these models are listed."""
    found = live(*(runs or RUNS))
    return Live(found.objects, date=found.date, models=dict.fromkeys(models, ""))


def view(known: State | None = None, wants: Desired | None = None, at: Live | None = None) -> View:
    """What the rules look at."""
    return view_of(wants or desired(), known or state(), at or seen(), KINDS)


def alias(name: str = "prod", **fields: Any) -> Resource:
    """A declared alias of no job at all."""
    keep = {"keep_last": fields.pop("keep_last", None)}
    return want(Address("models", name), spec=fields, body=keep)


def gone(found: View, *names: str) -> Plan:
    """The plan of `gc` that names these."""
    return swept(found, Plan(), names)


def test_ours_are_what_our_runs_made() -> None:
    """Also what was saved on the way; no base model, nothing unlisted, nothing foreign."""
    assert list(made_models(view())) == ["ft:a", STEP, "ft:b"]
    foreign = run_of(B, "job-b", "ft:b", marker=None)
    assert list(made_models(view(at=seen(RUNS[0], foreign)))) == ["ft:a", STEP]
    assert list(made_models(view(at=seen(models=("ft:b",))))) == ["ft:b"]
    unlisted = Live(seen().objects)
    assert not made_models(view(at=unlisted))


@pytest.mark.parametrize(
    ("name", "model", "address"),
    [
        ("a", "ft:x", "models.a[attempt=1.2]"),
        ("a", "ft:x:ckpt-step-40", "models.a[attempt=1.2,step=40]"),
        ("sweep[n_epochs=2,seed=1]", "ft:x", "models.sweep[n_epochs=2,seed=1,attempt=1.2]"),
    ],
)
def test_a_model_has_an_address_that_no_alias_has(name: str, model: str, address: str) -> None:
    """It can be read back, as the journal has to."""
    run = live_at(want(Address("jobs", name)), number=2)
    assert run.marker
    made = Made(model, run, run.marker)
    assert str(made.address) == address
    assert Address.parse(address) == made.address


def test_a_destroy_without_models_tells_what_it_keeps() -> None:
    """As values; what was let go of on purpose is none of its business."""
    plan = destroyed(view(), Plan(), with_models=False)
    assert (plan.changes, plan.kept) == ((), ("ft:a", STEP, "ft:b"))
    kept = view(state(kept=("job-a",)))
    assert destroyed(kept, Plan(), with_models=False).kept == ("ft:b",)
    assert told(destroyed(kept, Plan(), with_models=True)) == ["delete models.b[attempt=1.1]"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("no longer declared", "file-a, 22 KB"),
        ("no longer declared; file-a is gone (404)", "file-a is gone (404)"),
        ("replaced: file-a", "replaced: file-a"),
    ],
)
def test_a_destroy_denies_no_declaration(reason: str, said: str) -> None:
    """What goes is named; the manifest may well declare it."""
    file = Observed("files", "file-a", Phase.READY, "processed", 0, facts={"bytes": 22_000})
    change = Change(Action.DELETE, Address("files", "a"), reason, id="file-a")
    plan = destroyed(view(at=live(file)), Plan((change,)), with_models=False)
    assert plan.changes[0].reason == said


def test_what_a_list_lacks_is_named_by_its_id() -> None:
    """Its size is not known then."""
    change = Change(Action.DELETE, A, "no longer declared", id="file-b")
    assert destroyed(view(), Plan((change,)), with_models=False).changes[0].reason == "file-b"


def test_a_destroy_takes_models_in_use_along_with_their_aliases() -> None:
    """Of an alias that is given up it says so; the guard lets that pass, and nothing else."""
    known = state(aliases={PROD: Alias("ft:a")}, released=("ft:b",))
    looked = view(known)
    plain = diff(desired(), known, looked.live, KINDS)
    plan = destroyed(looked, plain, with_models=True)
    assert told(plan)[-1] == "forget models.prod"
    assert plan.changes[-1].reason == "ft:a goes, too"
    assert plain.changes[-1].reason == "no longer declared; ft:a stays"
    assert [c.id for c in plan.changes[:-1]] == [STEP, "ft:a", "ft:b"]
    assert plan.changes[1].reason == "ft:a, made by job-a on 1970-01-12"
    (warning,) = plan.of(Severity.WARNING)
    assert "nothing here can tell" in warning.what

    def refused(tried: Plan) -> list[str]:
        leave = Leave(everything=True)
        found = guard(tried, desired(), known, looked.live, KINDS, leave=leave, setting=Setting())
        return [finding.what for finding in found]

    assert not refused(plan)
    assert refused(Plan(plan.changes[:-1])) == ["refused: ft:a is in use"]


def test_protect_of_a_job_holds_for_its_models() -> None:
    """What was saved on the way among them; allowed by the address of the job."""
    known = state({A: recorded(want(A, "ft:a"), "job-a", protect=True, facts={MODEL: "ft:a"})})
    looked = view(known)
    plan = destroyed(looked, Plan(), with_models=True)

    def refused(*allowed: str) -> list[str]:
        leave = Leave(everything=True, protected=allowed)
        found = guard(plan, desired(), known, looked.live, KINDS, leave=leave, setting=Setting())
        return [finding.what for finding in found]

    assert refused() == ["refused: jobs.a is protected"]
    assert not refused("jobs.a")


def test_what_another_environment_names_stays() -> None:
    """Its pins stand in the same manifest, though its state is another one."""
    named = desired(alias(pin="ft:b", keep_last=1), elsewhere=frozenset({"ft:a"}))
    assert not diff(named, FORMER, seen(), KINDS).changes
    last = destroyed(view(wants=desired(elsewhere=frozenset({"ft:a"}))), Plan(), with_models=True)
    assert [change.id for change in last.changes] == [STEP, "ft:b"]
    assert "or by another environment" in last.of(Severity.NOTE)[0].what


def test_a_sweep_takes_the_models_that_are_named() -> None:
    """Each once; one that is gone already asks for nothing; what is left of the rest is said."""
    plan = gone(view(), "ft:b", "ft:b", "ft:b:ckpt-step-9")
    assert told(plan) == ["delete models.b[attempt=1.1]"]
    (note,) = plan.of(Severity.NOTE)
    assert note.what == "1 model is used by nothing here, and left"
    assert note.cure == "by name: reconciler gc --models ft:a"
    assert not gone(view(), "ft:a", "ft:b").of(Severity.NOTE)
    assert "2 models are used" in gone(view()).of(Severity.NOTE)[0].what
    assert strange_names(view(), ["ft:b", STEP, "gpt", "ft:c"]) == ["gpt", "ft:c"]


def test_what_an_alias_gave_up_goes_by_its_name_alone() -> None:
    """Nothing suggests it: whoever used it may go on."""
    released = view(state(released=("ft:b",)))
    assert not gone(released, "ft:a").of(Severity.NOTE)
    assert told(gone(released, "ft:b")) == ["delete models.b[attempt=1.1]"]


def at(model: str, *earlier: str) -> Alias:
    """An alias that points at this model, and did at others."""
    return Alias(model, history=tuple(Promotion(one) for one in (*earlier, model)))


RECORDED = {A: recorded(want(A, "ft:a"), "job-a", facts={MODEL: "ft:a"})}
ENVIRONMENT = "environment of the manifest"
BASED = want(B, spec={"model": "ft:a"})


@pytest.mark.parametrize(
    ("known", "wants", "why"),
    [
        (state(aliases={PROD: at("ft:a")}), desired(), "models.prod points at it"),
        (state(aliases={PROD: at("ft:b", "ft:a")}), desired(), "models.prod may go back to it"),
        (state(), desired(alias(pin="ft:a")), "models.prod pins it"),
        (state(), desired(BASED), "jobs.b begins with it"),
        (state(), desired(want(A, "ft:a")), "jobs.a stands for its job"),
        (state(RECORDED), desired(), "jobs.a stands for its job"),
        (state(), desired(elsewhere=frozenset({"ft:a"})), f"another {ENVIRONMENT} names it"),
        (state(kept=("job-a",)), desired(), "its job was let go of on purpose"),
        (state(), desired(removed={A: True}), "its job was let go of on purpose"),
    ],
)
def test_what_is_needed_has_to_stay(known: State, wants: Desired, why: str) -> None:
    """Then nothing at all goes: whoever named it has to look again."""
    plan = gone(view(known, wants), "ft:b", "ft:a")
    assert not plan.changes
    (refused,) = (f for f in plan.of(Severity.REFUSED) if "ft:a " in f.what)
    assert (refused.what, refused.why) == ("refused: ft:a has to stay", why)
    assert "ft:a" in refused.cure


def test_what_is_too_far_back_may_go() -> None:
    """`keep_last` says how far an alias goes back."""
    wants, known = desired(alias(keep_last=1)), state(aliases={PROD: at("ft:b", "ft:a")})
    assert told(gone(view(known, wants), "ft:a")) == ["delete models.a[attempt=1.1]"]


def kept_back(known: State, *more: Resource, at: Live | None = None) -> Plan:
    """The plan of an apply in which an alias keeps its last model alone."""
    wants = desired(alias(pin=known.aliases[PROD].model, keep_last=1), *more)
    return diff(wants, known, at or seen(), KINDS)


FORMER = state(aliases={PROD: at("ft:b", "ft:a")})


def test_what_a_run_trains_on_stays_while_it_runs() -> None:
    """Whoever's run it is; by itself, by its name, and at the end of everything."""
    body = {"model": "ft:a"}
    runs = {
        phase: live_at(want(Address("jobs", "z")), "job-z", phase, marker=None, body=body)
        for phase in (Phase.READY, Phase.IN_PROGRESS, Phase.UNKNOWN)
    }
    ended, *others = (seen(*RUNS, run) for run in runs.values())
    assert told(kept_back(FORMER, at=ended)) == ["delete models.prod"]
    for found in others:
        assert not kept_back(FORMER, at=found).changes
        (refused,) = gone(view(at=found), "ft:a").of(Severity.REFUSED)
        assert refused.why == "job-z trains on it"
        cancel = Change(Action.CANCEL, B, "", id="job-z")
        assert len(destroyed(view(at=found), Plan((cancel,)), with_models=True).changes) == 4
        last = destroyed(view(at=found), Plan(), with_models=True)
        assert [change.id for change in last.changes] == [STEP, "ft:b"]
        assert "1 model is needed by a running job" in last.of(Severity.NOTE)[0].what


def test_what_was_saved_on_the_way_keeps_the_model_at_the_end() -> None:
    """Whether the one goes with the other, no API says."""
    known = state(aliases={PROD: at(STEP, "ft:a", "ft:b")})
    assert [change.id for change in kept_back(known).changes] == ["ft:b"]


def test_while_another_alias_may_point_at_anything_keep_last_deletes_nothing() -> None:
    """After a lost state one alias may be known again, and the other not yet."""
    other = Address("models", "other")
    known = state(aliases={**FORMER.aliases, other: Alias()})
    plan = kept_back(known, alias("other", pin="ft:b"))
    assert told(plan) == ["waiting models.other"]
    (note,) = plan.of(Severity.NOTE)
    assert note.what == "1 model is further back than keep_last says, and left"
    assert note.why == "what models.other points at is not known: it may be one of them"


def test_many_models_that_go_at_once_are_asked_about() -> None:
    """As what they are: no orphans, and of those that aliases know."""
    names = [f"ft:{n}" for n in range(MAX_RETIRED + 2)]
    runs = [run_of(Address("jobs", f"j{n}"), f"job-{n}", name) for n, name in enumerate(names)]
    known, looked = state(aliases={PROD: at(*names[::-1])}), seen(*runs, models=tuple(names))
    plan = kept_back(known, at=looked)
    for leave, count in ((Leave(), 1), (Leave(retire=("models.prod",)), 0)):
        found = guard(plan, desired(), known, looked, KINDS, leave=leave, setting=Setting())
        assert len(found) == count
        for refused in found:
            assert refused.what.startswith("refused: 6 of 7 models would be deleted")
            assert refused.cure.endswith("reconciler apply --allow-delete 'models.prod*'")


def test_while_an_alias_may_point_at_anything_nothing_goes() -> None:
    """A declared one; without a name there is nothing to refuse, nor where something else is."""
    wants = desired(alias(job="a"))
    lost = State("lineage", "owner")
    plan = gone(view(lost, wants), "ft:b")
    assert not plan.changes
    (refused,) = plan.of(Severity.REFUSED)
    assert refused.what == "refused: what models.prod points at is not known"
    assert not gone(view(lost, wants)).of(Severity.REFUSED)
    assert swept(view(), plan, ["ft:b"]) is plan


def test_a_name_needs_no_leave_by_number() -> None:
    """Each was said; what an alias lets go is counted as ever."""
    many = [run_of(Address("jobs", f"j{n}"), f"job-{n}", f"ft:{n}") for n in range(MAX_RETIRED + 1)]
    names = tuple(f"ft:{n}" for n in range(MAX_RETIRED + 1))
    looked = view(at=seen(*many, models=names))
    plan = gone(looked, *names)
    for leave, expected in ((Leave(models=names), 0), (Leave(), 1)):
        found = guard(plan, desired(), looked.state, looked.live, KINDS, leave=leave,
                      setting=Setting())  # fmt: skip
        assert len(found) == expected


def test_a_run_without_an_end_has_no_model() -> None:
    """Nor has one that failed."""
    runs = (live_at(want(A), "a", Phase.IN_PROGRESS), live_at(want(B), "b", Phase.FAILED))
    assert not made_models(view(at=seen(*runs)))


def test_where_no_api_deletes_a_model_none_is_talked_of() -> None:
    """Neither planned, nor suggested."""
    final = view(wants=desired(are_models_final=True))
    assert destroyed(final, Plan(), with_models=True) == Plan()
    assert destroyed(final, Plan(), with_models=False) == Plan()
    assert gone(final, "ft:b") == Plan()

"""Lineage from what is recorded and from what markers carry; what neither tells is said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Checked, Promotion, Published
from reconciler.core.cost import FREE, Price, Terms
from reconciler.core.earlier import Earlier
from reconciler.core.known import Everything
from reconciler.core.lineage import IMPORTED, NOT_KEPT, STATE_LOST, UNTOLD, Answer, Training
from reconciler.core.origins import answer
from reconciler.core.resource import Live, Marker, Observed, Phase, Record
from reconciler.core.state import State
from tests.support.values import KINDS, NOW, A, B, F, live_at, recorded, state, want

DIGEST, OTHER = "3f9a1c07" * 8, "b81e5520" * 8
PROD = Address("models", "prod")
BASE = "gpt-4.1-mini"
TERMS = Terms({BASE: Price(Decimal(5))}, encodings={BASE: "o200k"})
FILE = want(F, spec={"sha256": DIGEST, "purpose": "fine-tune", "bytes": 9})
JOB = want(
    A,
    spec={
        "model": BASE,
        "seed": 7,
        "suffix": "",
        "training_file": DIGEST,
        "validation_file": OTHER,
    },
)
NEXT = want(B, spec={"model": "ft:1", "training_file": OTHER})
MADE = {"who": "anna", "commit": "3ab1f20", "run": "https://ci/88"}
UPLOADED = {**MADE, "rows": 12, "bytes": 9}
TRAINED = {**MADE, "tokens": {"o200k": 100}, "rows": 12, "reason": "asked"}
BODY = {"model": BASE, "training_file": "file-1", "validation_file": "file-2", "finished_at": NOW}
DONE = {"fine_tuned_model": "ft:1", "trained_tokens": 200_000}


def file_record(**rest: Any) -> Record:
    """What is recorded of the file."""
    return recorded(FILE, "file-1", **{"facts": UPLOADED, **rest})


def job_record(**rest: Any) -> Record:
    """What is recorded of the job."""
    return recorded(JOB, "job-1", **{"reads": ("file-1", "file-2"), "facts": TRAINED, **rest})


def file_seen(**rest: Any) -> Observed:
    """The file, as its name tells of it."""
    marker = Marker(F, f"v1:{DIGEST[:32]}:fine-tune:9")
    body = {"filename": "bots.f.x.jsonl", "bytes": 9}
    return Observed("files", "file-1", Phase.READY, "processed", NOW, marker, body=body, **rest)


def job_seen(**rest: Any) -> Observed:
    """The job, as its metadata tell of it."""
    marker = Marker(A, JOB.fingerprint, data=f"{DIGEST[:32]}.{OTHER[:32]}")
    told = {"marker": marker, "facts": DONE, "body": BODY, "status": "succeeded", **rest}
    return live_at(JOB, "job-1", **told)


def known(of: State, *objects: Observed, **rest: Any) -> Everything:
    """Everything, of this state and these objects."""
    models = dict.fromkeys((BASE, "ft:1", "ft:foreign"), "")
    live = Live({seen.id: seen for seen in objects}, date=NOW, models=models)
    return Everything(of, live, KINDS, rest.pop("terms", TERMS), **rest)


FULL = state({F: file_record(), A: job_record()})
LOST = State("new", "owner")


def training(found: Answer) -> Training:
    """The one run of an answer."""
    (lineage,) = found.lineages
    assert lineage.training
    return lineage.training


@pytest.mark.parametrize("target", ["job-1", "jobs.a", "ft:1"])
def test_the_whole_chain(target: str) -> None:
    """From the model to the bytes, with who, commit and cost."""
    found = answer(known(FULL, file_seen(), job_seen()), target)
    job = training(found)
    assert (found.lineages[0].model, found.lineages[0].is_listed) == ("ft:1", True)
    assert (job.id, job.address, job.status, job.attempt) == ("job-1", A, "succeeded", "1.1")
    assert (job.base, job.tokens, job.trained) == (BASE, 100, 200_000)
    assert job.cost is not None
    assert job.cost.high == 1
    assert tuple(job.made) == (*MADE.values(), NOW)
    told = {"seed": 7, "finished_at": NOW}  # this kind resolves whatever a body says
    assert (job.finished_at, job.reason, dict(job.settings)) == (NOW, "asked", told)
    first, second = job.data
    assert (first.file, first.address, first.sha256, first.rows) == ("file-1", F, DIGEST, 12)
    assert (first.name, first.bytes, first.is_listed) == ("bots.f.x.jsonl", 9, True)
    assert (second.file, second.address, second.sha256) == ("file-2", None, OTHER)
    assert (job.unknown, first.unknown, second.unknown) == ((), (), ("rows",))


def test_from_what_is_live_alone() -> None:
    """Markers carry the address, the try and the digests; who and which commit are lost."""
    job = training(answer(known(LOST, file_seen(), job_seen()), "ft:1"))
    assert (job.address, job.attempt, job.fingerprint) == (A, "1.1", JOB.fingerprint)
    assert [data.sha256 for data in job.data] == [DIGEST[:32], OTHER[:32]]
    assert [data.address for data in job.data] == [F, None]
    assert (job.unknown, job.lost) == (("commit", "who", "tokens"), STATE_LOST)
    assert [(data.unknown, data.lost) for data in job.data] == [(("rows",), STATE_LOST)] * 2


def test_from_the_state_alone() -> None:
    """What the endpoint shows no more."""
    over = state({F: file_record(expires_at=NOW), A: job_record(facts=TRAINED | DONE)})
    job = training(answer(known(over), "ft:1"))
    assert (job.status, job.is_listed, job.finished_at) == ("ready", False, None)
    assert [data.file for data in job.data] == ["file-1", "file-2"]
    assert (job.data[0].is_listed, job.data[0].expired_at) == (False, NOW)


def test_data_without_any_record() -> None:
    """Rows of what was trained on are kept with the run; a marker may lack the digests."""
    record = job_record(spec={"model": BASE, "training_file": OTHER}, reads=())
    (data,) = training(answer(known(state({A: record})), "jobs.a")).data
    assert (data.sha256, data.rows, data.file) == (OTHER, 12, "")
    bare = job_seen(marker=Marker(A, "v1:x"))
    assert training(answer(known(LOST, bare), "job-1")).data[0].unknown == ("sha256", "rows")


@pytest.mark.parametrize(
    ("of", "made_at", "why"),
    [
        (state({A: job_record(facts={}, imported=True)}), NOW, IMPORTED),
        (state({A: job_record(facts={})}, since=NOW - 1), NOW, UNTOLD),
        (state({A: job_record(facts={})}, since=NOW), NOW, STATE_LOST),
        (state(since=NOW - 1), NOW, NOT_KEPT),
        (state(), NOW, NOT_KEPT),
    ],
)
def test_why_something_is_not_known(of: State, made_at: int, why: str) -> None:
    """It was made outside, an earlier state knew it, nobody told it, or the state let it go."""
    job = training(answer(known(of, job_seen(created_at=made_at)), "jobs.a"))
    assert (job.unknown, job.lost) == (("commit", "who", "tokens"), why)
    signed = state({A: job_record(facts={"who": "anna"})}, since=NOW)
    assert training(answer(known(signed, job_seen()), "jobs.a")).lost == UNTOLD


def test_a_run_that_began_with_another_one() -> None:
    """The chain goes on; a model that begins with itself does not go on for ever."""
    second = live_at(NEXT, "job-2", facts={"fine_tuned_model": "ft:2"}, body={"model": "ft:1"})
    both = state({A: job_record(), B: recorded(NEXT, "job-2")})
    job = training(answer(known(both, job_seen(), second), "ft:2"))
    assert job.parent
    assert (job.base, job.parent.id, job.parent.parent) == ("ft:1", "job-1", None)
    ring = live_at(NEXT, "job-2", facts={"fine_tuned_model": "ft:1"}, body={"model": "ft:1"})
    assert training(answer(known(state(), ring), "job-2")).parent


def test_a_run_that_began_with_a_checkpoint_of_another_one() -> None:
    """The chain goes on to the run that saved it."""
    body = {"model": "ft:1:ckpt-step-8"}
    second = live_at(NEXT, "job-2", facts={"fine_tuned_model": "ft:2"}, body=body)
    job = training(answer(known(FULL, job_seen(), second), "ft:2"))
    assert job.parent
    assert (job.base, job.parent.id) == (body["model"], "job-1")


def test_a_base_that_only_a_fingerprint_tells() -> None:
    """A spec names another job so; its model is told where it is known, and never the digest."""
    again = want(B, spec={"model": JOB.fingerprint, "training_file": OTHER})
    facts = {"fine_tuned_model": "ft:2"}
    one = state({A: job_record(facts=TRAINED | DONE), B: recorded(again, "job-2", facts=facts)})
    job = training(answer(known(one), "ft:2"))
    assert job.parent
    assert (job.base, job.parent.id, "base" in job.unknown) == ("ft:1", "job-1", False)
    twice = live_at(JOB, "job-9", facts={"fine_tuned_model": "ft:9"})
    begun = live_at(JOB, "job-8", Phase.IN_PROGRESS)
    for objects, of in (((begun,), state({B: one.records[B]})), ((twice,), one)):
        job = training(answer(known(of, *objects), "ft:2"))
        assert (job.base, job.parent, "base" in job.unknown) == ("", None, True)


@pytest.mark.parametrize(
    ("phase", "status", "facts", "cost"),
    [
        (Phase.FAILED, "failed", {}, FREE),
        (Phase.IN_PROGRESS, "running", {"trained_tokens": 5}, None),
        (Phase.READY, "succeeded", {}, None),
    ],
)
def test_what_was_not_billed(
    phase: Phase, status: str, facts: dict[str, Any], cost: object
) -> None:
    """A failure is free; what goes on, or tells nothing, has no bill."""
    seen = job_seen(phase=phase, status=status, facts=facts)
    (lineage,) = answer(known(FULL, seen), "jobs.a").lineages
    assert lineage.training
    assert (lineage.model, lineage.is_listed, lineage.training.cost) == ("", None, cost)
    priceless = known(FULL, job_seen(), terms=Terms())
    assert training(answer(priceless, "jobs.a")).cost is None


FIRST = Promotion("ft:0", at=NOW, who="anna", commit="3ab1f20")
LAST = Promotion("ft:1", "ft:0", NOW, "anna", "3ab1f20", "d16e", "pass")
CHECKED = Checked("ft:1", "d16e", "pass", 2, 2)


@pytest.mark.parametrize("target", ["models.prod", "prod"])
def test_aliases(target: str) -> None:
    """By address or name; with the checks of its promotion, and what it pointed at before."""
    alias = Alias("ft:1", "jobs.a", JOB.fingerprint, pinned=True, history=(FIRST, LAST))
    over = state({A: job_record()}, aliases={PROD: alias}, checked=(CHECKED,))
    everything = known(over, job_seen())
    (lineage,) = answer(everything, target).lineages
    (use,) = lineage.uses
    assert (use.promotion, use.checked, use.is_current, use.is_pinned) == (
        LAST,
        CHECKED,
        True,
        True,
    )
    (before,) = answer(everything, "ft:0").lineages
    assert (before.training, before.is_listed) == (None, False)
    assert (before.uses[0].is_current, before.uses[0].is_pinned) == (False, False)
    assert [one.model for one in answer(everything, "").lineages] == ["ft:1", "ft:0"]


def test_an_alias_whose_state_was_lost() -> None:
    """The file of the outputs tells what it points at; without it nobody does."""
    everything = known(LOST, job_seen())
    assert answer(everything, "prod") == Answer("prod")
    told = Published("models.json", {"prod": "ft:1"})
    live = Live(everything.live.objects, date=NOW, published=told)
    (lineage,) = answer(Everything(LOST, live, KINDS, TERMS), "prod").lineages
    assert (lineage.uses[0].told_by, lineage.uses[0].promotion) == ("models.json", None)
    unknown = state(aliases={PROD: Alias()})
    assert answer(known(unknown, job_seen()), "models.prod") == Answer("models.prod")
    missing = Live({}, published=Published("models.json"))
    assert answer(Everything(unknown, missing, KINDS, TERMS), "") == Answer("")


def test_checkpoints() -> None:
    """By the run that saved it; of another run's model nothing is known."""
    everything = known(FULL, job_seen())
    (lineage,) = answer(everything, "ft:1:ckpt-step-12").lineages
    assert (lineage.step, lineage.training and lineage.training.id) == (12, "job-1")
    assert answer(everything, "ft:9:ckpt-step-12") == Answer("ft:9:ckpt-step-12")


@pytest.mark.parametrize("target", ["file-1", "files.f", DIGEST[:8], DIGEST, DIGEST[:32]])
def test_what_was_trained_on_some_bytes(target: str) -> None:
    """Asked by the file or by the digest; a file tells of itself as well."""
    for of, seen in ((FULL, [file_seen(), job_seen()]), (LOST, [file_seen(), job_seen()])):
        found = answer(known(of, *seen), target)
        assert [one.model for one in found.lineages] == ["ft:1"]
        assert (found.file is not None) == target.startswith("file")
    assert answer(known(FULL, job_seen()), "0" * 8) == Answer("0" * 8)
    assert answer(known(FULL, job_seen()), "ft:foreign") == Answer("ft:foreign")


def test_an_address_is_what_is_recorded_else_the_latest() -> None:
    """Of a lost state the last run at the address."""
    old, new = job_seen(), replace(job_seen(), id="job-2", created_at=NOW + 1, facts={})
    assert training(answer(known(LOST, old, new), "jobs.a")).id == "job-2"
    assert training(answer(known(FULL, old, new), "jobs.a")).id == "job-1"
    odd = State("x", "owner", 1, records={Address("other", "x"): recorded(FILE, "x-1")})
    assert answer(known(odd), "other.x").file


def test_what_an_address_stood_for_before() -> None:
    """A model that was replaced keeps its commit; the address is what it stands for now."""
    older = Earlier(A, job_record(facts=TRAINED | DONE))
    now = recorded(JOB, "job-0", created_at=NOW - 1)
    everything = known(state({A: now}, earlier=(older,)), job_seen())
    assert training(answer(everything, "ft:1")).made.commit == "3ab1f20"
    assert training(answer(everything, "jobs.a")).id == "job-0"

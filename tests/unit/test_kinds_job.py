"""jobs: six pairs of metadata are the marker; the request is what the manifest says."""

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.core.address import Address
from reconciler.core.cost import Work
from reconciler.core.owner import Owner
from reconciler.core.resource import Attempt, Lifecycle, Phase, Resource
from reconciler.errors import ApiError, NotFound, Refused, Unknown
from reconciler.kinds.job import JobKind, job_marker, phase_of, request
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.kind import Make
from tests.support.values import F, G, want
from tests.support.world import Fuse, World, WorldApi

KIND, ADDRESS, DEV = JobKind(), Address("jobs", "bot"), Owner("bots", "dev")
NAMES = frozenset({"bots/dev"})
ENTRY: dict[str, Any] = {
    "model": "gpt-4.1-mini",
    "training_file": "f",
    "validation_file": "g",
    "suffix": "bot",
    "metadata": {"team": "support"},
    "extra": {"trainingType": "GlobalStandard"},
}


def resource(**fields: Any) -> Resource:
    """The desired job; its files are digests of one letter."""
    known = {F: want(F, spec={"sha256": "a" * 64}), G: want(G, spec={"sha256": "b" * 64})}
    return KIND.resolve(ADDRESS, JobSpec.read(ENTRY | fields), {}, known)


def make(wanted: Resource) -> Make:
    """A create of it."""
    ids = {"training_file": "file-1", "validation_file": "file-2"}
    return Make(wanted, DEV, Attempt(2, 3), "op-1", ids, lambda: True)


def test_a_job_is_what_decides_its_model() -> None:
    """Files as their content; what is sent beside it decides nothing."""
    found = resource(generation=2, retry={"max": 1, "on": ["server_error"]}, protect=True)
    assert found.spec == {
        "model": "gpt-4.1-mini",
        "suffix": "bot",
        "extra": {"trainingType": "GlobalStandard"},
        "training_file": "a" * 64,
        "validation_file": "b" * 64,
    }
    assert found.refs == {"training_file": F, "validation_file": G}
    assert (found.generation, found.retry.max, found.retry.on) == (2, 1, ("server_error",))
    assert found.protect
    assert KIND.lifecycle is Lifecycle.RUN
    assert KIND.paths(JobSpec.read(ENTRY)) == ()


@pytest.mark.parametrize(("is_whole", "more"), [(True, {}), (False, {"uncounted": True})])
def test_what_was_counted_is_known_of_a_job(*, is_whole: bool, more: dict[str, Any]) -> None:
    """And whether there was more than that, as its bill is then no measure of the count."""
    data = want(F, spec={"sha256": "a" * 64}, work=Work("", {"estimate": 7}, is_whole, 3))
    entry = {"model": "gpt-4.1-mini", "training_file": "f"}
    found = KIND.resolve(ADDRESS, JobSpec.read(entry), {}, {F: data})
    assert found.facts == {"tokens": {"estimate": 7}, "rows": 3} | more


@pytest.mark.parametrize(
    "fields",
    [{"metadata": None}, {"generation": 2}, {"retry": {"max": 2}}, {"protect": True}],
)
def test_what_does_not_decide_the_model(fields: dict[str, Any]) -> None:
    """The fingerprint stays."""
    assert resource(**fields).fingerprint == resource().fingerprint


@pytest.mark.parametrize(
    "fields",
    [{"model": "x"}, {"seed": 7}, {"suffix": None}, {"extra": None}, {"validation_file": None}],
)
def test_what_decides_the_model(fields: dict[str, Any]) -> None:
    """The fingerprint is another one."""
    assert resource(**fields).fingerprint != resource().fingerprint


def test_the_request_is_what_is_set() -> None:
    """Ids for files, `extra` as it is, our marker beside the user's pairs."""
    wanted = resource()
    sent = request(make(wanted))
    pairs = sent.pop("metadata")
    assert sent == {
        "model": "gpt-4.1-mini",
        "suffix": "bot",
        "training_file": "file-1",
        "validation_file": "file-2",
        "trainingType": "GlobalStandard",
    }
    assert pairs == {
        "team": "support",
        "reconciler_owner": "bots/dev",
        "reconciler_address": "jobs.bot",
        "reconciler_fingerprint": wanted.fingerprint,
        "reconciler_attempt": "2.3",
        "reconciler_op": "op-1",
        "reconciler_data": f"{'a' * 32}.{'b' * 32}",
    }
    bare = request(make(resource(metadata=None, extra=None)))
    assert "trainingType" not in bare
    assert len(bare["metadata"]) == 6


def test_the_marker_reads_back() -> None:
    """For its owner alone."""
    wanted = resource()
    body = request(make(wanted))
    marker = job_marker(body, NAMES)
    assert marker
    assert (marker.address, marker.fingerprint) == (ADDRESS, wanted.fingerprint)
    assert (marker.attempt, marker.op) == (Attempt(2, 3), "op-1")
    assert job_marker(body, frozenset({"bots"})) is None


@pytest.mark.parametrize(
    "damage",
    [
        {"reconciler_attempt": "2"},
        {"reconciler_attempt": "a.b"},
        {"reconciler_address": "bot"},
        {"reconciler_fingerprint": None},
    ],
)
def test_a_damaged_marker_is_none(damage: dict[str, Any]) -> None:
    """People can edit metadata; a job with half a marker is nobody's."""
    pairs = {**request(make(resource()))["metadata"], **damage}
    pairs = {key: text for key, text in pairs.items() if text is not None}
    assert job_marker({"metadata": pairs}, NAMES) is None


@pytest.mark.parametrize("metadata", [None, [], "x", {}])
def test_no_metadata_is_no_marker(metadata: object) -> None:
    """Servers may drop it, or tell something else."""
    assert job_marker({"metadata": metadata}, NAMES) is None


def observed(**fields: Any) -> Any:
    """A job that the API tells like this, in a world that has the model `ft:1`."""
    body = {"id": "job-1", "status": "running", "training_file": "file-1"} | fields
    world = World(jobs={"job-1": body}, fresh={"job-1": 0}, models={"ft:1"})
    seen, *_ = KIND.observe(WorldApi(world, Fuse()), (DEV,))
    assert KIND.fetch(WorldApi(world, Fuse()), "job-1", (DEV,)).body == seen.body
    return seen


def test_a_succeeded_job_is_usable_while_its_model_is_there() -> None:
    """The list of models decides."""
    assert observed(status="succeeded", fine_tuned_model="ft:1").is_usable
    assert not observed(status="succeeded", fine_tuned_model="ft:2").is_usable
    assert observed(status="running").is_usable


@pytest.mark.parametrize("ended", [0, 299, 300])
def test_a_new_model_that_no_list_shows_yet(ended: int) -> None:
    """It is asked for by its name: the cure for one that was deleted is to pay again."""

    class Late(WorldApi):
        def list_models(self) -> list[dict[str, Any]]:
            return []

    body: dict[str, Any] = {"id": "job-1", "status": "succeeded", "fine_tuned_model": "ft:1"}
    body |= {"training_file": "file-1", "finished_at": 1000}
    world = World(jobs={"job-1": body}, fresh={"job-1": 0}, models={"ft:1"}, now=1000 + ended)
    (seen,) = KIND.observe(Late(world, Fuse()), (DEV,))
    assert seen.is_usable is (ended < 300)
    world.models.clear()
    (seen,) = KIND.observe(Late(world, Fuse()), (DEV,))
    assert not seen.is_usable


def test_a_new_model_where_the_endpoint_tells_no_time() -> None:
    """This machine's clock tells what is new; all that a list lacks is never asked for by name."""
    bodies = {
        f"job-{age}": {
            "id": f"job-{age}", "status": "succeeded", "fine_tuned_model": f"ft:{age}",
            "training_file": "file-1", "finished_at": World.now - age,
        }
        for age in (0, 3000, 4000, 90_000)
    }  # fmt: skip
    asked: list[str] = []

    class Silent(WorldApi):
        def now(self) -> None:
            return None

        def list_models(self) -> list[dict[str, Any]]:
            return []

        def retrieve_model(self, model_id: str) -> dict[str, Any]:
            asked.append(model_id)
            return {"id": model_id}

    seen = KIND.observe(Silent(World(jobs=bodies, fresh=dict.fromkeys(bodies, 0)), Fuse()), (DEV,))
    assert {one.id for one in seen if one.is_usable} == {"job-0", "job-3000"}
    assert {*asked} == {"ft:0", "ft:3000"}


def test_a_job_that_ends_while_everything_is_listed() -> None:
    """It has its model: nobody is told that somebody deleted that."""
    body = {"id": "job-1", "status": "running", "training_file": "file-1"}
    world = World(jobs={"job-1": body}, fresh={"job-1": 0})

    class Busy(WorldApi):
        def walk_jobs(self) -> Iterator[list[dict[str, Any]]]:
            world.finish(body)
            yield from super().walk_jobs()

    seen, model = KIND.observe(Busy(world, Fuse()), (DEV,))
    assert (seen.phase, seen.is_usable) == (Phase.READY, True)
    assert (model.kind, model.id) == ("models", seen.facts["fine_tuned_model"])


def test_an_endpoint_without_a_list_of_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing says that a model is gone."""

    def missing(self: WorldApi) -> list[dict[str, Any]]:
        raise NotFound("no such route", status=404)

    monkeypatch.setattr(WorldApi, "list_models", missing)
    assert observed(status="succeeded", fine_tuned_model="ft:2").is_usable


def test_what_a_job_tells() -> None:
    """Its readers, why it failed, and figures for people."""
    seen = observed(
        status="failed",
        validation_file="file-2",
        trained_tokens=0,
        error={"code": "server_error", "message": "try later"},
    )
    assert (seen.phase, seen.reads) == (Phase.FAILED, ("file-1", "file-2"))
    assert (seen.error_code, seen.facts) == ("server_error", {"error": "try later"})


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("validating_files", Phase.IN_PROGRESS), ("paused", Phase.IN_PROGRESS),
        ("succeeded", Phase.READY), ("cancelled", Phase.FAILED),
        ("warming_up", Phase.UNKNOWN), (None, Phase.UNKNOWN),
    ],
)  # fmt: skip
def test_what_a_status_means(status: str | None, phase: Phase) -> None:
    """The set of statuses is open."""
    assert phase_of({"status": status}) is phase


def test_what_the_server_resolved() -> None:
    """Flat, whether it tells a method or the old hyperparameters."""
    said = {"hyperparameters": {"n_epochs": 3}}
    flat = {
        "model": "m-2025-01-01",
        "method.type": "supervised",
        "method.supervised.hyperparameters.n_epochs": 3,
    }
    new = observed(model="m-2025-01-01", method={"type": "supervised", "supervised": said})
    assert KIND.resolved(new) == flat
    assert KIND.resolved(observed(model="m-2025-01-01", **said)) == flat
    assert KIND.resolved(observed(model="m", user_provided_suffix="x")) == {
        "model": "m",
        "suffix": "x",
    }


class Answers:
    """An API whose acts fail in this way, and whose job then tells this status, or nothing."""

    def __init__(self, error: ApiError, status: str | None = "running") -> None:
        self.error, self.status = error, status

    def cancel_job(self, id_: str) -> dict[str, Any]:
        raise self.error

    pause_job = resume_job = cancel_job

    def retrieve_job(self, id_: str) -> dict[str, Any]:
        if self.status is None:
            raise ApiError("the endpoint failed (500)")
        return {"id": id_, "status": self.status}


def cancel(error: ApiError, status: str | None = "running") -> Any:
    """What is left after a cancel that failed in this way."""
    return KIND.remove(Answers(error, status), "job-1", (DEV,))  # type: ignore[arg-type]  # enough


def test_a_cancel() -> None:
    """The answer is the job."""
    world = World(jobs={"job-1": {"id": "job-1", "status": "running"}})
    left = KIND.remove(WorldApi(world, Fuse()), "job-1", (DEV,))
    assert left
    assert left.status == "cancelled"


def test_a_cancel_of_what_ended_meanwhile() -> None:
    """It is left as it is; one that is gone is gone."""
    assert cancel(Refused("too late", status=400), "succeeded").phase is Phase.READY
    assert cancel(Unknown("no reply"), "cancelled").phase is Phase.FAILED
    assert cancel(NotFound("gone", status=404)) is None


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_cancel_that_is_not_allowed(status: int) -> None:
    """The refusal is told as it is; nothing else is asked."""
    with pytest.raises(Refused):
        cancel(Refused("no", status=status), "succeeded")


def test_a_cancel_in_doubt() -> None:
    """While the job still runs, the doubt is what is told."""
    with pytest.raises(Unknown, match="no reply"):
        cancel(Unknown("no reply"))


def test_a_cancel_in_doubt_of_what_cannot_be_read() -> None:
    """That reading failed, too, is not the error to tell."""
    with pytest.raises(Unknown, match="no reply"):
        cancel(Unknown("no reply"), None)


@pytest.mark.parametrize(
    ("pause", "status"),
    [(True, "paused"), (True, "pausing"), (True, "succeeded"), (False, "queued")],
)
def test_a_hold_that_came_about_in_spite_of_its_answer(pause: bool, status: str) -> None:
    """The job is as was wanted, or has ended: nothing is left to do."""
    api: Any = Answers(Unknown("no reply"), status)
    assert KIND.hold(api, "job-1", (DEV,), pause=pause).status == status


@pytest.mark.parametrize(
    ("pause", "status", "error"),
    [
        (True, "running", Unknown("no reply")),
        (False, "paused", Unknown("no reply")),
        (True, "paused", Refused("no", status=403)),
        (True, "paused", NotFound("gone", status=404)),
    ],
)
def test_a_hold_that_failed(pause: bool, status: str, error: ApiError) -> None:
    """The error of the act is told."""
    api: Any = Answers(error, status)
    with pytest.raises(type(error)):
        KIND.hold(api, "job-1", (DEV,), pause=pause)

"""The verbs that a person calls by hand: newest first, pause, delete, validate, save."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from reconciler.api import Api, result_csv
from reconciler.errors import ApiError, NotFound, Refusal, Refused, Unknown, Unsettled
from reconciler.sandbox.pace import INSTANT, Pace
from tests.contract.sandbox_kit import MODEL, dataset, sandbox
from tests.support.api import client, endpoint_at
from tests.support.scripted import Act, Received, Scripted, answer, complaint, http, raw, reset

GRADER = {
    "type": "string_check",
    "name": "exact",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
    "operation": "eq",
}


def listed(*ids: str, more: bool = False) -> Act:
    """One page of a list."""
    return answer(200, {"object": "list", "data": [{"id": i} for i in ids], "has_more": more})


def query(request: Received) -> list[tuple[str, str]]:
    """The parameters that the server saw."""
    return parse_qsl(urlsplit(request.target).query, keep_blank_values=True)


NEWEST: dict[str, tuple[Callable[[Api], object], str, list[tuple[str, str]]]] = {
    "files": (lambda api: api.newest_files(), "/v1/files", [("order", "desc"), ("limit", "20")]),
    "files of a purpose": (
        lambda api: api.newest_files(2, purpose="batch", after="file-9"),
        "/v1/files",
        [("purpose", "batch"), ("order", "desc"), ("limit", "2"), ("after", "file-9")],
    ),
    "jobs": (lambda api: api.newest_jobs(), "/v1/fine_tuning/jobs", [("limit", "20")]),
    "jobs behind": (
        lambda api: api.newest_jobs(2, after="ftjob-9", metadata={"a": "b"}),
        "/v1/fine_tuning/jobs",
        [("metadata[a]", "b"), ("limit", "2"), ("after", "ftjob-9")],
    ),
    "jobs without metadata": (
        lambda api: api.newest_jobs(2, metadata="null"),
        "/v1/fine_tuning/jobs",
        [("metadata", "null"), ("limit", "2")],
    ),
    "events": (
        lambda api: api.job_events("ftjob-1", 2, after="ftevent-9"),
        "/v1/fine_tuning/jobs/ftjob-1/events",
        [("limit", "2"), ("after", "ftevent-9")],
    ),
}


@pytest.mark.parametrize("name", NEWEST)
def test_the_newest_are_one_request(name: str) -> None:
    """Even when there is more, and with every parameter that the API has."""
    call, path, parameters = NEWEST[name]
    with Scripted([listed("c", "b", more=True)]) as server, client(server.base_url) as api:
        assert call(api) == [{"id": "c"}, {"id": "b"}]
        (request,) = server.requests
        assert (urlsplit(request.target).path, query(request)) == (path, parameters)


def test_a_server_that_knows_no_limit_is_cut_short() -> None:
    """As many as were asked for come back."""
    with Scripted([listed("c", "b", "a")]) as server, client(server.base_url) as api:
        assert [file["id"] for file in api.newest_files(2)] == ["c", "b"]


def test_what_is_no_page_holds_no_newest() -> None:
    """An odd answer is not an empty list."""
    with (
        Scripted([answer(200, {})]) as server,
        client(server.base_url) as api,
        pytest.raises(Unsettled),
    ):
        api.newest_jobs()


def test_walks_take_the_order_and_the_filter_to_every_page() -> None:
    """Files oldest first; jobs without metadata."""
    with Scripted([listed("a", more=True), listed("b")]) as server:
        with client(server.base_url) as api:
            assert len([*api.walk_files(order="asc")]) == 2
        assert [query(request)[0] for request in server.requests] == [("order", "asc")] * 2
    with Scripted([listed("a", more=True), listed("b")]) as server:
        with client(server.base_url) as api:
            assert len([*api.walk_jobs("null")]) == 2
        assert [query(request)[0] for request in server.requests] == [("metadata", "null")] * 2


def test_checkpoints_are_walked() -> None:
    """They page as jobs do."""
    with Scripted([listed("c2", more=True), listed("c1")]) as server:
        with client(server.base_url) as api:
            assert [len(page) for page in api.walk_checkpoints("ftjob-1")] == [1, 1]
        assert server.requests[1].target == (
            "/v1/fine_tuning/jobs/ftjob-1/checkpoints?limit=100&after=c2"
        )


@pytest.mark.parametrize("act", ["pause", "resume"])
def test_a_pause_and_a_resumption_are_one_post_without_a_body(act: str) -> None:
    """The answer is the job."""
    job = {"id": "ftjob-1", "status": "paused"}
    with Scripted([answer(200, job)]) as server, client(server.base_url) as api:
        assert getattr(api, f"{act}_job")("ftjob-1") == job
        (request,) = server.requests
        assert (request.method, request.body) == ("POST", b"")
        assert request.target == f"/v1/fine_tuning/jobs/ftjob-1/{act}"


def test_an_act_uses_its_own_connection() -> None:
    """A kept one that the server closed meanwhile would leave a doubt."""
    acts = [raw(http(200, b'{"id":"x"}')), answer(200, {"id": "x"})]
    with Scripted(acts) as server, client(server.base_url) as api:
        api.retrieve_job("x")
        api.pause_job("x")
        assert (server.count("POST"), server.connections) == (1, 2)


def test_a_model_that_is_gone_is_deleted() -> None:
    """Its name stands in the path; a gateway's 404 is no proof."""
    with Scripted([complaint(404, "model_not_found")]) as server, client(server.base_url) as api:
        api.delete_model("ft:gpt-4.1-mini:acme:a/b:1")
        (request,) = server.requests
        assert request.method == "DELETE"
        assert request.target == "/v1/models/ft:gpt-4.1-mini:acme:a%2Fb:1"
    with (
        Scripted([answer(404, {"detail": "Not Found"})]) as server,
        client(server.base_url) as api,
        pytest.raises(Unknown),
    ):
        api.delete_model("ft:gpt-4.1-mini:acme::1")


def test_a_server_that_deletes_no_models_is_not_asked_to() -> None:
    """Its 404 for the path would look like a model that is gone."""
    with Scripted([complaint(404)]) as server, client(endpoint_at(server.base_url, "azure")) as api:
        with pytest.raises(ApiError, match="azure deletes no models") as caught:
            api.delete_model("ft:m:acme::1")
        assert (caught.value.why, server.requests) == ("nothing was sent", [])


def test_a_grader_is_sent_for_validation() -> None:
    """The answer comes back as it is; a refusal has the API's words."""
    acts = [complaint(503), answer(200, {"grader": GRADER}), complaint(400, None, "bad grader")]
    with Scripted(acts) as server, client(server.base_url) as api:
        assert api.validate_grader(GRADER) == {"grader": GRADER}
        assert json.loads(server.requests[-1].body) == {"grader": GRADER}
        assert server.requests[-1].target == "/v1/fine_tuning/alpha/graders/validate"
        with pytest.raises(Refused) as caught:
            api.validate_grader({})
        assert caught.value.why == '"bad grader"'


CSV = b"step,train_loss\n1,0.5\n"
NAMED = ["Content-Disposition: attachment; filename=../../evil"]


def test_content_is_saved_where_the_caller_says(tmp_path: Path) -> None:
    """The server's name for it is not used; what is there is replaced only on demand."""
    target = tmp_path / "metrics.csv"
    act = raw(http(200, CSV, NAMED), goes_on=True)
    with Scripted([complaint(503), act]) as server, client(server.base_url) as api:
        assert api.save_content("file-1", target) == len(CSV)
        assert [path.name for path in tmp_path.iterdir()] == ["metrics.csv"]
        assert target.read_bytes() == CSV
        with pytest.raises(Refusal, match="exists"):
            api.save_content("file-1", target)
        assert len(server.requests) == 2
        assert api.save_content("file-1", target, overwrite=True) == len(CSV)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (raw(http(200, CSV, length=999)), Unknown),
        (reset(after=http(200, CSV, length=999)), Unknown),
        (complaint(404), NotFound),
        (complaint(400, None, "Not allowed to download"), Refused),
    ],
)
def test_a_download_that_fails_leaves_nothing(
    tmp_path: Path, act: Act, error: type[ApiError]
) -> None:
    """Neither half a file nor an empty one."""
    with Scripted([act]) as server, client(server.base_url) as api, pytest.raises(error):
        api.save_content("file-1", tmp_path / "metrics.csv")
    assert list(tmp_path.iterdir()) == []


def test_the_sandbox_serves_every_verb_of_a_trained_job(tmp_path: Path) -> None:
    """Checkpoints, metrics, the grader, and a model that is deleted once or twice."""
    with sandbox(pace=INSTANT) as box, client(box.server.base_url) as api:
        job = box.trained(metadata={"a": "b"})
        assert job.fine_tuned_model is not None
        assert [found["id"] for found in api.newest_jobs(1, metadata={"a": "b"})] == [job.id]
        assert api.newest_jobs(1, metadata="null") == []
        assert [file["id"] for file in api.newest_files(1, purpose="fine-tune")] != []
        checkpoints = [found for page in api.walk_checkpoints(job.id) for found in page]
        assert {found["fine_tuning_job_id"] for found in checkpoints} == {job.id}
        target = tmp_path / "metrics.csv"
        api.save_content(job.result_files[0], target)
        assert result_csv(target.read_bytes()).startswith(b"step,")
        assert api.validate_grader(GRADER)["grader"]["type"] == "string_check"
        with pytest.raises(Refused):
            api.validate_grader({"type": "nonsense"})
        for _ in range(2):
            api.delete_model(job.fine_tuned_model)
        with pytest.raises(Refused, match="403"):
            api.delete_model(MODEL)


def test_the_sandbox_pauses_and_resumes_a_job() -> None:
    """What cannot be done is refused in the API's words."""
    with sandbox(pace=Pace(1.0, 1.0, 1000.0)) as box, client(box.server.base_url) as api:
        job = box.job(training_file=box.upload(dataset()).id)
        with pytest.raises(Refused, match="400"):
            api.resume_job(job.id)
        box.clock.now += 10
        assert api.pause_job(job.id)["status"] == "paused"
        assert api.resume_job(job.id)["status"] == "queued"
        api.cancel_job(job.id)
        with pytest.raises(Refused, match="400"):
            api.pause_job(job.id)

"""The sandbox goes wrong on demand, in every way that the table of faults names."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import urllib3
from openai import APIConnectionError, BadRequestError, RateLimitError
from urllib3.exceptions import HTTPError

from reconciler.sandbox.faults import KINDS
from tests.contract.sandbox_kit import MODEL, PREFERENCES, Box, dataset, sandbox


def _ledger(box: Box, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = box.control("GET", "/ledger")[kind]
    return found


def _create(box: Box, file_id: str) -> urllib3.BaseHTTPResponse:
    return box.send("POST", "/fine_tuning/jobs", {"model": MODEL, "training_file": file_id})


def test_a_limit_may_say_when_to_come_back() -> None:
    """429 with and without `retry-after`, as often as asked, then all is well."""
    with sandbox() as box:
        box.fault("rate_limit", method="GET", path="/v1/files", times=1, retry_after=7)
        box.fault("quota", method="POST", times=1)
        limited = box.send("GET", "/files")
        assert (limited.status, limited.headers["retry-after"]) == (429, "7")
        assert limited.json()["error"]["code"] == "rate_limit_exceeded"
        assert box.send("GET", "/files").status == 200
        with pytest.raises(RateLimitError) as caught:
            box.upload()
        assert caught.value.code == "insufficient_quota"
        assert "retry-after" not in caught.value.response.headers
        box.upload()


@pytest.mark.parametrize(
    ("kind", "status", "made"),
    [
        ("server_error", 500, 0),
        ("overloaded", 503, 0),
        ("denied", 403, 0),
        ("html", 502, 0),
        ("server_error_after", 500, 1),
        ("overloaded_after", 503, 1),
        ("html_after", 502, 1),
    ],
)
def test_an_error_comes_before_or_after_the_effect(kind: str, status: int, made: int) -> None:
    """The answer is an error either way; only the ledger knows what was done."""
    with sandbox() as box:
        file = box.upload()
        box.fault(kind, method="POST", path="/v1/fine_tuning/jobs", times=1)
        answer = _create(box, file.id)
        assert answer.status == status
        is_html = answer.headers["content-type"].startswith("text/html")
        assert is_html == kind.startswith("html")
        assert len(_ledger(box, "jobs")) == made


@pytest.mark.parametrize(("kind", "made"), [("cut", 0), ("cut_after", 1), ("cut_answer", 1)])
def test_a_connection_is_cut_before_or_after_the_effect(kind: str, made: int) -> None:
    """The client sees a broken connection, for jobs and for uploads."""
    with sandbox() as box:
        file = box.upload()
        box.fault(kind, method="POST", times=2)
        with pytest.raises(HTTPError):
            _create(box, file.id)
        with pytest.raises(APIConnectionError):
            box.upload()
        assert len(_ledger(box, "jobs")) == made
        assert len(_ledger(box, "files")) == made + 1
        assert _create(box, file.id).status == 200


def test_a_download_is_cut_in_the_middle() -> None:
    """The client gets fewer bytes than announced."""
    with sandbox() as box:
        file = box.upload()
        box.fault("cut_answer")
        with pytest.raises(HTTPError):
            box.send("GET", f"/files/{file.id}/content")


@pytest.mark.parametrize("kind", ["latency", "latency_after"])
def test_latency_delays_an_answer(kind: str) -> None:
    """A request takes at least so long."""
    with sandbox() as box:
        box.fault(kind, seconds=0.15, times=1)
        began = time.monotonic()
        box.send("GET", "/models")
        assert time.monotonic() - began >= 0.15


@pytest.mark.parametrize("kind", ["latency", "latency_after"])
def test_who_hangs_up_does_not_stop_a_request(kind: str) -> None:
    """What was sent is carried out, sooner or later, though nobody waits for the answer."""
    with sandbox() as box:
        file = box.upload()
        box.fault(kind, seconds=1.5, times=1)
        body = {"model": MODEL, "training_file": file.id}
        with pytest.raises(HTTPError):
            box.send("POST", "/fine_tuning/jobs", body, timeout=1.0)
        deadline = time.monotonic() + 10
        while not _ledger(box, "jobs"):
            assert time.monotonic() < deadline


def test_short_pages_have_more() -> None:
    """Pages hold fewer than asked for, and a walk still meets everything."""
    with sandbox() as box:
        ids = [box.upload().id for _ in range(5)]
        box.fault("short_pages", size=2)
        assert len(box.openai.files.list(limit=4).data) == 2
        assert {file.id for file in box.openai.files.list()} == set(ids)


def test_stuck_and_empty_pages_are_odd() -> None:
    """The same page for ever, and an empty page that says there is more."""
    with sandbox() as box:
        ids = [box.upload().id for _ in range(3)]
        box.fault("stuck_pages")
        pages = [box.send("GET", f"/files?limit=1&after={ids[0]}").json() for _ in range(2)]
        assert [page["data"][0]["id"] for page in pages] == [ids[2], ids[2]]
        assert pages[0]["has_more"] is True
        box.control("DELETE", "/faults")
        box.fault("empty_page")
        page = box.send("GET", "/files").json()
        assert (page["data"], page["has_more"]) == ([], True)


def test_a_cursor_that_is_gone_is_refused_or_starts_over() -> None:
    """A deleted cursor is a 400; the `lost_cursor` fault begins again."""
    with sandbox() as box:
        kept, gone = box.upload(), box.upload()
        box.openai.files.delete(gone.id)
        assert box.send("GET", f"/files?after={gone.id}").status == 400
        box.fault("lost_cursor")
        page = box.send("GET", f"/files?after={gone.id}").json()
        assert [each["id"] for each in page["data"]] == [kept.id]


def test_lists_lag_but_ids_do_not() -> None:
    """Fresh objects are not listed for a while, though they can be fetched."""
    with sandbox() as box:
        box.fault("lag", path="/v1/f*", seconds=10)
        job = box.job()
        assert box.openai.files.list().data == []
        assert box.openai.fine_tuning.jobs.list().data == []
        assert box.openai.files.retrieve(job.training_file).id == job.training_file
        assert box.openai.fine_tuning.jobs.retrieve(job.id).id == job.id
        box.clock.now += 20
        assert len(box.openai.files.list().data) == 2
        assert len(box.openai.fine_tuning.jobs.list().data) == 1


def test_a_young_model_lags_in_chat() -> None:
    """A model may answer not-found for a while after its job succeeded."""
    with sandbox() as box:
        model = box.trained().fine_tuned_model
        box.fault("lag", seconds=7200)
        body = {"model": model, "messages": [{"role": "user", "content": "x"}]}
        assert box.send("POST", "/chat/completions", body).status == 404
        box.clock.now += 7200
        assert box.send("POST", "/chat/completions", body).status == 200


def test_a_young_file_is_not_ready() -> None:
    """400 although it is transient: the create works a little later."""
    with sandbox() as box:
        file = box.upload()
        box.fault("not_ready", seconds=5)
        with pytest.raises(BadRequestError, match="still being processed and is not ready"):
            box.job(training_file=file.id)
        box.clock.now += 6
        box.job(training_file=file.id)


def test_a_job_fails_in_validation_or_in_training() -> None:
    """With the error that was asked for; the training that broke has its figures."""
    with sandbox() as box:
        box.fault("flagged_files", times=1)
        box.fault("broken_jobs", skip=1, code="exceeded_quota", message="No more.", param=None)
        flagged, broken = box.trained(), box.trained()
        assert (flagged.status, broken.status) == ("failed", "failed")
        assert flagged.error
        assert flagged.error.code == "invalid_training_file"
        assert "flagged by our moderation API" in (flagged.error.message or "")
        assert broken.error
        assert (broken.error.code, broken.error.param) == ("exceeded_quota", None)
        jobs = box.openai.fine_tuning.jobs
        told = [event.message for event in jobs.list_events(broken.id, limit=3)]
        assert told[0] == "No more."
        assert told[1].startswith("Step ")
        assert not any(model.id.startswith("ft:") for model in box.openai.models.list())


def test_markers_are_lost() -> None:
    """Uploads lose their names, jobs their metadata, lists their filter."""
    with sandbox() as box:
        box.fault("renamed_files")
        box.fault("dropped_metadata", times=1)
        file = box.upload()
        assert file.filename == "upload.jsonl"
        assert box.job(training_file=file.id, metadata={"k": "v"}).metadata is None
        assert box.openai.fine_tuning.jobs.list(metadata={"k": "v"}).data == []
        box.fault("ignored_filter")
        assert len(box.openai.fine_tuning.jobs.list(metadata={"k": "v"}).data) == 1


def test_answers_hold_the_unknown_and_lack_the_known() -> None:
    """Unknown statuses, unknown fields and missing fields, in lists and single objects."""
    with sandbox() as box:
        job = box.job()
        box.fault("unknown_status")
        box.fault("unknown_fields")
        box.fault("dropped_fields", fields=["method", "has_more"])
        single = box.send("GET", f"/fine_tuning/jobs/{job.id}").json()
        page = box.send("GET", "/fine_tuning/jobs").json()
        for each in (single, page["data"][0]):
            assert each["status"] == "reticulating_splines"
            assert "x_sandbox_unknown" in each
            assert "method" not in each
        assert "has_more" not in page


def test_a_job_says_no_error_in_three_ways() -> None:
    """With `odd_shapes` an error that is none is `{}`, null, or an object of nulls."""
    with sandbox() as box:
        job, shapes = box.job(), []
        box.fault("odd_shapes")
        for _ in range(8):
            shapes.append(box.send("GET", f"/fine_tuning/jobs/{job.id}").json()["error"])
            box.clock.now += 1
        assert shapes[0] == {}
        assert shapes[3] is None
        assert shapes[7] == {"code": None, "message": None, "param": None}


def test_what_is_not_there_is_null() -> None:
    """With `odd_shapes` files, uploads, lists and jobs have nulls, as recorded."""
    with sandbox() as box:
        box.fault("odd_shapes")
        page = box.send("GET", "/files").json()
        assert (page["first_id"], page["last_id"]) == (None, None)
        file = box.send("GET", f"/files/{box.upload(PREFERENCES).id}").json()
        assert (file["expires_at"], file["status_details"]) == (None, None)
        asked = {"filename": "a.txt", "bytes": 1, "purpose": "batch", "mime_type": "text/plain"}
        assert box.send("POST", "/uploads", asked).json()["file"] is None
        wandb = {"type": "wandb", "wandb": {"project": "p"}}
        job = box.job(training_file=file["id"], method={"type": "dpo"}, integrations=[wandb])
        shown = job.model_dump()
        assert shown["hyperparameters"] is None
        assert shown["integrations"][0]["wandb"]["tags"] is None


def test_others_meddle() -> None:
    """A file goes, or a job is cancelled, just before the request that it concerns."""
    with sandbox() as box:
        file = box.upload()
        box.fault("meddle", on="/v1/fine_tuning/jobs", path=f"/v1/files/{file.id}", times=1)
        assert _create(box, file.id).status == 400
        job = box.job()
        path = f"/v1/fine_tuning/jobs/{job.id}/cancel"
        box.fault("meddle", on="/v1/fine_tuning/*", method="POST", path=path, times=1)
        assert box.openai.fine_tuning.jobs.retrieve(job.id).status == "cancelled"


def test_a_fault_can_wait_for_its_turn() -> None:
    """`skip` requests pass, then `times` are hit, then all pass again."""
    with sandbox() as box:
        box.fault("server_error", path="/v1/models", skip=1, times=2)
        statuses = [box.send("GET", "/models").status for _ in range(5)]
        assert statuses == [200, 500, 500, 200, 200]
        assert box.control("GET", "/faults")["faults"][0]["times"] == 0
        assert box.control("DELETE", "/faults") == {"cleared": 1}


def test_faults_reach_every_server_of_a_store(tmp_path: Path) -> None:
    """What one server is told, another obeys."""
    with sandbox(tmp_path / "s.db") as one, sandbox(tmp_path / "s.db") as two:
        one.fault("denied", times=1)
        assert two.send("GET", "/files").status == 403
        assert one.send("GET", "/files").status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "gremlins"},
        {"kind": "latency", "seconds": "long"},
        {"kind": "latency", "seconds": -1},
        {"kind": "latency", "color": "red"},
        {"kind": "latency", "times": "often"},
        {"faults": [3]},
        {"kind": "cut", "path": "/files*"},
        {"kind": "cut", "path": "/v1/files", "method": "get"},
        {"kind": "meddle", "on": "/sandbox/clock"},
        {"faults": [{"kind": "cut"}, {"kind": "cut", "path": "/nowhere"}]},
    ],
)
def test_an_unknown_fault_is_refused(body: dict[str, Any]) -> None:
    """Kinds, parameters, their types and what it acts on are checked when one is switched on."""
    with sandbox() as box:
        url = box.server.control_url + "/faults"
        assert box.pool.request("POST", url, json=body).status == 400
        assert box.control("GET", "/faults") == {"faults": []}


_OF_ALL_KINDS: list[Callable[[Box], object]] = [
    lambda box: box.send("GET", "/files"),
    lambda box: box.send("GET", "/fine_tuning/jobs"),
    lambda box: box.send("GET", "/models"),
]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("cut")])
def test_every_fault_can_be_switched_on_as_it_is(kind: str) -> None:
    """The defaults of each kind work on any request."""
    with sandbox() as box:
        box.upload(dataset())
        more = {"seconds": 0.0} if kind.startswith("latency") else {}
        box.fault(kind, **more)
        for request in _OF_ALL_KINDS:
            request(box)


def test_the_clock_moves_the_date_of_answers() -> None:
    """An advance counts for every answer from then on."""
    with sandbox() as box:
        box.control("POST", "/clock", {"advance": 90})
        told = parsedate_to_datetime(box.send("GET", "/models").headers["date"]).timestamp()
        assert told == box.clock.now + 90
        assert box.upload().created_at == box.clock.now + 90

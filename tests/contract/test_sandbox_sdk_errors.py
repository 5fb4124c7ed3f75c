"""The official Python client, synchronous and asynchronous, meets every error of the API."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import openai
import pytest

from tests.contract.sandbox_kit import MODEL, Box, dataset, sandbox
from tests.contract.sdk_kit import KINDS, Sdk, drive

JOBS = "/v1/fine_tuning/jobs"
HELLO = [{"role": "user", "content": "hello"}]


def _upload(sdk: Sdk, content: bytes, **more: Any) -> Any:
    return sdk.client.files.create(**{"file": ("a.jsonl", content), "purpose": "fine-tune"} | more)


def _train(sdk: Sdk, **more: Any) -> Any:
    return sdk.client.fine_tuning.jobs.create(
        **{"model": MODEL, "training_file": sdk.box.upload().id} | more
    )


def _models(sdk: Sdk) -> Any:
    return sdk.client.models.list()


@dataclass(frozen=True)
class Error:
    """A call that fails: the error of the client, its figures, and the faults behind it."""

    name: str
    call: Callable[[Sdk], Any]
    status: int
    message: str = ""
    code: str | None = None
    param: str | None = None
    type: str | None = "invalid_request_error"
    fault: dict[str, Any] = field(default_factory=dict)


def _fault(status: int, kind: str, type_: str, code: str | None = None, **more: Any) -> Error:
    """An error that no request brings about by itself."""
    given = {"status": status, "type": type_, "code": code} | more
    return Error(code or kind, _models, status, "", code, None, type_, {"kind": kind} | given)


_QUOTA = "insufficient_quota"
ERRORS = (
    Error("not jsonl", lambda sdk: _upload(sdk, b"no\n"), 400, "Expected file to have JSONL forma"),
    Error("empty", lambda sdk: _upload(sdk, b""), 400, "File is empty", None, "file"),
    Error(
        "purpose",
        lambda sdk: _upload(sdk, dataset(), purpose="homework"),
        *(400, "Invalid value", "invalid_value", "purpose"),
    ),
    Error(
        "expiry",
        lambda sdk: _upload(sdk, b"x", expires_after={"anchor": "created_at", "seconds": 1}),
        *(400, "below minimum", "integer_below_min_value", "expires_after.seconds"),
    ),
    Error(
        "secret",
        lambda sdk: sdk.client.files.content(
            sdk.box.openai.files.create(file=("a", b"x"), purpose="assistants").id
        ),
        *(400, "Not allowed to download files of purpose: assistants"),
    ),
    Error(
        "page",
        lambda sdk: sdk.client.files.list(limit=0),
        *(400, "below minimum", "integer_below_min_value", "limit"),
    ),
    Error(
        "cursor",
        lambda sdk: sdk.client.fine_tuning.jobs.list(after="ftjob-x"),
        *(400, "no object with id 'ftjob-x'", None, "after"),
    ),
    Error(
        "untunable",
        lambda sdk: _train(sdk, model="gpt-5"),
        *(400, "is not available for fine-tuning", "model_not_available", "model"),
    ),
    Error(
        "unknown base",
        lambda sdk: _train(sdk, model="gpt-9"),
        *(400, "does not exist", "model_not_found", "model"),
    ),
    Error(
        "too young",
        _train,
        *(400, "is still being processed and is not ready", None, "training_file"),
        fault={"kind": "not_ready"},
    ),
    Error(
        "ended",
        lambda sdk: sdk.client.fine_tuning.jobs.cancel(sdk.box.trained().id),
        *(400, "already completed", None, "fine_tune_id"),
    ),
    Error(
        "parts",
        lambda sdk: sdk.client.uploads.complete(
            sdk.box.openai.uploads.create(
                filename="a", bytes=2, purpose="batch", mime_type="text/plain"
            ).id,
            part_ids=["part_x"],
        ),
        *(400, "No such part", None, "part_ids"),
    ),
    Error(
        "grader",
        lambda sdk: sdk.client.fine_tuning.alpha.graders.validate(grader={"type": "python"}),
        *(400, "Missing required", "missing_required_parameter", "grader.name"),
    ),
    Error(
        "no key",
        lambda sdk: sdk.client.models.list(extra_headers={"authorization": "none"}),
        *(401, "You didn't provide an API key"),
    ),
    Error(
        "base model",
        lambda sdk: sdk.client.models.delete(MODEL),
        *(403, "permission", None, "model"),
    ),
    Error(
        "no file",
        lambda sdk: sdk.client.files.retrieve("file-x"),
        *(404, "No such File object: file-x", None, "id"),
    ),
    Error(
        "no job",
        lambda sdk: sdk.client.fine_tuning.jobs.retrieve("ftjob-x"),
        *(404, "Could not find fine tune: ftjob-x", "fine_tune_not_found", "fine_tune_id"),
    ),
    Error(
        "no model",
        lambda sdk: sdk.client.models.retrieve("ft:x"),
        *(404, "The model 'ft:x' does not exist", "model_not_found", "model"),
    ),
    Error(
        "no chat",
        lambda sdk: sdk.client.chat.completions.create(model="ft:x", messages=HELLO),
        *(404, "does not exist", "model_not_found", "model"),
    ),
    Error(
        "no upload",
        lambda sdk: sdk.client.uploads.cancel("upload_x"),
        *(404, "No such Upload object: upload_x", None, "upload_id"),
    ),
    Error("no path", lambda sdk: sdk.client.get("/nope", cast_to=object), 404, "Invalid URL"),
    Error("no method", lambda sdk: sdk.client.put("/files", cast_to=object), 405, "Not allowed"),
    _fault(401, "denied", "invalid_request_error", "invalid_api_key"),
    _fault(403, "denied", "invalid_request_error", "unsupported_country_region_territory"),
    _fault(409, "denied", "invalid_request_error", "conflict"),
    _fault(413, "denied", "invalid_request_error", "too_large"),
    _fault(422, "denied", "invalid_request_error", "unprocessable"),
    _fault(429, "rate_limit", "requests", "rate_limit_exceeded", retry_after=1),
    _fault(429, "rate_limit", "requests", "slow_down"),
    *(
        _fault(429, "quota", _QUOTA, code)
        for code in (
            *("insufficient_quota", "credit_balance_exhausted"),
            *("organization_spend_limit_exceeded", "project_spend_limit_exceeded"),
            "organization_usage_limit_exceeded",
        )
    ),
    _fault(500, "server_error", "server_error"),
    _fault(503, "overloaded", "service_unavailable_error", "server_is_overloaded"),
)
CLASSES: dict[int, type[openai.APIStatusError]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    503: openai.InternalServerError,
}


@pytest.fixture(scope="module")
def shared() -> Iterator[Box]:
    """One simulator for all the errors."""
    with sandbox() as box:
        yield box


@pytest.fixture
def box(shared: Box) -> Box:
    """The simulator without any fault."""
    shared.control("DELETE", "/faults")
    return shared


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.name)
def test_an_error_reaches_the_client(box: Box, error: Error, kind: str) -> None:
    """It is of the client's class for it, with the API's message, type, code and parameter."""

    async def step(sdk: Sdk) -> None:
        await sdk.every(error.call(sdk))

    if error.fault:
        box.fault(**error.fault)
    with pytest.raises(CLASSES.get(error.status, openai.APIStatusError)) as caught:
        drive(kind, box, step)
    found = caught.value
    assert (found.status_code, found.code, found.param) == (error.status, error.code, error.param)
    assert found.type == error.type
    assert error.message in found.message
    assert found.request_id is not None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "cut"}, openai.APIConnectionError),
        ({"kind": "cut_after"}, openai.APIConnectionError),
        ({"kind": "cut_answer"}, openai.APIConnectionError),
        ({"kind": "html"}, openai.InternalServerError),
        ({"kind": "latency", "seconds": 5.0}, openai.APITimeoutError),
    ],
)
def test_what_is_no_answer_is_an_error_too(
    box: Box, fault: dict[str, Any], error: type[Exception], kind: str
) -> None:
    """Cut connections, pages of a gateway and answers that do not come."""
    # What comes at once may take its time on a machine that has none.
    timeout = 0.3 if error is openai.APITimeoutError else 30.0

    async def step(sdk: Sdk) -> None:
        await sdk.every(_models(sdk))

    box.fault(**fault)
    with pytest.raises(error):
        drive(kind, box, step, timeout=timeout)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "made"),
    [
        ({"kind": "cut_after", "times": 2}, 3),
        ({"kind": "overloaded_after", "times": 2, "headers": {"retry-after-ms": "1"}}, 3),
        ({"kind": "overloaded_after", "times": 1, "headers": {"x-should-retry": "false"}}, 1),
        ({"kind": "overloaded", "times": 2, "headers": {"retry-after-ms": "1"}}, 1),
    ],
)
def test_a_client_that_tries_again_pays_again(fault: dict[str, Any], made: int, kind: str) -> None:
    """Nothing is idempotent: each request that was carried out has made a job."""

    async def step(sdk: Sdk) -> None:
        try:
            await sdk.do(_train(sdk))
        except openai.APIStatusError:
            assert fault["headers"] == {"x-should-retry": "false"}

    with sandbox() as box:
        box.fault(**fault, method="POST", path=JOBS)
        drive(kind, box, step, max_retries=2)
        assert len(box.control("GET", "/ledger")["jobs"]) == made

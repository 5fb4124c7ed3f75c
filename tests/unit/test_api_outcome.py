import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api import Endpoint, is_final_quota, is_still_processing
from reconciler.api.call import Call
from reconciler.api.outcome import accept, done, done_object, unreachable
from reconciler.api.reply import Reply
from reconciler.errors import ApiError, NotFound, Refused, Unknown, details

KEY = "sk-0123456789"
ENDPOINT = Endpoint("openai", "https://api.openai.com/v1", None, None, KEY, "OPENAI_API_KEY")
LIST = Call("GET", "/files")
CREATE = Call("POST", "/fine_tuning/jobs")


def told(call: Call, status: int, body: object, kind: str = "application/json") -> ApiError:
    """The error that an answer means."""
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    with pytest.raises(ApiError) as caught:
        accept(ENDPOINT, call, Reply(status, {"content-type": kind}, data))
    return caught.value


def envelope(**error: object) -> dict[str, object]:
    """The API's JSON error."""
    return {"error": error}


def test_a_wrong_key_is_told_without_it() -> None:
    """What, where, why and cure of a 401."""
    message = f"Incorrect API key provided: {KEY}"
    error = told(LIST, 401, envelope(message=message, code="invalid_api_key"))
    assert dict(details(error)) == {
        "what": "the endpoint refused the key (401 invalid_api_key)",
        "where": "GET https://api.openai.com/v1/files, key from OPENAI_API_KEY (13 characters)",
        "why": '"Incorrect API key provided: [key]"',
        "cure": "set OPENAI_API_KEY to a key of this endpoint; see reconciler doctor",
    }


def test_a_missing_api_is_told_by_what_answered() -> None:
    """A 404 page on a path that every API has means that it is not served."""
    page = "<html><head><title>Not Found</title></head></html>"
    error = told(Call("GET", "/fine_tuning/jobs"), 404, page, "text/html; charset=utf-8")
    assert type(error) is Unknown
    assert error.what == "this endpoint has no fine-tuning API"
    assert error.where == (
        'GET https://api.openai.com/v1/fine_tuning/jobs: 404, text/html, "Not Found"'
    )


def test_a_spent_quota_is_final() -> None:
    """The words say that it is not tried again."""
    error = told(CREATE, 429, envelope(message="no credit", type="insufficient_quota"))
    assert error.what == "the endpoint refused the job (429 insufficient_quota); not tried again"
    assert error.code == "insufficient_quota"
    assert is_final_quota(error.code)
    assert not is_final_quota("rate_limit_exceeded")


def test_a_closed_platform_is_told_on_a_403() -> None:
    """An account that may not train any more learns why."""
    error = told(CREATE, 403, envelope(message="not allowed"))
    assert error.what == "the endpoint refused the job (403)"
    assert "no longer takes new fine-tuning jobs" in error.cure


def test_a_file_in_processing_is_recognised() -> None:
    """The API gives no code for it, only a sentence."""
    message = "File 'file-1' is still being processed and is not ready to be used."
    assert is_still_processing(told(CREATE, 400, envelope(message=message)))
    assert not is_still_processing(told(CREATE, 400, envelope(message="bad file")))


def test_the_apis_own_words_are_kept() -> None:
    """Status, code, param and message of the envelope."""
    error = told(LIST, 404, envelope(message="No such File object", param="id", code=None))
    assert type(error) is NotFound
    assert (error.status, error.code, error.param) == (404, None, "id")
    assert error.why == '"No such File object"'


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        {"detail": "Not Found"},
        {"message": "Forbidden"},
        {"error": "model not found"},
        {"error": None},
        {"error": {}},
        {"error": {"message": ""}},
        {"error": {"message": 5, "code": 7}},
    ],
)
def test_only_the_apis_own_error_is_a_refusal(body: object) -> None:
    """A gateway's words prove nothing about what the API did."""
    assert type(told(CREATE, 400, body)) is Unknown
    assert type(told(Call("GET", "/files/file-1"), 404, body)) is Unknown


def test_which_statuses_say_that_nothing_was_done() -> None:
    """These with the API's own error, and no others: all else may have been done."""
    errors = {status: told(CREATE, status, envelope(message="no")) for status in range(300, 600)}
    refusals = {status for status, error in errors.items() if isinstance(error, Refused)}
    assert refusals == {400, 401, 403, 404, 413, 422, 429}
    assert all(isinstance(errors[status], Unknown) for status in errors.keys() - refusals)


@given(st.integers(100, 599), st.binary(max_size=300), st.text(max_size=20))
def test_every_odd_answer_has_an_outcome(status: int, body: bytes, kind: str) -> None:
    """Bytes that are no object lead to no other exception, and every text is fit to show."""
    reply = Reply(status, {"content-type": kind}, body)
    with pytest.raises((Refused, Unknown)) as caught:
        done_object(ENDPOINT, CREATE, reply)
    assert caught.value.status == status
    assert all(part.isprintable() for part in details(caught.value).values())


@given(st.integers(300, 599), st.text(), st.text())
def test_no_message_of_a_server_can_harm(status: int, message: str, code: str) -> None:
    """Texts of the envelope are bounded and escaped, whatever they hold."""
    body = json.dumps(envelope(message=message + KEY, code=code, param=message)).encode()
    with pytest.raises(ApiError) as caught:
        done(ENDPOINT, CREATE, Reply(status, {"location": message}, body))
    shown = [*details(caught.value).values(), caught.value.code or "", caught.value.param or ""]
    assert all(part.isprintable() and len(part) < 700 and KEY not in part for part in shown)


def test_an_unreachable_endpoint_is_told_with_its_cause() -> None:
    """The host, the cause, and that nothing was sent."""
    error = unreachable(ENDPOINT, "the connection was refused")
    assert error.what == "cannot reach api.openai.com"
    assert error.why == "the connection was refused"
    assert error.cure.endswith("nothing was sent")


def test_a_key_that_is_echoed_is_no_part_of_an_answer() -> None:
    """However its slashes are written."""
    key = "a/key/of-some/20-characters"
    endpoint = Endpoint("compatible", "https://x.example/v1", None, None, key, "OPENAI_API_KEY")
    for written in (key, key.replace("/", "\\/")):
        reply = Reply(200, {}, f'{{"id": "x", "said": "it was {written}."}}'.encode())
        assert done(endpoint, LIST, reply)["said"] == "it was [key]."

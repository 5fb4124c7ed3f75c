"""Each verb against a server that answers as the API does: what is sent, what comes back."""

import io
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlsplit

import pytest

from reconciler.api import Endpoint
from reconciler.api.wire import Limits
from reconciler.core.owner import Owner
from reconciler.errors import NotFound, Refusal, Refused, Unknown
from reconciler.kinds import KINDS
from tests.support.api import FakeTime, client, endpoint_at
from tests.support.canary import KEY
from tests.support.scripted import Act, Peer, Received, Scripted, answer, complaint, echo, http, raw


def listed(*ids: str, more: bool = False) -> Act:
    """One page of a list."""
    return answer(200, {"object": "list", "data": [{"id": i} for i in ids], "has_more": more})


def query(request: Received) -> list[tuple[str, str]]:
    """The parameters that the server saw."""
    return parse_qsl(urlsplit(request.target).query, keep_blank_values=True)


def test_files_are_walked_with_the_largest_page_and_a_cursor() -> None:
    """The next page begins after the id of the last item."""
    with Scripted([listed("a", "b", more=True), listed("c")]) as server:
        with client(server.base_url) as api:
            pages = [[entry["id"] for entry in page] for page in api.walk_files("fine-tune")]
        assert pages == [["a", "b"], ["c"]]
        first, second = server.requests
        assert query(first) == [("purpose", "fine-tune"), ("limit", "10000")]
        assert query(second) == [*query(first), ("after", "b")]
        assert server.connections == 1


def test_a_refused_page_size_falls_back_to_the_servers_own() -> None:
    """A 400 on the first page is asked again without a limit, and the rest too."""
    with Scripted([complaint(400), listed("a", more=True), listed("b")]) as server:
        with client(server.base_url) as api:
            assert sum(len(page) for page in api.walk_jobs()) == 2
        assert [query(request) for request in server.requests] == [
            [("limit", "100")],
            [],
            [("after", "a")],
        ]


def test_jobs_are_filtered_by_metadata_as_the_api_spells_it() -> None:
    """A metadata filter is a deep object in the query."""
    with Scripted([listed()]) as server, client(server.base_url) as api:
        assert list(api.walk_jobs({"reconciler_owner": "a/b", "x": ""})) == []
        assert query(server.requests[0])[:2] == [
            ("metadata[reconciler_owner]", "a/b"),
            ("metadata[x]", ""),
        ]


def test_what_is_looked_at_is_never_filtered() -> None:
    """Only a whole list proves that something is absent; a server's filter may be wrong."""
    with Scripted([listed(), listed(), listed()]) as server, client(server.base_url) as api:
        for kind in KINDS:
            assert list(kind.observe(api, (Owner("bots"),))) == []
        asked = {name for request in server.requests for name, _ in query(request)}
        assert asked <= {"limit", "after"}


def test_retrieving_one_object_names_it_in_the_path() -> None:
    """Ids stand in the path, the colons of a model's name unescaped."""
    with Scripted([answer(200, {"id": "x"})]) as server, client(server.base_url) as api:
        api.retrieve_file("file-1")
        api.retrieve_job("ftjob-1")
        api.retrieve_model("ft:gpt-4o-mini:org::abc")
        api.retrieve_model("meta/llama")
        assert [request.target for request in server.requests] == [
            "/v1/files/file-1",
            "/v1/fine_tuning/jobs/ftjob-1",
            "/v1/models/ft:gpt-4o-mini:org::abc",
            "/v1/models/meta%2Fllama",
        ]


@pytest.mark.parametrize("odd", ["", "..", "../files", "a/b", "a?b", "a b", "é", "x" * 513])
def test_an_id_that_could_name_another_path_is_not_sent(odd: str) -> None:
    """An empty id would delete from the collection; nothing is sent."""
    with Scripted([answer(200, {"id": "x"})]) as server, client(server.base_url) as api:
        with pytest.raises(Refusal, match="is not an id"):
            api.delete_file(odd)
        assert server.requests == []


@pytest.mark.parametrize(
    "act",
    [
        answer(200, {"id": "file-1", "object": "file", "deleted": True}),
        complaint(404),
        raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
def test_a_delete_of_what_is_gone_succeeds(act: Act) -> None:
    """Deleted now, deleted before, or deleted without a body: all the same."""
    with Scripted([act]) as server, client(server.base_url) as api:
        api.delete_file("file-1")
        assert server.count("DELETE") == 1


@pytest.mark.parametrize(
    "told", [{"deleted": False}, {"deleted": "false"}, {"error": {"message": "in use"}}]
)
def test_a_delete_that_deleted_nothing_is_an_error(told: dict[str, object]) -> None:
    """`deleted: false` is no success, nor is what went wrong."""
    with (
        Scripted([answer(200, {"id": "file-1", **told})]) as server,
        client(server.base_url) as api,
        pytest.raises(Unknown, match="not the API's"),
    ):
        api.delete_file("file-1")


def test_content_is_streamed_and_retried_before_its_first_byte() -> None:
    """A fault before the first byte is retried; the bytes arrive once."""
    content = bytes(range(256)) * 4096
    with Scripted([complaint(503), raw(http(200, content), goes_on=True)]) as server:
        sink = io.BytesIO()
        with client(server.base_url, limits=Limits(5, 5, body=1000)) as api:
            assert api.file_content("file-1", sink) == len(content)
        assert sink.getvalue() == content
        assert server.requests[-1].target == "/v1/files/file-1/content"


@pytest.mark.parametrize("has_length", [True, False])
def test_an_answer_that_is_too_large_is_asked_for_once(has_length: bool) -> None:
    """It would be no smaller; where it tells its length none of it is waited for."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    begun = head + b"Content-Length: 1001\r\n\r\n{" if has_length else head + b"\r\n" + b"x" * 1001
    limits = Limits(5, 60, body=1000)
    with Scripted([raw(begun, goes_on=has_length)]) as server:
        with client(server.base_url, limits=limits) as api, pytest.raises(Unknown) as caught:
            api.retrieve_file("file-1")
        assert len(server.requests) == 1
    assert caught.value.what.startswith("no usable answer from ")
    assert caught.value.why == "the answer is too large: more than 1,000 bytes"
    assert caught.value.cure.startswith("check provider.base_url: is it this server")


def test_content_that_breaks_off_is_not_begun_again() -> None:
    """Bytes that were written are not written twice."""
    with Scripted([raw(http(200, b"abc", length=9))]) as server, client(server.base_url) as api:
        sink = io.BytesIO()
        with pytest.raises(Unknown) as caught:
            api.file_content("file-1", sink)
        assert (sink.getvalue(), len(server.requests)) == (b"abc", 1)
        assert caught.value.why == "the reply broke off"


def test_content_of_a_missing_file_is_not_found() -> None:
    """The error's body does not land in the sink."""
    with Scripted([complaint(404)]) as server, client(server.base_url) as api:
        sink = io.BytesIO()
        with pytest.raises(NotFound):
            api.file_content("file-1", sink)
        assert sink.getvalue() == b""


def test_a_cancellation_is_one_post_without_a_body() -> None:
    """The answer is the job."""
    job = {"id": "ftjob-1", "status": "cancelled"}
    with Scripted([answer(200, job)]) as server, client(server.base_url) as api:
        assert api.cancel_job("ftjob-1") == job
        request = server.requests[0]
        assert (request.method, request.target) == ("POST", "/v1/fine_tuning/jobs/ftjob-1/cancel")
        assert (request.headers["content-length"], request.body) == ("0", b"")


def test_the_newest_events_are_one_request() -> None:
    """Only the first page is read, even when there is more."""
    with Scripted([listed("e2", "e1", more=True)]) as server, client(server.base_url) as api:
        assert [event["id"] for event in api.job_events("ftjob-1", 2)] == ["e2", "e1"]
        assert server.requests[0].target == "/v1/fine_tuning/jobs/ftjob-1/events?limit=2"
        assert len(server.requests) == 1


def test_all_events_are_walked() -> None:
    """Events page as jobs do."""
    with (
        Scripted([listed("e2", more=True), listed("e1")]) as server,
        client(server.base_url) as api,
    ):
        assert [len(page) for page in api.walk_job_events("ftjob-1")] == [1, 1]


def test_models_are_one_request() -> None:
    """The models list has no pages and does not say `has_more`."""
    act = answer(200, {"object": "list", "data": [{"id": "m1"}, {"id": "m2"}]})
    with Scripted([act]) as server, client(server.base_url) as api:
        assert [model["id"] for model in api.list_models()] == ["m1", "m2"]
        assert [request.target for request in server.requests] == ["/v1/models"]


def test_a_chat_sends_its_body_again_after_a_passing_fault() -> None:
    """The same body goes out with each attempt."""
    body = {"model": "m", "messages": [{"role": "user", "content": "hé"}]}
    with Scripted([complaint(429), answer(200, {"id": "c", "choices": []})]) as server:
        with client(server.base_url) as api:
            assert api.chat(body)["choices"] == []
        assert [json.loads(request.body) for request in server.requests] == [body, body]


def test_a_created_job_is_what_the_api_answered() -> None:
    """Any 2xx with an object is a success; the op goes along as a header."""
    job = {"id": "ftjob-1", "status": "validating_files", "extra": [None, 1.5]}
    with Scripted([answer(201, job)]) as server, client(server.base_url) as api:
        with api.dial() as line:
            assert line.create_job({"model": "m"}, op="op-7") == job
            with pytest.raises(RuntimeError):
                line.create_job({"model": "m"}, op="op-7")
        request = server.requests[0]
        assert json.loads(request.body) == {"model": "m"}
        assert request.headers["idempotency-key"] == "op-7"
        assert server.count("POST") == 1


def test_a_create_uses_its_own_connection() -> None:
    """The kept connection of an earlier read is not used for it."""
    with Scripted([answer(200, {"id": "x"})]) as server, client(server.base_url) as api:
        api.retrieve_file("x")
        with api.dial() as line:
            line.create_job({}, op="op-1")
        assert server.connections == 2


def test_an_intent_whose_time_is_over_is_not_sent() -> None:
    """`may_send` is asked last, and a no leaves nothing sent."""
    with Scripted([answer(200, {"id": "x"})]) as server, client(server.base_url) as api:
        with api.dial() as line, pytest.raises(Exception, match="came too late"):
            line.create_job({}, op="op-1", may_send=lambda: False)
        assert server.requests == []


def test_every_request_says_who_asks() -> None:
    """Key, organization, project and program are in the headers; bodies stay uncompressed."""
    with Scripted([answer(200, {"id": "x"})]) as server:
        endpoint = Endpoint("openai", server.base_url, "org-1", "proj-1", KEY, "OPENAI_API_KEY")
        with client(endpoint) as api:
            api.retrieve_file("x")
        headers = server.requests[0].headers
        assert headers["authorization"] == f"Bearer {KEY}"
        assert headers["openai-organization"] == "org-1"
        assert headers["openai-project"] == "proj-1"
        assert headers["user-agent"].startswith("reconciler/")
        assert headers["accept-encoding"] == "identity"


def test_azure_has_its_own_key_header() -> None:
    """The dialect says in which header the key goes."""
    with Scripted([answer(200, {"id": "x"})]) as server:
        with client(endpoint_at(server.base_url, "azure")) as api:
            api.retrieve_file("x")
        headers = server.requests[0].headers
        assert headers["api-key"] == KEY
        assert "authorization" not in headers


def test_a_redirect_is_not_followed_and_takes_no_key_along() -> None:
    """The place that it points to gets no request."""
    with Scripted([answer(200, {"id": "x"})]) as elsewhere:
        location = f"Location: {elsewhere.base_url}/files/x"
        with (
            Scripted([answer(302, {}, location)]) as server,
            client(server.base_url) as api,
            pytest.raises(Unknown) as caught,
        ):
            api.retrieve_file("x")
        assert elsewhere.requests == []
    assert caught.value.what == "the endpoint redirects (302), which is not followed"
    assert "localhost" in caught.value.why


def test_retry_after_is_waited_out_and_backoff_grows() -> None:
    """The server's own wait is used where it gives one, else jitter on a doubling bound."""
    asks = complaint(429, None, "slow", "Retry-After: 7")
    acts = [asks, complaint(500), complaint(500), answer(200, {"id": "x"})]
    time = FakeTime()
    with Scripted(acts) as server, client(server.base_url, time=time) as api:
        api.retrieve_file("x")
    assert time.pauses == [7.25, 1.0, 2.0]


@pytest.mark.parametrize("asked", ["0", "-5"])
def test_a_server_that_asks_for_no_wait_is_given_time(asked: str) -> None:
    """Else all tries would be over within a second."""
    asks = complaint(429, None, "slow", f"Retry-After: {asked}")
    time = FakeTime()
    with (
        Scripted([asks, asks, asks, answer(200, {"id": "x"})]) as server,
        client(server.base_url, time=time) as api,
    ):
        api.retrieve_file("x")
    assert time.pauses == [0.5, 1.0, 2.0]


def test_an_interim_answer_shifts_no_other() -> None:
    """What comes after it on that connection is not taken for the answer to the next request."""
    hinted: list[socket.socket] = []

    def hint(peer: Peer) -> bool:
        hinted.append(peer.sock)
        peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        return True

    def late(peer: Peer) -> bool:
        return (answer(200, {"id": "a"}) if peer.sock in hinted else echo()).do(peer)

    with Scripted([Act(hint), Act(late)]) as server, client(server.base_url) as api:
        with pytest.raises(Unknown):
            api.retrieve_file("a")
        assert api.retrieve_file("b")["id"] == "b"


def test_a_wait_of_more_than_two_minutes_is_told_and_not_waited() -> None:
    """The person learns the time and the command ends."""
    act = complaint(429, "rate_limit_exceeded", "slow", "Retry-After: 900")
    time = FakeTime()
    with (
        Scripted([act]) as server,
        client(server.base_url, time=time) as api,
        pytest.raises(Refused) as caught,
    ):
        api.retrieve_file("x")
    assert caught.value.cure == "the endpoint asks to wait 900 s; run the same command then"
    assert time.pauses == []


def test_the_apis_clock_comes_from_its_date_header() -> None:
    """Before there are answers there is no time, and a strange one is asked for twice."""
    act = answer(200, {"id": "x"}, "Date: Tue, 15 Nov 1994 08:12:31 GMT")
    time = FakeTime()
    with Scripted([act, act]) as server, client(server.base_url, time=time) as api:
        for _ in range(2):
            assert api.now() is None
            api.retrieve_file("x")
        assert api.now() == 784_887_151
        time.pause(60.5)
        assert api.now() == 784_887_211


def test_eight_threads_share_one_client() -> None:
    """Each answer reaches the thread that asked, and connections are kept."""
    names = [f"file-{number}" for number in range(64)]
    with Scripted([echo()]) as server, client(server.base_url) as api:
        with ThreadPoolExecutor(8) as threads:
            assert [answer["id"] for answer in threads.map(api.retrieve_file, names)] == names
        assert len(server.requests) == 64
        assert server.connections <= 8


def test_a_kept_connection_that_the_server_closed_is_not_used() -> None:
    """The next call connects anew, without an attempt lost."""
    acts = [raw(http(200, b'{"id":"x"}')), answer(200, {"id": "y"})]
    time = FakeTime()
    with Scripted(acts) as server, client(server.base_url, time=time) as api:
        api.retrieve_file("x")
        while api.transport._kept[0].is_quiet():
            pass
        api.retrieve_file("y")
        assert (len(server.requests), server.connections, time.pauses) == (2, 2, [])

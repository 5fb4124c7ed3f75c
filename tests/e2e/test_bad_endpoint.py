"""Keys, hosts and answers that are wrong: told in four parts, nothing sent, nothing shown."""

import sys
from typing import Any

import pytest

from reconciler.api.outcome import unreachable
from reconciler.cli.verbs.watcher import Moment, Watcher
from tests.support.canary import KEY
from tests.support.cli import Project, Sandbox
from tests.support.distorted import distorted

pytestmark = pytest.mark.usefixtures("impatient")


def test_no_key(demo: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that holds the key is named."""
    monkeypatch.delenv("OPENAI_API_KEY")
    demo.save(provider={"kind": "openai"})
    error = demo.run("plan").ended(1).error
    assert error["what"] == "no key for openai"
    assert error["why"] == "OPENAI_API_KEY is not set"
    assert "OPENAI_API_KEY" in error["cure"]
    assert "sandbox" in error["cure"]


def test_a_key_with_a_newline(demo: Project) -> None:
    """A key that was read with its newline is told before anything is sent."""
    demo.save(provider={"kind": "openai"})
    error = demo.run("plan", OPENAI_API_KEY=f"{KEY}\n").ended(1).error
    assert error["why"] == "it has white space at an end, perhaps a newline from a file"


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ({"kind": "compatible", "base_url": "https://llm.example/v1"}, "llm.example"),
        ({"kind": "openai", "base_url": "https://api.openai.com.evil.example/v1"}, "evil.example"),
    ],
)
def test_a_host_that_nobody_allowed(demo: Project, provider: Any, host: str) -> None:
    """A manifest cannot send the key to a host of its choice."""
    demo.save(provider=provider)
    error = demo.run("plan", OPENAI_API_KEY=KEY).ended(3).error
    assert error["what"].startswith("refused: no key is sent to ")
    assert error["what"].endswith(host)
    assert error["where"] == f"provider.base_url: {provider['base_url']}"


def test_a_host_that_would_get_the_key_in_the_clear(demo: Project) -> None:
    """Neither by a manifest, which is not valid then, nor by the environment."""
    demo.save(provider={"kind": "openai", "base_url": "http://api.openai.com/v1"})
    assert "in the clear" in demo.run("plan", OPENAI_API_KEY=KEY).ended(65).err
    demo.save(provider={"kind": "openai"})
    asked = demo.run("plan", OPENAI_API_KEY=KEY, OPENAI_BASE_URL="http://api.openai.com/v1")
    assert asked.ended(3).error["what"] == "refused: no key is sent to api.openai.com"


def test_the_endpoint_is_down(demo: Project) -> None:
    """Nobody listens: the address, the cause, and that nothing was sent."""
    demo.save(provider={"kind": "compatible", "base_url": "http://127.0.0.1:9/v1"})
    error = demo.run("plan", OPENAI_API_KEY=KEY).ended(1).error
    assert error["what"] == "cannot reach 127.0.0.1:9"
    assert error["why"] == "the connection was refused"
    assert error["cure"].endswith("nothing was sent")


def test_the_endpoint_goes_down_while_it_waits(
    served: Project, slow: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done was sent, and stays so: the cure is the command that goes on."""
    slow.serves(served)

    def look(watcher: Watcher) -> Moment:
        raise unreachable(watcher._workspace.api.endpoint, "the connection was refused")

    monkeypatch.setattr(Watcher, "look", look)
    said = served.run("apply", "--yes", "--wait").ended(1)
    assert "\nApply: 2 done, 1 running · " in said.out
    assert "nothing was sent" not in said.err
    assert "; then reconciler apply --wait: it goes on from here\n" in said.err


SAID: dict[str, tuple[dict[str, Any], str, str]] = {
    "wrong key": (
        {"status": 401, "code": "invalid_api_key", "message": f"Incorrect key: {KEY}."},
        "the endpoint refused the key (401 invalid_api_key)",
        '"Incorrect key: [key]."',
    ),
    "forbidden": (
        {"status": 403, "message": "You are not allowed."},
        "the endpoint refused the request (403)",
        '"You are not allowed."',
    ),
    "server error": (
        {"message": "The server had an error."},
        "the endpoint failed (500)",
        '"The server had an error."',
    ),
    "redirect": (
        {"status": 302, "headers": {"location": "https://evil.example/v1"}},
        "the endpoint redirects (302), which is not followed",
        "it points to evil.example; a key is sent to no other place",
    ),
    "busy": (
        {"status": 429, "code": "rate_limit_exceeded", "message": "Slow down."},
        "the endpoint refused the request (429 rate_limit_exceeded)",
        '"Slow down."',
    ),
    "terminal escapes": (
        {"status": 400, "message": "\x1b[31mred\x1b]0;title\x07 \u202eback\r\n::error::x"},
        "the endpoint refused the request (400)",
        '"\\x1b[31mred\\x1b]0;title\\x07 \\u202eback\\r\\n::error::x"',
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_the_endpoint_says(served: Project, box: Sandbox, case: str) -> None:
    """An answer that is an error is quoted, made harmless, with the request it answers."""
    fault, what, why = SAID[case]
    box.fault("server_error", path="/v1/files", **fault)
    said = served.run("apply", "--yes").ended(1)
    error = said.error
    assert error["what"] == what
    assert error["where"].startswith(f"GET {box.server.base_url}/files")
    assert error["why"] == why
    assert box.writes() == 0
    assert said.out == ""


def test_html_instead_of_json(served: Project, box: Sandbox) -> None:
    """A gateway's page is told by its status, type and first words."""
    box.fault("html")
    error = served.run("plan").ended(1).error
    assert error["what"] == "the endpoint's answer is not the API's (502)"
    assert error["where"].endswith(': 502, text/html, "Bad gateway"')


def test_an_endpoint_that_does_not_train(served: Project, box: Sandbox) -> None:
    """A path that is not served is told as the API that is missing."""
    box.fault("html", path="/v1/fine_tuning/*", status=404, message="<h1>Not Found</h1>")
    error = served.run("plan").ended(1).error
    assert error["what"] == "this endpoint has no fine-tuning API"
    assert error["where"].endswith('/fine_tuning/jobs: 404, text/html, "Not Found"')


def test_the_quota_is_used_up(served: Project, box: Sandbox) -> None:
    """A quota is final: one request, no second try, and what was uploaded stays recorded."""
    box.fault("quota", method="POST", path="/v1/fine_tuning/jobs")
    said = served.run("apply", "--yes").ended(1)
    what = "the endpoint refused the job (429 insufficient_quota); not tried again"
    assert f"error: jobs.bot: {what}\n" in said.err
    assert "  cure:  see to billing and limits at the endpoint\n" in said.err
    assert "Apply: 1 done, 1 failed in " in said.out
    assert box.requests()["POST /v1/fine_tuning/jobs"] == 1
    assert list(served.state["records"]) == ["files.train"]
    box.heal()
    assert "Apply: 1 done" in served.run("apply", "--yes").ended(0).out
    assert len(box.made("jobs")) == 1


def test_a_busy_endpoint_is_asked_again(served: Project, box: Sandbox) -> None:
    """A 429 without a quota code made nothing, so the create is tried again as a new intent."""
    box.fault("rate_limit", method="POST", path="/v1/fine_tuning/jobs", times=2)
    assert "Apply: 2 done" in served.run("apply", "--yes").ended(0).out
    assert box.requests()["POST /v1/fine_tuning/jobs"] == 3
    assert len(box.made("jobs")) == 1


def test_an_odd_list_creates_nothing(served: Project, box: Sandbox) -> None:
    """A list that contradicts itself proves no absence: exit 5."""
    box.fault("empty_page", path="/v1/fine_tuning/jobs")
    error = served.run("apply", "--yes").ended(5).error
    assert error["what"] == "the list of fine-tuning jobs is incomplete"
    assert box.writes() == 0


def test_names_from_outside_are_harmless(served: Project, box: Sandbox) -> None:
    """What others wrote at the endpoint cannot move a terminal's cursor."""
    served.run("apply", "--yes", "--wait").ended(0)
    box.fault("unknown_status", status="\x1b]0;x\x07done", path="/v1/fine_tuning/jobs*")
    box.fault("unknown_status", status="\x1b]0;x\x07done", path="/v1/files*")
    for command in ("plan", "status", "files", "jobs", "show"):
        assert "\x1b" not in served.run(command).all


def test_an_answer_that_is_nested_without_end(demo: Project, box: Sandbox) -> None:
    """It is told of as that, or is read: Python 3.12 goes deeper. It is no bug to report."""
    deep: Any = {}
    for _ in range(700):
        deep = {"a": deep}

    is_deep: list[bool] = []

    def nested(path: str, value: Any) -> Any:
        if is_deep and path == "GET /fine_tuning/jobs":
            value["data"] = [job | {"method": deep} for job in value["data"]]
        return value

    with distorted(demo, box, nested) as project:
        project.run("apply", "--yes").ended(0)
        is_deep.append(True)
        demo.save(jobs={"bot": demo.manifest["jobs"]["bot"] | {"seed": 8}})
        said = project.run("plan")
        if sys.version_info < (3, 12):
            assert said.ended(1).error["what"].endswith("is nested too deep")
        else:
            assert "seed      7 → 8  forces training" in said.ended(0).out

"""`doctor`: what is used, where it is from, and what of it works; nothing is given away or sent."""

import re
import time
from typing import Any
from urllib.parse import quote

import pytest

from reconciler.api.clock import ServerClock
from tests.support.canary import KEY, PASSWORD
from tests.support.cli import Project, Sandbox


def trials(document: dict[str, Any]) -> dict[str, bool]:
    """What was tried → whether it works."""
    return {trial["name"]: trial["ok"] for trial in document["trials"]}


def test_what_is_used_and_works(served: Project, box: Sandbox) -> None:
    """Versions, the key's place and length, proxy, state; a read of each part, and no more."""
    served.run("apply", "--yes", "--wait").ended(0)
    before = box.requests()
    proxy = f"http://me:{quote(PASSWORD, safe='')}@proxy.example:3128"
    said = served.run("doctor", HTTPS_PROXY=proxy).ended(0)
    assert re.search(rf"^key +OPENAI_API_KEY \({len(KEY)} characters\)$", said.out, re.MULTILINE)
    assert re.search(r"^proxy +HTTPS_PROXY http://proxy\.example:3128$", said.out, re.MULTILINE)
    assert re.search(r"^✓ manifest +demo: 1 file, 1 job", said.out, re.MULTILINE)
    assert re.search(r"^✓ state +serial \d+, 2 records, 0 unsettled$", said.out, re.MULTILINE)
    assert re.search(r"^✓ lock +free$", said.out, re.MULTILINE)
    assert said.out.endswith("Doctor: 9 of 9 work\n")
    asked = {route: n - before.get(route, 0) for route, n in box.requests().items()}
    assert {route for route, n in asked.items() if n} == {
        "GET /v1/files", "GET /v1/fine_tuning/jobs", "GET /v1/models",
    }  # fmt: skip


def test_everything_that_is_wrong_is_told_at_once(served: Project, box: Sandbox) -> None:
    """A part that the endpoint lacks does not hide that the state is somebody else's."""
    served.run("apply", "--yes", "--wait").ended(0)
    box.fault("html", method="GET", path="/v1/fine_tuning/jobs")
    document = served.run("doctor", "--json").ended(1).json
    assert trials(document) == {
        "manifest": True, "endpoint": True, "files": True, "jobs": False, "models": True,
        "clock": True, "backend": True, "state": True, "lock": True,
    }  # fmt: skip
    assert not document["ok"]
    box.heal()
    served.save(project="other", state={"backend": "state/demo.json"})
    said = served.run("doctor").ended(1)
    assert "error: state: " in said.out
    assert "Doctor: 8 of 9 work" in said.out


def test_no_key_and_no_manifest(served: Project) -> None:
    """What can be told without them is told."""
    no_key = served.run("doctor", OPENAI_API_KEY="").ended(1)
    assert re.search("^✗ endpoint +no key for compatible$", no_key.out, re.MULTILINE)
    assert "error: endpoint: no key for compatible" in no_key.out
    assert "✓ lock" in no_key.out
    assert "that is no address" in served.run("doctor", HTTPS_PROXY=f"http://me:{PASSWORD}@p").out
    served.write("reconciler.yaml", "version: 2\n")
    wrong = served.run("doctor", "--json").ended(1).json
    assert trials(wrong) == {"manifest": False}
    assert wrong["trials"][0]["error"]["problems"]
    (served.root / "reconciler.yaml").unlink()
    said = served.run("doctor").ended(1)
    assert "no reconciler.yaml here" in said.out
    assert "Doctor: 0 of 1 work" in said.out


def test_an_endpoint_that_is_down_is_told_once(served: Project) -> None:
    """The other parts would only say it again."""
    served.environ["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
    assert served.run("doctor").ended(1).out.count("cannot reach") == 2  # the line, and the error


def test_a_clock_that_is_off(served: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes are too much: stores refuse what was signed then."""
    later = time.time() + 600
    monkeypatch.setattr(ServerClock, "wall", lambda _: later)
    said = served.run("doctor").ended(1)
    assert re.search(r"^✗ clock +this machine's clock is \d+ s ahead", said.out, re.MULTILINE)

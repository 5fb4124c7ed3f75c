"""Checks stand between a job's model and what applications use."""

import json
from typing import Any

import pytest

from tests.support.cli import Project, Sandbox

PROD = "models.prod"


def checked(demo: Project, *checks: dict[str, Any], **more: Any) -> None:
    """An alias whose model has to answer this."""
    alias = {"prod": {"job": "bot", "checks": [*checks], **more}}
    demo.save(models=alias, outputs={"file": "models.json"})


def asks(part: str, **more: Any) -> dict[str, Any]:
    """A check whose answer has to have this part."""
    said = [{"role": "user", "content": "Where is order 7?"}]
    return {"messages": said, "expect": {"contains": part}, **more}


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_is_promoted_or_not_by_what_it_answers(demo: Project, stream: bool) -> None:
    """The data decide: a good model is promoted, a worse one is not, and the exit code says so."""
    checked(demo, asks("tracking T7", stream=stream))
    said = demo.run("apply", "--yes", "--wait").ended(0)
    assert "1 of 1 checks passed" in said.err
    first = demo.read("models.json")
    worse = demo.read("data/train.jsonl").replace("T7", "somewhere")
    demo.write("data/train.jsonl", worse)
    said = demo.run("apply", "--yes", "--wait").ended(1)
    assert "stays at ft:" in said.err
    assert 'why:   contains "tracking T7"' in said.err
    assert "T7." not in said.all
    assert demo.read("models.json") == first


def test_a_result_is_remembered(served: Project, box: Sandbox) -> None:
    """One request a check and model; a plan asks nothing, and a forced promotion is recorded."""
    checked(served, asks("nowhere"))
    served.run("apply", "--yes", "--wait").ended(1)
    for command in (("plan",), ("apply", "--yes"), ("status",)):
        assert "1 of 1 checks failed" in served.run(*command).ended(1).err
    assert box.requests()["POST /v1/chat/completions"] == 1
    served.run("apply", "--yes", "--force-promote", PROD, "--reason", "a demo").ended(0)
    (last,) = served.state["aliases"][PROD]["history"]
    assert (last["outcome"], last["why"], last["checks"] != "") == ("forced", "a demo", True)
    served.run("plan", "--detailed-exitcode").ended(0)


def test_a_check_that_the_endpoint_does_not_answer_is_made_again(
    served: Project, box: Sandbox, impatient: None
) -> None:
    """Nothing came of it, so nothing is remembered."""
    checked(served, asks("tracking"))
    served.run("apply", "--yes").ended(0)
    box.fault("denied", path="/v1/chat/completions")
    assert "its checks did not pass" in served.run("apply", "--yes").ended(1).err
    assert served.state["checked"] == []
    box.heal()
    said = served.run("apply", "--yes", "--json").ended(0)
    acts = [(line["action"], line["type"]) for line in said.lines if "action" in line]
    assert acts[-3:] == [("check", "done"), ("promote", "started"), ("promote", "done")]


def test_cases_are_checked_with_the_data(demo: Project) -> None:
    """In validate and in plan, each mistake at its line; a change of them is another check."""
    case = {"messages": [{"role": "user", "content": "Where is order 7?"}]}
    demo.write("cases.jsonl", f"{json.dumps(case)}\n{{\n")
    checked(demo, {"cases": "cases.jsonl", "expect": {"contains": "tracking"}})
    for command in ("validate", "plan"):
        assert "cases.jsonl:2:1: error: a case is" in demo.run(command).ended(65).all
    demo.write("cases.jsonl", f"{json.dumps(case)}\n" * 3)
    assert "3 requests" not in demo.run("plan").ended(0).out
    demo.run("apply", "--yes", "--wait").ended(0)
    checked(demo, {"cases": "../cases.jsonl", "expect": {"contains": "tracking"}})
    assert "is outside the manifest's folder" in demo.run("plan").ended(65).err

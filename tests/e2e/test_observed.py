"""What operators see of a run: the audit log, a log of JSON Lines, traces."""

import json
from typing import Any

from reconciler.core.resource import AUTHORED
from tests.support.attacks import TEXTS
from tests.support.ci import obeyed
from tests.support.cli import Project, Sandbox, dataset
from tests.support.collector import collector

CI = {
    "GITHUB_ACTOR": "anna", "GITHUB_SHA": "3ab1f20" * 5, "GITHUB_RUN_ID": "88",
    "GITHUB_REPOSITORY": "acme/bots",
}  # fmt: skip


def audit(demo: Project, name: str = "audit.jsonl") -> list[dict[str, Any]]:
    """The lines of the log."""
    return [json.loads(line) for line in demo.read(name).splitlines()]


def test_every_effect_is_written_down(demo: Project) -> None:
    """Who, by which commit and run, what was there before, and what is after."""
    demo.run("apply", "--yes", "--wait", "--audit-log", "audit.jsonl", **CI).ended(0)
    begun, done = ([x for x in audit(demo) if x["outcome"] == how] for how in ("begun", "done"))
    assert [line["address"] for line in done] == ["files.train", "jobs.bot"]
    assert len(begun) == 2
    job = done[1]
    assert (job["who"], job["commit"], job["command"]) == ("anna", CI["GITHUB_SHA"], "apply")
    assert job["run_url"] == "https://github.com/acme/bots/actions/runs/88"
    assert job["before"] is None
    record = demo.record("jobs.bot")
    made = {name: record["facts"][name] for name in AUTHORED}
    assert made == {"who": "anna", "commit": CI["GITHUB_SHA"], "run": job["run_url"]}
    assert demo.record("files.train")["facts"]["commit"] == CI["GITHUB_SHA"]
    assert job["after"]["id"] == record["id"]
    assert job["after"]["fingerprint"] == record["fingerprint"]
    assert job["usd"]
    demo.write("data/train.jsonl", dataset(13))
    digest = demo.run("plan", "--json").ended(0).json["digest"]
    environ = CI | {"RECONCILER_AUDIT_LOG": "audit.jsonl"}
    demo.run("apply", "--expect", digest, **environ).ended(0)
    replaced = next(line for line in reversed(audit(demo)) if line["action"] == "replace")
    assert replaced["before"]["id"] == record["id"]
    assert replaced["after"]["id"] != record["id"]
    assert replaced["review"] == digest


def test_what_failed_is_written_down(served: Project, box: Sandbox) -> None:
    """With the reason; and what a person did by hand."""
    box.fault("denied", method="POST", path="/v1/fine_tuning/jobs", times=1)
    served.run("apply", "--yes", "--audit-log", "a.jsonl").ended(1)
    failed = audit(served, "a.jsonl")[-1]
    assert (failed["address"], failed["outcome"], failed["after"]) == ("jobs.bot", "failed", None)
    assert "refused the job" in failed["error"]
    id_ = served.record("files.train")["id"]
    served.run("files", "delete", "files.train", "--yes", "--audit-log", "a.jsonl").ended(0)
    last = audit(served, "a.jsonl")[-1]
    assert (last["command"], last["action"], last["before"]) == (
        "files delete", "delete", {"id": id_},
    )  # fmt: skip
    told = served.run("apply", "--yes", "--audit-log", "-").ended(0)
    lines = [json.loads(line) for line in told.err.splitlines() if line.startswith("{")]
    assert [line["outcome"] for line in lines].count("done") == 2


def test_without_its_log_nothing_is_begun(served: Project, box: Sandbox) -> None:
    """Who wants to know of every effect wants none that is not written down."""
    said = served.run("apply", "--yes", "--audit-log", "none/a.jsonl").ended(1)
    assert said.error["what"] == "cannot open the audit log"
    assert box.writes() == 0
    link = served.root / "link.jsonl"
    link.symlink_to(served.root / "elsewhere")
    served.run("apply", "--yes", "--audit-log", "link.jsonl").ended(1)
    assert box.writes() == 0


def test_a_log_of_json_lines(demo: Project) -> None:
    """Every thing that is said is one record; results stay as they are."""
    usual = demo.run("plan").ended(0)
    said = demo.run("plan", "--log-format", "json", "--out", "p.json").ended(0)
    assert said.out == usual.out
    (following,) = map(json.loads, said.err.splitlines())
    assert (following["level"], following["kind"]) == ("info", "next")
    assert following["message"] == "reconciler apply p.json"
    demo.save(jobs={"bot": {}, "two": {"training_file": "none"}})
    wrong = demo.run("plan", RECONCILER_LOG_FORMAT="json").ended(65)
    records = [json.loads(line) for line in wrong.err.splitlines()]
    assert {record["level"] for record in records} == {"error"}
    assert all(record["place"].startswith("reconciler.yaml:") for record in records)
    assert all(record["message"] and record["cure"] for record in records)
    for record, line in zip(records, demo.run("plan").err.splitlines()[::3], strict=False):
        assert line.startswith(f"{record['place']}: error: {record['message']}")


def test_nothing_of_it_is_obeyed(demo: Project) -> None:
    """What others wrote is a value in it, in other letters."""
    attacks = [text for text in TEXTS.values() if "\0" not in text and "\ud800" not in text]
    demo.save(jobs={text: {} for text in attacks})
    said = demo.run("plan", "--log-format", "json").ended(65)
    for line in said.err.splitlines():
        record = json.loads(line)
        assert record["level"] == "error" or record["message"].endswith(" more")
        assert obeyed(line) == []


def test_traces(served: Project) -> None:
    """A span for the command within the CI run's trace, and below it one for each effect."""
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with collector() as kept:
        environ = {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": kept.url,
            "TRACEPARENT": f"00-{trace}-{parent}-01",
        }
        served.run("apply", "--yes", "--wait", **environ).ended(0)
        assert kept.names == ["create files", "create jobs", "wait for jobs", "reconciler apply"]
        *below, root = kept.spans
        assert {span.trace_id.hex() for span in kept.spans} == {trace}
        assert root.parent_span_id.hex() == parent
        assert {span.parent_span_id for span in below} == {root.span_id}
        kept.spans.clear()
        served.run("plan", "--env", "none", **environ).ended(65)
        assert [span.status.message for span in kept.spans] == ["exit 65"]
        kept.spans.clear()
        served.run("plan", **environ, OTEL_SDK_DISABLED="true").ended(0)
        assert kept.spans == []
    served.run("plan", **environ).ended(0)  # a collector that is down is no reason to fail

"""A failure is a decision: `--retry` pays for one more try, once, and keeps the reason."""

import pytest

from tests.support.cli import Project, Sandbox, dataset

JOBS = "/v1/fine_tuning/jobs"
AGAIN = ("--retry", "jobs.bot", "--reason", "the endpoint had an outage")

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def failed(served: Project, box: Sandbox) -> Project:
    """A job that failed, and not because of its data."""
    box.fault("broken_jobs", method="POST", path=JOBS, times=1)
    said = served.run("apply", "--yes", "--wait").ended(1)
    assert "\nApply: 2 done, 1 job failed in " in said.out  # both were made as they should
    return served


def test_one_more_try(failed: Project, box: Sandbox) -> None:
    """The failure names the flag, the plan shows what comes of it, and the reason stays."""
    said = failed.run("plan").ended(1)
    assert (
        '  cure:  reconciler apply --retry jobs.bot --reason "…": trains again, price unknown;'
        in said.err
    )
    said = failed.run("plan", *AGAIN).ended(0)
    assert "+ jobs.bot  create  try 2, asked for with --retry: ftjob-" in said.out
    assert "      reason  the endpoint had an outage\n" in said.out
    assert said.err.endswith(
        "next: reconciler apply --retry jobs.bot --reason 'the endpoint had an outage'\n"
    )
    failed.run("apply", "--yes", "--wait", *AGAIN).ended(0)
    assert [job["metadata"]["reconciler_attempt"] for job in box.made("jobs")] == ["1.1", "1.2"]
    failed.run("apply", "--yes").ended(0)
    assert failed.record("jobs.bot")["facts"]["reason"] == "the endpoint had an outage"
    assert "renewals" not in failed.state


def test_it_is_told_once(failed: Project) -> None:
    """With the plan, cure and all; below what an apply did its name is enough."""
    failed.write("data/more.jsonl", dataset(12, "thing"))
    failed.save(files={**failed.manifest["files"], "more": {"path": "data/more.jsonl"}})
    said = failed.run("apply", "--yes").ended(1)
    assert said.err.count("jobs.bot failed (server_error)") == 1
    assert said.err.endswith("note: still failed, as said above with the cure: jobs.bot\n")
    said = failed.run("apply", "--yes").ended(1)
    assert "still failed" not in said.err


def test_a_key_in_the_reason_of_a_failure_is_never_shown(served: Project, box: Sandbox) -> None:
    """Wherever it would be: in what is said, in the state, in the events and the job itself."""
    key = "sk-proj-0123456789abcdefABCDEF"
    box.fault("broken_jobs", times=1, message=f"the tracker refused {key} of line 3")
    said = [served.run("apply", "--yes", "--wait").ended(1)]
    said += [served.run("plan", *more).ended(1) for more in ([], ["--json"])]
    said += [served.run("status", *more) for more in ([], ["--json"])]
    told = [("jobs", "events", "jobs.bot"), ("jobs", "get", "jobs.bot"), ("jobs", "list")]
    said += [served.run(*asked, *more).ended(0) for asked in told for more in ([], ["--json"])]
    assert "the tracker refused [key] of line 3" in said[0].err
    assert "the tracker refused [key] of line 3" in said[5].out
    assert key not in "".join(each.all for each in said)
    assert served.record("jobs.bot")["facts"]["error"] == "the tracker refused [key] of line 3"
    assert not [file for file in (served.root / "state").iterdir() if key in file.read_text()]


def test_it_is_asked_once(failed: Project, box: Sandbox) -> None:
    """A try that fails, too, is no reason for another one, however often the command runs."""
    box.fault("broken_jobs", method="POST", path=JOBS, times=1)
    failed.run("apply", "--yes", "--wait", *AGAIN).ended(1)
    said = failed.run("apply", "--yes", "--wait", *AGAIN).ended(1)
    assert "note: jobs.bot was tried again already, as --retry asked for\n" in said.err
    assert len(box.made("jobs")) == 2
    failed.run("apply", "--yes").ended(1)
    failed.run("apply", "--yes", "--wait", *AGAIN).ended(0)
    assert len(box.made("jobs")) == 3


def test_a_reviewed_retry(failed: Project, box: Sandbox) -> None:
    """Its digest is for this very try."""
    digest = failed.run("plan", "--json", *AGAIN).ended(0).json["digest"]
    failed.run("apply", "--expect", digest).ended(1)
    assert len(box.made("jobs")) == 1
    failed.run("apply", "--expect", digest, "--wait", *AGAIN).ended(0)
    assert len(box.made("jobs")) == 2
    said = failed.run("apply", "--expect", digest, *AGAIN).ended(0)
    assert "is not tried again: ftjob-" in said.err


def test_a_reason_is_needed(failed: Project) -> None:
    """Either way."""
    for given in (("--retry", "jobs.bot"), ("--reason", "because")):
        assert "--reason go together" in failed.run("plan", *given).ended(64).err
    said = failed.run("plan", "--retry", "jobs.bat", "--reason", "x").ended(64)
    assert said.error["cure"] == "did you mean jobs.bot?"

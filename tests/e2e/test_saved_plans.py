"""Saved plans and reviewed digests: what was reviewed is done, perhaps less, and never more."""

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.saved_plan import LIMIT
from tests.support.cli import MODEL, Project, Sandbox, Terminal, dataset, finished

JOBS = "/v1/fine_tuning/jobs"
PLAN = "plan.json"


def digest_of(project: Project, *arguments: str, **environ: str) -> str:
    """The digest that a pull request's check prints."""
    environ = {"CI": "true", **environ}
    said = project.run("plan", *arguments, "--allow-local-state", **environ).ended(0)
    found = re.search(r"^digest: ([0-9a-f]{64}) \(apply just this: (.*)\)$", said.err, re.MULTILINE)
    assert found, said.err
    assert found[2] == f"reconciler apply --allow-local-state --expect {found[1]}"
    return found[1]


def job(seed: int, **more: Any) -> dict[str, Any]:
    """A job on the project's file."""
    return {"model": MODEL, "training_file": "train", "seed": seed, **more}


# By its digest


def test_reviewed_in_one_checkout_applied_in_another(served: Project, box: Sandbox) -> None:
    """The digest of a pull request needs no yes on merge, and once it is done it asks nothing."""
    merged = served.beside("merged")
    digest = digest_of(served)
    assert served.run("plan", "--json").ended(0).json["digest"] == digest
    assert "next:" not in served.run("plan", CI="true", GITHUB_ACTIONS="true").all
    merged.run("apply", "--expect", digest, "--wait").ended(0)
    assert len(box.made("jobs")) == 1
    writes = box.writes()
    said = merged.run("apply", "--expect", digest).ended(0)
    assert "nothing to do" in said.out
    assert box.writes() == writes


def test_merged_meanwhile(served: Project, box: Sandbox) -> None:
    """A merge commit, another run, new times and a layout that changed are no other plan."""
    digest = digest_of(served, GITHUB_SHA="3ab1f20", GITHUB_RUN_ID="88")
    merged = served.beside("merged")
    merged.write("reconciler.yaml", f"# merged\n{merged.read('reconciler.yaml')}\n")
    os.utime(merged.root / "data/train.jsonl", (1, 1))
    github = {"GITHUB_ACTIONS": "true", "GITHUB_SHA": "9c0de99", "GITHUB_RUN_ID": "91"}
    run = ("apply", "--expect", digest, "--allow-local-state")
    merged.run(*run, CI="true", **github).ended(0)
    assert len(box.made("jobs")) == 1


@pytest.mark.parametrize("change", ["data", "spec", "another job"])
def test_what_changed_after_the_review(served: Project, box: Sandbox, change: str) -> None:
    """Other data, another spec, one more job: refused with what it would do, nothing is sent."""
    digest = digest_of(served)
    if change == "data":
        served.write("data/train.jsonl", dataset(13))
    else:
        jobs = {"bot": job(8)} if change == "spec" else {"bot": job(7), "more": job(8)}
        served.save(jobs=jobs)
    error = served.run("apply", "--expect", digest).ended(3).err
    assert "error: refused: the plan is not the one that was reviewed\n" in error
    assert f"  where: --expect {digest}\n" in error
    assert "it would now pay for jobs.bot" in error
    assert box.writes() == 0
    assert not (served.root / "state/demo.json").exists()


def test_something_else_was_applied_meanwhile(served: Project, box: Sandbox) -> None:
    """Another pull request was merged first, and a job ended: the digest is the same."""
    served.run("apply", "--yes").ended(0)
    served.save(jobs={"bot": job(7), "mine": job(1)})
    digest = digest_of(served)
    served.save(jobs={"bot": job(7), "theirs": job(2)})
    served.run("apply", "--yes", "--wait").ended(0)
    served.save(jobs={"bot": job(7), "mine": job(1), "theirs": job(2)})
    said = served.run("apply", "--expect", digest).ended(0)
    assert "1 to create" in said.out
    assert len(box.made("jobs")) == 3


def test_the_job_to_be_cancelled_ended_meanwhile(served: Project, slow: Sandbox) -> None:
    """Replaced while it ran; on merge it is history, which takes less than was reviewed."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    served.write("data/train.jsonl", dataset(13))
    digest = digest_of(served)
    assert "then" not in served.run("plan").out
    slow.advance(7200)
    said = served.run("apply", "--expect", digest).ended(0)
    assert "cancel" not in said.out
    assert next(each["status"] for each in slow.made("jobs")) == "succeeded"


def test_a_job_that_somebody_paused_after_the_review(served: Project, slow: Sandbox) -> None:
    """Whoever reviewed a plan in which nothing was to be done did not agree to let it go on."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    digest = served.run("plan", "--json").ended(0).json["digest"]
    slow.send("POST", f"/fine_tuning/jobs/{slow.made('jobs')[0]['id']}/pause")
    error = served.run("apply", "--expect", digest).ended(3).err
    assert "it would now resume jobs.bot; its digest is " in error
    assert slow.made("jobs")[0]["status"] == "paused"
    served.run("apply", "--expect", digest_of(served)).ended(0)
    assert slow.made("jobs")[0]["status"] != "paused"


def test_a_job_that_would_be_cancelled_for_an_earlier_one(served: Project, slow: Sandbox) -> None:
    """A revert takes back what was replaced; that ends the other one, which needs a yes."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    digest = served.run("plan", "--json").ended(0).json["digest"]
    served.save(jobs={"bot": job(8)})
    served.run("apply", "--yes", "--no-delete").ended(0)
    served.save(jobs={"bot": job(7)})
    error = served.run("apply", "--expect", digest).ended(3).err
    assert "it would now give up jobs.bot; its digest is " in error
    assert "cancelled" not in {each["status"] for each in slow.made("jobs")}
    served.run("apply", "--expect", digest_of(served)).ended(0)
    assert [each["status"] == "cancelled" for each in slow.made("jobs")].count(True) == 1


def test_an_apply_by_digest_that_was_cut_short(served: Project, box: Sandbox) -> None:
    """The same command goes on: the state knows what the digest stands for, and no more than it."""
    served.save(jobs={"a": job(1), "b": job(2), "c": job(3)})
    digest = digest_of(served)
    box.fault("denied", method="POST", path=JOBS, skip=1)
    served.run("apply", "--expect", digest).ended(1)
    assert len(box.made("jobs")) == 1
    box.heal()
    served.save(jobs={"a": job(1), "b": job(2), "c": job(3), "d": job(4)})
    assert "pay for jobs.d" in served.run("apply", "--expect", digest).ended(3).err
    served.save(jobs={"a": job(1), "b": job(2), "c": job(3)})
    served.run("apply", "--expect", digest).ended(0)
    assert len(box.made("jobs")) == 3


def test_no_digest_at_all(demo: Project) -> None:
    """A part of one, or something else, is a mistake on the command line."""
    for text in ("9f2c41d0", "DIGEST", "F" * 64):
        assert "64 hex digits" in demo.run("apply", "--expect", text).ended(64).err


def test_who_cannot_ask_names_the_digest(served: Project) -> None:
    """The way to a yes without a person: everything, or just this plan."""
    error = served.run("apply").ended(64).err
    digest = digest_of(served)
    cure = f"reconciler apply --yes, or what was reviewed: reconciler apply --expect {digest}"
    assert cure in " ".join(error.split())


# By its file


def test_a_saved_plan(served: Project, box: Sandbox) -> None:
    """It needs no yes, and on an empty stack it begins the state that it was made for: once."""
    said = served.run("plan", "--out", PLAN).ended(0)
    assert said.err == "next: reconciler apply plan.json\n"
    assert box.writes() == 0
    served.run("apply", PLAN, "--wait").ended(0)
    saved = json.loads(served.read(PLAN))
    assert served.state["lineage"] == saved["lineage"]
    writes = box.writes()
    error = served.run("apply", PLAN).ended(3).error
    serial = served.state["serial"]
    assert error["what"] == f"refused: the plan was made at serial 0, the state is at {serial}"
    assert error["where"] == PLAN
    assert box.writes() == writes


def test_two_plans_of_an_empty_stack(served: Project, box: Sandbox) -> None:
    """The second one is stale, whichever it is."""
    for name in ("one.json", "two.json"):
        served.run("plan", "--out", name).ended(0)
    served.run("apply", "two.json").ended(0)
    assert "stale" not in served.run("apply", "one.json").ended(3).all
    assert len(box.made("jobs")) == 1


def test_a_stale_plan_and_its_digest(served: Project, box: Sandbox) -> None:
    """The file is refused after another apply; what it says may still be done by its digest."""
    served.run("apply", "--yes").ended(0)
    served.save(jobs={"bot": job(7), "mine": job(1)})
    served.run("plan", "--out", PLAN).ended(0)
    made_at = served.state["serial"]
    served.save(jobs={"bot": job(7), "theirs": job(2)})
    served.run("apply", "--yes").ended(0)
    served.save(jobs={"bot": job(7), "theirs": job(2), "mine": job(1)})
    error = served.run("apply", PLAN).ended(3).err
    now = served.state["serial"]
    assert f"refused: the plan was made at serial {made_at}, the state is at {now}\n" in error
    (digest,) = re.findall(r"reconciler apply --expect ([0-9a-f]{64})", error)
    served.run("apply", "--expect", digest).ended(0)
    assert len(box.made("jobs")) == 3


def test_data_that_changed_after_the_plan(served: Project, box: Sandbox) -> None:
    """The file is named as the manifest names it; so is a spec, and whatever was added."""
    served.run("plan", "--out", PLAN).ended(0)
    before = served.read("data/train.jsonl")
    served.write("data/train.jsonl", dataset(13))
    error = served.run("apply", PLAN).ended(3).error
    assert error["what"] == "refused: data/train.jsonl changed after it was planned"
    assert error["where"] == "files.train"
    served.write("data/train.jsonl", before)
    served.save(jobs={"bot": job(8)})
    assert "refused: jobs.bot changed after it was planned" in served.run("apply", PLAN).err
    served.save(jobs={"bot": job(7), "more": job(8)})
    assert "refused: jobs.more was added after it was planned" in served.run("apply", PLAN).err
    assert box.writes() == 0
    served.save(jobs={"bot": job(7)})
    served.run("apply", PLAN).ended(0)


def test_a_plan_in_another_checkout(served: Project, box: Sandbox) -> None:
    """Made in one, applied in another, with the digest pinned besides."""
    served.run("plan", "--out", PLAN).ended(0)
    other = served.beside("other")
    other.write(PLAN, served.read(PLAN))
    error = other.run("apply", PLAN, "--expect", "0" * 64).ended(3).err
    assert "refused: the saved plan is not the one that was reviewed" in error
    other.run("apply", PLAN, "--expect", json.loads(served.read(PLAN))["digest"]).ended(0)
    assert len(box.made("jobs")) == 1


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda plan: plan[:-9],
    "empty": lambda plan: b"",
    "edited": lambda plan: plan.replace(b'"serial":0', b'"serial":1'),
    "other": lambda plan: b'{"format_version": 1}\n',
    "state": lambda plan: b'{\n "sha256": "0"}',
    "binary": lambda plan: bytes(range(256)) * 9,
    "escapes": lambda plan: b'{"checksum":"\x1b[31m' + plan[20:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_plan_that_cannot_be_used(served: Project, box: Sandbox, damage: str) -> None:
    """Cut, empty, edited or something else: refused, and nothing is sent."""
    served.run("plan", "--out", PLAN).ended(0)
    plan = (served.root / PLAN).read_bytes()
    served.write(PLAN, DAMAGES[damage](plan))
    error = served.run("apply", PLAN).ended(3).error
    assert error["what"] == "refused: this is no saved plan that can be used"
    assert error["where"] == PLAN
    assert sum(box.requests().values()) == 3  # those of the plan


def test_a_huge_plan(served: Project, box: Sandbox) -> None:
    """It is not read beyond its bound."""
    served.run("plan", "--out", PLAN).ended(0)
    with (served.root / PLAN).open("r+b") as file:
        file.truncate(100 * LIMIT)
    assert "larger than 67,108,864 bytes" in served.run("apply", PLAN).ended(3).err
    (served.root / PLAN).unlink()
    assert "does not exist" in served.run("apply", PLAN).ended(64).err
    assert box.writes() == 0


def test_a_plan_of_somebody_else(served: Project, box: Sandbox, slow: Sandbox) -> None:
    """Of another owner, or for another endpoint: both are named, nothing is sent to either."""
    served.run("plan", "--out", PLAN).ended(0)
    served.save(project="other")
    error = served.run("apply", PLAN).ended(3).error
    assert error["what"] == "refused: the plan is of demo, the manifest of other"
    served.save(project="demo")
    slow.serves(served)
    error = served.run("apply", PLAN).ended(3).error
    assert error["what"] == "refused: the plan was made for another endpoint"
    assert box.writes() == slow.writes() == 0


def test_only_a_plan_is_overwritten(served: Project) -> None:
    """A slip of the finger costs no manifest and no data; a refused plan saves nothing."""
    before = served.read("reconciler.yaml")
    for name in ("reconciler.yaml", "data/train.jsonl"):
        error = served.run("plan", "--out", name).ended(3).error
        assert error["what"] == f"refused: {name} is there already, and is no saved plan"
    assert "is a directory" in served.run("plan", "--out", "data").ended(64).err
    os.mkfifo(served.root / "pipe")
    assert "cannot save the plan" in served.run("plan", "--out", "pipe").ended(1).err
    assert "cannot save the plan" in served.run("plan", "--out", "none/plan.json").ended(1).err
    assert served.read("reconciler.yaml") == before
    for _ in range(2):
        served.run("plan", "--out", PLAN).ended(0)
    assert [path.name for path in served.root.iterdir() if "plan" in path.name] == [PLAN]
    (served.root / PLAN).unlink()
    served.run("plan", "--out", PLAN, CI="true").ended(3)  # a local state in CI
    assert not (served.root / PLAN).exists()


def test_a_saved_plan_that_was_interrupted(served: Project, box: Sandbox) -> None:
    """The file is stale then: the next step that is named goes on with what it allowed."""
    served.save(jobs={name: job(n) for n, name in enumerate("abcde")})
    served.run("plan", "--out", PLAN).ended(0)
    box.fault("latency", method="POST", path=JOBS, seconds=0.5)
    process = served.start("apply", PLAN)
    box.wait_for(f"POST {JOBS}")
    process.send_signal(signal.SIGINT)
    said = finished(process).ended(130)
    assert 1 <= len(box.made("jobs")) < 5
    box.heal()
    served.run("apply", PLAN).ended(3)
    (again,) = re.findall(r"next: reconciler (.*?)   \(goes on from here", said.err)
    served.run(*again.split()).ended(0)
    assert len(box.made("jobs")) == 5


def test_a_part_of_a_plan(served: Project, box: Sandbox) -> None:
    """The file knows which part was wanted; another one is a mistake; the rest is for later."""
    served.save(jobs={"bot": job(7), "more": job(8)})
    said = served.run("plan", "--target", "jobs.more", "--out", PLAN).ended(0)
    assert said.err.endswith("next: reconciler apply plan.json\n")
    assert "own scope" in served.run("apply", PLAN, "--target", "jobs.bot").ended(64).err
    assert "jobs.bot" not in served.run("apply", PLAN).ended(0).all
    assert len(box.made("jobs")) == 1
    digest = served.run("plan", "--json").ended(0).json["digest"]
    served.run("apply", "--expect", digest).ended(0)
    assert len(box.made("jobs")) == 2


def test_a_person_at_a_saved_plan(served: Project, box: Sandbox) -> None:
    """At a terminal, too, nobody is asked for what was reviewed."""
    served.run("plan", "--out", PLAN).ended(0)
    with Terminal(served, "apply", PLAN) as terminal:
        assert "[y/N]" not in terminal.end().ended(0).out
    assert len(box.made("jobs")) == 1


# Over all rounds


def cancel(box: Sandbox, number: int) -> None:
    """Somebody else cancels a job."""
    box.send("POST", f"/fine_tuning/jobs/{box.made('jobs')[number]['id']}/cancel")


def test_a_retry_that_was_shown_with_the_plan(served: Project, slow: Sandbox) -> None:
    """It is part of the yes: so often as the manifest says, and not once more."""
    slow.serves(served)
    served.save(jobs={"bot": job(7, retry={"max": 1})})
    said = served.run("plan", "--out", PLAN).ended(0)
    assert "retry  once more after any failure; each try is paid for\n" in said.out
    process = served.start("apply", PLAN, "--wait")
    slow.wait_for(f"GET {JOBS}", 3)
    cancel(slow, 0)
    slow.wait_for(f"POST {JOBS}", 2)
    slow.wait_for(f"GET {JOBS}", slow.requests()[f"GET {JOBS}"] + 3)
    cancel(slow, 1)
    said = finished(process).ended(1)
    assert "Apply: 3 done, 1 job failed in " in said.out
    assert "jobs.bot was cancelled outside and is not trained again by itself" in said.err
    assert len(slow.made("jobs")) == 2


def test_what_nobody_said_yes_to_is_left_out(served: Project, slow: Sandbox) -> None:
    """A later round finds more to do than was confirmed: it does the rest and says so: exit 3."""
    slow.serves(served)
    served.save(jobs={"bot": job(7, retry={"max": 1})})
    served.run("apply", "--yes").ended(0)
    served.save(jobs={"bot": job(7, retry={"max": 1}), "more": job(8)})
    process = served.start("apply", "--yes", "--wait")
    slow.wait_for(f"POST {JOBS}", 2)
    slow.wait_for(f"GET {JOBS}", slow.requests()[f"GET {JOBS}"] + 3)
    cancel(slow, 0)
    slow.advance(7200)
    said = finished(process).ended(3)
    assert "Apply: 1 done in " in said.out
    assert "jobs.more  succeeded  ft:" in said.out
    error = "error: refused: jobs.bot is not in the plan that was confirmed\n"
    assert error in said.err
    assert "it would now create: try 2" in said.err
    assert len(slow.made("jobs")) == 2


def test_a_later_round_that_fails_says_what_was_done(served: Project, slow: Sandbox) -> None:
    """The summary comes first, then why it ended."""
    slow.serves(served)
    process = served.start("apply", "--yes", "--wait")
    slow.wait_for(f"GET {JOBS}", 3)
    slow.fault("stuck_pages", path="/v1/files")
    slow.fault("dropped_fields", path="/v1/files", fields=["data"])
    slow.advance(7200)
    said = finished(process)
    assert said.code in (1, 5)
    assert "Apply: 2 done" in said.out
    assert "error: " in said.err


def test_waiting_jobs_are_asked_for(served: Project, box: Sandbox) -> None:
    """What only waits is confirmed, too, where this apply waits until it can be paid for."""
    box.fault("cut", method="POST", path=JOBS)
    served.run("apply", "--yes").ended(5)
    box.heal()
    assert served.run("apply").ended(5)
    assert "needs a yes" in served.run("apply", "--wait").ended(64).err
    assert len(box.made("jobs")) == 0


def test_a_paused_job_is_not_waited_for(served: Project, box: Sandbox) -> None:
    """It would never come by itself."""
    served.save(jobs={"bot": job(7, paused=True)})
    said = served.run("apply", "--yes", "--wait").ended(0)
    assert "1 waiting" in said.out
    assert box.made("jobs") == []


@pytest.mark.parametrize("base", ["fails", "is paused"])
def test_what_needs_the_model_of_such_a_job_is_not_waited_for(
    served: Project, box: Sandbox, base: str
) -> None:
    """No time makes the model that it starts from; a failure is told with its own exit code."""
    on = {"model": "jobs.bot", "training_file": "train"}
    served.save(jobs={"bot": job(7, paused=base == "is paused"), "more": on})
    box.fault("broken_jobs", times=1)
    said = served.run("apply", "--yes", "--wait").ended(1 if base == "fails" else 0)
    assert "jobs.more  waiting: needs the model of jobs.bot, then trains\n" in said.out
    assert "looking again" not in said.err
    assert ("jobs.bot failed (server_error)" in said.err) is (base == "fails")


def test_a_file_that_a_paused_job_reads_is_not_waited_for(served: Project, slow: Sandbox) -> None:
    """It cannot be deleted before somebody lets the job go on, or cancels it."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    served.save(jobs={"bot": job(7, paused=True)})
    served.run("apply", "--yes").ended(0)
    served.write("data/train.jsonl", dataset(13))
    said = served.run("apply", "--yes", "--wait").ended(0)
    assert "files.train  waiting: " in said.out
    assert "looking again" not in said.err


def test_the_plan_file_holds_no_key(served: Project, tmp_path: Path) -> None:
    """Nor a row of data, nor where this machine keeps it."""
    served.run("plan", "--out", PLAN).ended(0)
    text = served.read(PLAN)
    assert served.environ["OPENAI_API_KEY"] not in text
    assert "Where is" not in text
    assert str(tmp_path) not in text


def test_what_can_never_be_done_is_not_waited_for(served: Project, box: Sandbox) -> None:
    """A job whose file is bound to an id that does not exist: one round, and the reason."""
    served.save(**{"import": [{"to": "files.train", "id": "file-none"}]})
    before = sum(box.requests().values())
    said = served.run("apply", "--yes", "--wait")
    assert said.code != 0
    assert sum(box.requests().values()) < before + 20


def test_data_that_changed_under_the_question(served: Project, box: Sandbox) -> None:
    """Between the plan and the yes: exit 3, the job waits for it, and nothing is left behind."""
    with Terminal(served, "apply") as terminal:
        terminal.until("[y/N] ")
        served.write("data/train.jsonl", dataset(13))
        terminal.press("y\n")
        said = terminal.end().ended(3)
    assert "refused: data/train.jsonl changed after it was planned" in said.out
    assert box.made("files") == box.made("jobs") == []
    served.run("apply", "--yes").ended(0)

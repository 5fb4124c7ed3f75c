"""`--replace` and `--cancel-first`: made anew because somebody asked, and paid for once."""

import json
from typing import Any

import pytest

from tests.support.cli import MODEL, Project, Sandbox

JOBS = "/v1/fine_tuning/jobs"

pytestmark = pytest.mark.usefixtures("impatient")


def two(project: Project) -> None:
    """Two jobs that are done."""
    job = {"model": MODEL, "training_file": "train"}
    project.save(jobs={"a": job | {"seed": 1}, "b": job | {"seed": 2}})
    project.run("apply", "--yes").ended(0)


def tries(box: Sandbox) -> list[str]:
    """Which job each create was for, and which try, in their order."""
    marks = (job["metadata"] for job in box.made("jobs"))
    return [f"{m['reconciler_address']} {m['reconciler_attempt']}" for m in marks]


def test_it_is_made_anew(served: Project, box: Sandbox) -> None:
    """Nothing differs, and the next try is made; once that ended well, the flag means one more."""
    served.run("apply", "--yes").ended(0)
    said = served.run("plan", "--replace", "jobs.bot").ended(0)
    assert "± jobs.bot  replace  asked for with --replace: trains again" in said.out
    assert said.err.endswith("next: reconciler apply --replace jobs.bot\n")
    for number in (2, 3):
        served.run("apply", "--replace", "jobs.bot", "--yes").ended(0)
        assert tries(box)[-1] == f"jobs.bot 1.{number}"
        assert "nothing to do" in served.run("plan").ended(0).out
    assert "renewals" not in served.state


def test_it_is_replaced_in_one_round_only(served: Project, box: Sandbox) -> None:
    """Waiting for its end is no reason to make another one; a chain waits for its new base."""
    served.save(
        jobs={
            "base": {"model": MODEL, "training_file": "train"},
            "next": {"model": "jobs.base", "training_file": "train"},
        }
    )
    served.run("apply", "--yes", "--wait").ended(0)
    served.run("apply", "--replace", "jobs.*", "--yes", "--wait").ended(0)
    assert tries(box) == ["jobs.base 1.1", "jobs.next 1.1", "jobs.base 1.2", "jobs.next 1.2"]
    base, later = box.made("jobs")[2:]
    assert later["model"] == base["fine_tuned_model"]
    assert "nothing to do" in served.run("plan").ended(0).out


def test_the_same_command_goes_on(served: Project, box: Sandbox) -> None:
    """One of two was refused: repeated, the command makes the one that is missing, and no other."""
    two(served)
    again = ("apply", "--replace", "jobs.*", "--yes")
    box.fault("denied", method="POST", path=JOBS, skip=1)
    served.run(*again).ended(1)
    box.heal()
    said = served.run(*again).ended(0)
    assert "note: jobs.a was made anew already: ftjob-" in said.err
    assert tries(box)[2:] == ["jobs.a 1.2", "jobs.b 1.2"]
    served.run(*again).ended(0)
    assert tries(box)[4:] == ["jobs.a 1.3", "jobs.b 1.3"]


def test_an_apply_without_it_ends_it(served: Project, box: Sandbox) -> None:
    """What was not made stays unmade, and the flag means another one afterwards."""
    two(served)
    box.fault("denied", method="POST", path=JOBS, skip=1)
    served.run("apply", "--replace", "jobs.*", "--yes").ended(1)
    box.heal()
    assert len(served.state["renewals"]) == 2
    assert "nothing to do" in served.run("apply").ended(0).out
    served.run("apply", "--replace", "jobs.a", "--yes").ended(0)
    assert tries(box)[2:] == ["jobs.a 1.2", "jobs.a 1.3"]


def test_it_is_part_of_what_is_reviewed(served: Project, box: Sandbox) -> None:
    """A digest and a saved plan allow just this try; neither is good for a second one."""
    served.run("apply", "--yes").ended(0)
    digest = served.run("plan", "--replace", "jobs.bot", "--json").ended(0).json["digest"]
    served.run("plan", "--replace", "jobs.bot", "--out", "plan.json").ended(0)
    assert "own scope" in served.run("apply", "plan.json", "--replace", "*").ended(64).err
    served.run("apply", "plan.json").ended(0)
    served.run("apply", "plan.json").ended(3)
    error = served.run("apply", "--replace", "jobs.bot", "--expect", digest).ended(3).err
    assert "it would now pay for jobs.bot" in error
    assert tries(box) == ["jobs.bot 1.1", "jobs.bot 1.2"]


def test_what_is_not_declared(served: Project) -> None:
    """A pattern that matches nothing is a slip of the finger."""
    for option in ("--replace", "--cancel-first"):
        error = served.run("plan", option, "jobs.bo").ended(64).error
        assert error["what"] == "no resource jobs.bo"
        assert error["cure"] == "did you mean jobs.bot?"


def cancelled(box: Sandbox) -> list[bool]:
    """Of each job that was made, whether it was cancelled."""
    return [job["status"] == "cancelled" for job in box.made("jobs")]


def effects(lines: list[dict[str, Any]]) -> list[str]:
    """What was done, in its order."""
    done = (line for line in lines if line["type"] == "done")
    return [f"{line['action']} {line['address']}" for line in done]


def test_what_runs_ends_first(served: Project, slow: Sandbox) -> None:
    """Its files are there, then it is cancelled, then the new one is made."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    served.write("data/train.jsonl", served.read("data/train.jsonl").replace("order", "thing"))
    command = ("apply", "--cancel-first", "jobs.bot", "--yes", "--json")
    done = effects(served.run(*command).ended(0).lines)
    assert done[:3] == ["replace files.train", "cancel jobs.bot", "replace jobs.bot"]
    assert cancelled(slow) == [True, False]
    assert "nothing to do" in served.run("plan").ended(0).out


def test_what_ended_first_and_was_not_replaced(served: Project, slow: Sandbox) -> None:
    """The new one was refused: the next apply makes it, with the flag or without."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    served.save(jobs={"bot": served.manifest["jobs"]["bot"] | {"seed": 9}})
    slow.fault("denied", method="POST", path=JOBS)
    served.run("apply", "--cancel-first", "jobs.bot", "--yes").ended(1)
    slow.heal()
    assert "+ jobs.bot  create" in served.run("apply", "--yes").ended(0).out
    assert cancelled(slow) == [True, False]


def test_nothing_is_cancelled_that_is_not_replaced(served: Project, slow: Sandbox) -> None:
    """Where nothing may be cancelled, or the upload fails, the one that runs goes on."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    served.write("data/train.jsonl", served.read("data/train.jsonl").replace("order", "thing"))
    said = served.run("apply", "--cancel-first", "jobs.bot", "--no-delete", "--yes").ended(0)
    what = "jobs.bot is left out: what it replaces would have to be cancelled first"
    assert f"note: {what}\n" in said.err
    slow.fault("denied", method="POST", path="/v1/files")
    served.write("data/train.jsonl", served.read("data/train.jsonl").replace("thing", "stuff"))
    said = served.run("apply", "--cancel-first", "jobs.bot", "--yes", "--json").ended(1)
    assert effects(said.lines) == []
    assert json.loads(said.out.splitlines()[-1])["failed"] == 1
    assert cancelled(slow) == [False]


def test_an_endpoint_at_its_limit(served: Project, slow: Sandbox) -> None:
    """It takes no second job beside the one that runs: how to end that one first is told."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    served.save(jobs={"bot": served.manifest["jobs"]["bot"] | {"seed": 9}})
    slow.fault("rate_limit", method="POST", path=JOBS)
    error = " ".join(served.run("apply", "--yes").ended(5).err.split())
    assert "where two do not run side by side: --cancel-first jobs.bot ends the old one" in error
    slow.heal()
    served.run("apply", "--cancel-first", "jobs.bot", "--yes").ended(0)
    assert cancelled(slow) == [True, False]


def test_a_sweep_does_not_end_it(served: Project, box: Sandbox) -> None:
    """`gc` between the two leaves it asked for: the same command goes on, and pays for the rest."""
    two(served)
    again = ("apply", "--replace", "jobs.*", "--yes")
    box.fault("denied", method="POST", path=JOBS, skip=1)
    served.run(*again).ended(1)
    box.heal()
    served.run("gc", "--yes", "--settle", "0s").ended(0)
    assert len(served.state["renewals"]) == 2
    served.run(*again).ended(0)
    assert tries(box)[2:] == ["jobs.a 1.2", "jobs.b 1.2"]


def test_an_older_state_that_comes_back(served: Project, box: Sandbox) -> None:
    """What was paid for since is used, not hidden behind what that state knows."""
    served.save(models={"prod": {"job": "bot"}}, outputs={"file": "models.json"})
    served.run("apply", "--yes", "--wait").ended(0)
    before = served.read("state/demo.json")
    served.run("apply", "--replace", "jobs.bot", "--yes", "--wait").ended(0)
    in_use = served.read("models.json")
    served.write("state/demo.json", before)
    (served.root / "state/demo.journal").unlink(missing_ok=True)
    first, second = box.made("jobs")
    said = served.run("plan").ended(0)
    assert f"try 2, later than {first['id']}, which the state knows" in said.out
    served.run("apply", "--replace", "jobs.bot", "--yes").ended(0)
    assert served.record("jobs.bot")["id"] == second["id"]
    assert served.read("models.json") == in_use
    assert tries(box) == ["jobs.bot 1.1", "jobs.bot 1.2"]
    assert "nothing to do" in served.run("plan").ended(0).out

"""A part of a plan, planned and applied from the command line."""

import json
import re

import pytest

from tests.support.cli import MODEL, Project, Sandbox, dataset


@pytest.fixture
def two(demo: Project, box: Sandbox) -> Project:
    """Two jobs with a file each."""
    box.serves(demo)
    demo.write("data/more.jsonl", dataset(12, "more"))
    demo.save(
        files={"train": {"path": "data/train.jsonl"}, "more": {"path": "data/more.jsonl"}},
        jobs={
            "bot": {"model": MODEL, "training_file": "train"},
            "big": {"model": MODEL, "training_file": "more"},
        },
    )
    return demo


def test_a_target_and_the_rest(two: Project, box: Sandbox) -> None:
    """What it needs comes with it, and is told; the next commands say the same part."""
    said = two.run("plan", "--target", "jobs.bot").ended(0)
    assert "Plan: 2 to create" in said.out
    assert "note: files.train is added to the target: jobs.bot needs it" in said.err
    assert "next: reconciler apply --target jobs.bot" in said.err
    two.run("apply", "--target", "jobs.bot", "--yes", "--wait").ended(0)
    assert len(box.made("jobs")) == 1
    assert "jobs.big" in two.run("plan").ended(0).out


def test_what_is_excluded_takes_its_readers_along(two: Project, box: Sandbox) -> None:
    """Nothing fails for it, and a note says why."""
    said = two.run("apply", "--exclude", "files.more", "--yes").ended(0)
    assert "note: jobs.big is left out: it needs files.more, which is out of scope" in said.err
    assert [job["training_file"] for job in box.made("jobs")] == [two.record("files.train")["id"]]


def test_nothing_is_deleted(two: Project, box: Sandbox) -> None:
    """`--no-delete` leaves what is no longer declared for another time."""
    two.run("apply", "--yes", "--wait").ended(0)
    two.save(files={"train": {"path": "data/train.jsonl"}}, jobs={})
    said = two.run("plan", "--no-delete").ended(0)
    assert "0 to delete" in said.out
    two.run("apply", "--no-delete", "--yes").ended(0)
    assert "1 to delete" in two.run("plan").ended(0).out


def test_drift_alone(two: Project, box: Sandbox) -> None:
    """It is shown, and nothing is planned."""
    two.run("apply", "--yes", "--wait").ended(0)
    box.send("DELETE", f"/files/{two.record('files.train')['id']}")
    two.write("data/more.jsonl", dataset(13, "changed"))
    said = two.run("plan", "--drift-only").ended(0)
    assert "files.train" in said.out
    assert "nothing to do" in said.out
    assert "jobs.big" not in said.out


def test_the_digest_is_that_of_the_part(two: Project) -> None:
    """What was reviewed in part is applied in part."""
    said = two.run("plan", "--target", "jobs.bot", "--allow-local-state", CI="true").ended(0)
    (command,) = re.findall(r"apply just this: reconciler (.*)\)", said.err)
    assert command.startswith("apply --target jobs.bot --allow-local-state --expect ")
    two.run(*command.split()).ended(0)
    two.run(*command.replace("jobs.bot", "jobs.big").split()).ended(3)


@pytest.mark.parametrize("excluded", ["jobs.bot", "jobs.*"])
def test_a_target_that_is_excluded(two: Project, excluded: str) -> None:
    """Is a mistake of the command line: an empty plan would say that nothing is to do."""
    said = two.run("plan", "--target", "jobs.bot", "--exclude", excluded).ended(64)
    assert said.error["what"] == "jobs.bot is chosen and excluded"
    two.run("plan", "--target", "jobs.*", "--exclude", "jobs.bot").ended(0)


def test_a_misspelt_target(two: Project) -> None:
    """Is a mistake of the command line, with a guess."""
    said = json.loads(two.run("plan", "--target", "jobs.bto", "--json").ended(64).out)
    assert "did you mean jobs.bot?" in json.dumps(said)

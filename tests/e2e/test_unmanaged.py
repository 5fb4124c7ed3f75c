"""What is live at the endpoint and not of this manifest is shown, and left alone."""

import json

import pytest

from tests.support.cli import MODEL, Project, Sandbox, dataset


@pytest.fixture
def shared(demo: Project, box: Sandbox) -> Project:
    """Ours is applied; a file and a job of somebody else, and one of another environment."""
    box.serves(demo)
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.write("data/theirs.jsonl", dataset(20, "theirs"))
    demo.run("files", "upload", "data/theirs.jsonl").ended(0)
    theirs = json.loads(demo.run("files", "list", "--json").ended(0).out)[0]["id"]
    body = {"model": MODEL, "training_file": theirs, "metadata": {"reconciler_owner": "acme/x"}}
    box.send("POST", "/fine_tuning/jobs", body)
    return demo


def test_only_what_is_not_ours(shared: Project) -> None:
    """With its owner, where it says one; ours is not in the list."""
    said = shared.run("unmanaged").ended(0)
    lines = said.out.splitlines()
    assert [line for line in lines if "theirs.jsonl" in line]
    assert [line for line in lines if "acme/x" in line and "ftjob-" in line]
    assert ", 1 job · " in lines[-1]
    assert said.err == "next: reconciler import --all --dry-run\n"
    assert shared.record("jobs.bot")["id"] not in said.out


def test_as_json_and_by_age(shared: Project) -> None:
    """The same as values; what is younger than asked for is left out."""
    found = json.loads(shared.run("unmanaged", "--json", "--sort", "size").ended(0).out)
    assert {one["kind"] for one in found} == {"files", "jobs"}
    assert [one["bytes"] or 0 for one in found] == sorted(
        (one["bytes"] or 0 for one in found), reverse=True
    )
    assert shared.run("unmanaged", "--older", "30d").ended(0).out == "Nothing live but ours\n"
    assert json.loads(shared.run("unmanaged", "--older", "1d", "--json").ended(0).out) == []

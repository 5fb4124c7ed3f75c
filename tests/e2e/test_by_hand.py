"""`files`, `jobs` and `models` by hand: addresses, ids, and what is neither."""

import pytest

from tests.support.cli import Project, Sandbox


@pytest.fixture
def trained(served: Project) -> Project:
    """A project whose job has its model."""
    served.run("apply", "--yes", "--wait").ended(0)
    return served


LISTS = "reconciler {} lists what is there"
ASKED = {
    "of another kind": (
        "jobs get files.train",
        {"what": "files.train is none of the jobs", "cure": "reconciler files --help"},
        64,
    ),
    "misspelt": (
        "jobs events jobs.bo",
        {"what": "no resource jobs.bo", "cure": "did you mean jobs.bot?"},
        64,
    ),
    "a model that is misspelt": (
        "chat jobs.bo Hello",
        {"what": "no resource jobs.bo", "cure": "did you mean jobs.bot?"},
        64,
    ),
    "a job that is not there": (
        "jobs checkpoints ftjob-x",
        {"why": '"Could not find fine tune: ftjob-x"', "cure": LISTS.format("jobs")},
        1,
    ),
    "a file that is not there": (
        "files get file-x",
        {"why": '"No such File object: file-x"', "cure": LISTS.format("files")},
        1,
    ),
    "a model that is not there": (
        "chat gpt-9 Hello",
        {"why": "\"The model 'gpt-9' does not exist\"", "cure": LISTS.format("models")},
        1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ASKED)
def test_what_is_not_there(trained: Project, case: str) -> None:
    """What was asked for, and where to look."""
    command, parts, code = ASKED[case]
    said = trained.run(*command.split()).ended(code)
    assert said.error | parts == said.error


def test_what_has_no_object_yet(served: Project) -> None:
    """It is declared, and nothing was made of it."""
    error = served.run("jobs", "get", "jobs.bot").ended(1).error
    assert error["what"] == "jobs.bot has no object yet"
    assert error["cure"] == "reconciler apply"


def test_an_object_is_shown_as_people_read_it(trained: Project) -> None:
    """Times as times, and nothing in the spelling of Python."""
    shown = trained.run("jobs", "get", "jobs.bot").ended(0).out
    lines = dict(line.split(maxsplit=1) for line in shown.splitlines())
    assert lines["shared_with_openai"] == "false"
    assert lines["result_files"].startswith("file-")
    assert lines["created_at"].endswith("Z")


def test_a_file_that_was_deleted_already(trained: Project) -> None:
    """Its deletion says so, and is no error."""
    file = trained.record("files.train")["id"]
    assert (
        trained.run("files", "delete", "files.train", "--yes").ended(0).out == f"{file}  deleted\n"
    )
    again = trained.run("files", "delete", file, "--yes").ended(0)
    assert again.out == f"{file}  was not there\n"
    assert trained.run("files", "delete", file, "--yes", "--json").json["deleted"] is False


def test_an_upload_whose_answer_is_lost(served: Project, box: Sandbox) -> None:
    """Nothing looks for it by itself, so a person is told to."""
    box.fault("cut_after", method="POST", path="/v1/files", times=1)
    error = served.run("files", "upload", "data/train.jsonl").ended(1).error
    assert error["cure"] == "look for it first: reconciler files; sent again, it may be there twice"
    assert "train.jsonl" in served.run("files").out


def test_only_the_newest(trained: Project) -> None:
    """Of jobs, and of what happened to one."""
    assert len(trained.run("jobs", "list", "--limit", "1", "--json").ended(0).json) == 1
    told = trained.run("jobs", "events", "jobs.bot", "--limit", "2").ended(0).out.splitlines()
    assert [line.split("Z  ")[1][:3] for line in told] == ["New", "The"]

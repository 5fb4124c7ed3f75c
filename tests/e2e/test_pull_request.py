"""A pull request from its first push to its apply, with the workflow that `init --ci` writes."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.support.canary import KEY
from tests.support.cli import Project, Sandbox, dataset
from tests.support.forges import COMMIT, TOKEN, Host, forge, github, gitlab
from tests.support.workflow import Runner, jobs

LOCAL = "--allow-local-state"
"""The state of these tests is a file; theirs is shared. Nothing else of the workflow is changed."""


@pytest.fixture
def host() -> Iterator[Host]:
    """GitHub and GitLab in one."""
    with forge() as running:
        yield running


def workflow_of(project: Project) -> str:
    """What `init` writes, but for the state."""
    project.run("init", "--ci", "github").ended(0)
    text = project.read(".github/workflows/reconciler.yml")
    return re.sub("reconciler (plan|apply)(?= )", rf"reconciler \1 {LOCAL}", text)


def test_from_the_first_push_to_the_apply(served: Project, box: Sandbox, host: Host) -> None:
    """One comment: made, updated after a push, marked after the merge applied what it says."""
    steps = jobs(workflow_of(served))
    values = {"secrets.OPENAI_API_KEY": KEY, "github.token": TOKEN}
    environ = github(host, served) | {"OPENAI_BASE_URL": box.server.base_url}
    environ = {name: value for name, value in environ.items() if "TOKEN" not in name}

    first = Runner(served, environ, dict(values))
    assert first.job(steps["plan"]) == 0, first.log
    served.write("data/train.jsonl", dataset(13))
    served.write("page.md", "").unlink()  # another runner
    second = Runner(served, environ, dict(values))
    assert second.job(steps["plan"]) == 0, second.log
    (body,) = host.bodies(7)
    assert (second.outputs, box.writes()) == ({}, 0)
    assert "new: 13 rows" in body

    host.brought[COMMIT] = 7
    pushed = github(host, served, None) | {"OPENAI_BASE_URL": box.server.base_url}
    merge = Runner(served, {n: v for n, v in pushed.items() if "TOKEN" not in n}, dict(values))
    assert merge.job(steps["apply"]) == 0, merge.log
    (body,) = host.bodies(7)
    assert "· [applied " in body.splitlines()[1]
    assert len(box.made("jobs")) == 1
    assert TOKEN not in first.log + second.log + merge.log


def test_other_data_than_were_reviewed(served: Project, box: Sandbox, host: Host) -> None:
    """The digest refuses them after the merge: nothing is sent, and the pull request says so."""
    ci = gitlab(host)
    served.run("plan", LOCAL, "--page", "page.md", **ci).ended(0)
    served.run("comment", "page.md", **ci).ended(0)
    served.write("data/train.jsonl", dataset(13))
    host.brought[COMMIT] = 7
    merged = gitlab(host, None)
    digest = served.run("comment", "--reviewed", **merged).ended(0).out.strip()
    said = served.run("apply", "--expect", digest, LOCAL, **merged).ended(3)
    assert said.error["what"] == "refused: the plan is not the one that was reviewed"
    assert box.writes() == 0
    served.run("comment", "--applied", str(said.code), **merged).ended(0)
    assert "**apply ended with exit 3** " in host.bodies(7)[0].splitlines()[1]


def test_a_fork_without_a_key(served: Project, box: Sandbox, host: Host) -> None:
    """Its pull request gets a plan against the state alone, and can write no comment."""
    steps = jobs(workflow_of(served))["fork"]
    commands = [step["run"].split()[1:] for step in steps if "reconciler" in step.get("run", "")]
    no_key = github(host, served) | {"OPENAI_API_KEY": "", "GITHUB_TOKEN": ""}
    for _, *arguments in [command for command in commands if command[0] == "install"]:
        assert "finetune-reconciler" in str(arguments)
    said = [served.run(*c, **no_key).ended(0) for c in commands if c[0] != "install"]
    assert "Plan: 2 to create" in said[-1].out
    assert "offline: compared with the state alone" in said[-1].err
    assert "no key for" in served.run("plan", **no_key).ended(1).err
    assert box.requests() == {}
    assert host.seen == []


def test_a_night_with_drift(served: Project, box: Sandbox, host: Host) -> None:
    """One issue is open while something is other than it was left; its text stays as it is."""
    served.write("data/faq.jsonl", dataset(12, "question"))
    served.save(files=served.manifest["files"] | {"faq": {"path": "data/faq.jsonl"}})
    served.run("apply", "--yes", "--wait", LOCAL).ended(0)
    ci = github(host, served, None)

    def night(code: int) -> str:
        arguments = (LOCAL, "--drift-only", "--page", "drift.md", "--detailed-exitcode")
        served.run("plan", *arguments, **ci).ended(code)
        told: str = (
            served.run("comment", "drift.md", "--issue", "--json", **ci).ended(0).json["done"]
        )
        return told

    assert night(0) == "not needed"
    box.send("DELETE", f"/files/{served.record('files.train')['id']}")
    assert night(0) == "not needed"  # its job exists, so nothing follows from it
    box.send("DELETE", f"/files/{served.record('files.faq')['id']}")
    assert night(2) == "created"
    assert "\n- `files.faq` " in host.issues[0].body
    ci["GITHUB_RUN_ID"] = "99"
    assert night(2) == "unchanged"
    assert "runs/88" in host.issues[0].body
    served.run("apply", "--yes").ended(0)
    assert night(0) == "closed"
    assert [issue.is_open for issue in host.issues] == [False]
    assert json.loads(served.run("state", "--json").out)

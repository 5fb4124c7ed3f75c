"""An apply that could not do all: what is done, what is not, why, and the command that goes on."""

import pytest

from reconciler.backends.local import LocalBackend
from reconciler.cli.verbs.stop import Stop
from reconciler.errors import ReconcilerError
from tests.support.cli import MODEL, Project, Sandbox, dataset

FILES, JOBS = "/v1/files", "/v1/fine_tuning/jobs"


@pytest.fixture
def halting(served: Project, slow: Sandbox) -> Project:
    """One job runs. Of two files the second is refused, and of the next create no reply comes."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    for name in ("a", "b"):
        served.write(f"data/{name}.jsonl", dataset(12, name))
        served.manifest["files"][name] = {"path": f"data/{name}.jsonl"}
        served.manifest["jobs"][name] = {"model": MODEL, "training_file": name}
    held = {"model": MODEL, "training_file": "train", "seed": 9, "paused": True}
    served.manifest["jobs"]["held"] = held
    served.manifest["jobs"]["b2"] = {"model": MODEL, "training_file": "b", "seed": 2}
    served.save()
    slow.fault("server_error", method="POST", path=FILES, status=403, message="no", skip=1, times=1)
    slow.fault("cut", method="POST", path=JOBS, times=1)
    return served


ONE_BY_ONE = ("--yes", "--parallel", "1")
"""Uploads in their order, so that it is the second one that fails."""


def test_one_summary_tells_all(halting: Project, slow: Sandbox) -> None:
    """What does not need what failed goes on; the rest is named with its reason."""
    said = halting.run("apply", *ONE_BY_ONE).ended(5)
    running = halting.record("jobs.bot")["id"]
    summary = said.out[said.out.index("Apply: ") :].splitlines()
    assert summary[0].startswith(
        "Apply: 1 done, 1 failed, 2 skipped, 1 waiting, 1 unsettled, 1 running · price unknown"
    )
    assert summary[1:] == [
        "  ✗ files.b    failed: the endpoint refused the file (403)",
        "  ! jobs.a     unsettled: no reply; looked for it, not listed yet",
        "  · jobs.b     skipped: needs files.b, which is not done",
        "  · jobs.b2    skipped: needs files.b, which is not done",
        "  … jobs.held  waiting: not made while `paused: true`",
        f"  … jobs.bot   running: {running}",
    ]
    assert said.err.endswith(
        "next: reconciler apply   (goes on from here; nothing is paid twice)\n"
    )
    slow.advance(400)
    said = halting.run("apply", "--yes").ended(0)
    assert "Apply: 4 done, 1 waiting, " in said.out
    assert len(slow.made("jobs")) == 4


def test_the_same_as_json(halting: Project) -> None:
    """In the last line, and each address with its fate."""
    end = halting.run("apply", *ONE_BY_ONE, "--json").ended(5).lines[-1]
    assert [(item["fate"], item["address"]) for item in end["unfinished"]] == [
        ("failed", "files.b"),
        ("unsettled", "jobs.a"),
        ("skipped", "jobs.b"),
        ("skipped", "jobs.b2"),
        ("waiting", "jobs.held"),
        ("running", "jobs.bot"),
    ]
    assert end["unfinished"][2]["words"] == "needs files.b, which is not done"
    assert end["next"] == "reconciler apply"


def test_what_goes_on_is_what_was_wanted(halting: Project) -> None:
    """The same part, the same leave; whoever looks at it in CI is told in the log alone."""
    options = ("--target", "files.b", "--allow-delete", "files.*")
    halting.run("apply", "--yes", "--target", "files.a").ended(0)
    said = halting.run("apply", *ONE_BY_ONE, *options).ended(1)
    assert (
        "next: reconciler apply --target files.b --allow-delete 'files.*'   (goes on from here; "
        "nothing is paid twice)\n"
    ) in said.err


def test_a_whole_apply_lists_nothing(served: Project, slow: Sandbox) -> None:
    """A job that runs is where it should be."""
    slow.serves(served)
    said = served.run("apply", "--yes").ended(0)
    assert said.out[said.out.index("Apply: ") :].count("\n") == 1


def test_many_are_counted(served: Project, box: Sandbox) -> None:
    """No summary is longer than a page; JSON has them all."""
    served.manifest["jobs"] = {
        f"j{number}": {"model": MODEL, "training_file": "train", "seed": number}
        for number in range(30)
    }
    served.save()
    box.fault("server_error", method="POST", path=FILES, status=403, message="no")
    said = served.run("apply", "--yes").ended(1)
    assert "  · jobs.j27     skipped: " not in said.out
    assert "    and 10 more skipped\n" in said.out
    end = served.run("apply", "--yes", "--json").ended(1).lines[-1]
    assert len(end["unfinished"]) == 31


def test_what_could_not_be_saved_is_not_called_saved(
    served: Project, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody asks to stop while the disk takes nothing more."""
    stopped: list[str] = []

    def full(_: LocalBackend, line: bytes) -> None:
        stopped.append(line.decode())
        raise ReconcilerError("cannot add to the journal", where="x", why="no space", cure="room")

    monkeypatch.setattr(LocalBackend, "append", full)
    monkeypatch.setattr(Stop, "is_over", property(lambda _: bool(stopped)))
    said = served.run("apply", "--yes").ended(130)
    assert said.out.count("interrupted; the state could not be saved\n") == 1
    assert "state saved" not in said.all
    assert box.made("files") == []

"""`gc`: what is ours and nothing accounts for goes; what others made, or somebody kept, stays."""

import re

import pytest

from reconciler.cli.verbs.gc import Sweeping
from reconciler.cli.verbs.stop import Stop
from reconciler.errors import ApiError
from tests.support.cli import MODEL, Project, Sandbox, dataset, many

NOW = ("--settle", "0s")
"""This simulator lists at once, which an endpoint of its kind need not do."""


def extra(project: Project, name: str = "extra") -> str:
    """Apply one more file and a job that reads it; the id of the file."""
    project.write(f"data/{name}.jsonl", dataset(12, name))
    project.save(
        files={**project.manifest["files"], name: {"path": f"data/{name}.jsonl"}},
        jobs={**project.manifest["jobs"], name: {"model": MODEL, "training_file": name}},
    )
    project.run("apply", "--yes").ended(0)
    return str(project.record(f"files.{name}")["id"])


def drop(project: Project, *names: str, **more: object) -> None:
    """Declare these no longer."""
    for section in ("files", "jobs"):
        for name in names:
            project.manifest[section].pop(name, None)
    project.save(**more)


def put_back(project: Project, document: str) -> None:
    """An old state comes back."""
    project.write("state/demo.json", document)
    (project.root / "state/demo.journal").unlink(missing_ok=True)


@pytest.fixture
def orphaned(served: Project, slow: Sandbox) -> Project:
    """A running job and its file, made by an apply whose state was then put back to before it."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    slow.advance(120)
    before = served.read("state/demo.json")
    extra(served)
    put_back(served, before)
    drop(served, "extra")
    return served


def live(box: Sandbox) -> dict[str, str]:
    """What is there: id → status of a job, name of a file."""
    files = {file["id"]: file["filename"] for file in box.made("files") if not file["deleted_at"]}
    return files | {job["id"]: job["status"] for job in box.made("jobs")}


def test_a_dry_run_shows_and_removes_nothing(orphaned: Project, slow: Sandbox) -> None:
    """A running job is cancelled, and then the file that it reads is deleted."""
    before, writes = live(slow).keys(), slow.writes()
    said = orphaned.run("gc", "--dry-run").ended(0)
    assert "  - files.extra  delete  orphan, made 20" in said.out
    assert "  × jobs.extra   cancel  orphan, made 20" in said.out
    assert "Plan: 0 to create, 0 to replace, 1 to delete, 1 to cancel · $0\n" in said.out
    assert said.err == "next: reconciler gc\n"
    assert (live(slow).keys(), slow.writes()) == (before, writes)


def test_they_go_and_nothing_else_does(orphaned: Project, slow: Sandbox) -> None:
    """What is recorded stays; a second run finds nothing."""
    theirs = slow.send("POST", "/fine_tuning/jobs", {
        "model": MODEL, "training_file": orphaned.record("files.train")["id"],
        "metadata": {"reconciler_owner": "acme/x"},
    })["id"]  # fmt: skip
    kept = {orphaned.record(at)["id"] for at in ("files.train", "jobs.bot")} | {theirs}
    before = live(slow)
    said = orphaned.run("gc", "--yes", *NOW).ended(0)
    after = live(slow)
    gone = {id_ for id_ in before if after.get(id_, "cancelled") == "cancelled"}
    assert len(gone) == 2
    assert not gone & kept
    assert "Apply: 2 done in " in said.out
    assert "Plan: nothing to do\n" in orphaned.run("gc", "--yes", *NOW).ended(0).out
    assert "Plan: nothing to do · " in orphaned.run("plan").ended(0).out


@pytest.mark.parametrize("word", ["removed", "forget"])
def test_what_was_let_go_on_purpose_stays(served: Project, box: Sandbox, word: str) -> None:
    """The state remembers it, also when the manifest says no more of it, until it is ours again."""
    file = extra(served)
    if word == "removed":
        keep = [{"address": "files.extra", "keep": True}, {"address": "jobs.extra", "keep": True}]
        drop(served, "extra", removed=keep)
        assert ". files.extra  forget  " in served.run("apply", "--yes").ended(0).out
    else:
        drop(served, "extra")
        served.run("state", "forget", "files.extra").ended(0)
    assert file in served.run("state", "list", "--json").ended(0).json["kept"]
    assert re.search(rf"– +kept +{file}\n", served.run("state").ended(0).out)
    drop(served, removed=[])
    said = served.run("gc", "--yes", "--allow-delete", "*", *NOW).ended(0)
    assert (
        f"note: 1 object is kept on purpose, and left\n  where: files.extra ({file})\n" in said.err
    )
    assert box.send("GET", f"/files/{file}")["id"] == file
    assert "next: reconciler gc" not in served.run("apply", "--yes").ended(0).err


def test_the_manifest_outlives_the_state(served: Project, box: Sandbox) -> None:
    """What `removed` keeps is kept as long as that stands there, whatever the state knows."""
    file = extra(served)
    served.run("apply", "--yes", "--wait").ended(0)
    drop(served, "extra", removed=[{"address": "files.extra", "keep": True}])
    served.lose_state()
    said = served.run("gc", "--yes", "--allow-delete", "*", *NOW).ended(0)
    assert (
        f"note: 1 object is kept on purpose, and left\n  where: files.extra ({file})\n" in said.err
    )
    assert box.send("GET", f"/files/{file}")["id"] == file


def test_what_is_older_than_the_state_goes_by_its_address(served: Project, box: Sandbox) -> None:
    """Another state may have let it go on purpose: nobody but a person knows."""
    file = extra(served)
    drop(served, "extra")
    served.lose_state()
    said = served.run("gc", "--yes", *NOW).ended(0)
    assert f"  … files.extra  waiting  {file} is older than this state: it may be kept" in said.out
    assert "warning: 1 orphan is older than this state, and left\n" in said.err
    assert (
        "  cure:  look at them, then by address: reconciler gc --allow-delete files.extra"
        in said.err
    )
    assert box.send("GET", f"/files/{file}")["id"] == file
    served.run("gc", "--yes", "--allow-delete", "files.extra", *NOW).ended(0)
    assert file not in live(box)


def test_what_a_live_job_reads_waits(orphaned: Project, slow: Sandbox) -> None:
    """Whoever made that job, and also when it begins to read between the two looks."""
    file = next(f["id"] for f in slow.made("files") if ".extra." in f["filename"])
    slow.send("POST", "/fine_tuning/jobs", {"model": MODEL, "training_file": file})
    said = orphaned.run("gc", "--yes", *NOW).ended(0)
    assert f"  … files.extra  waiting  {file} is still read by ftjob-" in said.out
    assert "Apply: 1 done, 1 waiting in " in said.out
    assert file in live(slow)


def test_a_reader_that_comes_between_the_looks(
    orphaned: Project, slow: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what both looks find to be orphans goes."""
    file = next(f["id"] for f in slow.made("files") if ".extra." in f["filename"])

    def meanwhile(_: Sweeping) -> None:
        slow.send("POST", "/fine_tuning/jobs", {"model": MODEL, "training_file": file})

    monkeypatch.setattr(Sweeping, "let_lists_catch_up", meanwhile)
    said = orphaned.run("gc", "--yes").ended(0)
    assert "1 to delete, 1 to cancel" in said.out
    assert "Apply: 1 done, 1 waiting in " in said.out
    assert file in live(slow)


def test_what_is_younger_is_left(orphaned: Project, slow: Sandbox) -> None:
    """By the endpoint's own clock; a job that has ended meanwhile is history."""
    said = orphaned.run("gc", "--yes", "--older", "30d", *NOW).ended(0)
    assert "Plan: nothing to do\n" in said.out
    assert "note: 2 objects are younger than 30d, and left\n  where: files.extra (file-" in said.err
    slow.advance(31 * 86_400)
    said = orphaned.run("gc", "--dry-run", "--older", "30d").ended(0)
    assert "Plan: 0 to create, 0 to replace, 1 to delete · $0\n" in said.out
    assert said.err.startswith("note: 1 model is used by nothing here, and left\n")
    assert said.err.endswith("\nnext: reconciler gc --older 30d\n")
    assert "Apply: 1 done in " in orphaned.run("gc", "--yes", "--older", "30d", *NOW).ended(0).out


def test_nothing_is_removed_while_a_create_is_in_doubt(orphaned: Project, slow: Sandbox) -> None:
    """What it made would look like an orphan."""
    slow.fault("lag", seconds=600)
    slow.fault("cut_after", method="POST", path="/v1/fine_tuning/jobs", times=1)
    orphaned.manifest["jobs"]["more"] = {"model": MODEL, "training_file": "train", "seed": 9}
    orphaned.save()
    orphaned.run("apply", "--yes").ended(5)
    writes = slow.writes()
    error = orphaned.run("gc", "--yes").ended(3).error
    assert error["what"] == "refused: jobs.more may have been made, and nobody knows yet"
    assert slow.writes() == writes


def test_many_need_leave(served: Project, box: Sandbox) -> None:
    """An old state that was put back makes orphans of what a newer one knew."""
    served.run("apply", "--yes").ended(0)
    box.advance(120)
    before = served.read("state/demo.json")
    many(served, 6)
    served.run("apply", "--yes", "--allow-delete", "*").ended(0)
    put_back(served, before)
    served.save(files={}, jobs={})
    said = served.run("gc", "--yes", "--allow-empty", *NOW).ended(3)
    assert said.err.count("error: refused: 6 of 1 files would be deleted") == 1
    assert "put back" in said.err
    said = served.run("gc", "--yes", "--allow-empty", "--allow-delete", "files.f*", *NOW).ended(0)
    assert "Apply: 6 done in " in said.out


def test_as_json(orphaned: Project) -> None:
    """Of a dry run the plan; else the plan, each step, and the end."""
    document = orphaned.run("gc", "--dry-run", "--json").ended(0).json
    assert [change["action"] for change in document["changes"]] == ["delete", "cancel"]
    lines = orphaned.run("gc", "--yes", "--json", *NOW).ended(0).lines
    kinds = [line["type"] for line in lines]
    assert kinds == ["plan", "started", "done", "started", "done", "end"]


def test_nobody_is_here_to_ask(orphaned: Project, slow: Sandbox) -> None:
    """The plan is shown, nothing is sent, and the cure is `--yes`."""
    writes = slow.writes()
    said = orphaned.run("gc").ended(64)
    assert said.error["cure"] == "reconciler gc --yes"
    assert slow.writes() == writes


def test_the_lists_get_their_time(orphaned: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two looks lies `settle`; whoever stops meanwhile has removed nothing."""
    paused: list[float] = []
    monkeypatch.setattr(Stop, "pause", lambda _, seconds: paused.append(seconds))
    said = orphaned.run("gc", "--yes", "--settle", "2m").ended(0)
    assert re.search(r"looking again in (2m|1m \d+s): a list may lack what reads them\n", said.err)
    assert 60 < max(paused) <= 120


def test_an_apply_tells_of_orphans(orphaned: Project, slow: Sandbox) -> None:
    """A warning, the command that follows, and nothing that it asks the endpoint for it."""
    before = slow.requests()
    said = orphaned.run("apply", "--yes").ended(0)
    asked = {route: n - before.get(route, 0) for route, n in slow.requests().items()}
    assert sum(asked.values()) == len([n for n in asked.values() if n == 1]) == 3
    assert "warning: 2 live objects are ours by marker, and nothing accounts for them\n" in said.err
    assert "  where: files.extra (file-" in said.err
    assert "  cure:  reconciler gc --dry-run shows what may go\n" in said.err
    slow.advance(7200)
    orphaned.run("apply", "--yes").ended(0)
    said = orphaned.run("apply", "--yes").ended(0)
    assert "warning: 1 live object is ours by marker" in said.err
    assert said.err.endswith("next: reconciler gc --dry-run\n")
    end = orphaned.run("apply", "--yes", "--json").ended(0).lines[-1]
    assert [finding["severity"] for finding in end["findings"]] == ["warning"]
    assert end["next"] == "reconciler gc --dry-run"


def test_a_destroy_tells_of_what_it_does_not_know(served: Project, box: Sandbox) -> None:
    """A state that was lost leaves it nothing to do, and everything where it is."""
    served.run("apply", "--yes").ended(0)
    served.lose_state()
    said = served.run("destroy", "--yes").ended(0)
    assert "warning: 1 live object is ours by marker" in said.err
    assert "reconciler apply adopts what is declared; reconciler gc --dry-run" in said.err
    assert len(live(box)) == 2


def test_a_stop_while_it_looks_again(
    orphaned: Project, slow: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was only read is left behind; nothing was removed."""
    stopped: list[bool] = []

    def broken_off(_: Sweeping) -> None:
        stopped.append(True)
        raise ApiError("it was broken off, to leave in time")

    monkeypatch.setattr(Sweeping, "look_again", broken_off)
    monkeypatch.setattr(Stop, "is_over", property(lambda _: bool(stopped)))
    writes = slow.writes()
    said = orphaned.run("gc", "--yes", *NOW).ended(130)
    assert "Apply: 0 done, 2 skipped in " in said.out
    assert "next: reconciler gc   (goes on from here; nothing is paid twice)\n" in said.err
    assert slow.writes() == writes

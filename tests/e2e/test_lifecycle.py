"""What a manifest says about the life of its resources, and the guards that ask twice."""

import pytest

from tests.support.cli import MODEL, Project, Sandbox, dataset, many

pytestmark = pytest.mark.usefixtures("impatient")


def test_a_failed_job_stands_until_somebody_decides(served: Project, slow: Sandbox) -> None:
    """A job that ended without a model is told with its cure, exit 1, and not trained again."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    job = served.record("jobs.bot")["id"]
    slow.send("POST", f"/fine_tuning/jobs/{job}/cancel")
    for command in (("plan",), ("apply", "--yes", "--wait"), ("status",), ("apply", "--yes")):
        said = served.run(*command).ended(1)
        assert "error: jobs.bot was cancelled outside and is not trained again" in said.err
        assert f"  where: {job}, attempt 1\n" in said.err
        assert "generation: 2" in said.err
    assert "1 file in sync, 1 job failed\n" in served.run("plan").out
    assert served.record("jobs.bot")["status"] == "cancelled"
    served.manifest["jobs"]["bot"]["generation"] = 2
    served.save()
    served.run("apply", "--yes").ended(0)
    assert len(slow.made("jobs")) == 2


def test_data_that_the_endpoint_refuses(served: Project, box: Sandbox) -> None:
    """A job that fails on its data is told in the endpoint's words; better data trains again."""
    told = "Example 4, message 2 weight Input should be 0 or 1"
    box.fault("flagged_files", times=1, message=told)
    served.save(prices={MODEL: 5000})
    said = served.run("apply", "--yes", "--wait").ended(1)
    assert "error: jobs.bot failed (invalid_training_file) and is not trained again" in said.err
    assert told in said.err
    assert ", attempt 1; training_file data/train.jsonl:4\n" in said.err
    assert "cure:  correct line 4, then reconciler apply: trains again, ≈ $" in said.err
    assert "Apply: 2 done, 1 job failed in " in said.out
    assert "job failed\n" in served.run("plan").ended(1).out
    for command in ("plan", "status"):
        (finding,) = served.run(command, "--json").ended(1).json["findings"]
        failure = finding["failure"]
        assert failure.pop("cost")["high"] > 0
        assert [*failure.values()] == [
            "invalid_training_file", "training_file", "data/train.jsonl", 4
        ]  # fmt: skip
    served.write("data/train.jsonl", dataset(13))
    said = served.run("apply", "--yes", "--wait").ended(0)
    assert "± jobs.bot     replace  its training data changed: trains again" in said.out
    assert len(box.made("jobs")) == 2


def test_retry_pays_once_more_and_no_more(served: Project, slow: Sandbox) -> None:
    """`retry` makes the next try by itself; used up, the failure stands."""
    slow.serves(served)
    served.manifest["jobs"]["bot"]["retry"] = {"max": 1, "on": ["cancelled"]}
    served.save()
    for tries in (1, 2):
        served.run("apply", "--yes").ended(0)
        assert len(slow.made("jobs")) == tries
        job = served.record("jobs.bot")["id"]
        slow.send("POST", f"/fine_tuning/jobs/{job}/cancel")
    assert "1 job failed\n" in served.run("apply", "--yes").ended(1).out
    assert len(slow.made("jobs")) == 2


def test_protect_guards_against_removal(served: Project, slow: Sandbox) -> None:
    """A protected job that runs is not cancelled because its block was deleted."""
    slow.serves(served)
    served.manifest["jobs"]["bot"]["protect"] = True
    served.save()
    served.run("apply", "--yes").ended(0)
    served.save(jobs={})
    for command in (("plan",), ("apply", "--yes"), ("destroy", "--yes")):
        said = served.run(*command).ended(3)
        assert "× jobs.bot" in said.out
        assert "error: refused: jobs.bot is protected\n" in said.err
        assert "--allow-protected jobs.bot" in said.err
    job = served.record("jobs.bot")["id"]
    assert slow.send("GET", f"/fine_tuning/jobs/{job}")["status"] != "cancelled"
    served.run("apply", "--yes", "--allow-protected", "jobs.bot").ended(0)
    assert slow.send("GET", f"/fine_tuning/jobs/{job}")["status"] == "cancelled"


def test_moved_renames_without_training(served: Project, box: Sandbox) -> None:
    """A rename that is said is recorded, for nothing; so is one that is not said."""
    served.run("apply", "--yes", "--wait").ended(0)
    first = served.record("jobs.bot")["id"]
    served.save(
        jobs={"robot": served.manifest["jobs"]["bot"]},
        moved=[{"from": "jobs.bot", "to": "jobs.robot"}],
    )
    said = served.run("plan").ended(0)
    assert "→ jobs.robot  adopt  " in said.out
    assert "jobs.bot" in said.out
    served.run("apply", "--yes").ended(0)
    assert served.record("jobs.robot")["id"] == first
    served.save(jobs={"droid": served.manifest["jobs"]["robot"]}, moved=[])
    served.run("apply", "--yes").ended(0)
    assert served.record("jobs.droid")["id"] == first
    assert len(box.made("jobs")) == 1


def test_removed_may_keep(served: Project, box: Sandbox) -> None:
    """`removed: keep` forgets a file and leaves it where it is."""
    served.save(files={**served.manifest["files"], "extra": {"path": "data/extra.jsonl"}})
    served.write("data/extra.jsonl", dataset(12, "extra"))
    served.run("apply", "--yes", "--wait").ended(0)
    extra = served.record("files.extra")["id"]
    del served.manifest["files"]["extra"]
    served.save(removed=[{"address": "files.extra", "keep": True}])
    said = served.run("apply", "--yes").ended(0)
    assert ". files.extra  forget  " in said.out
    assert box.send("GET", f"/files/{extra}")["id"] == extra


def test_a_file_that_is_no_longer_declared(served: Project, box: Sandbox) -> None:
    """Without a word about it, what is no longer declared is deleted."""
    served.save(files={**served.manifest["files"], "extra": {"path": "data/extra.jsonl"}})
    served.write("data/extra.jsonl", dataset(12, "extra"))
    served.run("apply", "--yes", "--wait").ended(0)
    del served.manifest["files"]["extra"]
    served.save()
    said = served.run("apply", "--yes").ended(0)
    assert "- files.extra  delete  no longer declared\n" in said.out
    assert "Plan: 0 to create, 0 to replace, 1 to delete · $0\n" in said.out
    (gone,) = [each for each in box.made("files") if each["deleted_at"]]
    assert "demo.extra." in gone["filename"]


def test_import_of_a_live_job(served: Project, box: Sandbox) -> None:
    """A job that somebody else made is bound by its id, and never trained again."""
    served.run("apply", "--yes", "--wait").ended(0)
    file = served.record("files.train")["id"]
    other = box.send("POST", "/fine_tuning/jobs", {"model": MODEL, "training_file": file})
    served.save(
        jobs={**served.manifest["jobs"], "legacy": {"model": MODEL, "training_file": "train"}},
        **{"import": [{"to": "jobs.legacy", "id": other["id"]}]},
    )
    said = served.run("apply", "--yes").ended(0)
    assert "→ jobs.legacy  adopt  " in said.out
    assert served.record("jobs.legacy")["id"] == other["id"]
    assert len(box.made("jobs")) == 2
    assert "Plan: nothing to do" in served.run("plan").ended(0).out


def test_many_deletes_need_leave(served: Project, box: Sandbox) -> None:
    """Six of eight files removed at once: refused, with the flag that allows it."""
    many(served, 8)
    served.run("apply", "--yes").ended(0)
    served.save(files={name: served.manifest["files"][name] for name in ("f0", "f1")})
    for command in ("plan", "apply"):
        said = served.run(command).ended(3)
        assert "Plan: 0 to create, 0 to replace, 6 to delete · $0\n" in said.out
        assert "error: refused: 6 of 8 files would be deleted" in said.err
        assert "--allow-delete" in said.err
    assert not any(each["deleted_at"] for each in box.made("files"))
    said = served.run("plan", "--allow-delete", "files.*").ended(0)
    assert said.err.endswith("next: reconciler apply --allow-delete 'files.*'\n")
    served.run("apply", "--yes", "--allow-delete", "files.*").ended(0)
    assert len(served.state["records"]) == 2


def test_an_empty_manifest_needs_leave(served: Project, box: Sandbox) -> None:
    """A manifest that declares nothing is rather a mistake; destroy is the word for it."""
    served.run("apply", "--yes", "--wait").ended(0)
    served.save(files={}, jobs={})
    said = served.run("apply", "--yes").ended(3)
    assert "error: refused: the manifest is empty, the state holds 2 resources\n" in said.err
    assert "reconciler destroy, or --allow-empty" in said.err
    assert not any(each["deleted_at"] for each in box.made("files"))
    served.run("apply", "--yes", "--allow-empty").ended(0)


def test_paying_in_ci_needs_a_shared_state(served: Project, box: Sandbox) -> None:
    """Two CI runners with empty disks share no lock, so neither pays without leave."""
    said = served.run("apply", "--yes", CI="true").ended(3)
    assert "refused: a paid job would be created in CI on a local-file state\n" in said.err
    assert box.writes() == 0
    served.run("apply", "--yes", "--allow-local-state", CI="true").ended(0)


def test_an_unknown_status_is_shown_and_nothing_follows(served: Project, slow: Sandbox) -> None:
    """A status that nobody knows is neither success nor failure."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    slow.fault("unknown_status", path="/v1/fine_tuning/jobs*")
    assert "Plan: nothing to do" in served.run("plan").ended(0).out
    said = served.run("status").ended(0)
    assert "reticulating_splines" in said.out
    note = 'note: status "reticulating_splines" is not known; nothing destructive is planned\n'
    assert note in said.err

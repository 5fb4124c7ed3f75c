"""Lost replies and lists that lag: in doubt nothing is sent again, and the next apply heals."""

import re
from dataclasses import replace

import pytest

from reconciler.cli.verbs import converge
from tests.support.canary import KEY
from tests.support.cli import MODEL, Project, Sandbox, dataset

pytestmark = pytest.mark.usefixtures("impatient")

UNSETTLED = "jobs.bot is unsettled: the endpoint may have created it or not"
JOBS = "/v1/fine_tuning/jobs"


@pytest.fixture
def short_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A doubt is looked at soon again."""
    monkeypatch.setattr(converge, "SETTLE_POLL", 0.2)


@pytest.mark.parametrize("fault", ["cut_after", "cut_answer", "server_error_after", "html_after"])
def test_a_lost_reply_is_looked_up_at_once(served: Project, box: Sandbox, fault: str) -> None:
    """The job was made and the answer lost: it is found by its op and counted once."""
    box.fault(fault, method="POST", path=JOBS, times=1)
    said = served.run("apply", "--yes", "--wait").ended(0)
    assert "Apply: 2 done in " in said.out
    assert len(box.made("jobs")) == 1
    assert served.state["pending"] == {}


def test_a_lost_reply_on_a_list_that_lags(served: Project, box: Sandbox) -> None:
    """Exit 5 with the request, the cause and the time to come back; later it is adopted."""
    box.fault("cut_after", method="POST", path=JOBS, times=1)
    box.fault("lag", path=JOBS, seconds=600)
    said = served.run("apply", "--yes").ended(5)
    assert "Apply: 1 done, 1 unsettled · price unknown\n" in said.out
    request = f"POST {box.server.base_url}/fine_tuning/jobs at "
    error = replace(said, err=said.err[said.err.index("error: ") :]).error
    assert error["what"] == UNSETTLED
    assert error["where"].startswith(request)
    assert error["why"].startswith("no answer from 127.0.0.1")
    assert error["why"].endswith("; sending again could pay twice")
    (op,) = served.state["pending"]
    assert error["where"].endswith(f"Z, op {op[:8]}")
    assert re.match(r"reconciler apply from \d\d:\d\d:\d\dZ on, or reconciler", error["cure"])
    box.advance(130)
    writes = box.writes()
    early = served.run("apply", "--yes").ended(5)
    assert early.error["what"] == UNSETTLED
    assert early.error["where"] == error["where"]
    assert re.match(r"no list shows it, and [23]m( \d+s)? of 6m have passed;", early.error["why"])
    assert "… jobs.bot  waiting  jobs.bot is unsettled: it may have been made " in early.out
    assert box.writes() == writes
    box.heal()
    healed = served.run("apply", "--yes").ended(0)
    assert "Settled: jobs.bot was created: ftjob-" in healed.out
    assert healed.out.endswith("1 file, 1 job in sync\n")
    assert len(box.made("jobs")) == 1


def test_a_doubt_that_waiting_settles(served: Project, box: Sandbox, short_polls: None) -> None:
    """With --wait the job is looked for until a list shows it: done, one job, exit 0."""
    box.fault("cut_after", method="POST", path=JOBS, times=1)
    box.fault("lag", path=JOBS, seconds=9999, times=3)
    said = served.run("apply", "--yes", "--wait").ended(0)
    assert "Settled: jobs.bot was created: ftjob-" in said.out
    assert "Apply: 2 done in " in said.out
    assert "waiting for jobs.bot, looking again every " in said.err
    assert "error" not in said.err
    assert len(box.made("jobs")) == 1
    assert served.state["pending"] == {}


def test_a_doubt_while_all_is_destroyed(served: Project, box: Sandbox) -> None:
    """Nobody wants the job any more: the way out is the same command, which never creates it."""
    box.fault("cut_after", method="POST", path=JOBS, times=1)
    box.fault("lag", path=JOBS, seconds=200)
    served.run("apply", "--yes").ended(5)
    cure = served.run("destroy", "--yes").ended(5).err.partition("cure: ")[2]
    assert cure.startswith(" the same command again from ")
    assert "it is not created; if it exists, it is cancelled, or let go of" in cure
    assert "reconciler apply" not in cure
    box.advance(250)
    served.run("destroy", "--yes").ended(0)
    assert served.state["pending"] == {}


def test_a_doubt_between_two_jobs(served: Project, box: Sandbox) -> None:
    """A person has to say which is ours: --wait does not wait for that, and says so: exit 5."""
    served.save(jobs={})
    served.run("apply", "--yes").ended(0)
    served.save(jobs={"bot": {"model": MODEL, "training_file": "train", "seed": 7}})
    box.fault("dropped_metadata")
    box.fault("cut_after", method="POST", path=JOBS, times=1)
    box.fault("lag", path=JOBS, seconds=9999, times=3)
    served.run("apply", "--yes").ended(5)
    (file,) = box.made("files")
    body = {"model": MODEL, "training_file": file["id"], "seed": 7}
    box.send("POST", "/fine_tuning/jobs", body)
    said = served.run("apply", "--yes", "--wait").ended(5)
    assert "error: 2 live jobs match jobs.bot; which one is ours is unknown\n" in said.err
    assert "looking again" not in said.err


def test_a_doubt_that_waiting_settles_as_json(
    served: Project, box: Sandbox, short_polls: None
) -> None:
    """A program is told in the same lines as of any other create."""
    box.fault("cut_after", method="POST", path=JOBS, times=1)
    box.fault("lag", path=JOBS, seconds=9999, times=3)
    lines = served.run("apply", "--yes", "--wait", "--json").ended(0).lines
    assert [line["type"] for line in lines if line.get("address") == "jobs.bot"][:3] == [
        "started",
        "doubtful",
        "done",
    ]
    assert (lines[-1]["done"], lines[-1]["unsettled"]) == (2, 0)


def test_a_request_that_never_arrived(served: Project, box: Sandbox) -> None:
    """After settle, a complete list that lacks it proves that it was not made: created once."""
    box.fault("cut", method="POST", path=JOBS, times=1)
    served.run("apply", "--yes").ended(5)
    assert box.made("jobs") == []
    assert served.run("apply", "--yes").ended(5)
    assert box.made("jobs") == []
    box.advance(400)  # what is sent within 60 s is listed within 300 s
    said = served.run("apply", "--yes").ended(0)
    assert "Settled: jobs.bot was not created: " in said.out
    assert "+ jobs.bot  create" in said.out
    assert len(box.made("jobs")) == 1


def test_settle_is_the_operators_word(served: Project, box: Sandbox) -> None:
    """With --settle 0s only the request's own time has to pass."""
    box.fault("cut", method="POST", path=JOBS, times=1)
    served.run("apply", "--yes").ended(5)
    box.advance(61)
    served.run("apply", "--yes").ended(5)
    served.run("apply", "--yes", "--settle", "0s").ended(0)
    assert len(box.made("jobs")) == 1


def test_a_lost_upload_is_free_and_found(served: Project, box: Sandbox) -> None:
    """A file whose reply was lost is looked up, too."""
    box.fault("cut_after", method="POST", path="/v1/files", times=1)
    served.run("apply", "--yes").ended(0)
    assert len(box.made("files")) == 1


def test_a_lost_state_waits_before_it_pays(served: Project, box: Sandbox) -> None:
    """A new job on a lost state waits: what was paid for last may not be listed yet."""
    served.run("apply", "--yes", "--wait").ended(0)
    served.lose_state()
    served.manifest["jobs"]["bot"]["seed"] = 8
    served.save()
    said = served.run("apply", "--yes").ended(5)
    assert "error: the state was lost: what it paid for last may not be listed yet\n" in said.err
    assert len(box.made("jobs")) == 1
    box.advance(301)
    served.run("apply", "--yes").ended(0)
    assert len(box.made("jobs")) == 2


def test_two_runners_with_empty_disks(served: Project, box: Sandbox) -> None:
    """A second runner without the first one's state adopts what is there."""
    served.run("apply", "--yes", "--wait").ended(0)
    other = served.beside("elsewhere")
    said = other.run("apply", "--yes").ended(0)
    assert "2 to adopt · $0\n" in said.out
    assert len(box.made("jobs")) == 1


def test_a_running_job_that_is_gone(served: Project, slow: Sandbox, box: Sandbox) -> None:
    """A 404 on a job that had not ended is no proof that nothing is paid for: exit 5."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    job = served.record("jobs.bot")["id"]
    slow.fault("server_error", path=f"{JOBS}/{job}", status=404, message="No such job")
    slow.fault("lag", path=JOBS, seconds=600)
    said = served.run("apply", "--yes").ended(5)
    assert f"error: jobs.bot is unsettled: {job} is gone (404) and had not ended\n" in said.err
    assert "reconciler state forget jobs.bot\n" in said.err
    assert len(slow.made("jobs")) == 1


def test_everything_gone_is_rather_a_wrong_key(served: Project, box: Sandbox) -> None:
    """Where more than half of what is needed vanished, nothing is paid for without a word."""
    served.run("apply", "--yes", "--wait").ended(0)
    for file in box.made("files"):
        box.send("DELETE", f"/files/{file['id']}")
    box.fault("server_error", path=f"{JOBS}/*", status=404, message="No such job")
    box.fault("lag", path=JOBS, seconds=6000)
    served.write("data/train.jsonl", dataset(13))
    said = served.run("apply", "--yes").ended(3)
    assert "error: refused: 2 of 2 recorded objects are gone\n" in said.err
    assert "--allow-missing" in said.err
    assert len(box.made("jobs")) == 1
    assert KEY not in said.all

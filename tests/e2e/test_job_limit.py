"""An endpoint that runs so many jobs at once: the rest waits, and is not forgotten."""

from itertools import pairwise

import pytest

from reconciler.sandbox.pace import Pace
from tests.support.cli import MODEL, Project, Sandbox, sandbox

SWEEP = {
    "model": MODEL,
    "training_file": "train",
    "matrix": {"n_epochs": [1, 2, 3]},
}
pytestmark = pytest.mark.usefixtures("impatient")


def limited(project: Project, box: Sandbox, most: int = 1) -> Project:
    """Three jobs, of which so many may run."""
    box.serves(project)
    provider = {"kind": "compatible", "max_concurrent": most}
    project.save(provider=provider, jobs={"sweep": SWEEP})
    return project


def test_the_rest_waits(demo: Project, slow: Sandbox) -> None:
    """What there is room for is made, the rest is told with the reason and what goes on: exit 0."""
    limited(demo, slow, most=2)
    said = demo.run("apply", "--yes").ended(0)
    assert len(slow.made("jobs")) == 2
    assert "Apply: 3 done, 1 waiting, 2 running" in said.out
    assert "\n  … jobs.sweep[n_epochs=3]  waiting: at most 2 jobs at once\n" in said.out
    assert "note: jobs.sweep[n_epochs=3] waits until another job has ended\n" in said.err
    assert "  where: provider.max_concurrent, reconciler.yaml:5:3\n" in said.err
    assert "next: reconciler apply --wait" in said.err
    said = demo.run("apply", "--yes").ended(0)
    assert "Plan: 0 to create, 0 to replace, 0 to delete, 1 waiting" in said.out
    assert demo.run("plan", "--detailed-exitcode").code == 2
    assert len(slow.made("jobs")) == 2


def test_wait_goes_on_as_soon_as_there_is_room(demo: Project) -> None:
    """One after the other, never two at once."""
    with sandbox(Pace(0.05, 0.05, 0.3)) as box:
        limited(demo, box)
        said = demo.run("apply", "--yes", "--wait").ended(0)
        assert "Apply: 4 done" in said.out
        made = [box.send("GET", f"/fine_tuning/jobs/{job['id']}") for job in box.made("jobs")]
    assert [job["status"] for job in made] == ["succeeded"] * 3
    lives = sorted((job["created_at"], job["finished_at"]) for job in made)
    assert all(end <= start for (_, end), (start, _) in pairwise(lives))


def test_jobs_of_others_count(demo: Project, slow: Sandbox) -> None:
    """The endpoint counts them, too."""
    limited(demo, slow)
    demo.run("apply", "--yes", "--exclude", "jobs.sweep").ended(0)
    file = demo.record("files.train")["id"]
    other = slow.send("POST", "/fine_tuning/jobs", {"model": MODEL, "training_file": file})
    said = demo.run("apply", "--yes").ended(0)
    assert "0 done, 3 waiting" not in said.out  # nothing was done, so there is nothing to sum up
    assert f"  why:   running: {other['id']}\n" in said.err
    slow.send("POST", f"/fine_tuning/jobs/{other['id']}/cancel")
    assert "1 to create" in demo.run("plan").ended(0).out


def test_what_is_out_of_scope_takes_no_place(demo: Project, slow: Sandbox) -> None:
    """The one place is for what was asked for, not for what comes first."""
    limited(demo, slow)
    said = demo.run("apply", "--yes", "--target", "jobs.sweep[n_epochs=3]").ended(0)
    assert "Apply: 2 done, 1 running" in said.out
    assert list(demo.state["records"]) == ["files.train", "jobs.sweep[n_epochs=3]"]


def test_an_endpoint_that_takes_no_more(demo: Project, slow: Sandbox) -> None:
    """What was not to be known is exit 5 with what goes on; from then on the plan says it."""
    limited(demo, slow, most=9)
    slow.fault("job_limit", most=1, retry_after=900)
    said = demo.run("apply", "--yes").ended(5)
    assert "Apply: 2 done, 2 waiting, 1 running" in said.out
    assert "waiting: the endpoint takes no more jobs now\n" in said.out
    assert said.err.count("error: ") == 1
    assert "error: jobs.sweep[n_epochs=2] waits: the endpoint refused the job (429 " in said.err
    assert "reached the maximum of 1 active requests" in said.err
    said = demo.run("plan").ended(0)
    assert "Plan: 0 to create, 0 to replace, 0 to delete, 2 waiting" in said.out
    assert "note: jobs.sweep[n_epochs=2], jobs.sweep[n_epochs=3] wait until another job" in said.err
    writes = slow.writes()
    demo.run("apply", "--yes").ended(0)
    assert slow.writes() == writes
    slow.advance(902)  # both clocks tell whole seconds
    assert "2 to create" in demo.run("plan").out


def test_wait_goes_on_where_the_endpoint_takes_no_more(demo: Project) -> None:
    """Refused for now, then made as soon as the job before has ended."""
    with sandbox(Pace(0.05, 0.05, 0.3)) as box:
        limited(demo, box, most=9)
        box.fault("job_limit", most=1)
        said = demo.run("apply", "--yes", "--wait").ended(0)
        assert "Apply: 4 done" in said.out
        assert len(box.made("jobs")) == 3


def test_refusals_as_json(demo: Project, slow: Sandbox) -> None:
    """One event for each job that was not taken."""
    limited(demo, slow, most=9)
    slow.fault("job_limit", most=1)
    said = demo.run("apply", "--yes", "--json").ended(5)
    late = [line for line in said.lines if line["type"] == "postponed"]
    assert [line["address"] for line in late] == [
        "jobs.sweep[n_epochs=2]",
        "jobs.sweep[n_epochs=3]",
    ]
    assert said.lines[-1]["waiting"] == 2

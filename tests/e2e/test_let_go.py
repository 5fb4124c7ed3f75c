"""Models go because a person says so: `destroy --models`, `gc --models MODEL`; else they stay."""

import json

import pytest

from reconciler.api import dialects
from reconciler.api.dialects import COMPATIBLE
from tests.support.cli import Project, Sandbox, Terminal

NOW = ("--settle", "0s")
"""This simulator lists at once, which an endpoint of its kind need not do."""
ALIAS = {"models": {"prod": {"job": "bot"}}, "outputs": {"file": "models.json"}}


@pytest.fixture
def twice(served: Project) -> Project:
    """A project that trained a job with another seed again; an alias points at the second model."""
    served.save(**ALIAS)
    served.run("apply", "--yes", "--wait").ended(0)
    served.save(jobs={"bot": served.manifest["jobs"]["bot"] | {"seed": 8}})
    served.run("apply", "--yes", "--wait").ended(0)
    return served


def ours(box: Sandbox) -> set[str]:
    """The trained models that are listed, those that were saved on the way aside."""
    listed = {model["id"] for model in box.send("GET", "/models")["data"]}
    return {model for model in listed if model.startswith("ft:") and ":ckpt-" not in model}


def trained(box: Sandbox) -> list[str]:
    """The models of all jobs, the first one first."""
    return [job["fine_tuned_model"] for job in box.made("jobs")]


def test_destroy_keeps_them_and_says_so(twice: Project, box: Sandbox) -> None:
    """With what would delete them; afterwards `--models` finds them still."""
    said = twice.run("destroy", "--yes").ended(0)
    assert "  kept: 2 models and 6 checkpoints (delete them too: --models)\n" in said.out
    assert ours(box) == {*trained(box)}
    kept = twice.run("destroy", "--yes", "--json").ended(0).lines[0]["kept_models"]
    assert {*trained(box)} < {*kept}
    said = twice.run("destroy", "--yes", "--models").ended(0)
    assert said.out.count("  - models.bot[attempt=1.1] ") == 2
    assert said.out.count("  - models.bot[attempt=1.1,step=") == 6
    assert "Apply: 8 done in " in said.out
    assert not ours(box)
    assert twice.run("destroy", "--models").ended(0).out.endswith("Plan: nothing to do\n")


def test_destroy_with_models_takes_the_one_in_use(twice: Project, box: Sandbox) -> None:
    """All in one plan, which says so of the alias; nothing is told to applications any more."""
    said = twice.run("destroy", "--yes", "--models").ended(0)
    assert f"forget  {trained(box)[1]} goes, too\n" in said.out
    assert "warning: whether another project or application uses these models, noth" in said.err
    assert not ours(box)
    assert json.loads(twice.read("models.json")) == {}
    said = twice.run("plan").ended(1)
    assert "its model was deleted" in said.err


def test_the_answer_is_the_name_of_the_owner(twice: Project, box: Sandbox) -> None:
    """A letter is not enough; nobody there is no yes either."""
    before = ours(box)
    for answer, code in (("y", 3), ("demo", 0)):
        with Terminal(twice, "destroy", "--models") as terminal:
            terminal.until("Destroy these 11 of demo? Models do not come back. Type demo: ")
            assert ours(box) == before
            terminal.press(f"{answer}\n")
            terminal.end().ended(code)
    assert not ours(box)


def test_nobody_is_here_to_ask(twice: Project, box: Sandbox) -> None:
    """The command to copy says the same."""
    writes = box.writes()
    said = twice.run("destroy", "--models").ended(64)
    assert said.err.endswith("  cure:  reconciler destroy --models --yes\n")
    twice.save(models={"prod": {"job": "bot", "keep_last": 1}})
    name = trained(box)[0]
    said = twice.run("gc", "--models", name).ended(64)
    assert said.err.endswith(f"  cure:  reconciler gc --models {name} --yes\n")
    assert box.writes() == writes


def test_what_a_promotion_pushes_out_waits_for_the_next_apply(
    served: Project, box: Sandbox
) -> None:
    """Where the plan that was confirmed could not say so; the promotion is no failure for it."""
    served.save(models={"prod": {"job": "bot", "keep_last": 1}})
    served.run("apply", "--yes", "--wait").ended(0)
    served.save(jobs={"bot": served.manifest["jobs"]["bot"] | {"seed": 8}})
    said = served.run("apply", "--yes", "--wait").ended(0)
    old = trained(box)[0]
    assert "note: 1 model is further back than keep_last says, and left\n" in said.err
    assert old in ours(box)
    served.run("apply", "--yes").ended(0)
    assert old not in ours(box)


def test_a_protected_job_keeps_its_model(served: Project, box: Sandbox) -> None:
    """Until it is allowed by the job's address."""
    served.save(jobs={"bot": served.manifest["jobs"]["bot"] | {"protect": True}})
    served.run("apply", "--yes", "--wait").ended(0)
    said = served.run("destroy", "--yes", "--models").ended(3)
    assert said.err.count("error: refused: jobs.bot is protected\n") == 1
    assert ours(box) == {*trained(box)}
    served.run("destroy", "--yes", "--models", "--allow-protected", "jobs.bot").ended(0)
    assert not ours(box)


def test_a_key_that_may_not_delete_models(served: Project, box: Sandbox) -> None:
    """Everything else is done, and what is left is said: no failure."""
    served.run("apply", "--yes", "--wait").ended(0)
    box.fault("server_error", method="DELETE", path="/v1/models*", status=403, message="no")
    said = served.run("destroy", "--yes", "--models").ended(0)
    assert "the endpoint does not let this key delete models (403)" in said.all
    assert ours(box) == {*trained(box)}
    assert all(file["deleted_at"] for file in box.made("files"))


def test_gc_takes_a_model_by_its_name(twice: Project, box: Sandbox) -> None:
    """Unused ones are named, with the command; a second time there is nothing to do."""
    twice.save(models={})
    twice.run("apply", "--yes").ended(0)
    first, second = trained(box)
    said = twice.run("gc", *NOW).ended(0)
    assert f"note: 1 model is used by nothing here, and left\n  where: {first}\n" in said.err
    assert f"  cure:  by name: reconciler gc --models {first}\n" in said.err
    said = twice.run("gc", "--dry-run", "--models", first).ended(0)
    assert f"next: reconciler gc --models {first}\n" in said.err
    said = twice.run("gc", "--yes", "--models", first, *NOW).ended(0)
    assert f"  - models.bot[attempt=1.1]  delete  {first}, made by ftjob-" in said.out
    assert ours(box) == {second}
    again = twice.run("gc", "--yes", "--models", first, *NOW).ended(0)
    assert "Plan: nothing to do" in again.out


def test_gc_refuses_what_is_needed(twice: Project, box: Sandbox) -> None:
    """In use, or something to go back to; and what is nobody's or another's is no model of ours."""
    first, second = trained(box)
    writes = box.writes()
    error = twice.run("gc", "--yes", "--models", second, *NOW).ended(3).error
    assert error["what"] == f"refused: {second} has to stay"
    assert error["why"] == "models.prod points at it"
    error = twice.run("gc", "--yes", "--models", first, *NOW).ended(3).error
    assert error["why"] == "models.prod may go back to it"
    for name in ("gpt-4.1-mini", "ft:x"):
        error = twice.run("gc", "--yes", "--models", name, *NOW).ended(64).error
        assert error["what"] == f"no model {name} of demo"
    assert box.writes() == writes
    assert ours(box) == {first, second}


def test_gc_knows_what_nobody_knows(twice: Project, box: Sandbox) -> None:
    """The state and the outputs are lost: what the alias points at may be any of them."""
    (twice.root / "models.json").unlink()
    twice.lose_state()
    said = twice.run("gc", "--yes", "--models", trained(box)[0], *NOW).ended(3)
    assert "error: refused: what models.prod points at is not known\n" in said.err
    assert len(ours(box)) == 2


def test_an_endpoint_that_deletes_no_models(
    served: Project, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not suggested, and refused before the lock is taken; all else is done."""
    without = COMPATIBLE._replace(deletes_models=False)  # as Azure, which takes another key
    monkeypatch.setattr(dialects, "DIALECTS", {**dialects.DIALECTS, "compatible": without})
    served.run("apply", "--yes", "--wait").ended(0)
    for command in (("destroy", "--models"), ("gc", "--models", trained(box)[0])):
        error = served.run(*command, "--yes").ended(1).error
        assert error["what"] == "provider kind compatible deletes no models by this API"
    assert "models" not in served.run("gc", *NOW).ended(0).all
    assert "kept" not in served.run("destroy", "--yes").ended(0).all
    assert ours(box) == {*trained(box)}

"""Environments, variables, matrices and chains, from the manifest to the endpoint."""

import pytest

from reconciler.cli.told import suited
from tests.support.cli import MODEL, Project, Sandbox

ENVIRONMENTS = {"dev": {}, "prod": {"defaults": {"jobs": {"suffix": "prod"}}}}


def test_each_environment_has_its_own_objects(demo: Project) -> None:
    """The plan of one never touches what another made."""
    demo.save(environments=ENVIRONMENTS, state={})
    demo.run("apply", "--env", "dev", "--yes", "--wait").ended(0)
    assert "2 to create" in demo.run("plan", "--env", "prod").ended(0).out
    assert "nothing to do" in demo.run("--env", "dev", "plan").ended(0).out
    assert (demo.root / "state/demo.dev.json").exists()


def test_an_environment_has_to_be_chosen(demo: Project) -> None:
    """Guessing could train in the wrong place."""
    demo.save(environments=ENVIRONMENTS)
    said = demo.run("plan").ended(65)
    assert "[no-environment]" in said.err
    assert "--env NAME" in said.err
    assert 'did you mean "prod"?' in demo.run("plan", "--env", "pord").ended(65).err


def test_what_is_to_be_typed_is_about_the_same_environment(demo: Project) -> None:
    """Also in a cure: as it stands, it is run."""
    demo.save(environments=ENVIRONMENTS, state={})
    said = demo.run("chat", "jobs.bot", "hello", "--env", "dev").ended(1)
    assert "  cure:  reconciler apply --env dev --wait\n" in said.err


@pytest.mark.parametrize(
    ("cure", "suit"),
    [
        ("reconciler apply", "reconciler apply -f x"),
        ("reconciler state unlock 7c1e04, then", "reconciler state unlock -f x 7c1e04, then"),
        ("reconciler jobs lists them", "reconciler jobs -f x lists them"),
        ("reconciler apply -f x --expect y", "reconciler apply -f x --expect y"),
        ("reconciler explain 5; a reconciler", "reconciler explain 5; a reconciler"),
    ],
)
def test_a_command_of_a_cure_is_about_this_manifest(cure: str, suit: str) -> None:
    """Once, after the name of the command, and only where it reads one."""
    assert suited(cure, " -f x") == suit
    assert suited(cure, "") == cure


def test_a_matrix_trains_each_combination(demo: Project, box: Sandbox) -> None:
    """One entry, four jobs; taking one value out cancels nothing that has ended."""
    box.serves(demo)
    sweep = {"model": MODEL, "training_file": "train"}
    demo.save(jobs={"sweep": sweep | {"matrix": {"n_epochs": [2, 4], "seed": [1, 2]}}})
    demo.run("apply", "--yes", "--wait").ended(0)
    assert len(box.made("jobs")) == 4
    demo.save(jobs={"sweep": sweep | {"matrix": {"n_epochs": [2], "seed": [1, 2]}}})
    said = demo.run("plan").ended(0)
    assert "jobs.sweep[n_epochs=4,seed=1]  forget" in said.out
    assert "0 to delete, 2 to forget" in said.out


def test_a_chain_is_trained_in_one_apply(demo: Project, box: Sandbox) -> None:
    """Each job starts from the model of the one before, whatever their order in the manifest."""
    box.serves(demo)
    jobs = {"last": "jobs.middle", "middle": "jobs.first", "first": MODEL}
    demo.save(jobs={n: {"model": model, "training_file": "train"} for n, model in jobs.items()})
    demo.run("apply", "--yes", "--wait", "--settle", "0s").ended(0)
    models = [str(made["model"]) for made in box.made("jobs")]
    assert [model.startswith("ft:") for model in models] == [False, True, True]
    assert "nothing to do" in demo.run("plan").ended(0).out


def test_a_job_starts_from_one_of_a_matrix(demo: Project) -> None:
    """A member of a matrix is named as the plan shows it."""
    sweep = {"model": MODEL, "training_file": "train", "matrix": {"n_epochs": [2, 4]}}
    later = {"model": "jobs.sweep[n_epochs=2]", "training_file": "train"}
    demo.save(jobs={"sweep": sweep, "later": later})
    said = demo.run("plan").ended(0)
    assert "needs the model of jobs.sweep[n_epochs=2]" in said.out


def test_a_circle_of_jobs_is_refused(demo: Project) -> None:
    """None of them could be made first."""
    entry = {"training_file": "train"}
    demo.save(jobs={"a": {"model": "jobs.b", **entry}, "b": {"model": "jobs.a", **entry}})
    assert "[circular-reference]" in demo.run("validate").ended(65).out


def test_a_variable_is_filled_in(demo: Project) -> None:
    """Only RECONCILER_VAR_* is read, and only where it is allowed."""
    demo.save(
        vars={"stage": "${env:RECONCILER_VAR_STAGE:-dev}"},
        jobs={"bot": {"model": MODEL, "training_file": "train", "suffix": "bot-${var:stage}"}},
    )
    demo.environ |= {"RECONCILER_VAR_STAGE": "blue"}
    shown = demo.run("show", "jobs.bot").ended(0).out
    assert "bot-blue" in shown

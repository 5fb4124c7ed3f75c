"""The way back: an earlier model is pinned where it is reviewed, and stays until that is undone."""

import pytest

from tests.support.cli import Project, Sandbox

PROD = "models.prod"


@pytest.fixture
def twice(demo: Project) -> Project:
    """An alias that was promoted two times."""
    demo.save(models={"prod": {"job": "bot"}})
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.save(jobs={"bot": demo.manifest["jobs"]["bot"] | {"seed": 8}})
    demo.run("apply", "--yes", "--wait").ended(0)
    return demo


def models(demo: Project) -> list[str]:
    """What the alias pointed at, one after the other."""
    return [step["model"] for step in demo.state["aliases"][PROD]["history"]]


def test_a_rollback_stays(twice: Project) -> None:
    """Written, applied, and not undone by later applies; nothing is trained again."""
    first, second = models(twice)
    before = twice.read("reconciler.yaml")
    said = twice.run("rollback", "prod").ended(0)  # its name alone will do
    assert said.out == f"models.prod  pin: {first}, written to reconciler.yaml; not applied yet\n"
    assert said.err == "next: reconciler apply\n"
    assert models(twice) == [first, second]
    for _ in range(2):
        assert "to create" not in twice.run("apply", "--yes", "--wait").ended(0).err
        assert models(twice) == [first, second, first]
    assert len(twice.run("jobs", "list", "--json").ended(0).json) == 2
    said = twice.run("rollback", PROD, "--unpin").ended(0)
    assert "its pin is taken out of reconciler.yaml; not applied yet" in said.out
    assert twice.read("reconciler.yaml") == before
    twice.run("apply", "--yes").ended(0)
    assert models(twice)[-1] == second


def test_a_pin_is_taken_out_without_a_key(served: Project, box: Sandbox) -> None:
    """It is an edit of the manifest: nothing is asked of the endpoint, nor of the state."""
    served.save(models={"prod": {"job": "bot", "pin": "gpt-4o"}})
    served.environ["OPENAI_API_KEY"] = ""
    served.write("state/demo.json", "damaged")
    assert "its pin is taken out" in served.run("rollback", PROD, "--unpin").ended(0).out
    assert "pin:" not in served.read("reconciler.yaml")
    assert not box.requests()
    assert "no key for compatible" in served.run("rollback", PROD).ended(1).err


def test_what_there_is_no_way_back_to_is_said(twice: Project) -> None:
    """Too far back, gone, or no alias at all; the manifest is as it was."""
    first, _ = models(twice)
    before = twice.read("reconciler.yaml")
    far = twice.run("rollback", PROD, "--to", "2").ended(1)
    assert far.error["why"] == "it pointed at 1 other model before"
    twice.run("models", "delete", first, "--yes").ended(0)
    assert f"{first} is gone" in twice.run("rollback", PROD).ended(1).err
    assert "did you mean models.prod?" in twice.run("rollback", "models.prd").ended(64).err
    assert twice.run("rollback", "jobs.bot").ended(64)
    assert "nothing to do" in twice.run("rollback", PROD, "--unpin").ended(0).out
    assert twice.read("reconciler.yaml") == before


def test_an_environment_has_a_pin_of_its_own(demo: Project) -> None:
    """The id of a model is of one endpoint."""
    demo.save(models={"prod": {"pin": "gpt-4o"}}, environments={"dev": {}, "live": {}})
    run = ("--env", "dev", "apply", "--yes", "--wait")
    demo.run(*run).ended(0)
    demo.save(models={"prod": {"pin": "gpt-4o-mini"}})
    demo.run(*run).ended(0)
    told = demo.run("--env", "dev", "rollback", PROD, "--json").ended(0).json
    assert (told["pin"], told["written"], told["applied"]) == ("gpt-4o", True, False)
    assert "  dev:\n    models:\n      prod:\n        pin: gpt-4o\n" in demo.read("reconciler.yaml")
    demo.run("--env", "dev", "rollback", PROD, "--unpin").ended(0)
    assert "pin: gpt-4o\n" not in demo.read("reconciler.yaml")
    demo.save(environments={}, models={"prod": {"pin": "gpt-4o"}})
    refused = demo.run("rollback", PROD, "--unpin").ended(3)
    assert "models.prod points at nothing" in refused.error["why"]


def test_a_pin_of_an_included_file_is_tried_before_it_is_written(demo: Project) -> None:
    """In its place alone, though patterns match the manifest itself, and drafts, too."""
    demo.save(models={}, include=["*.yaml", "teams/*"])
    demo.write("more.yaml", "files:\n")
    demo.write("teams/models.yaml", "models:\n  prod: {pin: gpt-4o}\n")
    demo.run("apply", "--yes", "--wait").ended(0)
    refused = demo.run("rollback", "prod", "--unpin").ended(3)
    assert "models.prod points at nothing" in refused.error["why"]
    assert refused.error["where"] == "teams/models.yaml"
    assert demo.read("teams/models.yaml") == "models:\n  prod: {pin: gpt-4o}\n"
    demo.write("teams/models.yaml", "models:\n  prod: {pin: gpt-4o-mini}\n")
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.run("rollback", "prod").ended(0)
    assert demo.read("teams/models.yaml") == "models:\n  prod:\n    pin: gpt-4o\n"
    demo.save(models={"other": {"pin": "gpt-4o-mini"}})
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.save(models={"other": {"pin": "gpt-4o"}})
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.run("rollback", "other").ended(0)
    assert "pin: gpt-4o-mini" in demo.read("reconciler.yaml")

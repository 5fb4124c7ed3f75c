"""Aliases: from a job's model to the one that applications use, and what they read."""

import json
from typing import Any

import pytest

from tests.support.cli import Project, Sandbox

PROD = "models.prod"
ALIAS = {"models": {"prod": {"job": "bot"}}, "outputs": {"file": "models.json"}}


@pytest.fixture
def promoted(demo: Project) -> Project:
    """A project whose alias points at the model of its job."""
    demo.save(**ALIAS)
    demo.run("apply", "--yes", "--wait").ended(0)
    return demo


def model(demo: Project, address: str = PROD) -> str:
    """What an alias points at, as the state has it."""
    return str(demo.state["aliases"][address]["model"])


def in_use(demo: Project) -> Any:
    """What applications read."""
    return json.loads(demo.read("models.json"))


def retrained(demo: Project) -> dict[str, Any]:
    """The job with another seed: another model."""
    return {"bot": demo.manifest["jobs"]["bot"] | {"seed": 8}}


def test_apply_waits_for_the_job_and_promotes_its_model(promoted: Project) -> None:
    """In one command: trained, promoted, published; the history says by whom."""
    trained = promoted.record("jobs.bot")["facts"]["fine_tuned_model"]
    assert in_use(promoted) == {"prod": model(promoted)} == {"prod": trained}
    (first,) = promoted.state["aliases"][PROD]["history"]
    assert (first["model"], first["at"] > 0, bool(first["who"])) == (trained, True, True)
    said = promoted.run("plan", "--detailed-exitcode").ended(0)
    assert "1 file, 1 job, 1 model in sync" in said.out


def test_each_command_knows_the_alias(promoted: Project) -> None:
    """status, show, chat, models, graph; and no model in use is deleted."""
    name = model(promoted)
    assert f"models.prod  {name}" in promoted.run("status").ended(0).out
    (told,) = promoted.run("status", "--json").ended(0).json["models"]
    assert (told["address"], told["model"], len(told["history"])) == (PROD, name, 1)
    shown = promoted.run("show", PROD, "--json").ended(0).json
    assert shown["observed"] == {"model": name}
    assert "tracking T7" in promoted.run("chat", PROD, "Where is order 7?").ended(0).out
    assert " 1 with an alias" in promoted.run("models").ended(0).out
    assert "-->|job|" in promoted.run("graph").ended(0).out
    refused = promoted.run("models", "delete", name, "--yes").ended(3)
    assert refused.error["where"] == PROD
    assert name in promoted.run("models").ended(0).out


def test_an_alias_that_points_at_nothing_yet(demo: Project) -> None:
    """It is said, with what to do; and an alias that is not there is named."""
    demo.save(**ALIAS)
    assert demo.run("chat", PROD, "?").ended(1).error["cure"] == "reconciler apply --wait"
    assert "did you mean models.prod?" in demo.run("chat", "models.pro", "?").ended(64).err


def test_without_wait_a_later_apply_promotes(served: Project) -> None:
    """The first one starts the job; the next one finds it done."""
    served.save(**ALIAS)
    said = served.run("apply", "--yes").ended(0)
    assert "1 waiting" in said.out
    assert not (served.root / "models.json").exists()
    planned = served.run("plan").ended(0)
    assert "↑ models.prod  promote  jobs.bot has succeeded" in planned.out
    assert served.run("apply", "--yes").ended(0).out.count("promote") == 2
    assert in_use(served) == {"prod": model(served)}


def test_a_new_model_takes_the_place_of_the_old_one(promoted: Project) -> None:
    """Only once it is there; the history has both."""
    before = model(promoted)
    promoted.save(jobs=retrained(promoted))
    promoted.run("apply", "--yes", "--wait").ended(0)
    history = promoted.state["aliases"][PROD]["history"]
    assert [step.get("before", "") for step in history] == ["", before]
    assert in_use(promoted) == {"prod": model(promoted)}
    assert model(promoted) != before


def test_the_outputs_come_back(promoted: Project) -> None:
    """Missing or not up to date: the next apply writes them, though nothing else is to do."""
    right = promoted.read("models.json")
    (promoted.root / "models.json").unlink()
    assert "models.json is missing: an apply writes it" in promoted.run("plan").ended(0).err
    promoted.run("apply").ended(0)
    assert promoted.read("models.json") == right
    promoted.write("models.json", '{\n  "prod": "ft:old"\n}\n')
    promoted.run("apply").ended(0)
    assert promoted.read("models.json") == right


def test_a_file_that_reconciler_did_not_write_is_left_alone(demo: Project) -> None:
    """Refused before anything is sent; the file is as it was."""
    demo.save(**ALIAS)
    demo.write("models.json", '{"prod": "ft:x"}')
    said = demo.run("apply", "--yes", "--wait").ended(3)
    assert "models.json was not written by reconciler" in said.err
    assert demo.read("models.json") == '{"prod": "ft:x"}'
    assert not (demo.root / "state/demo.json").exists()


@pytest.mark.parametrize("file", ["../models.json", ".git/hooks/x"])
def test_outputs_stay_below_the_folder_of_the_manifest(demo: Project, file: str) -> None:
    """A manifest may come from a pull request."""
    demo.save(models=ALIAS["models"], outputs={"file": file})
    said = demo.run("plan").ended(65)
    assert said.err.startswith("reconciler.yaml:")


def test_a_lost_state_takes_the_pointer_from_the_outputs(promoted: Project) -> None:
    """Nothing is uploaded, trained or promoted."""
    before = model(promoted)
    promoted.lose_state()
    said = promoted.run("apply", "--yes").ended(0)
    assert f"models.prod points at {before}: models.json says so" in said.err
    assert model(promoted) == before


def test_a_lost_pointer_changes_only_where_a_person_says_so(promoted: Project) -> None:
    """Without the outputs nobody knows what is in use: not even by a later apply."""
    before = model(promoted)
    promoted.lose_state()
    (promoted.root / "models.json").unlink()
    for _ in range(2):
        said = promoted.run("apply", "--yes").ended(5)
        assert "models.prod is not promoted: what it points at is not known" in said.err
    assert not (promoted.root / "models.json").exists()
    assert promoted.run("apply", "--yes", "--force-promote", PROD).ended(64)
    forced = ("--force-promote", PROD, "--reason", "it was this one")
    promoted.run("apply", "--yes", *forced).ended(0)
    assert in_use(promoted) == {"prod": before}
    last = promoted.state["aliases"][PROD]["history"][-1]
    assert (last["outcome"], last["why"]) == ("forced", "it was this one")


def test_an_alias_that_is_no_longer_declared_is_forgotten(promoted: Project) -> None:
    """Its model stays, and applications are not told of it any more."""
    name = model(promoted)
    promoted.save(models={})
    assert "1 to forget" in promoted.run("apply", "--yes").ended(0).out
    assert in_use(promoted) == {}
    assert promoted.state["released"] == [name]
    assert name in promoted.run("models").ended(0).out


def test_a_pin_holds_over_the_job(promoted: Project) -> None:
    """A model that is there, or nothing."""
    before = model(promoted)
    promoted.save(jobs=retrained(promoted), models={"prod": {"job": "bot", "pin": before}})
    promoted.run("apply", "--yes", "--wait").ended(0)
    assert (model(promoted), promoted.state["aliases"][PROD]["pinned"]) == (before, True)
    promoted.save(models={"prod": {"pin": "ft:typo"}})
    said = promoted.run("apply", "--yes").ended(1)
    assert "its pin is not there" in said.err
    assert model(promoted) == before


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"models": {"prod": {}}}, "points at nothing"),
        ({"models": {"prod": {"jb": "bot"}}}, 'did you mean "job"?'),
        ({"models": {"prod": {"job": "bto"}}}, "did you mean bot?"),
        ({"models": {"prod": {"pin": "a b"}}}, "is not the id of a model"),
        ({**ALIAS, "import": [{"to": PROD, "id": "x"}]}, "is an alias, no object of the API"),
        (
            {
                "models": {"a-b": {"job": "bot"}, "a_b": {"job": "bot"}},
                "outputs": {"file": "x", "format": "dotenv"},
            },
            "is the variable A_B in outputs",
        ),
    ],
)
def test_a_wrong_alias_is_said_with_its_place(
    demo: Project, sections: dict[str, Any], says: str
) -> None:
    """Line and column, and what to write."""
    demo.save(**sections)
    said = demo.run("validate").ended(65)
    assert said.all.startswith("reconciler.yaml:")
    assert says in said.all


def test_an_alias_is_promoted_within_what_was_reviewed(served: Project, box: Sandbox) -> None:
    """A promotion is a stake: a plan without it does not allow it."""
    served.run("apply", "--yes").ended(0)
    digest = served.run("plan", "--json").ended(0).json["digest"]
    served.save(**ALIAS)
    said = served.run("apply", "--expect", digest).ended(3)
    assert "it would now promote models.prod" in said.err
    assert box.made("jobs")


def test_the_state_verbs_know_an_alias(promoted: Project) -> None:
    """It is listed, moved and forgotten as what is recorded is; its model stays."""
    name = model(promoted)
    assert f"models.prod  in use     {name}\n" in promoted.run("state", "list").ended(0).out
    assert promoted.run("state", "--json").ended(0).json["aliases"] == {PROD: name}
    promoted.run("state", "mv", PROD, "models.live").ended(0)
    assert model(promoted, "models.live") == name
    said = promoted.run("state", "forget", "models.live").ended(0)
    assert said.out == f"forgot models.live ({name}); the object itself was not touched\n"
    assert not promoted.state["aliases"]
    promoted.run("state", "forget", PROD).ended(64)
    assert name in promoted.run("models").ended(0).out
    assert "promote" in promoted.run("plan").ended(0).out

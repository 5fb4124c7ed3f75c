"""The manifest as it is read, and where each of its values comes from."""

import json

import pytest

from tests.support.cli import MODEL, Project


@pytest.fixture
def layered(demo: Project) -> Project:
    """Defaults, a variable, a matrix and an environment over them."""
    demo.save(
        vars={"team": "${env:RECONCILER_VAR_TEAM:-support}"},
        defaults={"jobs": {"model": MODEL, "seed": 7}},
        environments={"prod": {"jobs": {"bot": {"seed": 9}}}},
        default_env="prod",
        jobs={
            "bot": {"training_file": "train", "suffix": "${var:team}"},
            "sweep": {"training_file": "train", "matrix": {"n_epochs": [2, 4]}},
        },
    )
    return demo


def test_each_value_has_its_origin(layered: Project) -> None:
    """The layer that said it last, and its place."""
    said = json.loads(layered.run("show", "--effective", "--json").ended(0).out)
    bot, member = said["resources"]["jobs.bot"], said["resources"]["jobs.sweep[n_epochs=4]"]
    assert (said["environment"], said["project"]) == ("prod", "demo")
    assert {field: one["from"] for field, one in bot.items()} == {
        "model": "defaults", "training_file": "manifest", "suffix": "vars",
        "seed": "environments.prod",
    }  # fmt: skip
    assert bot["seed"]["value"] == 9
    assert bot["suffix"]["value"] == "support"
    epochs = member["method.supervised.hyperparameters.n_epochs"]
    assert (epochs["value"], epochs["from"]) == (4, "matrix")
    assert all(one["at"].startswith("reconciler.yaml:") for one in bot.values())


def test_the_keys_of_all_entries_stand_alike(layered: Project) -> None:
    """In the order of the reference, wherever they are written; one name for a list is a list."""
    layered.save(models={"prod": {"select": "best(train_loss)", "candidates": "sweep"}})
    said = json.loads(layered.run("show", "--effective", "--json").ended(0).out)
    keys = [[*said["resources"][f"jobs.{name}"]] for name in ("bot", "sweep[n_epochs=4]")]
    assert keys[0] == ["model", "training_file", "suffix", "seed"]
    assert keys[1][:2] == ["model", "training_file"]
    alias = said["resources"]["models.prod"]
    assert {key: one["value"] for key, one in alias.items()} == {
        "candidates": ["sweep"], "select": "best(train_loss)",
    }  # fmt: skip


def test_the_text_tells_the_same(layered: Project) -> None:
    """One resource, a line for each value; nothing is asked of the endpoint or the data."""
    (layered.root / "data/train.jsonl").unlink()
    said = layered.run("show", "jobs.bot", "--effective", RECONCILER_VAR_TEAM="sales").ended(0)
    lines = [line.split() for line in said.out.splitlines()]
    assert ["suffix", "sales", "vars"] in [line[:3] for line in lines]
    assert "environment prod" in said.out
    assert "jobs.sweep" not in said.out


def test_an_address_that_is_not_declared(layered: Project) -> None:
    """Is a mistake of the command line, with a guess."""
    assert "did you mean jobs.bot?" in layered.run("show", "jobs.bto", "--effective").ended(64).err

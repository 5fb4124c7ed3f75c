"""A pull request from a fork has no key: its plan compares with the state alone."""

import os
import subprocess
import sys

import pytest

from tests.support.cli import Project, Sandbox, dataset


@pytest.fixture
def forked(demo: Project, box: Sandbox) -> Project:
    """Applied once, then without the key."""
    box.serves(demo)
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.environ = demo.environ | {"OPENAI_API_KEY": ""}
    return demo


def test_without_a_key(forked: Project, box: Sandbox) -> None:
    """Nothing is sent, and an edit of the data shows as what it would cost."""
    before = box.requests()
    said = forked.run("plan", "--offline").ended(0)
    assert "Plan: nothing to do" in said.out
    assert "note: offline: compared with the state alone" in said.err
    forked.write("data/train.jsonl", dataset(12, "other"))
    assert "trains again" in forked.run("plan", "--offline").ended(0).out
    assert box.requests() == before


def test_the_way_is_shown(forked: Project) -> None:
    """Whoever lacks a key is told of it."""
    assert "reconciler plan --offline" in forked.run("plan").ended(1).err


def test_the_simulator_is_not_started(demo: Project) -> None:
    """Not even the embedded one: everything is new."""
    assert "2 to create" in demo.run("plan", "--offline").ended(0).out
    assert not (demo.root / "state/sandbox.db").exists()


def test_the_second_plan_imports_no_reader(demo: Project) -> None:
    """Neither pydantic nor YAML, whose import takes longer: the manifest did not change.

    Limits are among what it says, as they are told with their places.
    """
    demo.save(
        budget={"per_job": 20, "per_apply": 50},
        provider={"kind": "sandbox", "max_concurrent": 3},
        min_lifetime_days=30,
        models={"prod": {"job": "bot", "keep_last": 2}},
        outputs={"file": "models.json"},
    )
    program = (
        "import sys\nfrom reconciler.cli.main import run\ncode = run(['plan', '--offline'])\n"
        "print(code, *(name in sys.modules for name in ('pydantic', 'yaml')))"
    )
    environ = os.environ | demo.environ
    for is_read in ("True", "False"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=demo.root,
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines()[-1].split() == ["0", is_read, is_read], done.stderr

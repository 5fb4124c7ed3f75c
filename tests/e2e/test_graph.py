"""The declared resources and their references, for other programs to draw."""

import json
import shutil
import subprocess

import pytest

from tests.support.cli import MODEL, Project

BASE = {"model": MODEL, "training_file": "train"}
JOBS = {
    "base": BASE,
    "tuned": {"model": "jobs.base", "training_file": "train", "validation_file": "train"},
    "sweep": BASE | {"matrix": {"n_epochs": [2, 4]}},
}


@pytest.fixture
def drawn(demo: Project) -> Project:
    """A chain, a sweep, and a file that all of them read."""
    demo.save(jobs=JOBS)
    return demo


def test_mermaid(drawn: Project) -> None:
    """Each entry is a node, each reference an arrow from what is read to what reads it."""
    lines = drawn.run("graph").ended(0).out.splitlines()
    assert lines[:3] == ["flowchart LR", '  n0[("files.train")]', '  n1["jobs.base"]']
    assert '  n3["jobs.sweep[n_epochs=2]"]' in lines
    assert "  n1 -->|model| n2" in lines
    assert len([line for line in lines if "-->|training_file|" in line]) == 4


def test_json_tells_the_same(drawn: Project) -> None:
    """By `--format json` and by `--json`."""
    said = json.loads(drawn.run("graph", "--json").ended(0).out)
    assert said == json.loads(drawn.run("graph", "--format", "json").ended(0).out)
    assert {"from": "jobs.base", "to": "jobs.tuned", "field": "model"} in said["edges"]
    assert len(said["nodes"]) == 5


def test_graphviz_draws_it(drawn: Project) -> None:
    """The DOT text is what Graphviz takes; addresses with brackets and commas are names."""
    text = drawn.run("graph", "--format", "dot").ended(0).out
    assert '"jobs.sweep[n_epochs=4]" [shape=box];' in text
    assert '"files.train" -> "jobs.tuned" [label="validation_file"];' in text
    if program := shutil.which("dot"):
        subprocess.run([program, "-Tsvg"], input=text, text=True, check=True)
    else:
        pytest.skip("Graphviz is not installed; the text was compared")


def test_a_reference_to_nothing(drawn: Project) -> None:
    """Is a mistake of the manifest, as everywhere."""
    drawn.save(jobs={"bot": BASE | {"training_file": "trian"}})
    assert 'names no entry of files: "trian"' in drawn.run("graph").ended(65).err

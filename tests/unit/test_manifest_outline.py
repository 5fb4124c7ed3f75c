"""What a manifest declares, by name: the same as a whole reading finds, and nothing that is odd."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from reconciler.errors import InvalidInput
from reconciler.manifest import load
from reconciler.manifest.outline import MOST_BYTES, MOST_NODES, Outline, outline
from tests.unit.manifests.specs import SPECS
from tests.unit.test_manifest_hostile import HOSTILE, PATIENCE

SWEEP = "matrix: {n_epochs: [2, 4], learning_rate_multiplier: [0.5, 1.0]}"
TEXT = f"""\
project: x
include: [teams/*.yaml]
defaults: {{jobs: {{model: gpt-4.1-mini-2025-04-14}}}}
files: {{train: {{path: a}}, old: {{path: b}}}}
jobs:
  bot: {{training_file: train}}
  sweep: {{training_file: train, {SWEEP}}}
  next: {{training_file: train, model: jobs.bot}}
  other: {{training_file: train, model: "ft:gpt-4.1:acme::A1"}}
environments:
  dev:
  prod: {{files: {{old: null, new: {{path: c}}}}, jobs: {{sweep: {{matrix: {{n_epochs: [8]}}}}}}}}
"""
TEAM = "jobs:\n  ours: {training_file: train}\n"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A manifest of two files, with all that it can have."""
    (tmp_path / "teams").mkdir()
    (tmp_path / "teams/one.yaml").write_text(TEAM)
    path = tmp_path / "reconciler.yaml"
    path.write_text(TEXT)
    return path


def outlined(path: Path, text: str | bytes, env: str | None = None) -> Outline:
    """The outline of a text."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return outline(path, SPECS, env)


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_it_is_what_a_whole_reading_finds(manifest: Path, env: str) -> None:
    """Included files, environments and matrices are written out as `load` writes them out."""
    whole = [str(address) for address, _ in load(manifest, SPECS, env=env).resources]
    assert list(outline(manifest, SPECS, env).addresses) == whole
    assert {"jobs.ours", "jobs.sweep[learning_rate_multiplier=0.5,n_epochs=8]"} & {*whole}


def test_without_an_environment_it_is_what_all_share(manifest: Path) -> None:
    """A word is typed before `--env` is."""
    found = outline(manifest, SPECS)
    assert {"files.old", "jobs.bot", "jobs.ours"} < {*found.addresses}
    assert "files.new" not in found.addresses
    assert found.environments == ("dev", "prod")


def test_base_models_are_those_that_jobs_name(manifest: Path) -> None:
    """Ids alone: another job is found by its address."""
    assert outline(manifest, SPECS).models == ("ft:gpt-4.1:acme::A1", "gpt-4.1-mini-2025-04-14")


@pytest.mark.parametrize(
    "name",
    ["$(id)", "a b", "a;b", "'", "`id`", "é", "a\\nb", "-rf", "~root", "x" * 64, "\\x1b[31m"],
)
def test_nothing_odd_is_offered(tmp_path: Path, name: str) -> None:
    """A shell may run what stands in its line: only what can be a name, or a model, goes there."""
    text = f"""
jobs:
  "{name}": {{}}
  sweep: {{matrix: {{suffix: ["{name}"]}}}}
  axis: {{matrix: {{"{name}": [a]}}}}
  flags: {{matrix: {{n_epochs: [true]}}}}
  good: {{model: "{name} {name}"}}
environments: {{"{name}": {{}}}}
"""
    found = outlined(tmp_path / "m.yaml", text)
    long = name == "x" * 64
    assert found.addresses == (*([f"jobs.sweep[suffix={name}]"] if long else []), "jobs.good")
    assert (found.environments, found.models) == ((), ())


@pytest.mark.parametrize(
    "text",
    ["jobs: 7", "jobs: [a]", "jobs:", "jobs: {a: 7, b: null}", "environments: [a]", "defaults: 7",
     "jobs: {a: {matrix: 7}, b: {matrix: {n_epochs: 7}}, c: {matrix: {n_epochs: [[1]]}}}",
     "jobs: {a: {}, a: {}}\nunknown: {key: 1}"],
)  # fmt: skip
def test_mistakes_are_passed_over(tmp_path: Path, text: str) -> None:
    """A manifest is edited while words are typed; `validate` says what is wrong with it."""
    found = outlined(tmp_path / "m.yaml", text)
    assert {*found.addresses} <= {"jobs.a", "jobs.b"}


def test_a_matrix_is_bounded(tmp_path: Path) -> None:
    """Of one that is too large only so many members as one could have are offered."""
    axis = [*range(1000)]
    text = f"jobs: {{a: {{matrix: {{n_epochs: {axis}, seed: {axis}, suffix: {axis}}}}}}}"
    assert len(outlined(tmp_path / "m.yaml", text).addresses) == 256


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_fast(tmp_path: Path, name: str) -> None:
    """Whatever stands there, a word is not waited for."""
    text = HOSTILE[name][0]()
    began = time.monotonic()
    try:
        found = outlined(tmp_path / "m.yaml", text)
        assert found == Outline((), (), ())
    except InvalidInput:
        pass
    assert time.monotonic() - began < PATIENCE


@pytest.mark.parametrize(
    "text", [b"#" * (MOST_BYTES + 1), b"jobs: [" + b"1," * MOST_NODES + b"]", b"a: \xff", b""]
)
def test_a_large_one_is_left_alone(tmp_path: Path, text: bytes) -> None:
    """It is read whole or not at all; half of the names would look like all of them."""
    with pytest.raises(InvalidInput):
        outlined(tmp_path / "m.yaml", text)


def test_no_model_is_imported_for_it() -> None:
    """Reading names needs no model, and a parser only where there is something to parse."""
    program = (
        "import sys, reconciler.manifest.outline\n"
        "print([name in sys.modules for name in ('yaml', 'pydantic', 'urllib3', 'rich')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[False, False, False, False]\n"

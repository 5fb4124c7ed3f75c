"""A manifest that did not change is not read again, and nobody can tell."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from reconciler.api.dialects import DIALECTS
from reconciler.cli.verbs.data import examine
from reconciler.cli.verbs.terms import lifetime_of, run_limit, terms_of
from reconciler.errors import InvalidInput
from reconciler.kept import keep, recall
from reconciler.kinds import BY_NAME
from reconciler.kinds.job_spec import JobSpec
from reconciler.manifest import Manifest, load, reader, recalled
from reconciler.manifest.model import Edition
from tests.support import job_specs
from tests.support.cli import MODEL, dataset

SPECS = {name: kind.spec for name, kind in BY_NAME.items()}
HEAD = "project: demo\nfiles:\n"
FILE = "  f: {path: data/f.jsonl, protect: true}\n"
SMALL = HEAD + FILE
WHOLE = f"""
project: demo
previous_projects: [older]
provider: {{kind: compatible, base_url: "https://llm.example/v1", max_concurrent: 3}}
state: {{backend: state/demo.json}}
budget: {{per_job: 20, checks: 5}}
prices: {{"{MODEL}": 5}}
min_lifetime_days: 90
outputs: {{file: models.json}}
vars: {{stage: "${{env:RECONCILER_VAR_STAGE:-dev}}"}}
quality: {{deny: [secret-in-data], ignore: [{{rule: duplicate-rows, reason: on purpose}}]}}
default_env: dev
defaults:
  jobs: {{seed: 7, metadata: {{team: support}}}}
files:
  f: {{path: "data/${{var:stage}}.jsonl", expires_after: {{seconds: 86400}}}}
jobs:
  bot: {{model: {MODEL}, training_file: f, extra: {{tier: [1, null, {{a: 0.5}}]}}}}
  sweep:
    model: {MODEL}
    training_file: f
    matrix: {{n_epochs: [2, auto]}}
    integrations: [{{type: wandb, wandb: {{project: p, tags: [a, b]}}}}]
  graded:
    model: {MODEL}
    training_file: f
    validation_file: f
    retry: {{max: 2, on: [server_error]}}
    method:
      type: reinforcement
      reinforcement:
        hyperparameters: {{reasoning_effort: low, n_epochs: 2}}
        response_format: {{type: json_schema, json_schema: {{name: a, schema: {{}}}}}}
        grader:
          type: multi
          name: both
          graders:
            a: {{type: string_check, name: a, input: x, reference: x, operation: eq}}
          calculate_output: a
models:
  prod:
    candidates: sweep
    select: best(valid_loss)
    keep_last: 3
    checks: [{{messages: [{{role: user, content: Hi}}], expect: {{contains: x}}, min_pass: 1}}]
moved: [{{from: jobs.old, to: jobs.bot}}]
removed: [{{address: files.gone, keep: false}}]
import: [{{to: files.f, id: file-A1}}]
environments:
  dev: {{}}
  prod: {{jobs: {{bot: {{model: "ft:elsewhere"}}}}}}
"""  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """What one test says of this build is of no other."""
    yield
    recalled._program.cache_clear()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The manifests that were read, by name."""
    names: list[str] = []
    usual = reader.read

    def noted(edition: Edition) -> reader.Read:
        names.append(edition.path.name)
        return usual(edition)

    monkeypatch.setattr(reader, "read", noted)
    return names


def loaded(
    folder: Path,
    text: str = SMALL,
    *,
    env: str | None = None,
    environ: Mapping[str, str] | None = None,
    drafts: Mapping[Path, Path] | None = None,
    **files: str,
) -> Manifest:
    """One run that keeps what it reads."""
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content)
    path = folder / "reconciler.yaml"
    path.write_text(text)
    kept = folder / "kept.json"
    return load(path, SPECS, env=env, environ=environ or {}, kept=kept, drafts=drafts or {})


def seen(manifest: Manifest) -> dict[str, object]:
    """Everything that a manifest tells, but how it was read."""
    fields = {name: getattr(manifest, name) for name in manifest.__struct_fields__}
    return {name: value for name, value in fields.items() if name not in ("edition", "_found")}


@pytest.mark.parametrize("env", [None, "prod"])
def test_what_is_recalled_is_what_was_read(tmp_path: Path, read: list[str], env: str) -> None:
    """Every key of a manifest, in every environment."""
    first = loaded(tmp_path, WHOLE, env=env)
    again = loaded(tmp_path, WHOLE, env=env)
    assert seen(again) == seen(first)
    assert read == ["reconciler.yaml"]
    assert [spec.plain() for _, spec in again.resources] == [
        spec.plain() for _, spec in first.resources
    ]


@given(job_specs.ANY)
def test_any_spec_is_kept_as_it_is(entry: dict[str, object]) -> None:
    """What is written is read to the same spec, and says the same."""
    spec = JobSpec.read(entry)
    again = msgspec.json.decode(msgspec.json.encode(spec), type=JobSpec)
    assert (again, again.plain()) == (spec, json.loads(json.dumps(spec.plain())))


def test_the_second_run_reads_nothing(tmp_path: Path) -> None:
    """It imports neither pydantic nor YAML: that would take longer than all that it does."""
    loaded(tmp_path, WHOLE)
    program = """
import sys
from pathlib import Path
from reconciler.kinds import BY_NAME
from reconciler.manifest import load
specs = {name: kind.spec for name, kind in BY_NAME.items()}
folder = Path(sys.argv[1])
load(folder / "reconciler.yaml", specs, kept=folder / "kept.json")
print("pydantic" in sys.modules, "yaml" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_a_changed_byte_is_read(tmp_path: Path, read: list[str]) -> None:
    """Of the manifest, and of a file that it includes."""
    top = "project: demo\ninclude: ['team*.yaml']\n"
    loaded(tmp_path, top, team="files:\n" + FILE)
    changed = loaded(tmp_path, top, team="files:\n" + FILE.replace("f:", "g:"))
    assert [*changed.entries["files"]] == ["g"]
    assert loaded(tmp_path, top + "# more\n").entries == changed.entries
    assert len(read) == 3
    assert loaded(tmp_path, top + "# more\n").entries == changed.entries
    assert len(read) == 3


def test_a_file_that_came_or_went_is_seen(tmp_path: Path, read: list[str]) -> None:
    """A pattern may find other files than before, though none of those changed."""
    top = "project: demo\ninclude: ['team*.yaml']\n"
    loaded(tmp_path, top, team="files:\n" + FILE)
    both = loaded(tmp_path, top, team2="files:\n" + FILE.replace("f:", "g:"))
    assert [*both.entries["files"]] == ["f", "g"]
    (tmp_path / "team2.yaml").unlink()
    assert [*loaded(tmp_path, top).entries["files"]] == ["f"]
    assert len(read) == 3


def test_a_pattern_that_is_refused_now_is_told(tmp_path: Path) -> None:
    """Though it adds no file: it finds only what another one finds, by a link, or leads out."""
    top, link = "project: demo\ninclude: [team.yaml, 'x*.yaml']\n", tmp_path / "x.yaml"
    link.symlink_to("team.yaml")
    loaded(tmp_path, top, team="files:\n" + FILE)
    (tmp_path / "x2.yaml").symlink_to("/")
    with pytest.raises(InvalidInput, match="is outside the manifest's folder"):
        loaded(tmp_path, top)
    (tmp_path / "x2.yaml").unlink()
    loaded(tmp_path, top)
    link.unlink()
    with pytest.raises(InvalidInput, match=r"x\*\.yaml matches no file"):
        loaded(tmp_path, top)


def test_another_environment_is_read(tmp_path: Path) -> None:
    """Also one that is not there: what was chosen by default stands for no other."""
    loaded(tmp_path, WHOLE)
    assert loaded(tmp_path, WHOLE, env="prod").environment == "prod"
    with pytest.raises(InvalidInput, match='there is no environment ""'):
        loaded(tmp_path, WHOLE, env="")


def test_a_variable_of_the_environment_is_seen(tmp_path: Path, read: list[str]) -> None:
    """It changes what is declared as a byte of the manifest does; other variables do not."""
    dev = {"RECONCILER_VAR_STAGE": "dev", "PATH": "a"}
    assert spec_path(loaded(tmp_path, WHOLE, environ=dev)) == "data/dev.jsonl"
    assert spec_path(loaded(tmp_path, WHOLE, environ=dev | {"PATH": "b"})) == "data/dev.jsonl"
    assert len(read) == 1
    prod = {"RECONCILER_VAR_STAGE": "prod"}
    assert spec_path(loaded(tmp_path, WHOLE, environ=prod)) == "data/prod.jsonl"
    assert len(read) == 2


def test_a_variable_that_is_no_text(tmp_path: Path, read: list[str]) -> None:
    """It may hold any bytes; nobody may ask for them, and another value is another one."""
    for byte in (b"\xfe", b"\xff", b"\xff"):
        loaded(tmp_path, environ={"RECONCILER_VAR_ODD": os.fsdecode(byte)})
    assert len(read) == 2


def spec_path(manifest: Manifest) -> str:
    """Where the dataset is."""
    return str(getattr(manifest.entries["files"]["f"], "path", ""))


def test_another_release_reads_anew(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rules may find what those before did not; so may those of the next commit."""
    loaded(tmp_path)
    monkeypatch.setattr(recalled, "__version__", "99.0")
    recalled._program.cache_clear()
    loaded(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/new.py").touch()
    monkeypatch.setattr(recalled, "_RULES", [tmp_path / "rules"])
    recalled._program.cache_clear()
    loaded(tmp_path)
    assert len(read) == 3
    loaded(tmp_path)
    assert len(read) == 3


@pytest.mark.parametrize("damage", [b"", b"{}", b"1 00\n{}"], ids=["empty", "bare", "digest"])
def test_a_damaged_one_is_read(tmp_path: Path, read: list[str], damage: bytes) -> None:
    """And is kept once more."""
    loaded(tmp_path)
    (tmp_path / "kept.json").write_bytes(damage)
    assert [*loaded(tmp_path).entries["files"]] == ["f"]
    assert recall(tmp_path / "kept.json", recalled.RULES)
    assert len(read) == 2


def test_entries_of_another_shape_are_read(tmp_path: Path, read: list[str]) -> None:
    """What is kept may be of a build that was never released."""
    loaded(tmp_path)
    kept = recall(tmp_path / "kept.json", recalled.RULES)
    kept["entries"]["files"]["f"]["colour"] = "red"
    keep(tmp_path / "kept.json", recalled.RULES, kept)
    assert [*loaded(tmp_path).entries["files"]] == ["f"]
    assert len(read) == 2


def test_what_defaults_write_out_is_bounded(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long text that each of a thousand entries has from them would fill a disk, and memory."""
    monkeypatch.setattr(recalled, "LARGEST", 10_000)
    text = f"project: demo\ndefaults:\n  files: {{path: '{'x' * 1_000}'}}\nfiles:\n"
    loaded(tmp_path, text + "  a:\n  b:\n")
    assert (tmp_path / "kept.json").stat().st_size > 2_000
    many = text + "".join(f"  f{number}:\n" for number in range(20))
    loaded(tmp_path, many)
    loaded(tmp_path, many)
    assert len(read) == 3
    assert (tmp_path / "kept.json").stat().st_size < 10_000


def test_a_draft_is_neither_kept_nor_recalled(tmp_path: Path, read: list[str]) -> None:
    """It stands in the place of a file only for a moment."""
    draft = tmp_path / "draft.yaml"
    draft.write_text(SMALL.replace("f:", "g:"))
    drafts = {tmp_path / "reconciler.yaml": draft}
    loaded(tmp_path)
    assert [*loaded(tmp_path, drafts=drafts).entries["files"]] == ["g"]
    assert [*loaded(tmp_path).entries["files"]] == ["f"]
    assert len(read) == 2


def test_a_mistake_is_told_each_time(tmp_path: Path) -> None:
    """With the same places; such a manifest is not kept."""
    said = []
    for _ in range(2):
        with pytest.raises(InvalidInput) as caught:
            loaded(tmp_path, SMALL.replace("true", "3"))
        said.append(caught.value.problems)
    assert said[0] == said[1]
    assert str(said[0][0].mark).endswith("reconciler.yaml:3:27")
    assert not (tmp_path / "kept.json").exists()


def test_a_manifest_that_went_is_told(tmp_path: Path) -> None:
    """What is kept stands for nothing that is not there."""
    loaded(tmp_path)
    path = tmp_path / "reconciler.yaml"
    path.unlink()
    with pytest.raises(InvalidInput, match=r"no reconciler\.yaml here"):
        load(path, SPECS, kept=tmp_path / "kept.json")
    path.symlink_to(path)
    with pytest.raises(InvalidInput, match="Too many levels of symbolic links"):
        load(path, SPECS, kept=tmp_path / "kept.json")


def test_places_are_read_when_asked_for(tmp_path: Path, read: list[str]) -> None:
    """Marks, origins, defaults and what an entry says are those of its text."""
    first = loaded(tmp_path, WHOLE)
    again = loaded(tmp_path, WHOLE)
    for path in (("files", "f", "path"), ("jobs", "sweep[n_epochs=2]", "seed"), ("files", "none")):
        assert again.mark(*path) == first.mark(*path)
        assert again.origin(*path) == first.origin(*path)
    assert again.defaults("jobs") == first.defaults("jobs")
    assert again.said("jobs", "bot") == first.said("jobs", "bot")
    assert len(read) == 2


def test_what_each_plan_names_is_kept(tmp_path: Path, read: list[str]) -> None:
    """Limits are told with their places, whether or not there is anything to do."""
    first = loaded(tmp_path, WHOLE)
    again = loaded(tmp_path, WHOLE)
    terms_of(again, "compatible")
    lifetime_of(again)
    run_limit(again, DIALECTS["compatible"])
    assert again.mark("budget", "per_job") == first.mark("budget", "per_job")
    assert read == ["reconciler.yaml"]


def test_good_data_ask_for_no_place(tmp_path: Path, read: list[str]) -> None:
    """Else each plan of a large manifest would read it again for places that nobody is told."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/f.jsonl").write_text(dataset())
    entries = "files:\n  f: {path: data/f.jsonl, format: chat}\njobs:\n"
    text = (
        f"project: demo\n{entries}  j: {{model: {MODEL}, training_file: f, validation_file: f}}\n"
    )
    loaded(tmp_path, text)
    examine(loaded(tmp_path, text), tmp_path)
    assert read == ["reconciler.yaml"]


def test_a_build_that_cannot_be_told_recalls_nothing(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it keep anything: its rules may be others than they were."""
    monkeypatch.setattr(recalled, "_RULES", [tmp_path / "nowhere"])
    recalled._program.cache_clear()
    loaded(tmp_path)
    loaded(tmp_path)
    assert len(read) == 2
    assert not (tmp_path / "kept.json").exists()

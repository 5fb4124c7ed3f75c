"""`reconciler init`: a manifest for the datasets in this folder, or a sample that runs offline."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.schema import schema_text
from reconciler.core.address import NAME
from reconciler.datasets.scan import scan
from reconciler.errors import InvalidInput, Refusal
from reconciler.text import visible

MODEL = "gpt-4.1-mini-2025-04-14"
"""Of the sample; `reconciler models` lists what an endpoint has."""

SEARCHED = (".", "data")
"""Folders in which datasets are looked for."""

SAMPLE = (("support-train", "support.jsonl"), ("support-valid", "support.valid.jsonl"))
"""Entries of the sample and their files in the package."""

VALIDATION = re.compile(r"valid|eval|test|dev", re.IGNORECASE)
"""File names that tell a validation set."""

HEAD = """\
# yaml-language-server: $schema=./schema/v1.json
version: 1
project: {project}
provider: {{kind: sandbox}}              # simulator; or openai, azure, compatible
state: {{backend: state/{project}.json}}
defaults:
  jobs: {{model: {model}, seed: 7}}
files:
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A dataset in the folder: its name in the manifest, its path, its rows."""

    name: str
    path: str
    rows: int
    format: str

    @property
    def is_validation(self) -> bool:
        """Whether its name says so."""
        return VALIDATION.search(Path(self.path).stem) is not None


def init(settings: Settings, /) -> int:
    """Write a manifest for the datasets in this folder; never overwrites."""
    target = settings.manifest
    root = target.absolute().parent
    if target.exists():
        raise Refusal(
            f"{target} is there already",
            why="init never overwrites",
            cure="reconciler init -f other.yaml",
        )
    found = _datasets(root)
    if not found:
        found = _sample(root, settings.out)
        following = "reconciler apply --wait"
    else:
        following = "reconciler validate, then reconciler plan"
        for dataset in found:
            path = f"{visible(dataset.path):<24}"
            settings.out.keep(f"Found   {path} {dataset.rows} rows, {dataset.format}")
    project = _project(root)
    note = f"project {project}, provider sandbox (simulator)"
    _write(target, manifest_text(project, found), settings.out, note)
    _write_once(root / "state" / "README.md", _resource("state.md"), settings.out)
    _write_once(root / "schema" / "v1.json", schema_text(), settings.out, "for your editor")
    if settings.out.is_json:
        paths = {dataset.name: dataset.path for dataset in found}
        settings.out.document({"manifest": str(target), "project": project, "files": paths})
    settings.out.say(f"next: {following}")
    return 0


def manifest_text(project: str, found: list[Found]) -> str:
    """The manifest of these datasets: one job, if one of them can train it."""
    text = HEAD.format(project=project, model=MODEL)
    text += "".join(f"  {dataset.name}: {{path: {dataset.path}}}\n" for dataset in found)
    training = next((d for d in found if not d.is_validation), found[0])
    validation = next((d for d in found if d.is_validation and d != training), None)
    text += f"jobs:\n  {_job_name(training, project)}:\n    training_file: {training.name}\n"
    if validation:
        text += f"    validation_file: {validation.name}\n"
    return text + f"    suffix: {project[:18].strip('-_')}\n"


def _job_name(training: Found, project: str) -> str:
    return "support-bot" if training.name == "support-train" else project


def _project(root: Path) -> str:
    name = re.sub(r"[^a-z0-9_-]+", "-", root.name.lower()).strip("-_")[:40]
    return name if NAME.fullmatch(name) else "my-project"


def _datasets(root: Path) -> list[Found]:
    """Every JSONL file that training could use; others are left alone."""
    paths = sorted(p for folder in SEARCHED for p in (root / folder).glob("*.jsonl"))
    found: list[Found] = []
    for path in paths:
        shown = str(path.relative_to(root))
        try:
            result = scan(path.resolve(), shown=shown)
        except InvalidInput:
            continue
        if result.rows:
            name = _unused(path.stem, {dataset.name for dataset in found})
            found.append(Found(name, shown, result.rows, result.format))
    return found


def _unused(stem: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_")[:50] or "data"
    names = [base, *(f"{base}-{number}" for number in range(2, 1000))]
    return next(name for name in names if name not in taken)


def _sample(root: Path, out: Out) -> list[Found]:
    found = []
    for name, file in SAMPLE:
        text = _resource(file)
        rows = len(text.splitlines())
        _write_once(root / "data" / file, text, out, f"{rows} rows, sample")
        found.append(Found(name, f"data/{file}", rows, "chat"))
    return found


def _resource(name: str) -> str:
    return files("reconciler").joinpath("samples", name).read_text("utf-8")


def _write_once(path: Path, text: str, out: Out, note: str = "what to commit, what not") -> None:
    """Write a file beside the manifest, unless there is one."""
    if not path.exists():
        _write(path, text, out, note)


def _write(path: Path, text: str, out: Out, note: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    out.keep(f"Created {visible(str(shown)):<24} {note}".rstrip())

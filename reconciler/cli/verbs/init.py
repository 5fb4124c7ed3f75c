"""`reconciler init`: a manifest for the datasets in this folder, or a sample that runs offline."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from reconciler.backends.durable import explained
from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.init_ci import NEXT, Ci, ci_files, is_there
from reconciler.cli.verbs.schema import schema_text
from reconciler.core.address import NAME
from reconciler.core.words import roughly
from reconciler.datasets.encodings import ESTIMATE
from reconciler.datasets.scan import scan
from reconciler.errors import InvalidInput, Refusal
from reconciler.manifest.paths import PathRefused, confine
from reconciler.manifest.spelling import in_line, literal
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
state: {{backend: {backend}}}
{include}defaults:
  jobs: {{model: {model}, seed: 7}}
"""

IGNORED = "*\n!.gitignore\n!README.md\n"
"""A state in git is old as soon as someone applies."""

OWN = {
    "dpo": "    method: {type: dpo}\n",
    "completion": "    model: babbage-002\n",
}
"""Format of the data → what a job that trains on them says more."""

NOTE_OF_INCLUDE = "# a file for each job, with what it reads\n"

INCLUDED = "# yaml-language-server: $schema=../schema/v1.json#/$defs/Included\n"
"""The first line of an included file: the part of the schema that is about it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A dataset in the folder: its name in the manifest, its path, what is in it."""

    name: str
    path: str
    rows: int
    format: str
    tokens: int = 0

    @property
    def is_validation(self) -> bool:
        """Whether its name says so."""
        return VALIDATION.search(Path(self.path).stem) is not None

    @property
    def words(self) -> str:
        """`412 rows, chat, about 38,000 tokens`; of what is not trained on the rows alone."""
        words = f"{self.rows:,} rows, {self.format}"
        is_told = self.tokens and not self.is_validation
        return f"{words}, about {roughly(self.tokens):,} tokens" if is_told else words


@dataclass(frozen=True, slots=True)
class Job:
    """The one job of a new manifest, and what it reads."""

    name: str
    training: Found
    validation: Found | None

    @property
    def reads(self) -> list[Found]:
        """Its datasets."""
        return [self.training, *([self.validation] if self.validation else [])]


def init(settings: Settings, /, split: bool, ci: Ci | None) -> int:
    """Write a manifest for the datasets in this folder; never overwrites."""
    target = settings.manifest
    root = target.absolute().parent
    workflows = ci_files(ci, root, settings.out) if ci else {}
    is_made = ci is not None and target.exists()
    following = "" if is_made else _init(settings, target, root, split=split)
    for file, (text, note) in workflows.items():
        _write(file, text, settings.out, note)
    for step in filter(None, (following, NEXT[ci] if ci else "")):
        settings.out.say(f"next: {step}")
    return 0


def _init(settings: Settings, target: Path, root: Path, *, split: bool) -> str:
    """The manifest, and what belongs beside it; what to do next."""
    _refuse_if_there(target)
    if split:
        _refuse_if_there(_folder(target))
    for name in ("state", "schema"):
        _refuse_no_folder(root / name)
    found, following = _found(root, settings)
    project = _project(root)
    made = _split(project, found, target) if split else {target: manifest_text(project, found)}
    notes = (f"project {project}, provider sandbox (simulator)", "the job and what it reads")
    for (file, text), note in zip(made.items(), notes, strict=False):
        _write(file, text, settings.out, note)
    _write_once(root / "state" / "README.md", _resource("state.md"), settings.out)
    _write_once(root / "state" / ".gitignore", IGNORED, settings.out, "the state is none of git's")
    _write_once(root / "schema" / "v1.json", schema_text(), settings.out, "for your editor")
    if settings.out.is_json:
        paths = {dataset.name: dataset.path for dataset in found}
        included = [str(file) for file in made if file != target]
        document = {"manifest": str(target), "project": project, "files": paths}
        settings.out.document(document | {"included": included})
    return following


def _found(root: Path, settings: Settings) -> tuple[list[Found], str]:
    """The datasets, those of the sample if there are none, and what to do with them next."""
    found = _datasets(root)
    if not found:
        return _sample(root, settings.out), f"{settings.beside('apply')} --wait"
    for dataset in found:
        settings.out.keep(f"Found   {visible(dataset.path):<24} {dataset.words}")
    return found, f"{settings.beside('validate')}, then {settings.beside('plan')}"


def _refuse_no_folder(folder: Path) -> None:
    """Before anything is written, which would be left there without a manifest."""
    if is_there(folder) and not folder.is_dir():
        raise Refusal(
            f"{folder} is there already, and is no folder",
            why="init never overwrites",
            cure="move it away, or run init in another folder",
        )


def _refuse_if_there(path: Path) -> None:
    if is_there(path):
        raise Refusal(
            f"{path} is there already",
            why="init never overwrites",
            cure="reconciler init -f other.yaml",
        )


def manifest_text(project: str, found: list[Found]) -> str:
    """The manifest of these datasets: one job, if one of them can train it."""
    return _head(project) + _files_text(found) + _job_text(_job(project, found), project)


def _split(project: str, found: list[Found], target: Path) -> dict[Path, str]:
    """The same in two files: each job has its own, so that branches which add jobs do not meet."""
    job, folder = _job(project, found), _folder(target)
    others = [dataset for dataset in found if dataset not in job.reads]
    include = f"include: [{folder.name}/*.yaml]".ljust(39) + NOTE_OF_INCLUDE
    head = _head(project, include)
    own = INCLUDED + _files_text(job.reads) + _job_text(job, project)
    return {target: head + _files_text(others), folder / f"{job.name}.yaml": own}


def _head(project: str, include: str = "") -> str:
    backend = f"state/{project}.json"
    return HEAD.format(project=in_line(project), backend=backend, model=MODEL, include=include)


def _folder(target: Path) -> Path:
    """`reconciler.d` beside `reconciler.yaml`."""
    return target.with_name(f"{_slug(target.stem) or 'reconciler'}.d")


def _files_text(found: list[Found]) -> str:
    named = sorted(found, key=lambda each: each.name)  # as `fmt` has them
    entries = [(in_line(each.name), in_line(literal({"path": each.path}))) for each in named]
    lines = [f"  {name}: {entry}\n" for name, entry in entries]
    return "".join(("files:\n", *lines)) if lines else ""


def _job(project: str, found: list[Found]) -> Job:
    training = next((d for d in found if not d.is_validation), found[0])
    others = (d for d in found if d.is_validation and d != training)
    validation = next((d for d in others if d.format == training.format), None)
    return Job(_job_name(training, project), training, validation)


def _job_text(job: Job, project: str) -> str:
    text = f"jobs:\n  {in_line(job.name)}:\n    training_file: {in_line(job.training.name)}\n"
    if job.validation:
        text += f"    validation_file: {in_line(job.validation.name)}\n"
    text += OWN.get(job.training.format, "")
    return text + f"    suffix: {in_line(project[:18].strip('-_'))}\n"


def _job_name(training: Found, project: str) -> str:
    return "support-bot" if training.name == "support-train" else project


def _project(root: Path) -> str:
    name = _slug(root.name)[:40]
    return name if NAME.fullmatch(name) else "my-project"


def _slug(text: str) -> str:
    """What of a text may stand in a name."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")


def _datasets(root: Path) -> list[Found]:
    """Every JSONL file that training could use and a manifest may name; others are left alone."""
    paths = sorted(p for folder in SEARCHED for p in (root / folder).glob("*.jsonl"))
    found: list[Found] = []
    for path in paths:
        shown = str(path.relative_to(root))
        try:
            result = scan(confine(root, shown), shown=shown)
        except (InvalidInput, PathRefused):
            continue
        if result.rows:
            name = _unused(path.stem, {dataset.name for dataset in found})
            tokens = result.tokens.counts.get(ESTIMATE, 0)
            found.append(Found(name, shown, result.rows, result.format, tokens))
    return found


def _unused(stem: str, taken: set[str]) -> str:
    base = _slug(stem)[:50] or "data"
    names = [base, *(f"{base}-{number}" for number in range(2, 1000))]
    return next(name for name in names if name not in taken)


def _sample(root: Path, out: Out) -> list[Found]:
    _refuse_no_folder(root / "data")
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
    if not is_there(path):
        _write(path, text, out, note)


def _write(path: Path, text: str, out: Out, note: str = "") -> None:
    with explained("write the file", str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    out.keep(f"Created {visible(str(shown)):<24} {note}".rstrip())

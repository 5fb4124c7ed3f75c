"""Good and bad entries of `jobs`, and each mistake in exact words at its key."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reconciler.errors import InvalidInput, Problem
from reconciler.kinds.job_spec import JobSpec
from reconciler.manifest import load

HERE = Path(__file__).parent / "job_specs"
JOB = "project: x\njobs:\n  bot:\n    training_file: t\n"
MODEL = "    model: m\n"
GRADED = "    validation_file: v\n    method:\n      type: reinforcement\n      reinforcement:\n"


def blocks(name: str) -> Iterator[tuple[str, list[str]]]:
    """Each entry of a file, and what it makes the reader say (see the folder's README)."""
    for block in (HERE / name).read_text("utf-8").split("\n\n"):
        lines = block.strip("\n").split("\n")
        entry = [line for line in lines if not line.startswith("# ")]
        yield "\n".join(entry), [line[2:] for line in lines if line.startswith("# ")]


def read(text: str) -> tuple[Problem, ...]:
    """What is wrong with a manifest; () where nothing is."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "reconciler.yaml")
        path.write_text(text, encoding="utf-8")
        try:
            load(path, {"jobs": JobSpec})
        except InvalidInput as error:
            return error.problems
    return ()


def said(entry: str, above: str, *, depth: int, inside: str) -> list[str]:
    """The problems of an entry, without the path that it stands at."""
    indented = "".join(f"{' ' * depth}{line}\n" for line in entry.split("\n"))
    return [_line(p, above.count("\n"), depth, inside) for p in read(above + indented)]


def _line(problem: Problem, above: int, depth: int, inside: str) -> str:
    assert problem.mark
    place = f"{problem.mark.line - above}:{problem.mark.column - depth}"
    what = problem.what.replace(f"{inside}.", "")
    return f"{place} {what} [{problem.code}] {problem.cure}".rstrip()


@pytest.mark.parametrize(("entry", "expected"), [*blocks("methods.txt"), *blocks("fields.txt")])
def test_fields(entry: str, expected: list[str]) -> None:
    """All mistakes of an entry are reported in one run; a good entry is read in silence."""
    assert said(entry, JOB + MODEL, depth=4, inside="jobs.bot") == expected


@pytest.mark.parametrize(("grader", "expected"), [*blocks("graders.txt")])
def test_graders(grader: str, expected: list[str]) -> None:
    """The same for the grader of a reinforcement job."""
    above = f"{JOB}{MODEL}{GRADED}        grader:\n"
    inside = "jobs.bot.method.reinforcement.grader"
    assert said(grader, above, depth=10, inside=inside) == expected


MODELS = {
    "jobs.base": "",
    "jobs.": "bad-address",
    "jobs.a.b": "bad-address",
    "models.prod": "alias-as-base",
    "models/gemini": "",
    "ft:gpt-4o:org::abc": "",
    '""': "wrong-length",
}


@pytest.mark.parametrize(("model", "code"), MODELS.items())
def test_base_models(model: str, code: str) -> None:
    """A model is an id of the endpoint or a job of the manifest, never an alias."""
    found = read(f"{JOB}    model: {model}\n")
    assert [problem.code for problem in found] == ([code] if code else [])


def test_a_wrong_default_is_refused_where_it_stands() -> None:
    """The old place of the settings is refused in `defaults` too, once."""
    text = "project: x\ndefaults: {jobs: {model: m, hyperparameters: {}}}\njobs:\n"
    text += "".join(f"  {name}: {{training_file: t}}\n" for name in "abc")
    (problem,) = read(text)
    assert (problem.code, problem.mark and problem.mark.line) == ("deprecated-key", 2)


def test_a_rule_of_ours_says_why() -> None:
    """The reason stands beside the mistake."""
    (problem,) = read(f"{JOB}{MODEL}    method: {{type: dpo, supervised: {{}}}}\n")
    assert problem.why == "settings stand under the name of their method and no other"

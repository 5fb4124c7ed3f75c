"""`vars`: texts by name, in the strings whose model allows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifest import references, variables
from reconciler.manifest.references import of_variables, substituted
from tests.unit.manifests.specs import FileSpec, JobSpec, problems, read, said

SECRET = "sk-proj-abcdEFGH0123456789abcdEFGH"
TEXT = """\
project: x
vars: {stage: "${env:RECONCILER_VAR_STAGE:-dev}", team: red, both: "a-${env:RECONCILER_VAR_STAGE}"}
provider: {kind: compatible, base_url: "https://${var:team}.example/v1"}
state: {backend: "state/${var:stage}.json"}
defaults: {jobs: {model: "m-${var:stage}"}}
files: {a: {path: "data/${var:stage}/${var:team}.jsonl"}}
jobs:
  bot:
    training_file: a
    suffix: ${var:team}
    metadata: {team: "$${var:team} is ${var:team}", plain: $5}
"""
STAGE = {"RECONCILER_VAR_STAGE": "prod", "HOME": "/root"}


def test_variables_stand_in_marked_strings() -> None:
    """In the top, the defaults and the entries, alone or within a text."""
    manifest = read(TEXT, environ=STAGE)
    assert manifest.provider.base_url == "https://red.example/v1"
    assert manifest.state.backend == "state/prod.json"
    assert manifest.entries["files"]["a"] == FileSpec(path="data/prod/red.jsonl")
    bot = manifest.entries["jobs"]["bot"]
    assert isinstance(bot, JobSpec)
    assert (bot.model, bot.suffix) == ("m-prod", "red")
    assert bot.metadata == {"team": "${var:team} is red", "plain": "$5"}


def test_a_default_holds_where_the_environment_says_nothing() -> None:
    """It may be empty; without one the variable has to be set."""
    text = 'project: x\nvars: {v: "${env:RECONCILER_VAR_V:-}."}\nfiles: {a: {path: "a${var:v}"}}'
    assert read(text).entries["files"]["a"] == FileSpec(path="a.")
    (problem,) = problems(text.replace(":-", ""))
    assert problem.what == "vars.v reads RECONCILER_VAR_V, which is not set"
    assert problem.cure == "set it, or write ${env:RECONCILER_VAR_V:-default}"


def test_marks_stay_and_the_origin_is_told() -> None:
    """A replaced string is where it was written, and comes from vars."""
    manifest = read(TEXT, environ=STAGE)
    assert str(manifest.mark("jobs", "bot", "suffix")) == "reconciler.yaml:10:5"
    assert str(manifest.mark("jobs", "bot", "model")) == "reconciler.yaml:5:19"
    assert manifest.origin("jobs", "bot", "suffix") == "vars"
    assert manifest.origin("jobs", "bot", "model") == "vars"
    assert manifest.origin("jobs", "bot", "metadata", "plain") == "manifest"
    assert manifest.origin("jobs", "bot", "metadata", "no such") == "manifest"
    assert manifest.origin("previous_projects", 0) == "manifest"


def test_an_environment_has_its_own_values() -> None:
    """`vars` are merged before they are replaced."""
    text = TEXT + "environments: {e: {vars: {team: blue}, jobs: {bot: {model: 'x${var:team}'}}}}"
    manifest = read(text, env="e", environ=STAGE)
    assert manifest.provider.base_url == "https://blue.example/v1"
    assert getattr(manifest.entries["jobs"]["bot"], "model", "") == "xblue"
    assert manifest.origin("jobs", "bot", "model") == "vars"


ROWS = {
    'files: {a: {path: "${var:tema}"}}': (
        '3:13 files.a.path names no entry of vars: "tema" [undefined-variable]'
    ),
    'files: {a: {path: "${env:HOME}"}}': '3:13 files.a.path holds "${env:HOME}" [bad-reference]',
    'files: {a: {path: "${HOME}"}}': '3:13 files.a.path holds "${HOME}" [bad-reference]',
    'files: {a: {path: "${var:team"}}': (
        "3:13 files.a.path has a ${ that is not closed [bad-reference]"
    ),
    'files: {a: {path: p, purpose: "${var:team}"}}': (
        '3:22 files.a.purpose cannot hold "${var:team}" [bad-reference]'
    ),
    'files: {"${var:team}": {path: p}}': (
        "3:9 files.${var:team} has a ${ in its name [bad-reference]"
    ),
    'previous_projects: ["${var:team}"]': (
        '3:21 previous_projects[0] cannot hold "${var:team}" [bad-reference]'
    ),
    'jobs: {a: {training_file: f, model: m, tags: ["${var:team}"]}}': (
        '3:47 jobs.a.tags[0] cannot hold "${var:team}" [bad-reference]'
    ),
}


@pytest.mark.parametrize("line", ROWS)
def test_references_that_stand_for_nothing(line: str) -> None:
    """Each is named once, at its place, and nothing that follows from it."""
    found = said(f"project: x\nvars: {{team: red}}\n{line}")
    assert [one for one in found if "bad-name" not in one] == [ROWS[line]]


REFUSED = {
    "${env:HOME}": 'vars.v reads "HOME" [bad-reference]',
    "${env:RECONCILER_VAR_}": 'vars.v reads "RECONCILER_VAR_" [bad-reference]',
    "${env:OPENAI_API_KEY:-x}": 'vars.v reads "OPENAI_API_KEY" [bad-reference]',
    "${var:other}": 'vars.v holds "${var:other}" [bad-reference]',
    "${env:RECONCILER_VAR_LINES}": (
        "vars.v reads RECONCILER_VAR_LINES, which has a character that does not print "
        "[hidden-character]"
    ),
    "${env:RECONCILER_VAR_KEY}": (
        "vars.v has what looks like a key once its variables are replaced [secret-in-manifest]"
    ),
    "${env:RECONCILER_VAR_LONG}": (
        "vars.v is longer than 4,096 characters with its variables replaced [wrong-length]"
    ),
    "${env:RECONCILER_VAR_UNSET}": (
        "vars.v reads RECONCILER_VAR_UNSET, which is not set [unset-variable]"
    ),
}


@pytest.mark.parametrize("value", REFUSED)
def test_values_that_are_refused(value: str) -> None:
    """Only RECONCILER_VAR_* is read, no key comes through, and a use of it adds no noise."""
    environ = {
        "HOME": "/root",
        "OPENAI_API_KEY": SECRET,
        "RECONCILER_VAR_KEY": SECRET,
        "RECONCILER_VAR_LINES": "a\nb",
        "RECONCILER_VAR_LONG": "a" * 5000,
    }
    text = f'project: x\nvars: {{v: "{value}"}}\nfiles: {{a: {{path: "${{var:v}}"}}}}'
    assert said(text, environ=environ) == [f"2:8 {REFUSED[value]}"]
    assert SECRET not in repr(problems(text, environ=environ))


def test_a_secret_put_together_from_parts_is_refused() -> None:
    """Also where no part of it looks like one."""
    text = 'project: x\nvars: {v: "cdEFGH0123456789abcdEFGH"}\nfiles: {a: {path: "sk-ab${var:v}"}}'
    (problem,) = problems(text)
    assert (problem.code, "0123456789" in problem.what) == ("secret-in-manifest", False)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("vars: []", "2:1 vars must be a mapping, found a list [wrong-type]"),
        ("vars: {a: 3}", "2:8 vars.a must be a string, found the number 3 [wrong-type]"),
        ("vars: {a: }", "2:8 vars.a must be a string, found nothing [wrong-type]"),
        ("vars: {A b: c}", '2:8 vars.A b cannot be "A b" [bad-name]'),
    ],
)
def test_vars_are_strict(lines: str, problem: str) -> None:
    """Names by the rule of all names; values are strings."""
    assert said(f'project: x\n{lines}\nfiles: {{a: {{path: "${{var:a}}"}}}}')[:1] == [problem]


def test_a_misspelt_variable_gets_a_suggestion() -> None:
    """The cure names the variable that was probably meant, or says how to add it."""
    first = 'project: x\nvars: {stage: dev}\nfiles: {a: {path: "${var:stag}"}}'
    assert problems(first)[0].cure == 'did you mean "stage"?'
    assert problems(first.replace("stag}", "other}"))[0].cure == "add vars: {other: …}"


def test_the_cure_lists_where_variables_may_stand() -> None:
    """Those of the same section; of all where that has none."""
    (job,) = problems('project: x\njobs: {a: {training_file: "${var:a}", model: m}}')
    assert job.cure == "they may stand in model, suffix or metadata.*; or write $${ for ${"
    cure = problems('project: "${var:a}"')[0].cure
    assert "provider.base_url" in cure
    assert "files.*.path" in cure


def test_a_shared_value_is_looked_at_once() -> None:
    """Behind an alias a mistake is one mistake, and a value is the same everywhere."""
    files = "\n".join(f"  f{i}: *f" for i in range(50))
    text = f'project: x\nvars: {{v: a}}\nfiles:\n  f: &f {{path: "${{var:v}}"}}\n{files}\n'
    assert {repr(spec) for spec in read(text).entries["files"].values()} == {
        repr(FileSpec(path="a"))
    }
    assert len(problems(text.replace("var:v", "var:w"))) == 1


def test_growth_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many uses of a long text are refused before they fill memory."""
    monkeypatch.setattr(variables, "MAX_GROWTH", 5_000)
    files = "\n".join(f'  f{i}: {{path: "${{var:v}}{i}"}}' for i in range(40))
    (first, *_) = problems(f"project: x\nvars: {{v: {'a' * 1000}}}\nfiles:\n{files}")
    assert (first.code, first.what) == ("too-large", "files.f4.path makes the manifest too large")


def test_without_references_nothing_is_replaced() -> None:
    """A dollar alone is a dollar."""
    text = "project: x\nfiles: {a: {path: $x}, b: {path: '$$x'}, c: {path: 'a$'}}"
    assert [getattr(s, "path", "") for s in read(text).entries["files"].values()] == [
        "$x", "$$x", "a$",
    ]  # fmt: skip


PIECES = st.lists(
    st.sampled_from(["$", "$$", "{", "}", "$${", "${var:a}", "${var:b}", "x", " "]), max_size=12
)


@given(PIECES)
def test_a_text_is_replaced_once(pieces: list[str]) -> None:
    """What a variable holds is never read as a reference again."""
    text = "".join(pieces)
    values: dict[str, str | None] = {"a": "${var:b}", "b": "$${"}
    try:
        result = substituted(text, of_variables(values))
    except references.ReferenceRefused:
        assert "${" in text
    else:
        escaped = text.replace("$${", "\0").replace("${var:a}", "\1").replace("${var:b}", "\2")
        assert "${" not in escaped
        assert result == escaped.replace("\0", "${").replace("\1", "${var:b}").replace("\2", "$${")

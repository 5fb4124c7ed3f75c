"""`environments`: one manifest for several places, chosen by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifest.environments import Overlay, merged, models_elsewhere
from tests.unit.manifests.specs import FileSpec, JobSpec, problems, read, said

TEXT = """\
project: x
provider: {kind: compatible, base_url: "https://llm.example/v1"}
defaults: {jobs: {model: small, seed: 1}}
files:
  a: {path: a.jsonl}
  old: {path: old.jsonl}
jobs:
  bot: {training_file: a, tags: [one, two], seed: 5, metadata: {team: t}}
environments:
  dev:
  prod:
    provider: {kind: openai, base_url: null}
    defaults: {jobs: {model: large}}
    files: {old: null, new: {path: new.jsonl, purpose: null}}
    jobs: {bot: {tags: [three], seed: null, metadata: {team: u, more: v}}}
    state: {backend: state/prod.json}
"""


def bot(env: str) -> JobSpec:
    """The job, in an environment."""
    spec = read(TEXT, env=env).entries["jobs"]["bot"]
    assert isinstance(spec, JobSpec)
    return spec


def test_the_environment_is_part_of_the_manifest() -> None:
    """Which one it is, and which there are."""
    manifest = read(TEXT, env="prod")
    assert (manifest.environment, manifest.environments) == ("prod", ("dev", "prod"))
    assert read("project: x").environment == ""


def test_an_empty_environment_changes_nothing() -> None:
    """Everything is as it is written outside."""
    manifest = read(TEXT, env="dev")
    assert manifest.provider.kind == "compatible"
    assert list(manifest.entries["files"]) == ["a", "old"]
    assert bot("dev").tags == ("one", "two")


def test_mappings_merge_and_null_removes() -> None:
    """A key that is not named stays, a new one comes in, null takes one away."""
    manifest = read(TEXT, env="prod")
    assert (manifest.provider.kind, manifest.provider.base_url) == ("openai", None)
    assert manifest.state.backend == "state/prod.json"
    assert manifest.entries["files"] == {
        "a": FileSpec(path="a.jsonl"),
        "new": FileSpec(path="new.jsonl"),
    }
    assert bot("prod").metadata == {"team": "u", "more": "v"}


def test_lists_replace() -> None:
    """A list is one value."""
    assert bot("prod").tags == ("three",)


def test_a_removed_value_falls_back_to_the_defaults() -> None:
    """The defaults may themselves be the environment's."""
    assert (bot("prod").seed, bot("prod").model) == (1, "large")


def test_default_env_is_used_where_none_is_named() -> None:
    """And only there."""
    text = TEXT + "default_env: prod\n"
    assert read(text).environment == "prod"
    assert read(text, env="dev").environment == "dev"


@pytest.mark.parametrize(
    ("path", "place", "origin"),
    [
        (("provider", "kind"), "12:16", "environments.prod"),
        (("provider",), "2:1", "manifest"),
        (("provider", "base_url"), "12:30", "environments.prod"),  # where it is taken away
        (("jobs", "bot", "model"), "13:23", "environments.prod"),
        (("jobs", "bot", "seed"), "3:33", "defaults"),  # taken away, so that the default holds
        (("jobs", "bot", "tags", 0), "15:25", "environments.prod"),
        (("jobs", "bot", "metadata", "team"), "15:56", "environments.prod"),
        (("jobs", "bot", "training_file"), "8:9", "manifest"),
        (("files", "new"), "14:24", "environments.prod"),
        (("files", "new", "path"), "14:30", "environments.prod"),
        (("files", "a", "path"), "5:7", "manifest"),
        (("project",), "1:1", "manifest"),
    ],
)
def test_marks_and_origins(path: tuple[str | int, ...], place: str, origin: str) -> None:
    """A value that the environment sets is written there, and comes from there."""
    manifest = read(TEXT, env="prod")
    assert str(manifest.mark(*path)) == f"reconciler.yaml:{place}"
    assert manifest.origin(*path) == origin


def test_an_environment_may_change_what_is_included() -> None:
    """It is merged over all files."""
    text = "project: x\ninclude: [t.yaml]\nenvironments: {e: {files: {a: {purpose: batch}}}}"
    manifest = read(text, env="e", files={"t.yaml": "files: {a: {path: p}}"})
    assert manifest.entries["files"]["a"] == FileSpec(path="p", purpose="batch")
    assert str(manifest.mark("files", "a", "path")) == "t.yaml:1:13"
    assert str(manifest.mark("files", "a", "purpose")) == "reconciler.yaml:3:32"


@pytest.mark.parametrize(
    ("env", "text", "problem"),
    [
        ("dev", "project: x", '1:1 there is no environment "dev" [unknown-environment]'),
        ("prd", TEXT, '9:1 there is no environment "prd" [unknown-environment]'),
        ("", TEXT, '9:1 there is no environment "" [unknown-environment]'),
        (None, TEXT, "9:1 no environment was chosen [no-environment]"),
        (
            None,
            "default_env: prd\n" + TEXT,
            '1:1 there is no environment "prd" [unknown-environment]',
        ),
        (
            None,
            "default_env: dev\nproject: x",
            '1:1 there is no environment "dev" [unknown-environment]',
        ),
        (None, "default_env: 3\n" + TEXT, "10:1 no environment was chosen [no-environment]"),
    ],
)
def test_a_choice_that_cannot_be_made(env: str | None, text: str, problem: str) -> None:
    """It is all that is said: every other finding would be about another manifest."""
    assert said(text + "\nfilez: 3", env=env) == [problem]


def test_a_misspelt_environment_gets_a_suggestion() -> None:
    """The cure names the nearest one, the reason some that there are."""
    assert problems(TEXT, env="prd")[0].cure == 'did you mean "prod"?'
    assert problems(TEXT, env="xyz")[0].why == "this manifest has dev or prod"
    assert problems("project: x", env="dev")[0].why == "this manifest has no environments"


ROWS = {
    "environments: []": "2:1 environments must be a mapping of names, found a list [wrong-type]",
    "environments: {e: {}, f: {project: y}}": (
        '2:27 unknown key "project" in environments.f [unknown-key]'
    ),
    "environments: {e: {}, E f: {}}": (
        '2:23 "E f" cannot be the name of an environment [bad-name]'
    ),
    "environments: {e: {}, f: 3}": (
        "2:23 environments.f must be a mapping, found the number 3 [wrong-type]"
    ),
    "environments: {e: {files: {a: null}}}": (
        "2:28 environments.e.files.a removes nothing [undeclared]"
    ),
    "environments: {e: {provider: {kind: opnai}}}": (
        "2:31 environments.e.provider.kind must be sandbox, openai, azure or compatible, "
        'found the string "opnai" [unknown-value]'
    ),
    "environments: {e: {files: {a: {pth: x}}}}": (
        '2:32 unknown key "pth" in environments.e.files.a [unknown-key]'
    ),
    "environments: {e: {files: 3}}": (
        "2:20 environments.e.files must be a mapping of names, found the number 3 [wrong-type]"
    ),
}


@pytest.mark.parametrize("lines", ROWS)
def test_environments_that_are_wrong(lines: str) -> None:
    """Names and keys of all of them are checked, the values of the chosen one."""
    assert said(f"project: x\n{lines}", env=None if "[]" in lines else "e") == [ROWS[lines]]


VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
ROOTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


def value_at(value: object, path: tuple[str, ...]) -> object:
    """What stands at a path, None where nothing does."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


@given(ROOTS, ROOTS, st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple))
def test_each_merged_value_is_where_it_is_said_to_be(
    base: dict[str, object], over: dict[str, object], path: tuple[str, ...]
) -> None:
    """What the overlay does not hold is as it was; neither side is changed by the merge."""
    before = repr((base, over))
    whole = merged(base, over)  # type: ignore[arg-type] # plain values
    is_held = Overlay("e", over).holds(base, path)  # type: ignore[arg-type] # plain values
    found = value_at(whole, path)
    if not isinstance(found, dict):
        assert found == value_at(over if is_held else base, path)
    assert repr((base, over)) == before


@given(ROOTS)
def test_merging_nothing_changes_nothing(base: dict[str, object]) -> None:
    """An environment that says nothing is the manifest itself."""
    assert merged(base, {}) == base  # type: ignore[arg-type] # plain values


def test_what_other_environments_name_as_models() -> None:
    """Pins and bases, also those at the top that the chosen one replaces; of odd shapes nothing."""
    root: dict[str, Any] = {
        "models": {"a": {"pin": "ft:1"}, "b": {"job": "x"}, "c": None},
        "jobs": {"j": {"model": "ft:2"}, "k": 7},
        "environments": {
            "dev": {"models": {"a": {"pin": "ft:3"}}},
            "prod": {"models": {"b": {"pin": "ft:4"}, "c": {"pin": 7}}, "jobs": []},
            "odd": None,
        },
    }
    assert models_elsewhere(root, "dev") == {"ft:1", "ft:2", "ft:4"}
    assert models_elsewhere(root, "odd") == {"ft:1", "ft:2", "ft:3", "ft:4"}
    assert models_elsewhere({**root, "environments": {"dev": None}}, "dev") == frozenset()
    assert models_elsewhere({}, "") == frozenset()


def test_a_model_is_named_wherever_it_stands() -> None:
    """In a matrix, in the defaults, by a variable: it may not be deleted for another one."""
    prod: dict[str, Any] = {
        "defaults": {"jobs": {"model": "ft:1"}},
        "jobs": {"j": {"matrix": {"model": ["ft:2", "ft:3"], "seed": [1]}, "suffix": "no-model"}},
        "models": {"a": {"pin": "${var:pinned}"}},
        "vars": {"pinned": "ft:4"},
    }
    found = models_elsewhere({"environments": {"dev": {}, "prod": prod}}, "dev")
    assert found == {"ft:1", "ft:2", "ft:3", "ft:4", "${var:pinned}"}

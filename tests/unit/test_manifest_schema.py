"""The JSON Schema of the manifest: committed, complete, and as strict as the reader."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from reconciler.cli.verbs.schema import schema_text
from reconciler.manifest.json_share import SHORTEST

COMMITTED = Path(__file__).parents[2] / "schema" / "v1.json"
SCHEMA: dict[str, Any] = json.loads(COMMITTED.read_text("utf-8"))
UNKNOWN_TO_EDITORS = {"prefixItems", "unevaluatedProperties", "$dynamicRef", "discriminator"}
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

FULL = """\
version: 1
project: bots
previous_projects: [old]
provider: {kind: compatible, base_url: "https://${var:host}/v1"}
state:
include: [teams/*.yaml]
default_env: dev
vars: {host: llm.example}
defaults: {jobs: {model: gpt, seed: 7}, files: }
files:
  train: {path: data/a.jsonl}
  other:
jobs:
  bot:
    training_file: train
    method: {type: supervised, supervised: {hyperparameters: {n_epochs: auto}}}
    metadata: {team: "${var:host}"}
  sweep: {training_file: train, matrix: {n_epochs: [2, auto], suffix: [a, b], beta: [0.5]}}
moved: [{from: jobs.a, to: jobs.bot}]
removed: [{address: "jobs.sweep[n_epochs=2]"}]
import: [{to: files.other, id: file-1}]
environments:
  dev:
  prod:
    provider: {kind: openai, base_url: null}
    vars: {host: x}
    defaults: {jobs: {model: large}}
    files: {other: null}
    jobs: {bot: {method: {supervised: {hyperparameters: {n_epochs: 3}}}, seed: null}}
"""


def test_the_committed_schema_is_current() -> None:
    """`reconciler schema > schema/v1.json` writes it anew after a model changed."""
    assert COMMITTED.read_text("utf-8") == schema_text()


def test_it_is_a_schema() -> None:
    """Of the draft that it says, without what editors do not know."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert not UNKNOWN_TO_EDITORS & {keyword for keyword, _ in keywords(SCHEMA)}


def keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every keyword and its value, at any depth; names of properties are none."""
    if isinstance(schema, list):
        for inner in schema:
            yield from keywords(inner)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key in {"properties", "patternProperties", "$defs"}:
                yield key, value
                yield from keywords(list(value.values()))
            else:
                yield key, value
                yield from () if key == "examples" else keywords(value)


def properties() -> Iterator[tuple[str, Any]]:
    """Every property of every object, by name."""
    for keyword, value in keywords(SCHEMA):
        if keyword in {"properties", "patternProperties"}:
            yield from value.items()


def described(schema: Any) -> bool:
    """Whether an editor finds words for it, there or in the definition it stands for."""
    branches = [schema, *schema.get("anyOf", [])]
    refs = [branch["$ref"].rsplit("/", 1)[1] for branch in branches if "$ref" in branch]
    return "description" in schema or any("description" in SCHEMA["$defs"][ref] for ref in refs)


def test_everything_is_described() -> None:
    """Whatever has a name of its own; what a person names is described by its mapping."""
    bare = {name for name, schema in properties() if not name.startswith("^")}
    bare &= {name for name, schema in properties() if not described(schema)}
    assert bare <= {"anchor"}  # has one value and a default: nobody writes it


def test_every_object_is_closed() -> None:
    """An unknown key is shown where it is written."""
    objects = [value for key, value in [("", SCHEMA), *keywords(SCHEMA)] if isinstance(value, dict)]
    open_ = [one for one in objects if "properties" in one and one.get("type") and not closed(one)]
    assert open_ == []


def closed(schema: dict[str, Any]) -> bool:
    """Whether it allows no other keys."""
    return schema.get("additionalProperties") is False


def test_nothing_is_said_twice() -> None:
    """What several objects have is a definition, and every definition is used."""
    said = [json.dumps(schema) for _, schema in properties() if "$ref" not in json.dumps(schema)]
    assert [text for text in said if len(text) >= SHORTEST and said.count(text) > 1] == []
    used = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(SCHEMA)))
    assert SCHEMA["$defs"].keys() - used == {"Included"}


def test_examples_are_valid() -> None:
    """An example can be pasted."""
    for name, schema in [*properties(), *SCHEMA["$defs"].items()]:
        validator = jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], **schema})
        wrong = [one for one in schema.get("examples", ()) if not validator.is_valid(one)]
        assert (name, wrong) == (name, [])


def test_a_whole_manifest_is_valid() -> None:
    """Everything that the reader takes, environments and matrices included."""
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(FULL))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("project: bots", "project: Bots"),
        ("project: bots\n", ""),
        ("version: 1", "version: 2"),
        ("version: 1", "versoin: 1"),
        ("kind: compatible", "kind: opnai"),
        ("  train: {", "  Train: {"),
        ("path: data/a.jsonl", "pth: data/a.jsonl"),
        ("path: data/a.jsonl", "path: 3"),
        ("n_epochs: auto", "n_epochs: 99"),
        ("n_epochs: [2, auto]", "n_epochs: [2, 99]"),
        ("n_epochs: [2, auto]", "n_epoch: [2]"),
        ("suffix: [a, b]", "suffix: a"),
        ("{model: large}", "{model: large, matrix: {}}"),
        ("from: jobs.a, ", ""),
        ("from: jobs.a", "from: a"),
        ("vars: {host: x}", "vars: {host: 3}"),
        ("    files: {other: null}", "    project: y"),
        ("n_epochs: 3", "n_epochs: 0"),
    ],
)
def test_mistakes_are_found(old: str, new: str) -> None:
    """Also within environments, where nothing is required."""
    assert old in FULL
    assert not VALIDATOR.is_valid(yaml.safe_load(FULL.replace(old, new)))


def test_included_files_have_a_schema() -> None:
    """It is the definition `Included`: resources alone, and no project."""
    whole = {"$defs": SCHEMA["$defs"], "$ref": "#/$defs/Included"}
    validator = jsonschema.Draft202012Validator(whole)
    assert validator.is_valid({"files": {"a": {"path": "p"}}, "moved": []})
    assert not validator.is_valid({"project": "x"})

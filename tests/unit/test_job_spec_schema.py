"""What the entry of a job tells the JSON Schema, the matrix and the reference."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.spec.hyperparameters import (
    DpoHyperparameters,
    Hyperparameters,
    ReinforcementHyperparameters,
)
from reconciler.kinds.spec.model import model_of

SCHEMA = model_of(JobSpec).model_json_schema()
GRADER = {"type": "python", "name": "g", "source": "pass"}
VALUES = {"model": "jobs.base", "suffix": "s", "training_file": "f", "validation_file": "f"}
NEEDED = {"reinforcement": {"grader": GRADER}}
METHODS = {
    "supervised": Hyperparameters,
    "dpo": DpoHyperparameters,
    "reinforcement": ReinforcementHyperparameters,
}


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model within a type, itself included."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for inner in get_args(annotation):
        yield from models(inner)


FIELDS = {
    f"{model.__name__}.{name}": field
    for model in models(model_of(JobSpec))
    for name, field in model.model_fields.items()
}


def interpolated(schema: Any, path: str = "") -> Iterator[str]:
    """Where `${var:…}` may stand."""
    if isinstance(schema, dict):
        if schema.get("interpolated") is True:
            yield path
        for key, below in schema.items():
            yield from interpolated(below, f"{path}.{key}".removeprefix("."))
    elif isinstance(schema, list):
        for below in schema:
            yield from interpolated(below, path)


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_is_described(name: str) -> None:
    """A description is what an editor shows and what the reference prints."""
    assert (FIELDS[name].description or "").endswith(".")


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.examples])
def test_each_example_is_valid(name: str) -> None:
    """An example can be pasted."""
    field = FIELDS[name]
    whole: Any = Annotated[field.annotation, field]
    for example in field.examples or ():
        TypeAdapter(whole).validate_python(example)


def test_strings_with_variables_are_marked() -> None:
    """Model, suffix, metadata values and the strings of an integration; nothing else."""
    assert set(interpolated(SCHEMA)) == {
        "properties.model",
        "properties.suffix",
        "properties.metadata.anyOf.additionalProperties",
        "$defs.Wandb.properties.project",
        "$defs.Wandb.properties.name",
        "$defs.Wandb.properties.entity",
        "$defs.Wandb.properties.tags.anyOf.items",
    }


def test_the_refused_field_is_not_in_the_schema() -> None:
    """`hyperparameters` beside `method` is known to the reader alone."""
    assert "hyperparameters" not in SCHEMA["properties"]
    assert "hyperparameters" not in JobSpec.read({"model": "m", "training_file": "t"}).plain()


@pytest.mark.parametrize("method", METHODS)
def test_the_matrix_reaches_every_setting(method: str) -> None:
    """Each hyperparameter of each method has a matrix key, whose path is where it stands."""
    for key in METHODS[method].__struct_fields__:
        path = JobSpec.MATRIX[key]
        value = "low" if key == "reasoning_effort" else 1
        assert path == ("method", "{type}", "hyperparameters", key)
        settings = {**NEEDED.get(method, {}), path[2]: {key: value}}
        chosen = {"type": method, path[1].format(type=method): settings}
        entry = {"model": "m", "training_file": "t", "validation_file": "v", path[0]: chosen}
        spec = JobSpec.read(entry)
        assert spec.plain()["method"] == chosen


@pytest.mark.parametrize("key", ["model", "seed", "suffix", "training_file", "validation_file"])
def test_the_matrix_reaches_plain_fields(key: str) -> None:
    """A plain field is its own path."""
    assert JobSpec.MATRIX[key] == (key,)
    entry = {"model": "m", "training_file": "t", key: VALUES.get(key, 3)}
    assert getattr(JobSpec.read(entry), key) == entry[key]

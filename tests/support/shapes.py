"""What programs read, judged by the published schemas, as strictly as a schema can be."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import jsonschema

from reconciler.cli.root import COMMANDS
from reconciler.cli.verbs.schema import schema

Validator = jsonschema.Draft202012Validator

STREAMS = ("apply", "destroy", "gc")
"""Commands whose JSON is a stream of events; that of `plan` and of a dry run is one document."""


def closed(schema: Any) -> Any:
    """The schema without room for members that it does not name."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    is_object = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return {**inner, "additionalProperties": False} if is_object else inner


@cache  # made when it is needed first: most tests read no JSON
def validator(of: str) -> Validator:
    """Of `plan`, `events` or `lineage`."""
    return Validator(closed(schema(of)))


def conforms(of: str, value: Any) -> None:
    """Fail with what is wrong, and where."""
    wrong = [f"{error.json_path}: {error.message}" for error in validator(of).iter_errors(value)]
    assert not wrong, "\n".join((*wrong, "if it is meant: reconciler/render/*_shape.py"))


def judge(arguments: Sequence[str], out: str) -> None:
    """Hold what a command wrote to its schema, if it has one."""
    name = next((word for word in arguments if word in COMMANDS), "")
    if "--json" not in arguments or name not in ("plan", "why", *STREAMS):
        return
    if name == "why":
        told = json.loads(out)
        conforms("events" if told.get("type") == "error" else "lineage", told)
        return
    is_plan = name == "plan" or "--dry-run" in arguments
    if is_plan and not out.startswith('{"type": "error"'):
        conforms("plan", json.loads(out))
    else:
        for line in out.splitlines():
            conforms("events", json.loads(line))

"""The description covers the sandbox, and the judge sees what is not as described."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.sandbox.routing import ROUTES
from tests.conformance.answers import Judge
from tests.conformance.description import document
from tests.conformance.notation import schema
from tests.conformance.official import amend
from tests.conformance.seeds import point_at, seeded
from tests.conformance.watch import Exchange, watching

MODEL = {"id": "m", "object": "model", "created": 1, "owned_by": "me", "shutdown_date": None}
ERROR = {"message": "m", "type": "t", "param": None, "code": None}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("string", {"type": "string"}),
        ("string 1..64", {"type": "string", "minLength": 1, "maxLength": 64}),
        ("integer 3..", {"type": "integer", "minimum": 3}),
        ("number >0..2", {"type": "number", "exclusiveMinimum": 0, "maximum": 2}),
        ("number >0.5..", {"type": "number", "exclusiveMinimum": 0.5}),
        ("number -2..2", {"type": "number", "minimum": -2, "maximum": 2}),
        ("binary", {"type": "string", "format": "binary"}),
        ("any", {}),
        ("=a | =b", {"type": "string", "enum": ["a", "b"]}),
        ("File | null", {"anyOf": [{"$ref": "#/components/schemas/File"}, {"type": "null"}]}),
        (["integer"], {"type": "array", "items": {"type": "integer"}}),
        (["any", "1..4"], {"type": "array", "items": {}, "minItems": 1, "maxItems": 4}),
        (
            {"a": "null", "(b)": "boolean"},
            {
                "type": "object",
                "properties": {"a": {"type": "null"}, "b": {"type": "boolean"}},
                "required": ["a"],
                "additionalProperties": False,
            },
        ),
        (
            {"*": "string"},
            {
                "type": "object",
                "properties": {},
                "required": [],
                "additionalProperties": {"type": "string"},
            },
        ),
    ],
)
def test_a_type_is_read(given: object, expected: dict[str, Any]) -> None:
    """Each form of the notation has its JSON schema."""
    assert schema(given) == expected


@pytest.mark.parametrize("given", ["strings", "string 1-2", "", 7, None, [], "=a | nothing"])
def test_what_is_no_type_is_refused(given: object) -> None:
    """A slip of the pen in the description is an error."""
    with pytest.raises(ValueError, match="not "):
        schema(given)


def test_the_description_has_every_endpoint() -> None:
    """What the sandbox routes is what is described, and every type is a schema that leads on."""
    spec = document()
    described = {
        (re.sub(r"\{\w+\}", "{}", f"/v1{path}"), method.upper())
        for path, operations in spec["paths"].items()
        for method in operations
    }
    routed = {
        (re.sub(r"\{\w+\}", "{}", path), method)
        for path, methods in ROUTES.items()
        if path.startswith("/v1")
        for method in methods
    }
    assert described == routed
    types = spec["components"]["schemas"]
    for each in types.values():
        Draft202012Validator.check_schema(each)
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(spec)))
    assert named == set(types)


def _seen(path: str, body: object, status: int = 200, kind: str = "application/json") -> Exchange:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    exchange = Exchange("POST" if path == "/chat/completions" else "GET", path, "")
    exchange.status, exchange.content_type, exchange.body = status, kind, bytearray(raw)
    return exchange


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        (_seen("/models/a/b", MODEL), None),
        (_seen("/models/m", MODEL | {"id": 7}), "$.id: 7 is not of type 'string'"),
        (_seen("/models/m", {"id": "m"}), "is a required property"),
        (_seen("/models/m", MODEL | {"more": 1}), "Additional properties are not allowed"),
        (_seen("/models/m", b"m", kind="text/html"), "content type 'text/html', not application"),
        (_seen("/models/m", {"error": ERROR}, 404), None),
        (_seen("/models/m", {"error": {}}, 404), "is a required property"),
        (_seen("/models/m", {"detail": "m"}, 500), "is a required property"),
        (_seen("/models/m", b"<html>", 502, "text/html"), None),
        (_seen("/files/f/content", b"{", kind="application/octet-stream"), None),
        (
            _seen("/chat/completions", b"data: {}\n\ndata: [DONE]\n\n", kind="text/event-stream"),
            "is a required property",
        ),
    ],
)
def test_the_judge_sees_what_is_wrong(seen: Exchange, problem: str | None) -> None:
    """Fields that lack, are too many or of another type, other content, other errors."""
    judge, lenient = Judge(), Judge(is_lenient=True)
    for each in (judge, lenient):
        each.see(seen)
    assert lenient.problems == []
    assert bool(judge.problems) == bool(problem)
    assert all(problem in each for each in judge.problems if problem)


def test_an_official_specification_is_mended() -> None:
    """Values it forgot, errors it does not state, and the dialect of an older version."""
    number = {"type": "number", "minimum": 0, "exclusiveMinimum": True}
    status = {"type": "string", "enum": ["queued"]}
    members = {"status": status, "beta": number, "seed": {"type": "integer", "nullable": True}}
    spec: Any = {
        "paths": {"/files/{file_id}/content": {"get": {"responses": {"200": {}}}}},
        "components": {
            "schemas": {"FineTuningJob": {"properties": members}, "ErrorResponse": {}},
        },
    }
    amend(spec)
    assert status["enum"] == ["queued", "paused"]
    assert number == {"type": "number", "exclusiveMinimum": 0}
    assert members["seed"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    responses = spec["paths"]["/files/{file_id}/content"]["get"]["responses"]
    assert list(responses["200"]["content"]) == ["application/octet-stream"]
    assert "application/json" in responses["default"]["content"]


def test_seeds_are_objects_that_requests_can_name(tmp_path: Path) -> None:
    """Every id of the specification may be one that exists; what is spare alone may be harmed."""
    judge = Judge()
    with watching(judge.see), seeded(tmp_path / "s.db") as (_, seeds):
        spec = point_at(document(), seeds)
    assert judge.problems == []
    files = spec["paths"]["/files/{file_id}"]

    def offered(method: str) -> object:
        return files[method]["parameters"][0]["schema"]["anyOf"][0]["enum"]

    assert (offered("get"), offered("delete")) == (seeds.kept["file_id"], seeds.spare["file_id"])
    asked = spec["components"]["schemas"]["JobRequest"]["properties"]
    assert asked["training_file"]["anyOf"][0]["enum"] == seeds.kept["file_id"]
    assert any(model.startswith("ft:") for model in asked["model"]["anyOf"][0]["enum"])

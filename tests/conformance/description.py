"""The committed description of the API, as an OpenAPI 3.1 document."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.conformance.notation import TYPES, Schema, is_required, schema

HERE: Final = Path(__file__).with_name("api.yaml")
JSON, EVENTS = "application/json", "text/event-stream"
Document = dict[str, Any]


@cache
def document() -> Document:
    """The description in OpenAPI's own form: every endpoint, its request and its answers."""
    given = yaml.safe_load(HERE.read_text(encoding="utf-8"))
    types = {name: schema(each) for name, each in given["types"].items()}
    paths: dict[str, Any] = {}
    for endpoint, asked in given["endpoints"].items():
        method, path = endpoint.split()
        paths.setdefault(path, {})[method.lower()] = _operation(endpoint, asked)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Files and fine-tuning jobs", "version": "1"},
        "servers": [{"url": "/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": types,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: str, asked: Mapping[str, Any]) -> Document:
    body = {
        kind: {"schema": schema(asked[name])}
        for name, kind in (("json", JSON), ("form", "multipart/form-data"))
        if name in asked
    }
    found: Document = {
        "operationId": endpoint,
        "parameters": [*_in_path(endpoint), *_in_query(asked.get("query", {}))],
        "responses": {
            "200": {"description": "done", "content": dict(_answers(asked))},
            "4XX": {"description": "refused", "content": _json({"$ref": TYPES + "Error"})},
        },
    }
    return found | ({"requestBody": {"required": True, "content": body}} if body else {})


def _in_path(endpoint: str) -> Iterator[Document]:
    for name in re.findall(r"\{(\w+)\}", endpoint):
        # An id that is empty or dots would make another path.
        yield _parameter("path", name, {"type": "string", "pattern": "^[^/.][^/]*$"})


def _in_query(asked: Mapping[str, Any]) -> Iterator[Document]:
    for name, each in asked.items():
        style = {"style": "deepObject", "explode": True} if isinstance(each, dict) else {}
        plain = _parameter("query", name.strip("()"), schema(each))
        yield plain | style | {"required": is_required(name)}


def _parameter(place: str, name: str, kind: Schema) -> Document:
    return {"in": place, "name": name, "required": True, "schema": kind}


def _answers(asked: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    is_binary = asked["answer"] == "binary"
    kind = "application/octet-stream" if is_binary else JSON
    yield kind, {"schema": schema(asked["answer"])}
    if "stream" in asked:
        yield EVENTS, {"schema": schema(asked["stream"])}


def _json(kind: Schema) -> Document:
    return {JSON: {"schema": kind}}

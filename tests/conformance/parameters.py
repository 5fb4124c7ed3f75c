"""Which parameters the description has, and which of them a request sent."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from tests.conformance.answers import committed
from tests.conformance.description import Document, document
from tests.conformance.notation import TYPES, Schema
from tests.conformance.watch import Exchange

Parameter = tuple[str, str]
"""Where it belongs (an endpoint, or a type with the members that lead to it), and its name."""

_FIELD = re.compile(rb'form-data; name="([^"]+)')


def described() -> set[Parameter]:
    """Every parameter of the query, the form or the JSON body of every endpoint."""
    return {
        parameter
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
        for parameter in _described(f"{method.upper()} {path}", operation)
    }


def _described(endpoint: str, operation: Document) -> Iterator[Parameter]:
    yield endpoint, ""
    for parameter in operation["parameters"]:
        if parameter["in"] == "query":
            yield endpoint, parameter["name"]
    content = operation.get("requestBody", {}).get("content", {})
    for kind, body in content.items():
        if kind == "application/json":
            yield from _members(body["schema"], "", set())
        else:
            yield from ((endpoint, name) for name in body["schema"]["properties"])


def _members(schema: Schema, where: str, seen: set[str]) -> Iterator[Parameter]:
    """The members of an object and of all that it holds, each type once."""
    where, schema = _follow(schema, where)
    if where in seen:
        return
    for name, inner in schema.get("properties", {}).items():
        yield where, name
        yield from _members(inner, f"{where}.{name}", seen | {where})
    for inner in schema.get("anyOf", ()):
        yield from _members(inner, where, seen)
    if "items" in schema:
        yield from _members(schema["items"], where, seen)


def _follow(schema: Schema, where: str) -> tuple[str, Schema]:
    """A type by its name, where the schema only names it."""
    name = schema.get("$ref", "").removeprefix(TYPES)
    return (name, document()["components"]["schemas"][name]) if name else (where, schema)


def sent(exchange: Exchange) -> set[Parameter]:
    """The parameters of the description that a request sent."""
    operation = committed().find(exchange.method, exchange.path)
    if operation is None or exchange.status >= 300:
        return set()
    endpoint = operation["operationId"]
    names = [name.partition("[")[0] for name, _ in parse_qsl(exchange.query)]
    if exchange.sent_type == "multipart/form-data":
        names += [name.decode() for name in _FIELD.findall(exchange.sent)]
    found = {(endpoint, name) for name in ("", *names)}
    if exchange.sent_type == "application/json" and exchange.sent:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        found |= set(_sent(schema, json.loads(exchange.sent), ""))
    return found


def _sent(schema: Schema, value: Any, where: str) -> Iterator[Parameter]:
    where, schema = _follow(schema, where)
    for name, inner in schema.get("properties", {}).items():
        if isinstance(value, Mapping) and name in value:
            yield where, name
            yield from _sent(inner, value[name], f"{where}.{name}")
    for inner in schema.get("anyOf", ()):
        if committed().is_valid(value, inner):
            yield from _sent(inner, value, where)
    if isinstance(value, list):
        for each in value:
            yield from _sent(schema.get("items", {}), each, where)

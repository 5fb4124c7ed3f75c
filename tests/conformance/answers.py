"""Whether what a simulator sends over the wire is what a specification says it sends."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from tests.conformance.description import EVENTS, JSON, Document, document
from tests.conformance.watch import Exchange


@dataclass(frozen=True, eq=False)
class Rules:
    """An OpenAPI document that answers are held against."""

    spec: Document

    def problem(self, seen: Exchange) -> str | None:
        """The first way in which an answer is not as described; None when it is."""
        operation, kind = self.find(seen.method, seen.path), seen.content_type
        if operation is None:
            return None
        is_done = seen.status < 300
        content = _answers(operation["responses"], is_done=is_done)
        if is_done and kind not in content:
            return f"content type {kind!r}, not {' or '.join(content)}"
        if kind not in (JSON, EVENTS) or kind not in content:
            return None
        schema = content[kind]["schema"]
        return next(filter(None, (self._error(each, schema) for each in _values(seen))), None)

    def find(self, method: str, path: str) -> Document | None:
        """The operation that answers a method on a path; None where there is none."""
        for pattern, operations in self._patterns:
            if pattern.fullmatch(path):
                found: Document | None = operations.get(method.lower())
                return found
        return None

    def is_valid(self, value: object, schema: Document) -> bool:
        """Whether a value is of a type of the specification."""
        return self._error(value, schema) is None

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], Document], ...]:
        # A model's name may hold anything, also slashes; an id may not.
        shapes = {"{model}": ".+"}
        return tuple(
            (re.compile(re.sub(r"\{\w+\}", lambda m: shapes.get(m[0], "[^/]+"), path)), operations)
            for path, operations in self.spec["paths"].items()
        )

    @cached_property
    def _validators(self) -> dict[str, Draft202012Validator]:
        return {}

    def _error(self, value: object, schema: Document) -> str | None:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = schema | {"components": self.spec["components"]}
            self._validators[key] = Draft202012Validator(whole)
        error = best_match(self._validators[key].iter_errors(value))
        return f"{error.json_path}: {error.message[:300]}" if error else None


@cache
def committed() -> Rules:
    """The rules of the committed description."""
    return Rules(document())


@dataclass(slots=True)
class Judge:
    """Looks at every answer of a test; `is_lenient` while a fault makes answers wrong."""

    rules: Rules = field(default_factory=committed)
    is_lenient: bool = False
    problems: list[str] = field(default_factory=list)

    def see(self, seen: Exchange) -> None:
        """Remember what is wrong with an answer."""
        if not self.is_lenient and (problem := self.rules.problem(seen)):
            self.problems.append(f"{seen.method} {seen.path} {seen.status}: {problem}")


def _answers(responses: Document, *, is_done: bool) -> Document:
    """What an answer may hold, by content type."""
    refused = responses.get("4XX") or responses.get("default") or {}
    content: Document = (responses["200"] if is_done else refused).get("content", {})
    return content


def _values(seen: Exchange) -> Iterator[Any]:
    """The JSON of an answer, or of each event of a stream."""
    if seen.content_type == JSON:
        yield json.loads(seen.body)
        return
    for event in seen.body.decode().split("\n\n"):
        if event not in ("", "data: [DONE]"):
            yield json.loads(event.removeprefix("data: "))

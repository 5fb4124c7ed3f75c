"""Reading an official OpenAPI file: what must be mended in it before it can judge an answer."""

from typing import Any, Final

from tests.conformance.description import Document

CONTRADICTIONS: Final = (
    ("FineTuningJob", "status", "paused"),  # what its own example of the pause endpoint answers
    ("OpenAIFile", "purpose", "evals"),  # what its own upload request allows
)
"""Values that the specification leaves out of an enumeration: schema, property, value."""

_ERROR: Final = {
    "description": "refused",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}},
}


def amend(spec: Document) -> Document:
    """Mend a specification in place, as far as it contradicts itself; also returned.

    It states the error body, but at no endpoint; it types downloads as JSON; and it says what may
    be null, and which minima are excluded, in the dialect of OpenAPI 3.0. A description of another
    origin stays as it is.
    """
    schemas = spec["components"]["schemas"]
    for name, member, value in CONTRADICTIONS:
        if name in schemas:
            schemas[name]["properties"][member]["enum"].append(value)
    if "ErrorResponse" in schemas:
        for path, operations in spec["paths"].items():
            for operation in operations.values():
                _state_errors(operation["responses"], is_download=path.endswith("/content"))
    _translate(schemas)
    return spec


def _state_errors(responses: Document, *, is_download: bool) -> None:
    responses["default"] = _ERROR
    if is_download:
        responses["200"]["content"] = {"application/octet-stream": {"schema": {}}}


def _translate(node: Any) -> None:
    """Say in the dialect of JSON schema 2020-12 what may be null and which minima are excluded."""
    if isinstance(node, dict):
        if node.get("exclusiveMinimum") is True:
            node["exclusiveMinimum"] = node.pop("minimum")
        if node.pop("nullable", None) is True:
            plain = dict(node)
            node.clear()
            node["anyOf"] = [plain, {"type": "null"}]
    for each in node.values() if isinstance(node, dict) else node:
        if isinstance(each, dict | list):
            _translate(each)

"""What a model of the simulator says: a taught reply, cut and shaped as the request asks."""

import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from reconciler.sandbox.chat_request import ChatRequest
from reconciler.sandbox.examples import question, text_of
from reconciler.sandbox.identity import derived

_TOKEN = re.compile(
    r"\s?(?:[A-Za-z\u00c0-\u024f]{1,9}|[\u0370-\u1fff]{1,4}|[\u2e80-\U0010ffff]|\d{1,3}"
    r"|[^\w\s]{1,2}|\w)|\s+"
)
"""As long as the tokens of the real models are, on the average."""
_MAX_DEPTH = 16
EXTRA_PER_MESSAGE = 4


class Reply(Struct, frozen=True):
    """One completion: its text or the tools it calls, and why it ended there."""

    tokens: tuple[str, ...]
    finish: str
    tool_calls: tuple[dict[str, Any], ...] = ()

    @property
    def text(self) -> str | None:
        """The content of the message; None where it is a call of tools."""
        return None if self.tool_calls else "".join(self.tokens)

    @property
    def cost(self) -> int:
        """Tokens of the completion."""
        called = sum(len(tokens(each["function"]["arguments"])) for each in self.tool_calls)
        return len(self.tokens) + called


def tokens(text: str) -> list[str]:
    """The pieces that the simulator counts as tokens; joined, they are the text again."""
    return _TOKEN.findall(text)


def prompt_cost(request: ChatRequest) -> int:
    """Tokens of the prompt: those of its texts, and a few for each message."""
    texts = (text_of(message.get("content")) for message in request.messages)
    return sum(len(tokens(text)) + EXTRA_PER_MESSAGE for text in texts)


def compose(request: ChatRequest, taught: Mapping[str, Any] | None) -> Reply:
    """The completion of a request; `taught` is the training example's reply, if one is near."""
    text = text_of(taught.get("content")) if taught else _untaught(request)
    if request.tool is not None:
        return _call(request, request.tool, text)
    if taught and request.tools and taught.get("tool_calls"):
        return Reply((), "tool_calls", tuple(taught["tool_calls"]))
    if request.format is not None:
        text = _as_json(text, request.format)
    return _cut(text, request)


def _untaught(request: ChatRequest) -> str:
    asked = question(request.messages)[:200]
    return f"[simulated {request.model}] You said: {asked}"


def _cut(text: str, request: ChatRequest) -> Reply:
    """The text up to the first stop sequence, and at most so many tokens of it."""
    ends = [position for stop in request.stop if (position := text.find(stop)) >= 0]
    pieces = tokens(text[: min(ends, default=len(text))])
    if request.max_tokens is not None and len(pieces) > request.max_tokens:
        return Reply(tuple(pieces[: request.max_tokens]), "length")
    return Reply(tuple(pieces), "stop")


def _call(request: ChatRequest, name: str, text: str) -> Reply:
    tool = next(each for each in request.tools if each["name"] == name)
    arguments = json.dumps(instance(tool.get("parameters") or {"type": "object"}, text))
    call_id = derived("call_", name, arguments)
    function = {"name": name, "arguments": arguments}
    return Reply((), "tool_calls", ({"id": call_id, "type": "function", "function": function},))


def _as_json(text: str, schema: Mapping[str, Any]) -> str:
    """The text itself where it is a JSON object, else an object of that shape which holds it."""
    try:
        if isinstance(json.loads(text), dict):
            return text
    except (ValueError, RecursionError):
        pass
    return json.dumps(instance(schema, text) if schema else {"answer": text}, ensure_ascii=False)


def instance(schema: object, text: str, depth: int = 0) -> object:
    """A value of a JSON schema: the first choice, the shortest array, the text for a string."""
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return None
    for key in ("enum", "anyOf", "oneOf"):
        if isinstance(schema.get(key), list) and schema[key]:
            first = schema[key][0]
            return first if key == "enum" else instance(first, text, depth + 1)
    if "const" in schema:
        return schema["const"]
    return _of_type(schema, text, depth)


def _of_type(schema: Mapping[str, Any], text: str, depth: int) -> object:
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) and kind else kind:
        case "string":
            return text
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case "array":
            least = schema.get("minItems")
            count = min(least, _MAX_DEPTH) if isinstance(least, int) else 0
            return [instance(schema.get("items"), text, depth + 1)] * count
        case "null":
            return None
        case _:
            properties = schema.get("properties")
            inner = properties if isinstance(properties, dict) else {}
            return {name: instance(each, text, depth + 1) for name, each in inner.items()}

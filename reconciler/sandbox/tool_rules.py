"""The deep checks of tools: what is declared, called and answered in an example."""

from collections.abc import Iterable, Mapping
from typing import Any

MAX_TOOLS = 128


def problem_beside(example: Mapping[str, Any]) -> str:
    """What is wrong with the keys beside the messages; empty when nothing is."""
    if not isinstance(example.get("parallel_tool_calls", True), bool):
        return "parallel_tool_calls Input should be a valid boolean"
    for key, is_fit in (("tools", _is_tool), ("functions", _is_function)):
        declared = example.get(key, [])
        if not isinstance(declared, list) or len(declared) > MAX_TOOLS:
            return f"{key} Input should be a valid list"
        if not all(map(is_fit, declared)):
            return f"{key} Input should be valid functions"
    return ""


def _is_tool(tool: object) -> bool:
    match tool:
        case {"type": "function", "function": function}:
            return _is_function(function)
        case _:
            return False


def _is_function(function: object) -> bool:
    match function:
        case {"name": str(), "parameters": parameters}:
            return isinstance(parameters, dict)
        case {"name": str()}:
            return True
        case _:
            return False


def are_calls(calls: object) -> bool:
    """Whether the assistant's calls are whole."""
    return isinstance(calls, list) and all(map(_is_call, calls))


def _is_call(call: object) -> bool:
    match call:
        case {
            "id": str(),
            "type": "function",
            "function": {"name": str(), "arguments": str()},
        }:
            return True
        case _:
            return False


def problem_of_answers(messages: Iterable[Mapping[str, Any]]) -> str:
    """What is wrong with the answers of tools; each message by itself was found right."""
    called: set[str] = set()
    for count, message in enumerate(messages, start=1):
        if message["role"] != "tool":
            calls = message.get("tool_calls") if message["role"] == "assistant" else None
            called = {call["id"] for call in calls or []}
        elif message["tool_call_id"] in called:
            called.discard(message["tool_call_id"])
        else:
            return f", message {count} tool_call_id does not match a preceding tool call"
    return ""


def problem_of_part(part: object, role: str) -> str:
    """What is wrong with a part of a message's content; empty when nothing is."""
    match part:
        case {"type": "text", "text": str()} | {"type": "refusal", "refusal": str()}:
            return ""
        case {"type": "image_url", "image_url": {"url": str()}}:
            return "" if role == "user" else "content images are only allowed in user messages"
        case _:
            return "content Input should be valid parts"

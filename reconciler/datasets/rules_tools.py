"""Tools and their calls: declared as functions, called with an id, answered under that id."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.datasets.finding import Finding, Findings, Place, Value, shown

MOST_FUNCTIONS = 128
"""Of `tools` or `functions` (the API's schema)."""

_CALL = '{"id": …, "type": "function", "function": {"name": …, "arguments": "{…}"}}'


def check_tools(value: Value, at: Place = ()) -> Findings:
    """`tools`, `functions` and `parallel_tool_calls` beside the messages."""
    if not isinstance(value.get("parallel_tool_calls", True), bool):
        place = (*at, "parallel_tool_calls")
        what = '"parallel_tool_calls" is neither true nor false'
        yield Finding("wrong-type", what, place, cure="true or false")
    if "tools" in value:
        yield from _check_declared(value["tools"], (*at, "tools"), _is_tool)
    if "functions" in value:
        yield from _check_declared(value["functions"], (*at, "functions"), _is_function)


def _check_declared(declared: object, at: Place, is_whole: Any) -> Findings:  # noqa: ANN401  # a predicate
    if not isinstance(declared, list):
        yield Finding("bad-tools", f"{shown(at[-1])} is not a list", at, cure="write a list")
        return
    for index, one in enumerate(declared):
        if not is_whole(one):
            what = f"entry {index + 1} of {shown(at[-1])} is no function with a name"
            cure = '{"type": "function", "function": {"name": …, "parameters": {…}}}'
            yield Finding("bad-tools", what, (*at, index), cure=cure)
    if len(declared) > MOST_FUNCTIONS:
        what = f"{shown(at[-1])} has {len(declared)} entries"
        yield Finding("bad-tools", what, at, cure=f"at most {MOST_FUNCTIONS}")


def _is_tool(tool: object) -> bool:
    return (
        isinstance(tool, dict)
        and tool.get("type") == "function"
        and _is_function(tool.get("function"))
    )


def _is_function(function: object) -> bool:
    return (
        isinstance(function, dict)
        and isinstance(function.get("name"), str)
        and isinstance(function.get("parameters", {}), dict)
    )


def check_calls(messages: list[Any], at: Place) -> Findings:
    """Each answer of a tool belongs to a call before it, and each call has its answer."""
    open_: dict[str, Place] = {}
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            continue
        place = (*at, index)
        if message.get("role") == "tool":
            yield from _check_answer(message, place, open_)
            continue
        yield from _unanswered(open_)
        open_ = {}
        if message.get("role") == "assistant" and message.get("tool_calls"):
            yield from _check_call_list(message["tool_calls"], (*place, "tool_calls"))
            open_ = dict(_ids(message["tool_calls"], (*place, "tool_calls")))


def _check_answer(message: Mapping[str, Any], at: Place, open_: dict[str, Place]) -> Findings:
    called = message.get("tool_call_id")
    if not isinstance(called, str):
        what = f'message {int(at[-1]) + 1} has no "tool_call_id"'
        cure = "the id of the call that it answers"
        yield Finding("missing-tool-call-id", what, at, cure=cure)
    elif open_.pop(called, None) is None:
        what = f"message {int(at[-1]) + 1} answers a call that no message before it makes"
        cure = 'the assistant\'s message before it has "tool_calls" with that id'
        yield Finding("unmatched-tool-call", what, (*at, "tool_call_id"), cure=cure)


def _unanswered(open_: Mapping[str, Place]) -> Findings:
    for place in open_.values():
        what = f"message {int(place[-3]) + 1} calls a tool, and no message answers the call"
        why = "the chat API refuses such a conversation"
        cure = 'add a message with "role": "tool" after it'
        yield Finding("unanswered-tool-call", what, place, why=why, cure=cure)


def _check_call_list(calls: object, at: Place) -> Findings:
    number = f"message {int(at[-2]) + 1}"
    if not isinstance(calls, list):
        yield Finding("bad-tool-call", f"{number} has no list of calls", at, cure=f"[{_CALL}]")
        return
    for index, call in enumerate(calls):
        if not _is_call(call):
            what = f"call {index + 1} of {number} is not whole"
            yield Finding("bad-tool-call", what, (*at, index), cure=_CALL)
        elif not _is_json(call["function"]["arguments"]):
            what = f"the arguments of call {index + 1} of {number} are no JSON object"
            cure = "write the arguments as the text of a JSON object"
            place = (*at, index, "function", "arguments")
            why = "the model learns to write arguments that no program can read"
            yield Finding("bad-arguments", what, place, why=why, cure=cure)


def _is_call(call: object) -> bool:
    match call:
        case {"id": str(), "type": "function", "function": {"name": str(), "arguments": str()}}:
            return True
        case _:
            return False


def _is_json(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


def _ids(calls: object, at: Place) -> Iterator[tuple[str, Place]]:
    for index, call in enumerate(calls if isinstance(calls, list) else []):
        if isinstance(call, dict) and isinstance(call.get("id"), str):
            yield call["id"], (*at, index)


def called_names(messages: list[Any]) -> Iterator[str]:
    """The names of the functions that the assistant calls."""
    for message in messages:
        calls = message.get("tool_calls") if isinstance(message, dict) else None
        for call in calls if isinstance(calls, list) else []:
            if _is_call(call):
                yield call["function"]["name"]


def check_known(value: Value, at: Place = ()) -> Findings:
    """Whether the functions that are called are declared."""
    messages = value.get("messages")
    if not isinstance(messages, list):
        return
    tools = value.get("tools")
    named = {
        tool["function"]["name"]
        for tool in (tools if isinstance(tools, list) else [])
        if _is_tool(tool)
    }
    unknown = [name for name in called_names(messages) if name not in named]
    if unknown:
        what = f"the assistant calls a function that is not declared: {shown(unknown[0])}"
        why = "the model learns to call what it was not told of"
        cure = 'declare it under "tools"'
        yield Finding("undeclared-tool", what, (*at, "messages"), why=why, cure=cure)

"""The body of `POST /chat/completions`: what is allowed in it, and the parts that matter here."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from reconciler.sandbox import fields
from reconciler.sandbox.envelope import Rejected

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_FORMATS = ("text", "json_object", "json_schema")
_MAX_TOKENS = 1_000_000


class ChatRequest(Struct, frozen=True):
    """A request for completions; `format` is the JSON schema wanted, `{}` any object, or None."""

    model: str
    messages: tuple[dict[str, Any], ...]
    n: int = 1
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    format: dict[str, Any] | None = None
    tools: tuple[dict[str, Any], ...] = ()
    tool: str | None = None
    stream: bool = False
    include_usage: bool = False


def read(body: Mapping[str, Any]) -> ChatRequest:
    """The request; a field that is null counts as unset, as the API has it.

    Raises:
        Rejected: 400 that names the first field that is wrong.
    """
    given = {name: value for name, value in body.items() if value is not None}
    _check_sampling(given)
    tools = _tools(given)
    stream = fields.boolean(given.get("stream", False), "stream")
    return ChatRequest(
        model=fields.string(fields.required(given, "model"), "model", least=1),
        messages=_messages(given),
        n=fields.integer(given.get("n", 1), "n", least=1, most=128),
        stop=_stop(given.get("stop", [])),
        max_tokens=_max_tokens(given),
        format=_format(given),
        tools=tools,
        tool=_chosen_tool(given.get("tool_choice", "auto"), tools),
        stream=stream,
        include_usage=_include_usage(given, stream=stream),
    )


def _check_sampling(given: Mapping[str, Any]) -> None:
    for name, least, most in (
        *(("temperature", 0.0, 2.0), ("top_p", 0.0, 1.0)),
        *(("frequency_penalty", -2.0, 2.0), ("presence_penalty", -2.0, 2.0)),
    ):
        if name in given:
            fields.number(given[name], name, least=least, most=most)
    if "seed" in given:
        fields.integer(given["seed"], "seed", least=-(2**63), most=2**63 - 1)


def _messages(given: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    messages = fields.array(fields.required(given, "messages"), "messages", least=1, most=2048)
    for index, message in enumerate(messages):
        _check_message(fields.mapping(message, f"messages[{index}]"), f"messages[{index}]")
    return tuple(messages)


def _check_message(message: dict[str, Any], path: str) -> None:
    role = fields.choice(fields.required(message, "role", path), f"{path}.role", _ROLES)
    content = message.get("content")
    if isinstance(content, list):
        for index, part in enumerate(content):
            where = f"{path}.content[{index}]"
            kind = fields.required(fields.mapping(part, where), "type", where)
            fields.string(kind, f"{where}.type")
    elif content is not None or role not in ("assistant", "function"):
        fields.string(content, f"{path}.content")
    if role == "tool":
        call = fields.required(message, "tool_call_id", path)
        fields.string(call, f"{path}.tool_call_id")


def _stop(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,) if given else ()
    texts = fields.array(given, "stop", most=4)
    return tuple(text for each in texts if (text := fields.string(each, "stop")))


def _max_tokens(given: Mapping[str, Any]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        if name in given:
            return fields.integer(given[name], name, least=1, most=_MAX_TOKENS)
    return None


def _format(given: Mapping[str, Any]) -> dict[str, Any] | None:
    if "response_format" not in given:
        return None
    wanted = fields.mapping(given["response_format"], "response_format")
    kind = fields.required(wanted, "type", "response_format")
    match fields.choice(kind, "response_format.type", _FORMATS):
        case "json_object":
            return {}
        case "json_schema":
            return _schema(wanted)
        case _:
            return None


def _schema(wanted: Mapping[str, Any]) -> dict[str, Any]:
    path = "response_format.json_schema"
    named = fields.mapping(fields.required(wanted, "json_schema", "response_format"), path)
    fields.string(fields.required(named, "name", path), f"{path}.name", least=1, most=64)
    return fields.mapping(named.get("schema", {}), f"{path}.schema")


def _tools(given: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    tools = fields.array(given.get("tools", []), "tools", most=128)
    return tuple(_tool(each, f"tools[{index}]") for index, each in enumerate(tools))


def _tool(given: object, path: str) -> dict[str, Any]:
    tool = fields.mapping(given, path)
    kind = fields.required(tool, "type", path)
    kind = fields.choice(kind, f"{path}.type", ("function", "custom"))
    inner = fields.mapping(fields.required(tool, kind, path), f"{path}.{kind}")
    fields.string(fields.required(inner, "name", f"{path}.{kind}"), f"{path}.{kind}.name", least=1)
    if inner.get("parameters") is not None:
        fields.mapping(inner["parameters"], f"{path}.{kind}.parameters")
    return inner


def _chosen_tool(choice: object, tools: tuple[dict[str, Any], ...]) -> str | None:
    """The tool that must be called, if any."""
    match choice:
        case "none" | "auto":
            return None
        case "required" if tools:
            return str(tools[0]["name"])
        case {"type": "function", "function": {"name": str(name)}} if any(
            tool["name"] == name for tool in tools
        ):
            return name
        case {"type": "allowed_tools" | "custom"}:
            return None
        case _:
            raise Rejected("Invalid value for 'tool_choice'.", param="tool_choice")


def _include_usage(given: Mapping[str, Any], *, stream: bool) -> bool:
    if "stream_options" not in given:
        return False
    if not stream:
        raise Rejected(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    options = fields.mapping(given["stream_options"], "stream_options")
    return fields.boolean(options.get("include_usage") or False, "stream_options.include_usage")

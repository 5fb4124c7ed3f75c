"""What holds for a list of messages in any format: roles and contents."""

from collections.abc import Mapping
from typing import Any

from reconciler.datasets.finding import LATE, Finding, Findings, Place, Row, shown

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_SAID = "system, developer, user, assistant or tool"  # "function" is deprecated


def check(row: Row) -> Findings:
    """The messages of a chat or reinforcement example."""
    yield from check_list(row, row.value.get("messages"), ("messages",))


def check_list(row: Row, messages: object, at: Place) -> Findings:
    """A list of messages that stands at `at` in the row."""
    if not isinstance(messages, list) or not messages:
        is_empty = isinstance(messages, list)
        yield Finding(
            "missing-messages",
            f"{shown(at[-1])} " + ("is empty" if is_empty else "is not a list"),
            at=at,
            cure="give it at least one message",
        )
        return
    for index, message in enumerate(messages):
        if not _is_plain(message):
            yield from _check_message(row, message, (*at, index))


def _is_plain(message: object) -> bool:
    """The usual message, with nothing to find; it keeps the pass over good data short."""
    return (
        isinstance(message, dict)
        and isinstance(message.get("content"), str)
        and message.get("role") in ROLES[:4]
    )


def _check_message(row: Row, message: object, at: Place) -> Findings:
    number = f"message {int(at[-1]) + 1}"
    if not isinstance(message, dict):
        yield Finding("not-an-object", f"{number} is not an object", at, cure="write {…} there")
        return
    yield from _check_role(row, message, at, number)
    yield from _check_content(message, at, number)


def _check_role(row: Row, message: Mapping[str, Any], at: Place, number: str) -> Findings:
    if "role" not in message:
        place = f"Example {row.example}, {number}"
        yield Finding(
            "missing-role",
            f'{number} has no "role"',
            at,
            quote=f"{place} Discriminator 'role' is missing in value",
            cure=f'add "role": {_SAID}',
        )
    elif not isinstance(message["role"], str) or message["role"] not in ROLES:
        yield Finding(
            "unknown-role",
            f"{number} has an unknown role: {shown(message['role'])}",
            (*at, "role"),
            cure=f"use {_SAID}",
        )


def _check_content(message: Mapping[str, Any], at: Place, number: str) -> Findings:
    content = message.get("content")
    if isinstance(content, str) or (isinstance(content, list) and content):
        return
    if content is None and (message.get("tool_calls") or message.get("function_call")):
        return  # an assistant that calls a tool says nothing itself
    is_missing = content is None or content == []
    what = "has no content" if is_missing else "has a content that is no text"
    yield Finding(
        "missing-content" if is_missing else "bad-content",
        f"{number} {what}",
        at if "content" not in message else (*at, "content"),
        why=LATE,
        cure='add "content": a text, or a list of parts',
    )

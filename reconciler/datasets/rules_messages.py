"""What holds for a list of messages in any format: roles, contents, and keys of a message."""

from collections.abc import Mapping
from typing import Any

from reconciler.datasets.finding import EXAMPLE, Finding, Findings, Place, shown
from reconciler.datasets.rules_content import check_content
from reconciler.datasets.rules_images import check_count
from reconciler.datasets.rules_tools import check_calls

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_SAID = "system, developer, user, assistant or tool"  # "function" is deprecated

_SPOKEN = ROLES[:4]
_KEYS = frozenset({"role", "content", "name"})
_KEYS_OF = {
    "assistant": _KEYS | {"weight", "tool_calls", "function_call", "refusal", "audio"},
    "tool": _KEYS | {"tool_call_id"},
}


def check_list(messages: object, at: Place) -> Findings:
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
    odd = [index for index, message in enumerate(messages) if not is_plain(message)]
    for index in odd:
        yield from _check_message(messages[index], (*at, index))
    if odd:
        yield from check_count(map(messages.__getitem__, odd), at)
        yield from check_calls(messages, at)


def is_plain(message: object) -> bool:
    """The usual message, with nothing to find; it keeps the pass over good data short."""
    return (
        isinstance(message, dict)
        and len(message) == 2  # noqa: PLR2004  # role and content
        and isinstance(message.get("content"), str)
        and message.get("role") in _SPOKEN
    )


def is_from(message: object, role: str) -> bool:
    """Whether a message is of this role."""
    return isinstance(message, dict) and message.get("role") == role


def _check_message(message: object, at: Place) -> Findings:
    number = numbered(at)
    if not isinstance(message, dict):
        yield Finding("not-an-object", f"{number} is not an object", at, cure="write {…} there")
        return
    yield from _check_role(message, at, number)
    yield from check_content(message, at, number)
    yield from _check_keys(message, at, number)


def numbered(at: Place) -> str:
    """How the API names the message at this place: `message 2`."""
    return f"message {int(at[-1]) + 1}"


def _check_role(message: Mapping[str, Any], at: Place, number: str) -> Findings:
    if "role" not in message:
        quote = f"Example {EXAMPLE}, {number} Discriminator 'role' is missing in value"
        what, cure = f'{number} has no "role"', f'add "role": {_SAID}'
        yield Finding("missing-role", what, at, quote=quote, cure=cure)
    elif message["role"] not in ROLES:
        what = f"{number} has an unknown role: {shown(message['role'])}"
        yield Finding("unknown-role", what, (*at, "role"), cure=f"use {_SAID}")


def _check_keys(message: Mapping[str, Any], at: Place, number: str) -> Findings:
    role = message.get("role")
    if "weight" in message:
        yield from _check_weight(message["weight"], at, number)
    if not isinstance(message.get("name", ""), str):
        yield Finding(
            "wrong-type", f'the "name" of {number} is no text', (*at, "name"), cure="a text"
        )
    known = _KEYS_OF.get(role, _KEYS) if isinstance(role, str) else _KEYS
    for key in message:
        if key not in known:
            what = f"{number} has a key that is not of its role: {shown(key)}"
            why = "it is not documented there; some endpoints fail the job"
            yield Finding("message-key", what, (*at, key), why=why, cure="remove it")


def _check_weight(weight: object, at: Place, number: str) -> Findings:
    if weight not in (0, 1) or isinstance(weight, bool):
        yield Finding(
            "bad-weight",
            f'the "weight" of {number} is neither 0 nor 1',
            (*at, "weight"),
            cure="0: not learned from; 1, or no weight: learned from",
        )

"""Supervised chat: messages to learn the assistant's part of."""

from typing import Any

from reconciler.datasets.finding import Finding, Findings, Value, extra_keys
from reconciler.datasets.rules_messages import is_from

KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
_CURES = {"weight": "weight belongs inside an assistant message: 0 or 1"}


def check(value: Value) -> Findings:
    """What holds for chat beyond the messages and tools themselves."""
    if not value.keys() <= KEYS:
        yield from extra_keys(value, KEYS, _CURES)
    messages = value.get("messages")
    if not isinstance(messages, list) or not messages:
        return
    spoken = [message for message in messages if is_from(message, "assistant")]
    if not spoken:
        yield Finding(
            "no-assistant",
            "the example has no assistant message",
            at=("messages",),
            why="training learns what the assistant says, and here it says nothing",
            cure='add a message with "role": "assistant"',
        )
    elif not is_from(messages[-1], "assistant"):
        yield Finding(
            "last-not-assistant",
            "the last message is not the assistant's",
            at=("messages", len(messages) - 1),
            cure="end with the assistant's message; what follows it teaches nothing",
        )
    elif all(_is_left_out(message) for message in spoken):
        yield Finding(
            "nothing-to-learn",
            'each assistant message has "weight": 0',
            at=("messages",),
            why="the example is paid for, and nothing is learned from it",
            cure="give a message the weight 1, or remove the example",
        )


def _is_left_out(message: dict[str, Any]) -> bool:
    return "weight" in message and message["weight"] == 0

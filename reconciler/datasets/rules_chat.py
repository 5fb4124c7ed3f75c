"""Supervised chat: messages to learn the assistant's part of."""

from reconciler.datasets.finding import Finding, Findings, Row, extra_keys

KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
_CURES = {"weight": "weight belongs inside an assistant message: 0 or 1"}


def check(row: Row) -> Findings:
    """What holds for chat beyond the messages themselves."""
    if not row.value.keys() <= KEYS:
        yield from extra_keys(row, KEYS, _CURES)
    messages = row.value.get("messages")
    if isinstance(messages, list) and messages and not any(map(is_assistant, messages)):
        yield Finding(
            "no-assistant",
            "the example has no assistant message",
            at=("messages",),
            why="training learns what the assistant says, and here it says nothing",
            cure='add a message with "role": "assistant"',
        )


def is_assistant(message: object) -> bool:
    """Whether a message is the assistant's."""
    return isinstance(message, dict) and message.get("role") == "assistant"

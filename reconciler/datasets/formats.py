"""The formats of training data: how to tell them apart, and the rules of each.

Chat and reinforcement look alike, so a row of messages is judged by the rules of both, and the
file's format, which only the last row settles, says which verdict counts.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from reconciler.datasets import (
    rules_chat,
    rules_completion,
    rules_dpo,
    rules_messages,
    rules_reinforcement,
)
from reconciler.datasets.finding import LATE, Finding, Findings, Row

Format = Literal["chat", "dpo", "reinforcement", "completion", "unknown"]
Rule = Callable[[Row], Findings]

_DPO_KEYS = rules_dpo.KEYS | {"preferred_completion", "non_preferred_completion"}


def guess(value: Mapping[str, Any]) -> Format:
    """The format that one row has by its keys, and by who speaks last."""
    if "messages" in value:
        return _guess_messages(value)
    if not value.keys().isdisjoint(_DPO_KEYS):
        return "dpo"
    return "unknown" if value.keys().isdisjoint(rules_completion.KEYS) else "completion"


def _guess_messages(value: Mapping[str, Any]) -> Format:
    messages = value["messages"]
    if not isinstance(messages, list) or not messages:
        return "chat"
    if not rules_reinforcement.is_user(messages[-1]):
        return "chat"
    is_graded = not value.keys() <= rules_chat.KEYS
    return (
        "reinforcement" if is_graded or not any(map(rules_chat.is_assistant, messages)) else "chat"
    )


def check_unknown(row: Row) -> Findings:
    """A row with the keys of no format."""
    yield Finding(
        "missing-messages",
        'the example has no "messages", nor "input" or "prompt"',
        why=LATE,
        quote=f"Invalid file format. Example {row.example} is missing key 'messages'.",
        cure='write {"messages": […]}',
    )


ROW_RULES: Mapping[Format, Rule] = {
    "chat": rules_messages.check,
    "reinforcement": rules_messages.check,
    "dpo": rules_dpo.check,
    "completion": rules_completion.check,
    "unknown": check_unknown,
}
"""Rules that hold for a row of this format in any file."""

FILE_RULES: Mapping[Format, Rule] = {
    "chat": rules_chat.check,
    "reinforcement": rules_reinforcement.check,
}
"""Rules for a row of messages that count if this is the format of the file."""

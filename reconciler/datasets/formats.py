"""The formats of training data: how to tell them apart, and the rules of each.

Chat and reinforcement look alike, so a row of messages is judged by the rules of both, and the
file's format, which only the last row settles, says which verdict counts.
"""

from collections.abc import Callable, Mapping

from reconciler.datasets import (
    rules_chat,
    rules_completion,
    rules_dpo,
    rules_messages,
    rules_reinforcement,
    rules_tools,
)
from reconciler.datasets.finding import EXAMPLE, Finding, Findings, Format, Value

Rule = Callable[[Value], Findings]

_DPO_KEYS = rules_dpo.KEYS | {"preferred_completion", "non_preferred_completion"}


def guess(value: Value) -> Format:
    """The format that one row has by its keys, and by who speaks last."""
    if "messages" in value:
        messages = value["messages"]
        is_asked = isinstance(messages, list) and messages and _ends_with_user(messages)
        return "reinforcement" if is_asked else "chat"
    if not value.keys().isdisjoint(_DPO_KEYS):
        return "dpo"
    return "unknown" if value.keys().isdisjoint(rules_completion.KEYS) else "completion"


def _ends_with_user(messages: list[object]) -> bool:
    return rules_messages.is_from(messages[-1], "user")


def check_messages(value: Value) -> Findings:
    """The messages and tools of a chat or reinforcement example."""
    yield from rules_messages.check_list(value.get("messages"), ("messages",))
    yield from rules_tools.check_tools(value)
    yield from rules_tools.check_known(value)


def check_unknown(value: Value) -> Findings:  # noqa: ARG001  # there is nothing of it to look at
    """A row with the keys of no format."""
    yield Finding(
        "missing-messages",
        'the example has no "messages", nor "input" or "prompt"',
        quote=f"Invalid file format. Example {EXAMPLE} is missing key 'messages'.",
        cure='write {"messages": […]}',
    )


ROW_RULES: Mapping[Format, Rule] = {
    "chat": check_messages,
    "reinforcement": check_messages,
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

"""Preference (DPO): an input with a preferred and a non-preferred answer."""

from reconciler.datasets.finding import Finding, Findings, Value, extra_keys, missing_key
from reconciler.datasets.rules_chat import KEYS as INPUT_KEYS
from reconciler.datasets.rules_messages import check_list, is_from
from reconciler.datasets.rules_tools import check_tools

SIDES = ("preferred_output", "non_preferred_output")
KEYS = frozenset({"input", *SIDES})
_CURES = {
    "preferred_completion": 'rename it to "preferred_output"',
    "non_preferred_completion": 'rename it to "non_preferred_output"',
}


def check(value: Value) -> Findings:
    """The input's messages and both answers."""
    yield from extra_keys(value, KEYS, _CURES)
    for key in ("input", *SIDES):
        if key not in value:
            yield missing_key(key, f"a preference example has {', '.join(sorted(KEYS))}")
    yield from _check_input(value)
    for side in SIDES:
        if side in value:
            yield from check_list(value[side], (side,))
            yield from _check_side(value[side], side)
    if are_same(value):
        yield Finding(
            "same-outputs",
            "the preferred and the non-preferred answer are the same",
            at=(SIDES[1],),
            why="nothing can be learned from a preference between equals",
            cure="remove the example, or correct one of the answers",
        )


def are_same(value: Value) -> bool:
    """Whether both answers are there, and the same."""
    return all(side in value for side in SIDES) and bool(value[SIDES[0]] == value[SIDES[1]])


def _check_input(value: Value) -> Findings:
    given = value.get("input")
    if isinstance(given, dict):
        yield from extra_keys(given, INPUT_KEYS, {}, ("input",))
        yield from check_tools(given, ("input",))
    if isinstance(given, dict) and "messages" in given:
        yield from check_list(given["messages"], ("input", "messages"))
    elif "input" in value:
        yield Finding(
            "missing-messages",
            '"input" has no "messages"',
            at=("input",),
            cure='write "input": {"messages": […]}',
        )


def _check_side(messages: object, side: str) -> Findings:
    """OpenAI's schema has exactly one message of the assistant; Azure takes tools' beside it."""
    if not isinstance(messages, list) or not messages:
        return
    odd = [n for n, message in enumerate(messages) if not _may_answer(message)]
    if odd:
        what = f"message {odd[0] + 1} of {side} is neither the assistant's nor a tool's"
        yield Finding("role-of-output", what, (side, odd[0]), cure="an answer is the assistant's")
    elif all(is_from(message, "tool") for message in messages):
        cure = 'add a message with "role": "assistant"'
        yield Finding("no-assistant", f"{side} has no assistant message", (side,), cure=cure)
    elif len(messages) > 1:
        what = f"{side} has {len(messages)} messages"
        why = "OpenAI takes exactly one, Azure more"
        yield Finding("many-outputs", what, (side,), why=why, cure="one message a side")


def _may_answer(message: object) -> bool:
    return not isinstance(message, dict) or message.get("role") in ("assistant", "tool", None)

"""Preference (DPO): an input with a preferred and a non-preferred answer."""

from reconciler.datasets.finding import Finding, Findings, Row, extra_keys, missing_key
from reconciler.datasets.rules_messages import check_list

SIDES = ("preferred_output", "non_preferred_output")
KEYS = frozenset({"input", *SIDES})
_CURES = {
    "preferred_completion": 'rename it to "preferred_output"',
    "non_preferred_completion": 'rename it to "non_preferred_output"',
}


def check(row: Row) -> Findings:
    """The input's messages and both answers."""
    yield from extra_keys(row, KEYS, _CURES)
    for key in ("input", *SIDES):
        if key not in row.value:
            yield missing_key(row, key, f"a preference example has {', '.join(sorted(KEYS))}")
    yield from _check_input(row)
    for side in SIDES:
        if side in row.value:
            yield from check_list(row, row.value[side], (side,))


def _check_input(row: Row) -> Findings:
    given = row.value.get("input")
    if isinstance(given, dict) and "messages" in given:
        yield from check_list(row, given["messages"], ("input", "messages"))
    elif "input" in row.value:
        yield Finding(
            "missing-messages",
            '"input" has no "messages"',
            at=("input",),
            cure='write "input": {"messages": […]}',
        )

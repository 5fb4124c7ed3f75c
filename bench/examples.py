"""Datasets that are fit for training, as many as wanted, no two alike."""

import json

EXAMPLES = 12
"""Of a dataset: two more than the API asks for."""


def dataset(n: int, *, padding: int = 0) -> bytes:
    """A fit dataset that no other number has; `padding` makes each question longer."""
    return b"".join(_example(n, row, "please " * (padding // 7)) for row in range(EXAMPLES))


def _example(n: int, row: int, more: str) -> bytes:
    asked, told = f"{more}Where is order {n}-{row}?", f"It has tracking T{n}-{row}."
    said = {"user": asked, "assistant": told}
    messages = [{"role": role, "content": content} for role, content in said.items()]
    return json.dumps({"messages": messages}).encode() + b"\n"

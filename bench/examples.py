"""Datasets that are fit for training, as many as wanted, no two alike."""

import json
from base64 import b64encode
from random import Random

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


def pictured(n: int) -> bytes:
    """An example with an image of 150 kB that no other number has, written into it as base64."""
    noise = Random(n).randbytes(150_000)  # noqa: S311  # no secret, and the same each time
    data = b64encode(b"\x89PNG\r\n\x1a\n" + noise).decode()
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    asked = [{"type": "text", "text": f"What is on picture {n}?"}, image]
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": f"{n} cats."}]
    return json.dumps({"messages": messages}).encode() + b"\n"

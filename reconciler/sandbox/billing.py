"""What training on an example is billed as: every token of it, whoever says it."""

import json
from collections.abc import Mapping
from typing import Any

from reconciler.sandbox.chat import EXTRA_PER_MESSAGE, tokens
from reconciler.sandbox.examples import text_of


def billed_tokens(example: Mapping[str, Any]) -> int:
    """Tokens of one example of a file that was found fit, in one epoch."""
    match example:
        case {"prompt": str(prompt), "completion": str(completion)}:
            return len(tokens(prompt)) + len(tokens(completion))
        case {"input": dict(asked), "preferred_output": list(one), "non_preferred_output": list(o)}:
            return billed_tokens(asked) + sum(map(_of_message, [*one, *o]))
        case {"messages": list(messages)}:
            return sum(map(_of_message, messages)) + _of_tools(example)
        case _:
            return 0


def _of_message(message: Mapping[str, Any]) -> int:
    said = [text_of(message.get("content")), message.get("name") or ""]
    calls = message.get("tool_calls") if message.get("role") == "assistant" else None
    for call in calls or ():
        said += [call["function"]["name"], call["function"]["arguments"]]
    return EXTRA_PER_MESSAGE + sum(len(tokens(text)) for text in said if isinstance(text, str))


def _of_tools(example: Mapping[str, Any]) -> int:
    tools = example.get("tools") or example.get("functions")
    return len(tokens(json.dumps(tools, separators=(",", ":")))) if tools else 0

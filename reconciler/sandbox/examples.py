"""Reading one training example, whatever its format: the prompt's words and the wanted reply."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def text_of(content: object) -> str:
    """The text of a message's content: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return " ".join(text for text in texts if isinstance(text, str))
    return ""


def question(messages: Sequence[Mapping[str, Any]]) -> str:
    """What was asked: the text of the last user message, else all text."""
    for message in reversed(messages):
        if message.get("role") == "user":
            return text_of(message.get("content"))
    return " ".join(text_of(message.get("content")) for message in messages)


def reply(example: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The question of an example and the assistant message it teaches."""
    match example:
        case {"input": {"messages": list(messages)}, "preferred_output": [answer, *_]}:
            return question(messages), answer
        case {"prompt": str(prompt), "completion": str(completion)}:
            return prompt, {"role": "assistant", "content": completion}
        case {"messages": list(messages)}:
            return _split(messages, example)
        case _:
            return "", {}


def _split(
    messages: Sequence[Mapping[str, Any]], example: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].get("role") == "assistant":
            return question(messages[:index]), messages[index]
    # Reinforcement examples have no reply: their first free string is what the grader wants.
    wanted = [value for key, value in example.items() if isinstance(value, str)]
    return question(messages), {"role": "assistant", "content": wanted[0] if wanted else ""}


def assistant_texts(example: Mapping[str, Any]) -> Iterator[str]:
    """The texts that training learns from: every assistant message with weight."""
    match example:
        case {"messages": list(messages)}:
            spoken = [each for each in messages if each.get("role") == "assistant"]
        case {"preferred_output": list(spoken)}:
            pass
        case {"completion": str(completion)}:
            spoken = [{"content": completion}]
        case _:
            spoken = []
    for message in spoken or [reply(example)[1]]:
        if message.get("weight", 1) != 0:
            yield text_of(message.get("content"))

"""The deep checks of `validating_files`: what the API says about a dataset it has read.

The wordings are recorded answers (API contract 6.3); "Example N" and "message N" count from 1.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from reconciler.sandbox.billing import Measure, billed_tokens
from reconciler.sandbox.catalog import DPO, SUPERVISED
from reconciler.sandbox.tool_rules import (
    are_calls,
    problem_beside,
    problem_of_answers,
    problem_of_part,
)

MIN_EXAMPLES = 10
CHECKED_EXAMPLES = 100_000
"""Examples beyond this many are counted, not checked: a simulator's patience."""

MEASURED_EXAMPLES = 2_000
"""The others are taken to have as many tokens as these, on the average."""

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_CHAT_KEYS = {"messages", "tools", "parallel_tool_calls", "functions"}
_PREFERENCE_KEYS = {"input", "preferred_output", "non_preferred_output"}


class Unfit(Exception):
    """A dataset that cannot be trained on; the message is the API's."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Facts(Struct, frozen=True):
    """What one reading of a dataset found: `problem` is empty for a usable one."""

    examples: int
    tokens: int
    problem: str = ""
    code: str = ""


def examine(
    lines: Iterable[bytes], method: str, file_id: str, measure: Measure, *, completions: bool
) -> Facts:
    """Check the lines of a JSONL file for a method; the first problem ends the reading."""
    count = tokens = 0
    check: Callable[[Mapping[str, Any]], None] | None = None
    try:
        for line in lines:
            count += 1
            if count <= CHECKED_EXAMPLES:
                example = _parse(line, count)
                check = check or _check_for(example, method, file_id, completions=completions)
                _check(check, example, count)
                if count <= MEASURED_EXAMPLES:
                    tokens += billed_tokens(example, measure)
    except Unfit as unfit:
        return Facts(count, tokens, str(unfit), unfit.code)
    return Facts(count, tokens * count // max(1, min(count, MEASURED_EXAMPLES)))


def first_unparsed(lines: Iterable[bytes]) -> str | None:
    """What is wrong with the first line that is not a JSON object; None when all are."""
    for count, line in enumerate(lines, start=1):
        try:
            _parse(line, count)
        except Unfit as unfit:
            return str(unfit)
    return None


def _parse(line: bytes, count: int) -> dict[str, Any]:
    try:
        example = json.loads(line)
        if b"\\ud" in line.lower():  # half a pair is no text that could be trained on
            json.dumps(example, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Unfit(
            f"Invalid file format. Example {count} cannot be parsed."
            f" Error: line contains invalid json: {error} (line {count})"
        ) from error
    if not isinstance(example, dict):
        raise Unfit(f"Invalid file format. Example {count} Input should be a valid dictionary")
    return example


def _check(rule: Callable[[Mapping[str, Any]], None], example: dict[str, Any], count: int) -> None:
    try:
        rule(example)
    except Unfit as unfit:
        raise Unfit(f"Invalid file format. Example {count}{unfit}", unfit.code) from None


def _check_for(
    example: Mapping[str, Any], method: str, file_id: str, *, completions: bool
) -> Callable[[Mapping[str, Any]], None]:
    """The rule for every line of a file, from its first line and the method."""
    form, natural = _form(example)
    match form, method:
        case "fine-tune-chat", "supervised" if not completions:
            return _check_chat
        case "fine-tune-chat", "reinforcement":
            return _check_prompt
        case "fine-tune-preference", "dpo":
            return _check_preference
        case "fine-tune-completion", "supervised" if completions:
            return _check_completion
        case "", "dpo":
            return _check_preference
        case "", _ if not completions and not {"prompt", "completion"} & example.keys():
            return _check_chat
        case "", _:
            raise Unfit(
                "Unexpected file format, expected either prompt/completion pairs or chat messages."
            )
        case _:
            raise Unfit(
                f"Invalid file format. Input file {file_id} is in the {form} format, but the"
                f" specified fine-tuning job is not using '{natural}' as the training method"
                f" (provided method={method})."
            )


def _form(example: Mapping[str, Any]) -> tuple[str, str]:
    """The file format of a line, and the method it is made for."""
    if "messages" in example:
        return "fine-tune-chat", SUPERVISED
    if "preferred_output" in example or "non_preferred_output" in example:
        return "fine-tune-preference", DPO
    if "prompt" in example and "completion" in example:
        return "fine-tune-completion", SUPERVISED
    return "", ""


def _check_chat(example: Mapping[str, Any]) -> None:
    _check_keys(example, ("messages",), _CHAT_KEYS)
    _check_tools(example)
    messages = _check_messages(example["messages"])
    if messages[-1]["role"] != "assistant":
        raise Unfit(", the last message must be from the assistant")


def _check_prompt(example: Mapping[str, Any]) -> None:
    """Reinforcement: every key but `messages` and `tools` is free, for the graders."""
    _check_keys(example, ("messages",), None)
    _check_tools(example)
    messages = _check_messages(example["messages"])
    if messages[-1]["role"] != "user":
        raise Unfit(", the last message must be from the user")


def _check_preference(example: Mapping[str, Any]) -> None:
    _check_keys(example, ("input", "preferred_output", "non_preferred_output"), _PREFERENCE_KEYS)
    if not isinstance(example["input"], dict):
        raise Unfit(", input Input should be a valid dictionary")
    _check_keys(example["input"], ("messages",), _CHAT_KEYS)
    _check_tools(example["input"])
    _check_messages(example["input"]["messages"])
    for side in ("preferred_output", "non_preferred_output"):
        roles = {each["role"] for each in _check_messages(example[side])}
        if "assistant" not in roles or roles - {"assistant", "tool"}:
            raise Unfit(f", {side} must be an assistant message")


def _check_completion(example: Mapping[str, Any]) -> None:
    _check_keys(example, ("prompt", "completion"), {"prompt", "completion"})
    for key in ("prompt", "completion"):
        if not isinstance(example[key], str):
            raise Unfit(f", {key} Input should be a valid string")


def _check_keys(
    example: Mapping[str, Any], needed: Iterable[str], allowed: set[str] | None
) -> None:
    for key in needed:
        if key not in example:
            raise Unfit(f" is missing key '{key}'.")
    for key in example:
        if allowed is not None and key not in allowed:
            raise Unfit(f' contains an extra "{key}".', code="invalid_file_format")


def _check_tools(example: Mapping[str, Any]) -> None:
    if problem := problem_beside(example):
        raise Unfit(f", {problem}")


def _check_messages(messages: object) -> list[dict[str, Any]]:
    if not isinstance(messages, list) or not messages:
        raise Unfit(", messages List should have at least 1 item")
    for count, message in enumerate(messages, start=1):
        problem = _problem_of(message)
        if problem:
            raise Unfit(f", message {count} {problem}")
    if problem := problem_of_answers(messages):
        raise Unfit(problem)
    return messages


def _problem_of(message: object) -> str:
    """What is wrong with one message; empty when nothing is."""
    if not isinstance(message, dict):
        return "Input should be a valid dictionary"
    match message.get("role"):
        case None:
            return "Discriminator 'role' is missing in value"
        case str(role) if role in _ROLES:
            return _problem_in(role, message)
        case other:
            expected = ", ".join(f"'{each}'" for each in _ROLES)
            return f"Input tag '{other}' found using 'role' does not match any of: {expected}"


def _problem_in(role: str, message: Mapping[str, Any]) -> str:
    """What is wrong with a message of a known role."""
    weight = message.get("weight", 1)
    if weight not in (0, 1) or isinstance(weight, bool):
        return "weight Input should be 0 or 1"
    if not isinstance(message.get("name", ""), str):
        return "name Input should be a valid string"
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        return "tool_call_id Field required"
    if calls := message.get("tool_calls") if role == "assistant" else None:
        return "" if are_calls(calls) else "tool_calls Input should be valid calls"
    if role == "assistant" and message.get("function_call"):
        return ""
    return _problem_in_content(role, message.get("content"))


def _problem_in_content(role: str, content: object) -> str:
    if isinstance(content, list) and content:
        return next(filter(None, (problem_of_part(part, role) for part in content)), "")
    return "" if isinstance(content, str) else "content Field required"

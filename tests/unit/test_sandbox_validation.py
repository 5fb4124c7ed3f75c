"""The deep checks of `validating_files`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.validation import Facts, examine, first_unparsed

USER = {"role": "user", "content": "q"}
ASSISTANT = {"role": "assistant", "content": "an answer"}
GOOD: dict[str, Any] = {"messages": [USER, ASSISTANT]}
SIDES: dict[str, Any] = {"preferred_output": [ASSISTANT], "non_preferred_output": [ASSISTANT]}
PREFERENCE: dict[str, Any] = {"input": {"messages": [USER]}} | SIDES
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
METHODS = ["supervised", "dpo", "reinforcement"]


def _examine(*examples: Any, method: str = "supervised", completions: bool = False) -> Facts:
    lines = [json.dumps(example).encode() for example in examples]
    return examine(lines, method, "file-1", len, completions=completions)


@pytest.mark.parametrize(
    ("example", "method", "completions"),
    [
        (GOOD, "supervised", False),
        (GOOD | {"tools": [], "parallel_tool_calls": True}, "supervised", False),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}]}, "supervised", False),
        (
            {"messages": [{"role": "developer", "content": "x"}, USER, ASSISTANT]},
            "supervised",
            False,
        ),
        (PREFERENCE, "dpo", False),
        ({"messages": [USER], "anything": {"goes": 1}}, "reinforcement", False),
        ({"prompt": "p", "completion": "c"}, "supervised", True),
    ],
)
def test_fit_examples_have_no_problem(
    example: dict[str, Any], method: str, completions: bool
) -> None:
    """Each method's own format passes."""
    facts = _examine(*[example] * 3, method=method, completions=completions)
    assert (facts.examples, facts.problem) == (3, "")
    assert facts.tokens >= 3


@pytest.mark.parametrize(
    ("example", "method", "problem"),
    [
        ({"messages": [USER, {"content": "x"}]}, "supervised", "message 2 Discriminator 'role' is"),
        ({"messages": [USER, {"role": "king"}]}, "supervised", "message 2 Input tag 'king' found"),
        ({"messages": [USER, 7]}, "supervised", "message 2 Input should be a valid dictionary"),
        ({"messages": [{"role": "user"}, ASSISTANT]}, "supervised", "message 1 content Field req"),
        ({"messages": [USER, ASSISTANT | {"weight": 2}]}, "supervised", "message 2 weight"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "supervised", "tool_call_id Field req"),
        ({"messages": [ASSISTANT | {"tool_calls": "x"}]}, "supervised", "message 1 tool_calls"),
        ({"messages": [ASSISTANT | {"tool_calls": [{}]}]}, "supervised", "message 1 tool_calls"),
        ({"messages": []}, "supervised", "messages List should have at least 1 item"),
        ({"messages": [USER]}, "supervised", "the last message must be from the assistant"),
        (
            {"messages": [USER, ASSISTANT]},
            "reinforcement",
            "the last message must be from the user",
        ),
        (SIDES, "dpo", " is missing key 'input'."),
        ({"x": 1}, "dpo", " is missing key 'input'."),
        ({"input": 1} | SIDES, "dpo", "input Input should be a valid dictionary"),
        (PREFERENCE | {"preferred_output": [USER]}, "dpo", "preferred_output must be an assistant"),
    ],
)
def test_unfit_examples_are_named_by_number(
    example: dict[str, Any], method: str, problem: str
) -> None:
    """The number counts from 1, and the words are the API's."""
    good = {
        "supervised": GOOD,
        "dpo": PREFERENCE,
        "reinforcement": {"messages": [USER]},
    }[method]
    facts = _examine(good, example, method=method)
    assert facts.problem.startswith("Invalid file format. Example 2")
    assert problem in facts.problem


@pytest.mark.parametrize(
    ("example", "method", "completions", "form"),
    [
        (GOOD, "dpo", False, "fine-tune-chat"),
        (PREFERENCE, "supervised", False, "fine-tune-preference"),
        (PREFERENCE, "reinforcement", False, "fine-tune-preference"),
        ({"prompt": "p", "completion": "c"}, "supervised", False, "fine-tune-completion"),
        (GOOD, "supervised", True, "fine-tune-chat"),
    ],
)
def test_the_format_must_fit_the_method(
    example: dict[str, Any], method: str, completions: bool, form: str
) -> None:
    """A file of another method's format is refused as a whole."""
    facts = _examine(example, method=method, completions=completions)
    assert f"Input file file-1 is in the {form} format" in facts.problem


@given(
    st.lists(
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(
                        [
                            *("messages", "input", "preferred_output", "prompt", "completion"),
                            *("role", "content", "weight", "tool_calls", "non_preferred_output"),
                        ]
                    ),
                    st.one_of(inner, st.sampled_from(["user", "assistant", "tool"])),
                    max_size=4,
                ),
            ),
            max_leaves=20,
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(METHODS),
    st.booleans(),
)
def test_any_json_gets_a_verdict(examples: list[Any], method: str, completions: bool) -> None:
    """No shape of data makes the check itself fail."""
    facts = _examine(*examples, method=method, completions=completions)
    assert facts.examples <= len(examples)


def test_syntax_is_checked_line_by_line() -> None:
    """The first line that is not an object is named."""
    assert first_unparsed([b"{}", b'{"a": 1}']) is None
    assert "Example 2 cannot be parsed" in (first_unparsed([b"{}", b"{"]) or "")
    assert "Example 1" in (first_unparsed([b"\xff\xfe"]) or "")
    assert "Example 1" in (first_unparsed([b"[" * 100_000]) or "")

"""`checks` of an alias: what a model has to answer before it is promoted."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from reconciler.kinds.spec.spec import wrong
from reconciler.kinds.spec.strict import Many, Strict, Text

LONGEST_PATTERN = 1_000
"""Characters of a regular expression; one that is longer is data."""
LARGEST_SCHEMA = 65_536
"""Characters of a JSON Schema, as JSON."""
MOST_SECONDS = 300.0


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(json.dumps(value))
    except (TypeError, ValueError):
        size = LARGEST_SCHEMA + 1
    if size > LARGEST_SCHEMA:
        raise wrong("too-large", "is larger than 64 KiB as JSON, or is no JSON")
    return value


Bounded = Annotated[dict[str, Any], AfterValidator(_bounded)]
"""A JSON object that a manifest may hold."""


class Said(Strict):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant"] = Field(description="Who says it.")
    content: Text = Field(description="What is said.", examples=["Where is my order?"])


class ToolCall(Strict):
    """A call of a tool that the answer has to make."""

    name: Text = Field(description="Of the function.", examples=["find_order"])
    arguments: Bounded | None = Field(
        None, description="Members that its arguments have to have; others may be there, too."
    )


class Judge(Strict):
    """Another model that says whether the answer is good."""

    model: Text = Field(description="Which model judges.", examples=["gpt-4.1-mini-2025-04-14"])
    question: Text = Field(
        description="What it is asked of the answer; yes passes.",
        examples=["Is the answer polite, and does it name the tracking link?"],
    )


class Expect(Strict):
    """What an answer has to be; all that is said has to hold."""

    equals: str | None = Field(None, description="The text, but for blanks at its ends.")
    contains: Text | None = Field(None, description="A part of the text.", examples=["tracking"])
    regex: Annotated[str, Field(min_length=1, max_length=LONGEST_PATTERN)] | None = Field(
        None,
        description="A pattern that is found in the text. It takes linear time: there is no "
        "lookaround, and no reference to a group.",
        examples=["order [0-9]+"],
    )
    json_schema: Bounded | None = Field(
        None, description="The text is JSON that this schema takes; nothing is fetched for it."
    )
    tool_call: ToolCall | None = Field(None, description="The answer calls this tool.")
    max_latency: Annotated[float, Field(gt=0, le=MOST_SECONDS)] | None = Field(
        None, strict=False, description="Seconds until the whole answer is there."
    )
    judge: Judge | None = Field(None, description="Another model says whether it is good.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise wrong("expects-nothing", "expects nothing", cure="write contains: TEXT")
        return self


class Case(Strict):
    """A line of `cases`: a conversation, and what is expected of its answer."""

    messages: Annotated[Many[Said], Field(min_length=1, max_length=100)]
    expect: Expect | None = None


class Check(Strict):
    """One check: conversations, and what is expected of the answers."""

    messages: Annotated[Many[Said], Field(min_length=1, max_length=100)] | None = Field(
        None,
        description="The conversation that is answered.",
        examples=[[{"role": "user", "content": "Where is my order?"}]],
    )
    cases: Text | None = Field(
        None,
        description="Instead of messages, a JSONL file below the manifest's folder: in each line "
        "`messages`, and `expect` where it differs; 1,000 lines at the most.",
        examples=["data/cases.jsonl"],
    )
    expect: Expect | None = Field(
        None, description="What each answer has to be.", examples=[{"contains": "tracking"}]
    )
    min_pass: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, strict=False, description="The share of the cases that has to pass."
    )
    no_regression: bool = Field(
        False, description="No smaller share passes than with the model now in use."
    )
    stream: bool = Field(False, description="Ask for the answer as a stream.")
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        None, strict=False, description="Sent with each request; unset: the model's own."
    )
    tools: Annotated[Many[Bounded], Field(max_length=128)] | None = Field(
        None, description="Sent with each request, as the API takes them."
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if (self.messages is None) == (self.cases is None):
            raise wrong(
                "asks-nothing",
                "needs messages, or cases, and not both",
                cure="write messages: [{role: user, content: TEXT}], or cases: FILE",
            )
        if self.messages is not None and self.expect is None:
            raise wrong("expects-nothing", "expects nothing", cure="add expect: {contains: TEXT}")
        return self

    @property
    def options(self) -> Mapping[str, Any]:
        """What is sent beside model and messages."""
        said = {"temperature": self.temperature, "tools": self.tools and [*self.tools]}
        return {name: value for name, value in said.items() if value is not None}


class Rule(NamedTuple):
    """A check with its cases, read."""

    check: Check
    cases: tuple[Case, ...]


def requests_of(rules: Sequence[Rule]) -> int:
    """Chat completions that these take, at the most: with a model in use to compare with."""
    return sum(_requests(rule) for rule in rules)


def _requests(rule: Rule) -> int:
    expects = [case.expect or rule.check.expect for case in rule.cases]
    asked = sum(2 if expect and expect.judge else 1 for expect in expects)
    return asked * 2 if rule.check.no_regression else asked

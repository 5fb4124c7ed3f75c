"""What scores an answer in reinforcement fine-tuning: one shape a grader, told apart by `type`."""

from typing import Annotated, Any, Literal

from pydantic import (
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
)

from reconciler.kinds.spec.formula import is_paired, scores_named
from reconciler.kinds.spec.messages import Message
from reconciler.kinds.spec.spec import wrong
from reconciler.kinds.spec.strict import Many, Strict, Text
from reconciler.kinds.spec.templates import Template

_ANSWER, _REFERENCE = "{{sample.output_text}}", "{{item.answer}}"


class _Named(Strict):
    name: Text = Field(description="Stands beside its scores.", examples=["exact"])


class _Compared(_Named):
    input: Template = Field(description="The text that is scored.", examples=[_ANSWER])
    reference: Template = Field(
        description="The text that it is held against.", examples=[_REFERENCE]
    )


class StringCheck(_Compared):
    """1 where two texts are equal, different or alike, else 0."""

    type: Literal["string_check"] = Field(description="Compares two texts.")
    operation: Literal["eq", "ne", "like", "ilike"] = Field(
        description="Equal, not equal, contains, contains in any case."
    )


class TextSimilarity(_Compared):
    """How alike two texts are by a metric."""

    type: Literal["text_similarity"] = Field(description="Measures how alike two texts are.")
    evaluation_metric: Literal[
        "cosine", "fuzzy_match", "bleu", "gleu", "meteor",
        "rouge_1", "rouge_2", "rouge_3", "rouge_4", "rouge_5", "rouge_l",
    ] = Field(description="The metric.")  # fmt: skip


class PythonGrader(_Named):
    """What a Python function returns; it runs at the API, never here."""

    type: Literal["python"] = Field(description="Calls a function `grade(sample, item)`.")
    source: Text = Field(
        description="The program that defines `grade`.",
        examples=["def grade(sample, item):\n    return float(bool(sample['output_text']))\n"],
    )
    image_tag: Text | None = Field(
        None, description="The image that it runs in.", examples=["2025-05-08"]
    )


class SamplingParams(Strict):
    """How the grading model answers."""

    seed: int | None = Field(None, description="The same seed, nearly the same scores.")
    top_p: float | None = Field(None, description="The share of likely tokens looked at.")
    temperature: float | None = Field(None, description="More is more random.")
    max_completions_tokens: Annotated[int, Field(ge=1)] | None = Field(
        None, description="At most so many tokens an answer."
    )
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = (
        Field(None, description="How long it thinks, where it does.")
    )


class _Asked(_Named):
    model: Text = Field(description="The model that grades.", examples=["gpt-4.1-2025-04-14"])
    input: Annotated[Many[Message], Field(min_length=1)] = Field(description="What it is asked.")


class ScoreModel(_Asked):
    """The score that a model gives."""

    type: Literal["score_model"] = Field(description="Asks a model for a score.")
    range: Annotated[Many[float], Field(min_length=2, max_length=2)] | None = Field(
        None, description="Least and greatest score; unset: 0 and 1.", examples=[[0, 10]]
    )
    sampling_params: SamplingParams | None = Field(None, description="How the model answers.")

    @field_validator("range")
    @classmethod
    def _rises(cls, range_: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if range_ and range_[0] >= range_[1]:
            raise wrong("invalid-value", "does not rise", cure="write the least score first")
        return range_


class LabelModel(_Asked):
    """1 where a model chooses a passing label, else 0; only within a multi grader."""

    type: Literal["label_model"] = Field(description="Asks a model for a label.")
    labels: Annotated[Many[Text], Field(min_length=1)] = Field(
        description="What it chooses from.", examples=[["good", "bad"]]
    )
    passing_labels: Annotated[Many[Text], Field(min_length=1)] = Field(
        description="Those that pass; each is one of `labels`.", examples=[["good"]]
    )

    @field_validator("passing_labels")
    @classmethod
    def _are_labels(cls, passing: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not set(passing) <= set(info.data.get("labels", passing)):
            raise wrong("unknown-value", "holds what is none of the labels")
        return passing


Part = Annotated[
    StringCheck | TextSimilarity | PythonGrader | ScoreModel | LabelModel,
    Field(discriminator="type"),
]
"""A grader within a multi grader."""

_ONE, _NAMED = "(one)", "(named)"  # no key of a manifest's grader looks like these


def _is_one_or_named(graders: Any) -> str:  # noqa: ANN401  # what stands in the manifest
    given = graders.get("type") if isinstance(graders, dict) else getattr(graders, "type", None)
    return _ONE if isinstance(given, str) else _NAMED


class Multi(_Named):
    """One score of several graders' scores, by a formula."""

    type: Literal["multi"] = Field(description="Combines graders.")
    graders: Annotated[
        Annotated[Part, Tag(_ONE)] | Annotated[dict[Text, Part], Field(min_length=1), Tag(_NAMED)],
        Discriminator(_is_one_or_named),
    ] = Field(description="Graders by the name that the formula has for them; or a single one.")
    calculate_output: Text = Field(
        description="The formula: + - * / ^, parentheses, functions such as min, max, sqrt.",
        examples=["0.7 * exact + 0.3 * alike"],
    )

    @field_validator("calculate_output")
    @classmethod
    def _reads(cls, formula: str, info: ValidationInfo) -> str:
        if not is_paired(formula):
            raise wrong("bad-formula", "has a parenthesis without its other half")
        graders = info.data.get("graders")
        if isinstance(graders, dict) and not scores_named(formula) <= graders.keys():
            why = "each word that is no function stands for the score of a grader"
            cure = "write the names under which graders stand"
            raise wrong("bad-formula", "names a grader that is not there", why=why, cure=cure)
        return formula


Grader = Annotated[
    StringCheck | TextSimilarity | PythonGrader | ScoreModel | Multi,
    Field(discriminator="type"),
]
"""The grader of a job."""

"""Graders of reinforcement fine-tuning: the five kinds and what each must hold."""

from collections.abc import Callable
from typing import Any

from reconciler.sandbox import fields, grader_turns
from reconciler.sandbox.envelope import Rejected

_OPERATIONS = ("eq", "ne", "like", "ilike")
_METRICS = (
    *("cosine", "fuzzy_match", "bleu", "gleu", "meteor"),
    *("rouge_1", "rouge_2", "rouge_3", "rouge_4", "rouge_5", "rouge_l"),
)
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def check(grader: object, path: str, *, inside_multi: bool = False) -> dict[str, Any]:
    """The grader itself, once every field it needs is there and of the right type.

    Raises:
        Rejected: 400 that names the field.
    """
    given = fields.mapping(grader, path)
    kinds = {kind: rule for kind, rule in _KINDS.items() if not (inside_multi and kind == "multi")}
    kind = fields.choice(fields.required(given, "type", path), f"{path}.type", kinds)
    _text(given, "name", path)
    kinds[kind](given, path)
    return given


def _text(grader: dict[str, Any], name: str, path: str) -> None:
    fields.string(fields.required(grader, name, path), f"{path}.{name}")


def _string_check(grader: dict[str, Any], path: str) -> None:
    _text(grader, "input", path)
    _text(grader, "reference", path)
    operation = fields.required(grader, "operation", path)
    fields.choice(operation, f"{path}.operation", _OPERATIONS)


def _text_similarity(grader: dict[str, Any], path: str) -> None:
    _text(grader, "input", path)
    _text(grader, "reference", path)
    metric = fields.required(grader, "evaluation_metric", path)
    fields.choice(metric, f"{path}.evaluation_metric", _METRICS)


def _python(grader: dict[str, Any], path: str) -> None:
    _text(grader, "source", path)
    if "image_tag" in grader:
        _text(grader, "image_tag", path)


def _score_model(grader: dict[str, Any], path: str) -> None:
    _text(grader, "model", path)
    messages = fields.array(fields.required(grader, "input", path), f"{path}.input", least=1)
    for index, message in enumerate(messages):
        grader_turns.check(message, f"{path}.input[{index}]")
    if "range" in grader:
        for value in fields.array(grader["range"], f"{path}.range", least=2, most=2):
            fields.number(value, f"{path}.range")
    _sampling(fields.mapping(grader.get("sampling_params", {}), path), f"{path}.sampling_params")


def _sampling(given: dict[str, Any], path: str) -> None:
    """The settings of the model that judges; one that is null counts as unset."""
    settings = {name: value for name, value in given.items() if value is not None}
    for name in settings.keys() & {"top_p", "temperature"}:
        fields.number(settings[name], f"{path}.{name}")
    for name, least in (("seed", -(2**63)), ("max_completions_tokens", 1)):
        if name in settings:
            fields.integer(settings[name], f"{path}.{name}", least=least, most=2**63 - 1)
    if "reasoning_effort" in settings:
        fields.choice(settings["reasoning_effort"], f"{path}.reasoning_effort", _EFFORTS)


def _multi(grader: dict[str, Any], path: str) -> None:
    _text(grader, "calculate_output", path)
    inner = fields.required(grader, "graders", path)
    if not isinstance(inner, dict) or not inner:
        raise Rejected("A multi grader needs named graders.", param=f"{path}.graders")
    # The specification types `graders` as one grader, its examples as a map of names: take both.
    named = {"": inner} if isinstance(inner.get("type"), str) else inner
    for name, each in named.items():
        check(each, f"{path}.graders.{name}" if name else f"{path}.graders", inside_multi=True)


_KINDS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "python": _python,
    "score_model": _score_model,
    "multi": _multi,
}

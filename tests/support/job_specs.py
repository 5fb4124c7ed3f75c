"""Any valid entry of `jobs`, as plain values: hypothesis strategies, one a method.

`specs(method)` draws what the entry's model takes; `sandbox_specs(method)` only what the simulator
creates too: its own base models, no `extra`, no `label_model`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Entry = dict[str, Any]
Entries = st.SearchStrategy[Entry]

METHODS = ("supervised", "dpo", "reinforcement")
TRAINING, VALIDATION = "train", "valid"
"""The names of the files that every entry reads."""

BASE_MODELS: Mapping[str, tuple[str, ...]] = {
    "supervised": ("gpt-4.1-mini-2025-04-14", "gpt-4o-mini"),
    "dpo": ("gpt-4.1-2025-04-14", "gpt-4.1-nano"),
    "reinforcement": ("o4-mini-2025-04-16", "o4-mini"),
}

_MOST = 10**6
"""The simulator's greatest learning rate multiplier."""


def _chat(*turns: str) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    return [{"role": role, "content": text} for role, text in zip(roles, turns, strict=False)]


def dataset(method: str, size: int = 12, thing: str = "order") -> bytes:
    """Examples that a job of this method can train on; another `thing` is other data."""

    def example(n: int) -> Entry:
        question, answer = f"Where is {thing} {n}?", f"It has tracking T{n}."
        match method:
            case "dpo":
                good, bad = _chat(question, answer)[1:], _chat(question, "No idea.")[1:]
                inputs = {"messages": _chat(question)}
                return {"input": inputs, "preferred_output": good, "non_preferred_output": bad}
            case "reinforcement":
                return {"messages": _chat(question), "answer": answer}
            case _:
                return {"messages": _chat(question, answer)}

    return b"".join(json.dumps(example(n)).encode() + b"\n" for n in range(size))


def texts(least: int = 1, most: int = 12) -> st.SearchStrategy[str]:
    """Printable text of every script, without braces: they are what templates are made of."""
    printable = st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="{}")
    return st.text(printable, min_size=least, max_size=most)


def _members(required: Mapping[str, Any], optional: Mapping[str, Any]) -> Entries:
    """A mapping with all of the required members and some of the others."""
    return st.fixed_dictionaries(dict(required), optional=dict(optional))


def _reals(above: float, most: float) -> st.SearchStrategy[Any]:
    reals = st.floats(above, most, exclude_min=True)
    return st.just("auto") | reals | st.integers(1, int(most))


def _wholes(most: int) -> st.SearchStrategy[Any]:
    return st.just("auto") | st.integers(1, most)


_COMMON = {
    "n_epochs": _wholes(50),
    "batch_size": _wholes(256),
    "learning_rate_multiplier": _reals(0, _MOST),
}
_OWN: Mapping[str, Mapping[str, Any]] = {
    "supervised": {},
    "dpo": {"beta": _reals(0, 2)},
    "reinforcement": {
        "compute_multiplier": _reals(0.00001, 10),
        "eval_interval": _wholes(10**9),
        "eval_samples": _wholes(10**9),
        "reasoning_effort": st.sampled_from(["default", "low", "medium", "high"]),
    },
}


def hyperparameters(method: str) -> Entries:
    """Some or none of a method's hyperparameters."""
    return _members({}, {**_COMMON, **_OWN[method]})


def templates(least: int = 0) -> st.SearchStrategy[str]:
    """Texts with and without templates, and with the braces of JSON."""
    pieces = st.sampled_from(
        ["{{item.answer}}", "{{ sample.output_text }}", "{{item['a'][0].b}}", '{"a": {"b": 1}}']
    )
    return st.lists(texts() | pieces, min_size=least, max_size=4).map(" ".join)


def _kind(name: str) -> Mapping[str, Any]:
    return {"type": st.just(name), "name": texts()}


_COMPARED = {"input": templates(), "reference": templates()}
_STRING_CHECK = _members(
    {
        **_kind("string_check"),
        **_COMPARED,
        "operation": st.sampled_from(["eq", "ne", "like", "ilike"]),
    },
    {},
)
_METRICS = (
    *("cosine", "fuzzy_match", "bleu", "gleu", "meteor"),
    *("rouge_1", "rouge_2", "rouge_3", "rouge_4", "rouge_5", "rouge_l"),
)
_TEXT_SIMILARITY = _members(
    {
        **_kind("text_similarity"),
        **_COMPARED,
        "evaluation_metric": st.sampled_from(_METRICS),
    },
    {},
)
_PYTHON = _members(
    {**_kind("python"), "source": st.just("def grade(sample, item):\n    return {'a': {}}\n")},
    {"image_tag": texts()},
)
_PARTS = st.one_of(
    _members(
        {"type": st.just("input_text"), "text": templates()},
        {"prompt_cache_breakpoint": st.just({"mode": "explicit"})},
    ),
    _members({"type": st.just("output_text"), "text": templates()}, {}),
    _members(
        {"type": st.just("input_image"), "image_url": st.just("https://example.com/a.png")},
        {"detail": st.sampled_from(["high", "low", "auto"])},
    ),
    st.just({"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}),
    templates(),
)
_MESSAGES = st.lists(
    _members(
        {
            "role": st.sampled_from(["user", "assistant", "system", "developer"]),
            "content": _PARTS | st.lists(_PARTS, max_size=2),
        },
        {"type": st.just("message")},
    ),
    min_size=1,
    max_size=2,
)
_SAMPLING = _members(
    {},
    {
        "seed": st.integers(0, 2**31),
        "top_p": st.floats(0, 1),
        "temperature": st.floats(0, 2),
        "max_completions_tokens": st.integers(1, 2**20),
        "reasoning_effort": st.sampled_from(["none", "low", "medium", "xhigh", "max"]),
    },
)
_RANGES = st.tuples(st.integers(-9, 0), st.floats(1, 9)).map(list)
_SCORE_MODEL = _members(
    {**_kind("score_model"), "model": texts(), "input": _MESSAGES},
    {"range": _RANGES, "sampling_params": _SAMPLING},
)
_LABEL_MODEL = _members(
    {
        **_kind("label_model"),
        "model": texts(),
        "input": _MESSAGES,
        "labels": st.just(["good", "fair", "bad"]),
        "passing_labels": st.lists(st.sampled_from(["good", "fair"]), min_size=1, max_size=2),
    },
    {},
)
_SINGLE = _STRING_CHECK | _TEXT_SIMILARITY | _PYTHON | _SCORE_MODEL


@st.composite
def _multi(draw: st.DrawFn, *, sandbox: bool) -> Entry:
    """A multi grader whose formula reads the graders that it has."""
    one = _SINGLE if sandbox else _SINGLE | _LABEL_MODEL
    graders = draw(st.dictionaries(st.from_regex(r"[a-z]\w{0,5}", fullmatch=True), one, min_size=1))
    share = draw(st.sampled_from(["0.5", "1e-3", ".25"]))
    terms = " + ".join(f"{share} * {name}" for name in graders)
    formula = draw(st.sampled_from([terms, f"min(1, sqrt({terms})) ^ 2", f"({terms}) / 3"]))
    named = {"type": "multi", "name": draw(texts()), "calculate_output": formula}
    return {**named, "graders": draw(st.just(graders) | one)}


def graders(*, sandbox: bool = False) -> Entries:
    """A grader of each kind that a job may have."""
    return _SINGLE | _multi(sandbox=sandbox)


def _settings(method: str, *, sandbox: bool) -> Entries:
    own = {"hyperparameters": hyperparameters(method)}
    if method != "reinforcement":
        return _members({}, own)
    formats = st.sampled_from([{"type": "text"}, {"type": "json_schema", "json_schema": {}}])
    return _members({"grader": graders(sandbox=sandbox)}, {**own, "response_format": formats})


@st.composite
def _method(draw: st.DrawFn, method: str, *, sandbox: bool) -> Entry:
    settings = _settings(method, sandbox=sandbox)
    has_settings = method == "reinforcement" or draw(st.booleans())
    return {"type": method, **({method: draw(settings)} if has_settings else {})}


_WANDB = _members(
    {"project": texts()},
    {"name": texts(), "entity": texts(), "tags": st.lists(texts(), max_size=3)},
)
_INTEGRATIONS = st.lists(
    st.fixed_dictionaries({"type": st.just("wandb"), "wandb": _WANDB}), max_size=5
)
_KEYS = texts(most=64).filter(lambda key: not key.startswith("reconciler_"))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts(least=0),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts(), inner, max_size=2),
    max_leaves=4,
)
_BESIDE = {
    "suffix": texts(most=64),
    "seed": st.integers(0, 2_147_483_647),
    "integrations": _INTEGRATIONS,
    "metadata": st.dictionaries(_KEYS, texts(0, 30), max_size=10),
    "generation": st.integers(1, 9),
    "retry": _members({}, {"max": st.integers(0, 10), "on": st.lists(texts(), max_size=2)}),
    "protect": st.booleans(),
}
_NOT_SANDBOX = {
    "extra": st.dictionaries(texts().map("x-{}".format), _JSON, max_size=3),
    "paused": st.booleans(),
}


_ALWAYS = {
    "supervised": (),
    "dpo": ("method",),
    "reinforcement": ("method", "validation_file"),
}
"""What an entry of a method cannot leave out; unset, the method is supervised."""


def _entry(method: str, models: Any, more: Mapping[str, Any], *, sandbox: bool) -> Entries:
    required = {"model": models, "training_file": st.just(TRAINING)}
    other = {"method": _method(method, sandbox=sandbox), "validation_file": st.just(VALIDATION)}
    required |= {field: other.pop(field) for field in _ALWAYS[method]}
    return _members(required, {**_BESIDE, **more, **other})


def specs(method: str) -> Entries:
    """Any valid entry of this method."""
    ids = st.sampled_from([*BASE_MODELS[method], "ft:gpt-4o:org::abc", "jobs.other"])
    return _entry(method, ids, _NOT_SANDBOX, sandbox=False)


def sandbox_specs(method: str) -> Entries:
    """Any valid entry of this method that the simulator creates."""
    return _entry(method, st.sampled_from(BASE_MODELS[method]), {}, sandbox=True)


ANY = st.sampled_from(METHODS).flatmap(specs)
"""An entry of `jobs` of any method."""

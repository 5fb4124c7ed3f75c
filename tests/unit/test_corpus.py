"""Small datasets, valid and broken, with what is to be found in each: see tests/corpus."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.datasets.dataset import Scan
from reconciler.datasets.scan import scan
from reconciler.datasets.use import Use, unfit
from reconciler.errors import Mark, Problem
from reconciler.rules import RULES
from reconciler.sandbox import blobs
from reconciler.sandbox.validation import MIN_EXAMPLES, examine

CORPUS = Path(__file__).parent.parent / "corpus"


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!hex", lambda _, node: bytes.fromhex(node.value))


def _cases() -> Mapping[str, tuple[dict[str, Any], dict[str, Any]]]:
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for path in sorted(CORPUS.glob("*.yaml")):
        group = yaml.load(path.read_text("utf-8"), _Loader)  # a subclass of the safe loader
        found |= {f"{path.stem}: {name}": (group, case) for name, case in group["cases"].items()}
    return found


CASES = _cases()


def _line(row: object) -> bytes:
    match row:
        case bytes():
            return row
        case str():
            return row.encode()
        case _:
            return json.dumps(row).encode()


def _data(group: dict[str, Any], case: dict[str, Any]) -> bytes:
    good = json.dumps(group["good"])
    lines = [good.replace("{n}", str(n)).encode() for n in range(case.get("fill", 10))]
    rows = [_line(row) for row in case["rows"]]
    if depth := case.get("nested"):
        rows.append(b'{"a": ' + b"[" * depth)
    if digits := case.get("digits"):
        rows.append(b'{"a": ' + b"9" * digits + b"}")
    ending = case.get("ending", "\n").encode()
    lines = rows + lines if case.get("before") else lines + rows
    data = (ending or b"\n").join(lines) + (ending if lines else b"")
    return b"\xef\xbb\xbf" + data if case.get("bom") else data


def _problems(group: dict[str, Any], case: dict[str, Any], found: Scan) -> list[Problem]:
    """What `validate` says of a dataset that a job of the group trains on."""
    method, model = group["method"], group["model"]
    items = case.get("items", ["answer"] if method == "reinforcement" else [])
    speaks = "completion" if model == "davinci-002" else "chat"
    use = Use("jobs.x", method, speaks, frozenset(items))
    return [*found.problems, *unfit(found, use, Mark("reconciler.yaml", 0, 0))]


@pytest.mark.parametrize("name", CASES)
def test_each_dataset_has_the_findings_that_are_expected(name: str, tmp_path: Path) -> None:
    """The codes and first lines, no more and no less; the simulator agrees on the verdict."""
    group, case = CASES[name]
    data = _data(group, case)
    path = tmp_path / "x.jsonl"
    path.write_bytes(data)
    problems = _problems(group, case, scan(path, shown="x.jsonl"))
    lines: dict[str, int] = {}
    for problem in problems:
        line = problem.mark.line if problem.mark else 0
        lines[problem.code] = min(line, lines.get(problem.code, line))
    assert lines == case["finds"]
    is_refused = any(problem.severity == "error" for problem in problems)
    agrees = is_refused == bool(_refusal(data, group))
    assert agrees != bool(case.get("differs")), _refusal(data, group)


def _refusal(data: bytes, group: dict[str, Any]) -> str:
    """Why the simulator fails a job on these data while it validates them."""
    completions = group["model"] == "davinci-002"
    facts = examine(blobs.lines([data]), group["method"], "file-1", len, completions=completions)
    few = "too few" if facts.examples < MIN_EXAMPLES else ""
    return facts.problem or few


def test_there_is_a_case_for_every_rule_of_the_form() -> None:
    """A rule that finds nothing anywhere is noticed."""
    found = {code for _, case in CASES.values() for code in case["finds"]}
    too_large = {"line-too-long", "too-many-images", "other-format", "over-long"}
    of_two = {"train-valid-overlap", "system-mismatch", "system-drift", "imbalance"}
    about_data = set(RULES) - set(_manifest_rules())
    assert len(CASES) >= 120
    assert about_data - found - too_large - of_two == set()


def _manifest_rules() -> Mapping[str, Any]:
    from reconciler.rules.manifest import MANIFEST

    return MANIFEST


TEXT = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=12)
WEIGHT = st.sampled_from([{}, {"weight": 1}])
CALL = st.builds(
    lambda name, value: {"id": "c", "function": {"name": name, "arguments": json.dumps(value)}},
    st.sampled_from(["track", "refund"]),
    st.dictionaries(TEXT, TEXT, max_size=2),
).map(lambda call: call | {"type": "function"})
TOOLS = [{"type": "function", "function": {"name": name}} for name in ("track", "refund")]


@st.composite
def chat_rows(draw: st.DrawFn) -> dict[str, Any]:
    """A valid example of chat: prompts, turns, calls and their answers."""
    messages: list[dict[str, Any]] = []
    if draw(st.booleans()):
        messages.append({"role": draw(st.sampled_from(["system", "developer"])), "content": "p"})
    for _ in range(draw(st.integers(1, 3))):
        parts = [{"type": "text", "text": draw(TEXT)}]
        content = draw(st.one_of(TEXT, st.just(parts)))
        messages.append({"role": "user", "content": content})
        if draw(st.booleans()):
            messages.append({"role": "assistant", "tool_calls": [draw(CALL)]})
            messages.append({"role": "tool", "tool_call_id": "c", "content": draw(TEXT)})
        messages.append({"role": "assistant", "content": draw(TEXT)} | draw(WEIGHT))
    return {"messages": messages, "tools": TOOLS}


@st.composite
def rows_of(draw: st.DrawFn, form: str) -> dict[str, Any]:
    """A valid example of a format."""
    match form:
        case "chat":
            return draw(chat_rows())
        case "dpo":
            sides = draw(st.lists(TEXT, min_size=2, max_size=2, unique=True))
            good, bad = ([{"role": "assistant", "content": text}] for text in sides)
            given = {"messages": draw(chat_rows())["messages"][:-1], "tools": TOOLS}
            return {"input": given, "preferred_output": good, "non_preferred_output": bad}
        case "reinforcement":
            messages = draw(chat_rows())["messages"]
            answered = {"messages": [*messages, {"role": "user", "content": draw(TEXT)}]}
            return answered | {"answer": draw(TEXT), "tools": TOOLS}
        case _:
            return {"prompt": draw(TEXT), "completion": draw(TEXT)}


@given(data=st.data(), form=st.sampled_from(["chat", "dpo", "reinforcement", "completion"]))
@settings(deadline=None, max_examples=12)
def test_random_valid_datasets_pass(
    data: st.DataObject, form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is written by the contract has no finding about its form."""
    rows = data.draw(st.lists(rows_of(form), min_size=10, max_size=12))
    path = tmp_path_factory.mktemp("random") / "x.jsonl"
    is_ascii = data.draw(st.booleans())
    path.write_text("".join(json.dumps(row, ensure_ascii=is_ascii) + "\n" for row in rows))
    found = scan(path, shown="x.jsonl")
    assert found.format == form
    assert [p for p in found.problems if not RULES[p.code].is_quality] == []
    method = {"chat": "supervised", "completion": "supervised"}.get(form, form)
    group = {"method": method, "model": "davinci-002" if form == "completion" else "x"}
    assert _refusal(path.read_bytes(), group) == ""

"""Where findings stand in their lines, however many there are in one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets.finding import Place
from reconciler.datasets.locate import Columns
from reconciler.datasets.scan import scan

VALUE = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


def places(value: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Each key and element, with what stands in its place."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in inside:
        yield (*at, step), step if isinstance(value, dict) else inner
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*at, step))


@given(value=st.dictionaries(st.text(max_size=3), VALUE), data=st.data())
def test_places_are_told_in_any_order(value: dict[str, Any], data: st.DataObject) -> None:
    """Each by itself, and again, whatever was asked for before."""
    text = json.dumps(value, ensure_ascii=False)
    columns = Columns(text.encode())
    asked = [*data.draw(st.permutations([*places(value)])), *places(value)]
    for at, stands in asked:
        assert text[columns.of(at) - 1 :].startswith(json.dumps(stands, ensure_ascii=False))


def test_a_row_with_many_findings_is_walked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand places behind many messages: each value of the row is passed once for all."""
    passed: list[int] = []
    behind = Columns._behind

    def noted(columns: Columns, place: int) -> int:
        passed.append(place)
        return behind(columns, place)

    monkeypatch.setattr(Columns, "_behind", noted)
    good, bad = '{"role":"user","content":"x"},', '{"role":"bot","content":"x"},'
    start, end = '{"messages":[', '{"role":"assistant","content":"y"}]}\n'
    path = tmp_path / "x.jsonl"
    path.write_text(start + good * 30_000 + bad * 1_000 + end)
    found = scan(path, shown="x")
    assert len(passed) > 30_900
    assert len(passed) == len(set(passed))
    columns = [
        problem.mark.column
        for problem in found.problems
        if problem.mark and problem.code == "unknown-role"
    ]
    first = len(start) + len(good) * 30_000 + 2
    assert columns == [first + n * len(bad) for n in range(len(columns))]
    assert len(columns) > 900
    assert "too-few-examples" in {problem.code for problem in found.problems}

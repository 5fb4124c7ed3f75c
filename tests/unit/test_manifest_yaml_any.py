"""Any YAML, read by both of PyYAML's parsers: one with libyaml, one without."""

import json
import math
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InvalidInput, Mark, Problem
from reconciler.manifest import compose as composing
from reconciler.manifest.compose import compose
from reconciler.manifest.tree import Tree, pack


def parsers() -> Iterator[str]:
    """Each parser, as long as its turn lasts: to make up a text takes longer than to read it."""
    for name in ("CSafeLoader", "SafeLoader"):
        with patch.object(composing, "_LOADER", getattr(yaml, name)):
            yield name


def trees(text: str) -> Iterator[Tree]:
    """The tree of a text without mistakes, once a parser."""
    for parser in parsers():
        problems: list[Problem] = []
        yield compose(text, "m.yaml", problems)
        assert problems == [], parser


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.sampled_from("éß→漢🙂"))
)
KEYS = st.text("abcxyz019 -_.:#é", max_size=20).filter(lambda key: key != "<<")
VALUES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=12
    ),
)


@given(VALUES)
def test_json_is_read_as_json(expected: dict[str, Any]) -> None:
    """A JSON text is YAML, and means the same."""
    text = json.dumps(expected, ensure_ascii=False)
    assert [tree.root for tree in trees(text)] == [expected, expected]


@given(VALUES, st.sampled_from(["'", '"']), st.integers(20, 200))
def test_block_yaml_is_read_as_written(expected: dict[str, Any], style: str, width: int) -> None:
    """What a dumper writes in quotes and blocks comes back."""
    text = yaml.dump(
        json.loads(json.dumps(expected), parse_float=str, parse_int=str),
        default_style=style,
        default_flow_style=False,
        allow_unicode=True,
        width=width,
    )
    assert [tree.root for tree in trees(text)] == [yaml.safe_load(text)] * 2


@given(VALUES)
def test_every_key_has_its_place(expected: dict[str, Any]) -> None:
    """The mark of a key is where the text has that key."""
    text = "".join(
        f"{json.dumps({key: expected[key]}, ensure_ascii=False)[1:-1]}\n" for key in expected
    )
    for tree in trees(text or "{}"):
        for line, key in enumerate(expected, 1):
            assert tree.mark((key,)) == Mark("m.yaml", line, 1)
            assert tree.path_at(pack(line - 1, 0)) == (key,)


@given(st.text("[]{}:,&*!|>-?#%@'\"<ab01. \n~"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the text, the answer is a tree or problems, each with a place."""
    for _ in parsers():
        problems: list[Problem] = []
        try:
            compose(text, "m.yaml", problems)
        except InvalidInput as error:
            problems = list(error.problems)
        assert all(str(found.mark).startswith("m.yaml:") for found in problems)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_their_value(number: float) -> None:
    """A float as Python or JSON writes it comes back the same."""
    for tree in trees(f"key: {number!r}\n"):
        read = tree.root["key"]
        assert isinstance(read, float | int)
        assert math.isclose(read, number, rel_tol=0, abs_tol=0)

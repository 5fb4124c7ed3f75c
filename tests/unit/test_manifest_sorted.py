"""`fmt` on texts: the same manifest, in order, with everything that a person wrote around it."""

import re
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.cli.verbs.fmt import guide
from reconciler.cli.verbs.schema import schema
from reconciler.errors import InvalidInput, Refusal
from reconciler.manifest.arranged import arranged
from reconciler.manifest.compose import compose
from reconciler.manifest.sorted_text import sorted_text
from reconciler.manifest.spans import NOTHING, Touched
from tests.support.manifests import Author


def sorted_(text: str) -> str:
    """The text in order; once more, it stays."""
    once = sorted_text(text, guide(), "x.yaml")
    assert sorted_text(once, guide(), "x.yaml") == once
    return once


CASES = {
    "the top follows the schema": (
        "jobs:\nproject: b\nversion: 1\n",
        "version: 1\nproject: b\njobs:\n",
    ),
    "names go by the alphabet": ("files:\n  b: {}\n  a: {}\n", "files:\n  a: {}\n  b: {}\n"),
    "fields follow the schema": (
        "jobs:\n  a:\n    suffix: s\n    model: m\n",
        "jobs:\n  a:\n    model: m\n    suffix: s\n",
    ),
    "flow mappings, too": (
        "jobs: {b: {}, a: {suffix: s,  model: m}}\n",
        "jobs: {a: {model: m,  suffix: s}, b: {}}\n",
    ),
    "unknown keys come last, as they stood": (
        "zoo: 1\nant: 2\nversion: 1\n",
        "version: 1\nzoo: 1\nant: 2\n",
    ),
    "a comment above moves with its key": (
        "files:\n  b: 1\n  # of a\n  # as well\n  a: 2 # beside\n",
        "files:\n  # of a\n  # as well\n  a: 2 # beside\n  b: 1\n",
    ),
    "a deeper comment belongs to what is above it": (
        "files:\n  b: 1\n       # of b\n  a: 2\n",
        "files:\n  a: 2\n  b: 1\n       # of b\n",
    ),
    "nothing moves across a comment by itself": (
        "files:\n  b: 1\n\n  # new ones\n\n  a: 2\n",
        "files:\n  b: 1\n\n  # new ones\n\n  a: 2\n",
    ),
    "a last line without its break is left so": ("jobs:\n- x: 1", "jobs:\n- x: 1"),
    "the first lines of a file stay": (
        "# of the file\nproject: b\nversion: 1\n",
        "# of the file\nversion: 1\nproject: b\n",
    ),
    "the last ones, too": ("b: 1\nversion: 1\n# the end\n", "version: 1\nb: 1\n# the end\n"),
    "groups of names stay groups": (
        "vars:\n  z: x\n  y: x\n\n  b: x\n  a: x\n",
        "vars:\n  y: x\n  z: x\n\n  a: x\n  b: x\n",
    ),
    "names that are all set off are one list": (
        "vars:\n  b: x\n\n\n  c: x\n\n  a: x\n",
        "vars:\n  a: x\n\n  b: x\n\n\n  c: x\n",
    ),
    "blank lines stay between groups of fields": (
        "jobs:\n\nversion: 1\nproject: b\n",
        "version: 1\nproject: b\n\njobs:\n",
    ),
    "a block scalar keeps its lines": (
        "project: |\n  # no comment\n\n  x\nversion: 1\n",
        "version: 1\nproject: |\n  # no comment\n\n  x\n",
    ),
    "an item keeps its dash": (
        "moved:\n- to: jobs.a\n  from: jobs.b\n-   to: jobs.c\n    from: jobs.d\n",
        "moved:\n- from: jobs.b\n  to: jobs.a\n-   from: jobs.d\n    to: jobs.c\n",
    ),
    "an item with a comment between its keys stays": (
        "moved:\n- to: jobs.a\n  # why\n  from: jobs.b\n",
        "moved:\n- to: jobs.a\n  # why\n  from: jobs.b\n",
    ),
    "a flow mapping with a comment between its keys stays": (
        "vars: {b: x, # of b\n  a: y}\n",
        "vars: {b: x, # of b\n  a: y}\n",
    ),
    "mappings with a question mark before a key stay": (
        "vars: {? b : x, a: y}\n",
        "vars: {? b : x, a: y}\n",
    ),
    "the order of what is sent as it is means something": (
        "jobs:\n  a: {extra: {z: 1, a: 2}, metadata: {z: x, a: y}}\n",
        "jobs:\n  a: {metadata: {z: x, a: y}, extra: {z: 1, a: 2}}\n",
    ),
    "an anchor is set before it is used": (
        "files:\n  b: &b {path: x}\n  c: 1\n  a: *b\n",
        "files:\n  b: &b {path: x}\n  a: *b\n  c: 1\n",
    ),
    "an anchor that is set twice is of the same one": (
        "files:\n  d: &x 1\n  c: *x\n  b: &x 2\n  a: *x\n",
        "files:\n  d: &x 1\n  c: *x\n  b: &x 2\n  a: *x\n",
    ),
    "a merge comes first": (
        "files:\n  a: &a {path: x}\n  b:\n    purpose: y\n    <<: *a\n",
        "files:\n  a: &a {path: x}\n  b:\n    <<: *a\n    purpose: y\n",
    ),
    "what differs by environment is sorted by the same rules": (
        "environments:\n  b:\n    jobs:\n      a: {seed: 1, model: ~}\n    vars: {x: y}\n  a:\n",
        "environments:\n  a:\n  b:\n    vars: {x: y}\n    jobs:\n      a: {model: ~, seed: 1}\n",
    ),
    "what comes to stand last has a line break": ("b: 1\nversion: 1", "version: 1\nb: 1\n"),
    "what stays last keeps its own": (
        "project: b\nversion: 1\njobs:",
        "version: 1\nproject: b\njobs:",
    ),
    "line ends stay": ("b: 1\r\nversion: 1", "version: 1\r\nb: 1\r\n"),
    "beside a block scalar whose blank lines are its own nothing moves": (
        "jobs:\n  b:\n    model: |+\n      x\n\n\n\n  a: 1\n",
        "jobs:\n  b:\n    model: |+\n      x\n\n\n\n  a: 1\n",
    ),
    "what has an anchor is sorted inside": (
        "jobs:\n  a: &a\n    seed: 1\n    model: m\n",
        "jobs:\n  a: &a\n    model: m\n    seed: 1\n",
    ),
    "JSON is YAML": ('{"project": "b", "version": 1}\n', '{"version": 1, "project": "b"}\n'),
}  # fmt: skip


@pytest.mark.parametrize("rule", CASES)
def test_rule(rule: str) -> None:
    """What moves, and what stays."""
    before, after = CASES[rule]
    assert sorted_(before) == after
    assert sorted_(after) == after


@settings(max_examples=40)
@given(st.integers(0, 1 << 32))
def test_any_manifest_stays_the_same(seed: int) -> None:
    """Its values, and each comment with the key that it is about."""
    text = Author(Random(seed)).manifest()
    try:
        after = sorted_(text)
    except Refusal:
        assert text[-1] != "\n"  # a block scalar that ends with the file has no line break
        return
    assert compose(after, "x", []).root == compose(text, "x", []).root
    assert sorted("".join(after.split())) == sorted("".join(text.split()))
    for line, following in pairwise(line.strip() for line in after.splitlines()):
        if line.startswith("# above "):
            assert following.startswith(line.removeprefix("# above ") + ":")
        if "# beside " in line:
            assert line.removeprefix("- ").startswith(line.partition("# beside ")[2] + ":")


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sets(st.sampled_from("xy")), st.sets(st.sampled_from("xy")))
    )
)
def test_anchors_keep_their_order(pieces: list[tuple[int, set[str], set[str]]]) -> None:
    """Every alias is of the same anchor as before, and nothing is lost."""
    touched = [Touched(frozenset(s), frozenset(u)) if s | u else NOTHING for _, s, u in pieces]
    order = arranged([rank for rank, _, _ in pieces], touched)
    assert sorted(order) == list(range(len(pieces)))

    def meant(positions: list[int]) -> dict[tuple[int, str], int | None]:
        last: dict[str, int] = {}
        found: dict[tuple[int, str], int | None] = {}
        for n in positions:
            found |= {(n, name): last.get(name) for name in touched[n].used}
            last |= dict.fromkeys(touched[n].set_, n)
        return found

    assert meant(order) == meant(list(range(len(pieces))))


def test_what_cannot_be_kept_is_refused() -> None:
    """With its place: without a line break at its end this text means something else in between."""
    with pytest.raises(Refusal, match="cannot be sorted") as caught:
        sorted_("project: |\n  b\nversion: |\n  1")
    assert caught.value.where == "x.yaml:1"
    with pytest.raises(InvalidInput):
        sorted_("a: 1\na: 2\n")


def test_no_key_is_left_out_of_the_order() -> None:
    """Every key of a manifest has its place, and all that are known of it."""
    keys = list(schema()["properties"])
    text = "".join(f"{key}:\n" for key in reversed(keys))
    assert re.findall(r"\w+", sorted_(text)) == keys

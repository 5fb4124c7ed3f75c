"""Entries that are added to a manifest's text: what was there stays to the byte, in any layout."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.errors import Refusal
from reconciler.manifest.compose import compose
from reconciler.manifest.insertion import with_members
from reconciler.manifest.spelling import in_line, literal

FILES, IMPORT = ("files",), ("import",)
NEW = {"new": {"path": "data/new.jsonl"}}
BOUND = [{"to": "files.new", "id": "file-1"}]
LINE, ITEM = "new: {path: data/new.jsonl}", "- {to: files.new, id: file-1}"

LAYOUTS = {
    "after the last entry, before what is said of the next section": (
        "files:\n  a: {path: x}   # a\n\n# jobs\njobs:\n  b: {}\n",
        f"files:\n  a: {{path: x}}   # a\n  {LINE}\n\n# jobs\njobs:\n  b: {{}}\n",
    ),
    "below a comment of its own": (
        "files:\n    a:\n        path: x\n    # the end\n\njobs: {}\n",
        f"files:\n    a:\n        path: x\n    # the end\n    {LINE}\n\njobs: {{}}\n",
    ),
    "behind a block scalar that looks like comments": (
        "files:\n  a:\n    path: |\n      # x\n\n      # y\njobs: {}\n",
        f"files:\n  a:\n    path: |\n      # x\n\n      # y\n  {LINE}\njobs: {{}}\n",
    ),
    "at the end, without a line break": ("a: b", f"a: b\nfiles:\n  {LINE}\n"),
    "before the end of the document": ("a: b\n...\n", f"a: b\nfiles:\n  {LINE}\n...\n"),
    "in a section that is empty": (
        "files:   # none\njobs: {}\n",
        f"files:   # none\n  {LINE}\njobs: {{}}\n",
    ),
    "in a section of no entries": (
        "files: {}  # none\njobs: {}\n",
        f"files:  # none\n  {LINE}\njobs: {{}}\n",
    ),
    "in a section that is null": ("files: ~\n", f"files:\n  {LINE}\n"),
    "within brackets": ("files: {a: {path: x}} # c\n", f"files: {{{LINE}, a: {{path: x}}}} # c\n"),
    "within brackets of several lines": (
        "files: {\n  # a\n  a: {path: x},\n}\n",
        f"files: {{\n  # a\n  {LINE}, a: {{path: x}},\n}}\n",
    ),
    "in a manifest of JSON": (
        '{"files": {"a": {"path": "x"}}}',
        f'{{"files": {{{LINE}, "a": {{"path": "x"}}}}}}',
    ),
    "with the line breaks of another system": (
        "files:\r\n  a: {path: x}\r\njobs: {}\r\n",
        f"files:\r\n  a: {{path: x}}\r\n  {LINE}\r\njobs: {{}}\r\n",
    ),
    "beside entries that are quoted": (
        'files:\n  "a": {path: x}\n',
        f'files:\n  "a": {{path: x}}\n  {LINE}\n',
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_entry(layout: str) -> None:
    """It stands in its section, wherever that ends."""
    before, after = LAYOUTS[layout]
    assert with_members(before, FILES, NEW, "m.yaml") == after


LISTS = {
    "a new list": ("a: b\n", f"a: b\nimport:\n  {ITEM}\n"),
    "after the last item": (
        "import:\n  - {to: files.a, id: b}\n# jobs\njobs: {}\n",
        f"import:\n  - {{to: files.a, id: b}}\n  {ITEM}\n# jobs\njobs: {{}}\n",
    ),
    "where items begin at the margin": (
        "import:\n- to: files.a\n  id: b\n# jobs\njobs: {}\n",
        f"import:\n- to: files.a\n  id: b\n{ITEM}\n# jobs\njobs: {{}}\n",
    ),
    "within brackets": (
        "import: [{to: files.a, id: b}]\n",
        "import: [{to: files.new, id: file-1}, {to: files.a, id: b}]\n",
    ),
    "no item yet": ("import: []\n", f"import:\n  {ITEM}\n"),
}


@pytest.mark.parametrize("layout", LISTS)
def test_an_item(layout: str) -> None:
    """The last of its list, or the first where that is in brackets."""
    before, after = LISTS[layout]
    assert with_members(before, IMPORT, BOUND, "m.yaml") == after


def test_below_a_section() -> None:
    """What is missing on the way is added, too."""
    path = ("environments", "prod", "import")
    before = "environments:\n  prod:\n    jobs: {}\n  dev: null\n"
    after = f"environments:\n  prod:\n    jobs: {{}}\n    import:\n      {ITEM}\n  dev: null\n"
    assert with_members(before, path, BOUND, "m.yaml") == after
    path, after = ("environments", "dev", "import"), before.replace(" null", "")
    after = f"{after}    import:\n      {ITEM}\n"
    assert with_members(before, path, BOUND, "m.yaml") == after


def test_a_long_entry_has_lines_of_its_own() -> None:
    """A value on each, and what is longer still below it."""
    long: dict[str, Any] = {
        "a": "x" * 50,
        "b": {"c": "y" * 50, "d": [1, None, True]},
        "e": [{"f": 0.5}],
    }
    after = with_members("a: b\n", ("jobs",), {"new": long}, "m.yaml")
    assert after.splitlines()[2:] == [
        "  new:",
        f"    a: {'x' * 50}",
        f"    b: {{c: {'y' * 50}, d: [1, null, true]}}",
        "    e:",
        "      - {f: 0.5}",
    ]


@pytest.mark.parametrize(
    "text", ["x: &x {a: {path: x}}\nfiles: *x\n", "{a: b, files: {}}", "? files\n: {}\n"]
)
def test_no_place(text: str) -> None:
    """A layout that would have to change is left as it is, and the lines are told."""
    with pytest.raises(Refusal) as refused:
        with_members(text, FILES, NEW, "m.yaml")
    assert LINE in refused.value.cure


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    texts | st.none() | st.booleans() | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(values)
@example(["no", "1e3", "012", "0x1f", "~", "=", "-", "<<", "${x}", "a: b", "# c", "\x85\u2028 "])
@example({"<": "", "1": {"y": "2024-01-01"}})
def test_every_value_reads_back(value: object) -> None:
    """Whatever a value is, the parser has the same of its text, each `${` doubled."""
    spelt = literal(value)  # type: ignore[arg-type]  # any JSON value
    read = compose(f"a: {in_line(spelt)}\n", "m.yaml", [])
    assert read.root["a"] == spelt
    after = with_members("b: c\n", ("a",), {"k": value}, "m.yaml")  # type: ignore[dict-item]  # the same
    assert compose(after, "m.yaml", []).root["a"] == {"k": spelt}

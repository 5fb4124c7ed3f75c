"""Texts made to hang, crash or fill memory: each is refused, fast, in one line."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Problem
from reconciler.manifest.compose import FREE_NODES, compose
from reconciler.manifest.finding import MAX_PROBLEMS
from reconciler.manifest.syntax import MAX_DEPTH
from reconciler.manifest.tree import MAX_NODES
from tests.unit.manifests.specs import problems

PATIENCE = 10.0
"""Seconds that no case may take: a hundred times what each takes here, a blink beside a bomb."""


def merge_bomb() -> str:
    """Each level merges the one before nine times: 9^30 pairs, if they were written out."""
    lines = ["a0: &a0 {k0: v}"]
    for level in range(1, 30):
        sources = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} {{<<: [{sources}], k{level}: v}}")
    return "\n".join(lines)


def billion_laughs() -> str:
    """Each level lists the one before nine times."""
    lines = ["a0: &a0 [x]"]
    for level in range(1, 30):
        aliases = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} [{aliases}]")
    return "\n".join(lines)


def wide_merges() -> str:
    """A thousand keys, copied ten thousand times."""
    keys = ", ".join(f"k{i}: 1" for i in range(1000))
    return f"a: &a {{{keys}}}\nb:\n" + "- {<<: *a}\n" * 10_000


HOSTILE: dict[str, tuple[Callable[[], str], str]] = {
    "merge-key bomb": (merge_bomb, "too-large"),
    "billion laughs": (billion_laughs, "too-large"),
    "wide merges": (wide_merges, "too-large"),
    "2000 x [": (lambda: "a: " + "[" * 2000, "too-deep"),
    "a million x [": (lambda: "a: " + "[" * 1_000_000, "too-deep"),
    "nested flow mappings": (lambda: "{a: " * 100_000, "too-deep"),
    "nested block lists": (lambda: "a:\n" + "- " * 100_000 + "x", "too-deep"),
    "nested explicit keys": (lambda: "? " * 100_000, "complex-key"),
    "integer of 5000 digits": (lambda: "a: " + "9" * 5000, "number-range"),
    "integer of a million digits": (lambda: "a: " + "9" * 1_000_000, "number-range"),
    "plain key of a megabyte": (lambda: "k" * 1_000_000 + ": 1", "wrong-type"),
    "explicit key of a megabyte": (lambda: "? " + "k" * 1_000_000 + "\n: 1", "unknown-key"),
    "line of a megabyte": (lambda: "a: {" + "b: 1, " * 200_000 + "}", "duplicate-key"),
    "tag directives": (lambda: "".join(f"%TAG !{i}! x\n" for i in range(50_000)), "unknown-tag"),
    "open quote": (lambda: "a: '" + "x\n" * 500_000, "not-yaml"),
    "one key again and again": (lambda: "a: 1\n" * 50_000, "duplicate-key"),
    "unknown keys": (lambda: "".join(f"k{i}: 1\n" for i in range(20_000)), "unknown-key"),
    "key-like text": (lambda: "a: '" + "sk-a-" * 500_000 + "'", "unknown-key"),
    "URL-like text": (lambda: "a: '" + "://a:" * 500_000 + "'", "unknown-key"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text(name: str) -> None:
    """It is refused by name, long before anyone would stop waiting."""
    text, code = HOSTILE[name]
    started = time.monotonic()
    found = problems(text())
    assert time.monotonic() - started < PATIENCE
    assert code in {problem.code for problem in found}
    assert len(found) <= MAX_PROBLEMS
    assert all(len(problem.what) < 300 and "\n" not in problem.what for problem in found)


def test_wrong_entries_are_not_reported_without_end() -> None:
    """Names, entries and moves that are all wrong give a report of bounded size."""
    entries = "".join(f"  N{i}: {{pathh: a}}\n" for i in range(3000))
    moves = "".join(f"- {{from: files.o{i}, to: files.m{i}}}\n" for i in range(3000))
    found = problems(f"project: x\nfiles:\n{entries}moved:\n{moves}")
    assert len(found) == MAX_PROBLEMS


def test_refused_numbers_are_not_reported_without_end() -> None:
    """Reading stops where the report is full."""
    assert len(problems("a: [" + ".nan, " * 3000 + "]")) == MAX_PROBLEMS


def codes(text: str) -> list[str]:
    """The codes of what is wrong with a text as YAML alone."""
    found: list[Problem] = []
    try:
        compose(text, "m", found)
    except Exception as error:  # noqa: BLE001 - whatever comes is looked at
        return [problem.code for problem in getattr(error, "problems", ())] or [repr(error)]
    return [problem.code for problem in found]


def test_depth_is_allowed_up_to_the_limit() -> None:
    """The manifest itself is the first level."""
    levels = MAX_DEPTH - 1
    assert codes("a: " + "[" * levels + "]" * levels) == []
    assert codes("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH) == ["too-deep"]


def test_small_manifests_may_use_aliases_freely() -> None:
    """Up to `FREE_NODES` nodes written out, no ratio is asked for."""
    base = "a: &a [" + "1," * 99 + "]\nb:\n"
    few = FREE_NODES // 101 - 2
    assert codes(base + "- *a\n" * few) == []
    assert codes(base + "- *a\n" * (few * 2)) == ["too-large"]


def test_large_manifests_may_expand_tenfold() -> None:
    """Entries that share a base of few keys are far below the ratio."""
    base = "a: &a {b: 1, c: 2, d: 3, e: 4}\n"
    assert codes(base + "".join(f"n{i}: {{<<: *a, f: 1}}\n" for i in range(20_000))) == []


def test_nodes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node beyond the limit is named with its place."""
    assert MAX_NODES == 2_000_000
    monkeypatch.setattr("reconciler.manifest.compose.MAX_NODES", 6)
    assert codes("a: [1, 2, 3]") == []  # the root, a key, a list, three numbers
    assert codes("a: [1, 2, 3, 4]") == ["too-large"]


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_politely(data: bytes) -> None:
    """No byte sequence raises anything but `InvalidInput`."""
    assert all(problem.what for problem in problems(data))


KEYS = (
    "project", "files", "jobs", "defaults", "moved", "import", "removed", "vars", "provider",
    "path", "from", "to", "id", "a", "matrix", "seed", "suffix", "model", "training_file",
)  # fmt: skip
LEAVES: st.SearchStrategy[object] = st.sampled_from(
    ["x", "files.x", "jobs.y", 1, 1.5, True, None, "", "file-1", "${var:x}", "${", [], {}]
)


SHAPES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(SHAPES)
def test_any_shape_is_refused_politely(shape: object) -> None:
    """Known keys with any values below them give problems with places, never a traceback."""
    text = repr(shape).replace("True", "true").replace("None", "null")
    assert all(problem.mark for problem in problems(f"project: x\njobs: {text}\nmoved: {text}"))
    assert all(problem.mark for problem in problems(text))


@given(SHAPES)
def test_any_shape_of_what_comes_first_is_refused_politely(shape: object) -> None:
    """What is read before the models check anything may be anything."""
    text = repr(shape).replace("True", "true").replace("None", "null")
    for key in ("include", "vars", "environments", "default_env"):
        assert all(problem.mark for problem in problems(f"project: x\n{key}: {text}"))
    overlay = f"environments: {{e: {text}}}\njobs: {{a: {{model: m, matrix: {text}}}}}"
    assert all(problem.mark for problem in problems(f"project: x\n{overlay}", env="e"))
    assert all(problem.mark for problem in problems("project: x\ninclude: [t]", files={"t": text}))

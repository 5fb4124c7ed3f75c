"""YAML as it is read here: scalars, anchors, merge keys, duplicates; with libyaml and without."""

from typing import Any

import pytest
import yaml

from reconciler.errors import InvalidInput, Problem
from reconciler.manifest import compose as composing
from reconciler.manifest.compose import compose
from reconciler.manifest.tree import Tree


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True, scope="module")
def parser(request: pytest.FixtureRequest) -> Any:
    """Every test here runs on both of PyYAML's parsers."""
    before = composing._LOADER
    composing._LOADER = getattr(yaml, request.param)
    yield
    composing._LOADER = before


def tree(text: str) -> Tree:
    """The tree of a text without mistakes."""
    problems: list[Problem] = []
    composed = compose(text, "m.yaml", problems)
    assert problems == []
    return composed


def value(text: str) -> Any:
    """What one scalar or collection is, as the value of a key."""
    return tree(f"key: {text}\n").root["key"]


def said(text: str) -> list[str]:
    """The problems of a text, one line each."""
    problems: list[Problem] = []
    try:
        compose(text, "m.yaml", problems)
    except InvalidInput as error:
        problems = list(error.problems)
    return [f"{found.mark}: {found.what} [{found.code}]" for found in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            ("true", True),
            ("false", False),
            ("null", None),
            ("~", None),
            ("", None),
            ("NULL", None),
        ),
        *((word, word) for word in ("yes", "no", "on", "off", "y", "n", "True", "FALSE", "nul")),
        *(("0", 0), ("-0", 0), ("7", 7), ("+7", 7), ("-7", -7), ("9007199254740992", 2**53)),
        *(
            (text, text)
            for text in ("012", "-012", "0o14", "0x1f", "0b1", "1_000", "1:30", "12:30:00")
        ),
        *((text, text) for text in ("2026-11-23", "1.2.3", "1e", "e1", "+", ".", "..", "1-2")),
        *(
            ("1.5", 1.5),
            ("1e3", 1000.0),
            ("-1.5E-3", -0.0015),
            (".5", 0.5),
            ("1.", 1.0),
            ("0.0", 0.0),
        ),
        *(("'12'", "12"), ('"true"', "true"), ('""', ""), ("'~'", "~"), ('".nan"', ".nan")),
        *(
            ("!!str 12", "12"),
            ('!!int "3"', 3),
            ("! 12", "12"),
            ("!!null ''", None),
            ("!!float 3", 3),
        ),
        *(("!!bool 'true'", True), ("!!map {a: 1}", {"a": 1}), ("!!seq [1]", [1])),
        *(("|\n  a\n  b", "a\nb\n"), (">\n  a\n  b", "a b\n"), ("a\n  b", "a b")),
        *(("[]", []), ("{}", {}), ("[1, [2]]", [1, [2]]), ("{a: {b: }}", {"a": {"b": None}})),
    ],
)
def test_core_values(text: str, expected: object) -> None:
    """Plain scalars are those of YAML 1.2's core schema, without its second spellings."""
    assert value(text) == expected
    assert type(value(text)) is type(expected)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("9007199254740993", "key is a whole number beyond ±2^53"),
        ("-9007199254740993", "key is a whole number beyond ±2^53"),
        ("9" * 5000, "key is a whole number beyond ±2^53"),
        ("1." + "9" * 5000, "key is a number too large or too long to keep"),
        ("1e400", "key is a number too large or too long to keep"),
        (".nan", "key is not a finite number"),
        (".NaN", "key is not a finite number"),
        ("-.inf", "key is not a finite number"),
        ("+.INF", "key is not a finite number"),
    ],
)
def test_numbers_that_are_refused(text: str, what: str) -> None:
    """A number that cannot be kept exactly is an error at its own place."""
    assert said(f"key: {text}") == [f"m.yaml:1:6: {what} [number-range]"]


@pytest.mark.parametrize(
    "text",
    ["!!python/object:os.system x", "!!binary aGk=", "!x y", "!!int x", "!!set {a}", "!!x []"],
)
def test_tags_outside_the_core_schema(text: str) -> None:
    """No tag makes an object, and a core tag does not lie about its value."""
    (line,) = said(f"key: {text}")
    assert line.startswith("m.yaml:1:6: the tag ")
    assert line.endswith(" cannot be used for key [unknown-tag]")


def test_keys_are_always_strings() -> None:
    """A key is its text, whatever a value of that text would be."""
    assert tree("1: a\ntrue: b\n~: c\n1.5: d\n").root == {
        "1": "a",
        "true": "b",
        "~": "c",
        "1.5": "d",
    }


def test_an_alias_is_the_value_of_its_anchor() -> None:
    """Anchors stand for scalars, collections and keys; the last one of a name counts."""
    text = "a: &x 1\nb: &y [*x, &x 2, *x]\nc: *y\n&k d: *k\n*k : e\n"
    assert said(text) == ['m.yaml:5:1: duplicate key "d" in the manifest [duplicate-key]']
    assert tree(text.rpartition("*k :")[0]).root == {
        "a": 1,
        "b": [1, 2, 2],
        "c": [1, 2, 2],
        "d": "d",
    }


def test_own_keys_win_over_merged_ones() -> None:
    """`<<` adds what is missing, from the first source that has it; order does not matter."""
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {x: 0, <<: [*a, *b]}\nd: {<<: *b, z: 0}\n"
    root = tree(text).root
    assert (root["c"], root["d"]) == ({"x": 0, "y": 1, "z": 2}, {"y": 2, "z": 0})


def test_a_merged_key_is_marked_where_it_is_written() -> None:
    """The error about a merged value points at the line to change."""
    composed = tree("a: &a {x: 1}\nb: {y: 1, <<: *a}\n")
    assert [str(composed.mark(("b", key))) for key in "xy"] == ["m.yaml:1:8", "m.yaml:2:5"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &a [*a]", "m.yaml:1:8: a[0] contains itself: *a [recursive-anchor]"),
        ("a: &a {b: *a}", "m.yaml:1:11: a.b contains itself: *a [recursive-anchor]"),
        ("a: &a {<<: *a}", "m.yaml:1:12: a.<< contains itself: *a [recursive-anchor]"),
        ("a: *b", 'm.yaml:1:4: no anchor "b" before this alias [unknown-anchor]'),
        ("a: {<<: 1}", "m.yaml:1:5: << in a must be an alias of a mapping [wrong-type]"),
        ("a: {<<: [1]}", "m.yaml:1:5: << in a must be an alias of a mapping [wrong-type]"),
        ("a: {<<: {}, <<: {}}", 'm.yaml:1:13: duplicate key "<<" in a [duplicate-key]'),
        ("? [a]\n: b", "m.yaml:1:3: a key must be a string [complex-key]"),
        ("? {a: b}\n: b", "m.yaml:1:3: a key must be a string [complex-key]"),
        ("a: &a [x]\n*a : b", "m.yaml:2:1: a key must be a string [complex-key]"),
        ("a: 1\n---\nb: 2", "m.yaml:2:1: a second YAML document begins here [many-documents]"),
        ("- a", "m.yaml:1:1: the manifest must be a mapping, found a list [wrong-type]"),
        ("a", 'm.yaml:1:1: the manifest must be a mapping, found the string "a" [wrong-type]'),
        ("", "m.yaml:1:1: m.yaml is empty [empty-manifest]"),
        ("# only a comment\n", "m.yaml:2:1: m.yaml is empty [empty-manifest]"),
        ("---\n", "m.yaml:1:1: m.yaml is empty [empty-manifest]"),
        ("a:\n\tb: 1", "m.yaml:2:1: a tab where YAML wants spaces [tab-indent]"),
        ("%TAG ! tag:x,1:\n---\na: 1", "m.yaml:1:1: a %TAG directive [unknown-tag]"),
        ("# x\n%TAG ! tag:x,1:\n---\na: 1", "m.yaml:2:1: a %TAG directive [unknown-tag]"),
    ],
)
def test_one_line_an_error(text: str, line: str) -> None:
    """Each odd text has one error of one line at its place."""
    assert said(text) == [line]


@pytest.mark.parametrize(
    "text",
    ["a: [", "a: 'b", "a: b: c", "a: }", "a: @b", 'a: "\\q"', "%YAML 2.0\n---\na: 1"],
)
def test_what_is_not_yaml(text: str) -> None:
    """The parser's sentence becomes one error with a place."""
    (line,) = said(text)
    assert line.startswith("m.yaml:")
    assert ": this is not YAML: " in line
    assert "\n" not in line


def test_a_reader_error_has_no_place() -> None:
    """What the parser cannot even read as characters is one error, of the file."""
    (line,) = said("a: \x01")
    assert line.startswith("None: this is not YAML: ")


def test_duplicate_keys_name_both_lines() -> None:
    """The second is marked, the first is named, and reading goes on."""
    problems: list[Problem] = []
    compose("a:\n  b: 1\n  c: 2\n  b: 3\n  c: 4\nd: .nan\n", "m.yaml", problems)
    assert [(str(found.mark), found.why) for found in problems[:2]] == [
        ("m.yaml:4:3", "it stands at line 2 already"),
        ("m.yaml:5:3", "it stands at line 3 already"),
    ]
    assert len(problems) == 3


def test_a_percent_sign_is_no_directive() -> None:
    """Only at the start of a line is %TAG one."""
    assert value("100%%TAG") == "100%%TAG"

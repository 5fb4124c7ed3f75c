"""Inputs that others collected (`corpora/README.md`), each with its verdict."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from reconciler.api.reply import NotJson, decode
from reconciler.datasets.line import BadLineError, parse
from reconciler.errors import InvalidInput, Problem
from reconciler.manifest.compose import compose
from reconciler.manifest.names import is_name
from reconciler.text import inert, visible
from tests.support.ci import obeyed

FOLDER = Path(__file__).parent / "corpora"

LENIENT = {"9C9N", "DK95-1", "QB6E", "S98Z", "SU5Z", "X4QW"}
"""What libyaml takes although YAML does not: indents and comments that mislead nobody."""

OWN_WAY = {"652Z", "DFF7", "L24T-1", "Y2GN"}
"""What libyaml reads in its own way: a `?` without a space, a last line, a colon in an anchor."""

NAMES = {
    *("0", "01000", "08", "09", "0x0", "0xabad1dea", "0xffffffff", "0xffffffffffffffff", "1"),
    *("123456789012345678901234567890123456789", "basement", "classic", "evaluate", "expression"),
    *("false", "mocha", "nil", "null", "then", "true", "undef", "undefined"),
}
"""Naughty strings that may well be names."""

LONG = {
    "n_structure_100000_opening_arrays": b"[" * 100_000,
    "n_structure_open_array_object": b'[{"":' * 50_000,
}
"""The two that are too long to be kept in a file."""

TOO_DEEP = {"api": "n", "api_within": "n", "line": "too-deep", "line_within": "too-deep"}


def judged() -> Iterator[list[str]]:
    """What is wrong with the verdict on each."""
    return chain(map(_yaml, _rows("yaml")), map(_json, _all_json()), map(_naughty, naughty()))


def naughty() -> list[str]:
    """The Big List of Naughty Strings."""
    return _rows("naughty")


def _rows(name: str) -> list[Any]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


def _yaml(case: Mapping[str, Any]) -> list[str]:
    found: list[Problem] = []
    root = None
    try:
        root = compose(case["yaml"], "m", found).root
    except InvalidInput as error:
        found = list(error.problems)
    verdict = ",".join(sorted({problem.code for problem in found})) or "ok"
    wrong = (
        []
        if verdict == case["verdict"]
        else [f"yaml {case['id']}: {verdict}, not {case['verdict']}"]
    )
    if verdict == "ok" and "fail" in case and case["id"] not in LENIENT:
        wrong.append(f"yaml {case['id']} is none and was read")
    if verdict == "ok" and "value" in case and root != case["value"] and case["id"] not in OWN_WAY:
        wrong.append(f"yaml {case['id']}: {root!a} was read, not {case['value']!a}")
    return wrong


def _all_json() -> Iterator[dict[str, str]]:
    yield from _rows("json")
    for name, data in LONG.items():
        yield {"name": name, "text": data.decode(), **TOO_DEEP}


def _json(case: Mapping[str, str]) -> list[str]:
    """JSONTestSuite says by the first letter whether a text is JSON; ours may be stricter."""
    data = case["text"].encode("latin-1")
    forms = {"": data, "_within": b'{"a": ' + data + b"}"}
    said = {f"api{name}": _api(text) for name, text in forms.items()}
    said |= {f"line{name}": _line(text) for name, text in forms.items()}
    told = {"y": "y", "n": "n"}.get(case["name"][0], said["api_within"])
    wrong = [
        f"json {case['name']}, {form}: {verdict}, not {case[form]}"
        for form, verdict in said.items()
        if case[form] != verdict
    ]
    if said["api_within"] != told or (told == "n" and said["line_within"] == "y"):
        wrong.append(f"json {case['name']} is read against the rules of JSON")
    return wrong


def _api(data: bytes) -> str:
    try:
        decode(data)
    except NotJson:
        return "n"
    return "y"


def _line(data: bytes) -> str:
    try:
        parse(data)
    except BadLineError as error:
        return error.finding.code
    return "y"


def _naughty(text: str) -> list[str]:
    wrong = (
        [] if is_name(text) == (text in NAMES) else [f"naughty {text!a} as a name: {is_name(text)}"]
    )
    shown = inert(visible(text))
    if obeyed(shown) or (text.isascii() and text.isprintable() and visible(text) != text):
        wrong.append(f"naughty {text!a} is shown as {shown!a}")
    if re.search(r"[\x00-\x1f\x7f]", shown):
        wrong.append(f"naughty {text!a} keeps a control character")
    return wrong

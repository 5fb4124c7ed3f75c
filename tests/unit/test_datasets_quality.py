"""What the data teach: measured in the same pass, told once a file, and never repeated."""

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from reconciler.datasets import examples
from reconciler.datasets.examples import Examples
from reconciler.datasets.notes import Lines
from reconciler.datasets.pairs import Side, compared
from reconciler.datasets.part import Part
from reconciler.datasets.private import found_in, suspects, texts_of
from reconciler.datasets.scan import scan
from reconciler.errors import Problem


def chat(question: str, answer: str, system: str = "") -> dict[str, Any]:
    """A row of chat."""
    prompt = [{"role": "system", "content": system}] if system else []
    said = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": prompt + said}


def told(tmp_path: Path, rows: list[dict[str, Any]]) -> Mapping[str, Problem]:
    """The problems of a file of these rows, by code."""
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {problem.code: problem for problem in scan(path, shown="x.jsonl").problems}


TRACK = {"name": "track", "arguments": "{}"}
GOOD = [chat(f"question {n}", f"answer {n}") for n in range(60)]


def test_good_data_are_told_nothing_of(tmp_path: Path) -> None:
    """Sixty examples of questions and answers have no finding."""
    assert told(tmp_path, GOOD) == {}


@pytest.mark.parametrize(
    ("code", "rows", "line", "words"),
    [
        ("duplicate-rows", [*GOOD, GOOD[3], GOOD[3]], 61, "in the file before (also line 62)"),
        ("empty-answer", [*GOOD, chat("q", " \n")], 61, "says nothing"),
        ("over-long", [*GOOD, chat("q", "a " * 140_000)], 61, "longer than about 65,536 tokens"),
        ("imbalance", [chat(f"q{n}", "no" if n else "yes") for n in range(60)], 2, "98 % of the"),
        (
            "system-drift",
            [chat(f"q{n}", f"a{n}", "Be brief." if n != 7 else "Be kind.") for n in range(60)],
            8,
            "another system prompt than most",
        ),
        ("personal-data", [*GOOD, chat("q", "write to ann@acme-shop.de")], 61, "an e-mail address"),
        ("secret-in-data", [*GOOD, chat("AKIAIOSFODNN7ABCDEFG", "a")], 61, "an AWS access key"),
    ],
)
def test_each_rule_tells_the_first_line(
    tmp_path: Path, code: str, rows: list[dict[str, Any]], line: int, words: str
) -> None:
    """One warning a file, at the first line, with the numbers of others."""
    found = told(tmp_path, rows)
    assert found.keys() == {code}
    assert found[code].severity == "warning"
    assert (found[code].mark or pytest.fail("no place")).line == line
    assert words in found[code].what


@pytest.mark.parametrize(("words", "is_told"), [(30_000, False), (60_000, True)])
@pytest.mark.parametrize("is_escaped", [False, True])
@pytest.mark.parametrize("more", [{}, {"tools": []}])
def test_the_way_of_writing_makes_no_example_long(
    tmp_path: Path, more: dict[str, Any], words: int, *, is_escaped: bool, is_told: bool
) -> None:
    """Of 4 bytes of UTF-8 and a space each; escaped, a letter has 6 bytes for 2."""
    rows = [*GOOD, chat("q", "да " * words) | more]
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=is_escaped) + "\n" for row in rows))
    codes = {problem.code for problem in scan(path, shown="x.jsonl").problems}
    assert codes == ({"over-long"} if is_told else set())


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({}, True),
        ({"tool_calls": []}, True),
        ({"tool_calls": [{"id": "c", "type": "function", "function": TRACK}]}, False),
        ({"function_call": TRACK}, False),
    ],
)
def test_who_calls_a_function_need_not_speak(
    tmp_path: Path, more: dict[str, Any], *, is_told: bool
) -> None:
    """By a tool, or by a function as in older data; a list without a call is no call."""
    row = chat("q", "")
    row["messages"][-1] |= more
    assert ("empty-answer" in told(tmp_path, [*GOOD, row])) is is_told


def test_data_are_not_repeated(tmp_path: Path) -> None:
    """A finding about a secret says what it looks like, and not what it is."""
    found = told(tmp_path, [*GOOD, chat("AKIAIOSFODNN7ABCDEFG", "ann@acme-shop.de")])
    assert "AKIA" not in repr(found)
    assert "acme" not in repr(found)


REAL = {
    "an API key": "sk-proj-a1B2c3D4e5F6g7H8i9J0k1L2",
    "an AWS access key": "ASIAIOSFODNN7ABCDEFG",
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a GitLab token": "glpat-" + "a1B2" * 5,
    "a Slack token": "xoxb-1234567890-abcdef",
    "a Google API key": "AIza" + "aB1-_" * 7,
    "a Hugging Face token": "hf_" + "aBcDe" * 6,
    "a Stripe key": "sk_live_" + "a1B2" * 4,
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92",
    "a password in a URL": "postgres://app:hunter2@db.acme.de/x",
    "an e-mail address": "ann.lee+x@mail.acme-shop.de",
    "a phone number": "+49 30 901820 33",
    "a social security number": "219-09-9999",
    "a payment card number": "4111 1111 1111 1111",
    "an IBAN": "DE89 3704 0044 0532 0130 00",
}
MADE_UP = [
    *("ann@example.com", "a@b.test", "AKIAIOSFODNN7EXAMPLE", "sk-xxxxxxxxxxxxxxxxxxxxxxxx1"),
    *("desk-top-risk-free-task-based-skill-set", "2024-05-11 12:30", "4111 1111 1111 1112"),
    *(
        "AB12 3456 7890",
        "order 4711-0815-2",
        "version 1.2.3-4",
        "000-12-3456",
        "+1 555-0100",
        "a@b",
        "1234567890123",
    ),
]


@pytest.mark.parametrize("what", REAL)
@pytest.mark.parametrize("before", ["", "see ", "x\n", '"', "(", "ä "])
def test_what_looks_private_is_found(what: str, before: str) -> None:
    """In the bytes of a block first, then in the text itself, wherever in it."""
    row = chat("q", f"{before}{REAL[what]}, thanks")
    lines = [json.dumps(chat("q", "a" * n)) for n in range(7)]
    block = "\n".join([*lines, json.dumps(row), *lines]).encode()
    assert suspects(block).keys() == {7}
    assert what in {found for _, found in found_in(texts_of(row), suspects(block)[7])}


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "\u2003"])
@pytest.mark.parametrize(
    "number", ["(415) 321-2671", "415-321-2671", "4111-1111-1111-1111", "4222 2222 2222 2"]
)
def test_a_number_is_found_wherever_it_stands(number: str, before: str) -> None:
    """At each place of a block, also where it is not near what else looks like one."""
    line = json.dumps(chat("q", f"on 2024-05-11 {before} {number}.")).encode()
    ((_, what),) = found_in([line.decode()], suspects(line)[0])
    assert what in {"a phone number", "a payment card number"}


IBANS = [  # of ISO 13616's registry
    *("NO9386011117947", "BE68539007547034", "NL91ABNA0417164300", "GB29NWBK60161331926819"),
    *("FR1420041010050500013M02606", "IT60X0542811101000000123456", "LV80BANK0000435195001"),
    *("RO49AAAA1B31007593840000", "PK36SCBL0000001123456702", "MT84MALT011000012345MTLCAST001S"),
]


@pytest.mark.parametrize("iban", IBANS)
def test_an_iban_is_found_wherever_it_stands(iban: str) -> None:
    """Whole or in fours, at each place of a block, and also in a block that is full of numbers."""
    in_fours = " ".join(iban[n : n + 4] for n in range(0, len(iban), 4))
    full = [json.dumps(chat("q", f"{n:08}, {n:05X}F00")).encode() for n in range(300)]
    for number, before in product((iban, in_fours), ("", "a", "ab", "abc")):
        line = json.dumps(chat("q", before + " " + number)).encode()
        for lines in ([line], [*full, line]):
            found = suspects(b"\n".join(lines))
            assert found.keys() == {len(lines) - 1}
            ((_, what),) = found_in([line.decode()], found[len(lines) - 1])
            assert what == "an IBAN"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_signs_at_one_place_are_all_told(before: str) -> None:
    """A capital letter may begin a key, and what looks like a number."""
    data = f'"{before} AKIAIOSFODNN7ABCDEFG,NL91ABNA0417164300"'.encode()
    assert {b"A", b"0"} <= suspects(data)[0]


@pytest.mark.parametrize("mark", ['"', "\u201c", "\u00ab", "\x0b", "\u2192"])
def test_a_key_is_found_behind_an_escaped_mark(mark: str) -> None:
    """Most writers of JSON escape what is beyond ASCII: then a digit stands before the key."""
    row = chat("q", f"use {mark}sk-proj-abcdefghijklmnopqrstuvwx-y1z{mark}")
    line = json.dumps(row).encode()
    assert suspects(line).keys() == {0}
    assert found_in(texts_of(row)) == {("secret-in-data", "an API key")}


@pytest.mark.parametrize("hidden", ["\\u0034111 1111 1111 1111", "4111 1111\\u0020111\\u0031 1111"])
def test_a_number_is_found_where_a_part_of_it_is_escaped(hidden: str) -> None:
    """What the bytes do not say is looked for in the text."""
    line = json.dumps(chat("q", f"the card {hidden}.")).encode().replace(b"\\\\u", b"\\u")
    assert suspects(line).keys() == {0}
    assert found_in(texts_of(json.loads(line))) == {("personal-data", "a payment card number")}


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_a_date_is_no_sign(before: str) -> None:
    """Rows with dates and times are not looked at one by one."""
    line = json.dumps(chat("q", f"{before} 2024-05-11 12:30, 2024-05-12 09:15:00")).encode()
    assert not suspects(line)


@pytest.mark.parametrize("what", REAL)
def test_an_escape_beside_it_hides_nothing(what: str) -> None:
    """Signs are then looked for in the text itself, be it the first thing in it."""
    for text in (REAL[what], f"\u00e9 {REAL[what]}"):
        assert what in {found for _, found in found_in([text])}


@pytest.mark.parametrize("text", MADE_UP)
def test_what_is_made_up_is_not(text: str) -> None:
    """Placeholders, dates, order numbers and failing check digits are left alone."""
    assert found_in(texts_of(chat("q", f"see {text} please"))) == set()


def test_large_files_are_compared_in_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the number of shares and the order of parts, the same lines are found."""
    rows = [b"%d" % (n % 70) for n in range(100)]
    for at_once in (1000, 7):
        monkeypatch.setattr(examples, "AT_ONCE", at_once)
        late, found = Examples(), Examples()
        found.add_all(rows[:50], 1)
        late.add_all(rows[50:], 51)
        late.merge(found)  # the parts of a file come in any order
        found = late
        assert found.repeated() == Lines(30, [71, 72, 73, 74, 75])
        other = Examples()
        other.add_all([b"69 ", b"x", b" "], 1)
        assert found.shared(other) == Lines(1, [70])
        assert other.shared(found) == Lines(1, [1])


def test_which_lines_are_compared_follows_from_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ones, whoever reads which part and in whatever order the parts come."""
    monkeypatch.setattr(examples, "MOST", 5)
    rows = [b"%d" % (n % 3) for n in range(8)]
    late, early, alone = Examples(), Examples(), Examples()
    late.add_all(rows[4:], 5)
    early.add_all(rows[:4], 1)
    late.merge(early)
    alone.add_all(rows, 1)
    assert sorted(late.lines) == [*alone.lines] == [1, 2, 3, 4, 5]
    assert late.repeated() == alone.repeated() == Lines(2, [4, 5])


def test_parts_add_up_to_the_file(tmp_path: Path) -> None:
    """A file read in two parts has the findings of one read in one."""
    from reconciler.datasets.block import Block
    from reconciler.datasets.verdict import problems_of

    rows = [*GOOD, {"messages": []}, GOOD[0], chat("q", "", "s"), chat("a@acme.de", "x")]
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    lines.insert(3, b"\n")
    lines.insert(62, b"{\n")
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"".join(lines))
    whole, parts = scan(path, shown="x.jsonl"), [Part(), Part()]
    for first in range(1, len(lines) + 1, 10):
        data = b"".join(lines[first - 1 : first + 9])
        parts[first // 10 % 2].read(Block(first, data))
    parts[1].merge(parts[0])
    assert problems_of(parts[1], "x.jsonl") == (whole.problems, whole.more)
    assert parts[1].format() == whole.format


def test_two_files_are_compared() -> None:
    """What is in both is counted, and another system prompt is told."""
    training, validation = Side("files.a", "a", 10, "p"), Side("files.b", "b", 9, "q")
    overlap, prompt = compared(training, validation, Lines(2, [3, 5]))
    assert overlap.what == "2 of 9 examples are in files.a, too; here the first (also line 5)"
    assert (overlap.mark or pytest.fail("no place")).line == 3
    assert (overlap.code, prompt.code) == ("train-valid-overlap", "system-mismatch")
    assert list(compared(training, training, Lines())) == []

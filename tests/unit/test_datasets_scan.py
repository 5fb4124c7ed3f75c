"""One pass over a dataset: digest, rows, format, findings."""

import hashlib
import io
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.datasets import block, report
from reconciler.datasets.dataset import Scan, shortened
from reconciler.datasets.scan import scan
from reconciler.errors import ExitCode, InvalidInput, Mark, Problem
from reconciler.rules import RULES

Row = dict[str, Any]

USER = {"role": "user", "content": "q"}
ASSISTANT = {"role": "assistant", "content": "a"}
CHAT: Row = {"messages": [USER, ASSISTANT]}
GRADED: Row = {"messages": [USER], "reference_answer": "42"}
DPO: Row = {
    "input": {"messages": [USER], "tools": [], "parallel_tool_calls": True},
    "preferred_output": [ASSISTANT],
    "non_preferred_output": [{"role": "assistant", "content": "b"}],
}
COMPLETION: Row = {"prompt": "p", "completion": "c"}

Scanned = Callable[..., Scan]


@pytest.fixture
def scanned(tmp_path: Path) -> Scanned:
    """Writes rows, lines or bytes to a file and scans it; what is told of its form."""

    def scanned(*rows: Row | str | bytes, **rest: Any) -> Scan:
        path = tmp_path / "data.jsonl"
        path.write_bytes(b"".join(encoded(row) + b"\n" for row in rows))
        found = scan(path, shown="data/x.jsonl", **rest)
        form = (problem for problem in found.problems if not RULES[problem.code].is_quality)
        return replace(found, problems=tuple(form))

    return scanned


def encoded(row: Row | str | bytes) -> bytes:
    """A line without its newline."""
    if isinstance(row, bytes):
        return row
    return (row if isinstance(row, str) else json.dumps(row)).encode()


def codes(found: Scan) -> list[str]:
    """The codes of the problems, in their order."""
    return [problem.code for problem in found.problems]


def only(found: Scan) -> Problem:
    """The single problem of a scan."""
    assert len(found.problems) == 1, found.problems
    return found.problems[0]


@pytest.mark.parametrize(
    ("row", "file_format"),
    [
        (CHAT, "chat"),
        (GRADED, "reinforcement"),
        ({"messages": [USER]}, "reinforcement"),
        ({"messages": [USER, ASSISTANT, USER]}, "reinforcement"),
        (DPO, "dpo"),
        (COMPLETION, "completion"),
    ],
)
def test_good_rows_have_a_format_and_no_problem(
    scanned: Scanned, row: Row, file_format: str
) -> None:
    """Ten good rows of a format are recognised and pass."""
    found = scanned(*[row] * 10)
    assert (found.format, found.rows, found.problems) == (file_format, 10, ())


def test_the_samples_of_the_api_pass(scanned: Scanned) -> None:
    """Weights and tool calls without content are right."""
    call = {"id": "call_1", "type": "function", "function": {"name": "w", "arguments": "{}"}}
    weighted = {
        "messages": [{"role": "system", "content": "s"}, USER, ASSISTANT | {"weight": 0}, ASSISTANT]
    }
    tools = [{"type": "function", "function": {"name": "w", "parameters": {"type": "object"}}}]
    calling = {
        "messages": [USER, {"role": "assistant", "tool_calls": [call]}],
        "parallel_tool_calls": False,
        "tools": tools,
    }
    parts = {"messages": [USER | {"content": [{"type": "text", "text": "q"}]}, ASSISTANT]}
    assert scanned(*[weighted, calling, parts] * 4).problems == ()


def test_digest_and_size_are_those_of_the_bytes(scanned: Scanned, tmp_path: Path) -> None:
    """Whatever the rules say, digest and size are those that any other tool computes."""
    found = scanned(CHAT, b"\xff", "", "{")
    data = (tmp_path / "data.jsonl").read_bytes()
    assert (found.sha256, found.bytes) == (hashlib.sha256(data).hexdigest(), len(data))


def test_other_purposes_have_no_rules(scanned: Scanned) -> None:
    """For a purpose other than fine-tune only digest and size are taken."""
    found = scanned("no json", purpose="batch")
    assert found == Scan(hashlib.sha256(b"no json\n").hexdigest(), 8)


def test_a_message_without_role_is_told_as_the_api_would(scanned: Scanned) -> None:
    """The finding points to the message, quotes the API and names the cure."""
    problem = only(
        scanned(
            *[CHAT] * 16,
            '{"messages": [{"role":"user","content":"q"}, {"content":"a"}, '
            '{"role":"assistant","content":"a"}]}',
        )
    )
    assert problem == Problem(
        'message 2 has no "role"',
        "missing-role",
        Mark("data/x.jsonl", 17, 46),
        why="the API fails the job after it is queued:\n"
        "\"Example 17, message 2 Discriminator 'role' is missing in value\"",
        cure='add "role": system, developer, user, assistant or tool',
    )


DEEP = (256, 950, 990, 1000, 1023, 1024, 1100)
"""Around what our own stack, and either reader of JSON, would bear."""


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"messages": [USER, {"role": "bot", "content": "a"}, ASSISTANT]}, "unknown-role"),
        ({"messages": [USER, {"role": ["user"], "content": "a"}, ASSISTANT]}, "unknown-role"),
        ({"messages": [USER, {"role": "assistant"}]}, "missing-content"),
        ({"messages": [USER, {"role": "assistant", "content": None}]}, "missing-content"),
        ({"messages": [USER, {"role": "assistant", "content": 7}]}, "bad-content"),
        ({"messages": [USER, {"role": "assistant", "content": []}]}, "missing-content"),
        ({"messages": [USER, "a", ASSISTANT]}, "not-an-object"),
        ({"messages": []}, "missing-messages"),
        ({"messages": {}}, "missing-messages"),
        ({"messages": None}, "missing-messages"),
        ({}, "missing-messages"),
        ({"text": "q"}, "missing-messages"),
        ({"messages": [USER]}, "no-assistant"),
        (CHAT | {"weight": 1}, "extra-key"),
        ("[]", "not-an-object"),
        ('"text"', "not-an-object"),
        ("7", "not-an-object"),
        ("{", "not-json"),
        ("{} {}", "not-json"),
        ("{'a': 1}", "not-json"),
        ('{"a": "\t"}', "not-json"),
        ("\0", "not-json"),
        ("", "blank-line"),
        ("  \r", "blank-line"),
        (b'{"a": "\xff"}', "bad-utf8"),
        ('{"a": NaN}', "nan"),
        ('{"a": -Infinity}', "nan"),
        ('{"a": 1e999}', "nan"),
        ('{"a": -1.5e+9999}', "nan"),
        ('{"a": 1, "a": 2}', "duplicate-key"),
        ('{"a": {"b": 1, "b": 1}}', "duplicate-key"),
        ('{"a": "\\ud800"}', "lone-surrogate"),
        ('{"a": "\\uDFFF"}', "lone-surrogate"),
        ('{"a": ' + "[" * 100_000, "too-deep"),
        *((f'{{"prompt": {"[" * levels}{"]" * levels}}}', "too-deep") for levels in DEEP),
        (f'{{"a": 1, "a": {"[" * 300}{"]" * 300}}}', "too-deep"),
        ('{"a": ' + "9" * 5000 + "}", "number-too-long"),
        (DPO, "mixed-formats"),
        (COMPLETION, "mixed-formats"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "row",
)
def test_one_bad_row_in_a_chat_file(scanned: Scanned, row: Row | str | bytes, code: str) -> None:
    """Each mistake has a code of its own and is found on its line, the first of the file too."""
    found = scanned(*[CHAT] * 10, row, CHAT)
    problem = only(found)
    assert problem.code == code
    assert problem.mark is not None
    assert problem.mark.line == 11
    assert problem.what
    assert problem.why
    assert problem.cure
    assert found.format == "chat"
    assert codes(scanned(row, *[CHAT] * 10)) == [code]


@pytest.mark.parametrize("where", ["tools", "messages", "metadata"])
def test_an_example_may_be_nested(scanned: Scanned, where: str) -> None:
    """As deep as the bound, and with any number of brackets side by side, it is judged."""
    deep = '{"a": "+49 30 901820 33", "b": ' + "[" * 254 + "]" * 254 + "}"
    wide = f'{{"messages": [{json.dumps(USER)}], "x": {[[]] * 300}}}'
    found = scanned(*[f'{{"{where}": {deep}}}'] * 10, wide)
    assert "too-deep" not in codes(found)
    assert found.rows == 11


def test_an_escaped_backslash_is_no_surrogate(scanned: Scanned) -> None:
    """A backslash before `ud800` and a whole pair are text like any other."""
    row = '{"messages": [{"role": "assistant", "content": "\\\\ud800 \\ud83d\\ude00"}]}'
    assert scanned(*[row] * 10).problems == ()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (DPO | {"weight": 1}, "extra-key"),
        ({k: v for k, v in DPO.items() if k != "input"}, "missing-key"),
        (DPO | {"input": {}}, "missing-messages"),
        (DPO | {"input": "q"}, "missing-messages"),
        (DPO | {"input": {"messages": []}}, "missing-messages"),
        (DPO | {"preferred_output": []}, "missing-messages"),
        (DPO | {"preferred_output": [{"content": "a"}]}, "missing-role"),
    ],
)
def test_one_bad_row_in_a_preference_file(scanned: Scanned, row: Row, code: str) -> None:
    """Preference rows need an input and both outputs, each with whole messages."""
    found = scanned(*[DPO] * 10, row)
    assert (found.format, codes(found)) == ("dpo", [code])


def test_the_old_names_of_preferences_get_their_cure(scanned: Scanned) -> None:
    """`preferred_completion` is told its present name."""
    row = {"input": DPO["input"], "preferred_completion": [], "non_preferred_output": [ASSISTANT]}
    found = scanned(*[DPO] * 10, row)
    assert sorted(codes(found)) == ["extra-key", "missing-key"]
    assert 'rename it to "preferred_output"' in [problem.cure for problem in found.problems]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"prompt": "p"}, "missing-key"),
        ({"prompt": "p", "completion": 7}, "bad-content"),
        (COMPLETION | {"x": 1}, "extra-key"),
    ],
)
def test_one_bad_row_in_a_completion_file(scanned: Scanned, row: Row, code: str) -> None:
    """Completion rows have two texts and nothing else."""
    found = scanned(*[COMPLETION] * 10, row)
    assert (found.format, codes(found)) == ("completion", [code])


def test_a_reinforcement_row_ends_with_the_user(scanned: Scanned) -> None:
    """In a reinforcement file other keys are free, and the last message is the user's."""
    found = scanned(*[GRADED] * 10, {"messages": [USER, ASSISTANT], "reference_answer": "7"})
    assert (found.format, codes(found)) == ("reinforcement", ["last-not-user"])


def test_mixed_formats_are_one_finding_a_format(scanned: Scanned) -> None:
    """The rows of a minority are counted, and the first of them shown."""
    found = scanned(*[CHAT] * 5, *[DPO] * 3, COMPLETION, *[CHAT] * 5)
    assert [str(problem.mark) for problem in found.problems] == [
        "data/x.jsonl:6:1",
        "data/x.jsonl:9:1",
    ]
    assert found.problems[0].what.startswith("3 examples are in the dpo format, most of the file")


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_fewer_than_ten_examples_are_too_few(scanned: Scanned, rows: int) -> None:
    """The API's own words are quoted with the number of examples."""
    problem = only(scanned(*[CHAT] * rows))
    assert problem.code == "too-few-examples"
    quote = f"Training file has {rows} example(s), but must have at least 10 examples"
    assert quote in problem.why


def test_a_byte_order_mark_is_a_warning(scanned: Scanned) -> None:
    """The first row behind a BOM is read all the same."""
    found = scanned(b"\xef\xbb\xbf" + encoded(CHAT), *[CHAT] * 9)
    assert (only(found).code, only(found).severity, found.rows) == ("bom", "warning", 10)


def test_the_last_line_needs_no_newline(tmp_path: Path) -> None:
    """A file may end without a newline; CRLF is told once."""
    path = tmp_path / "x.jsonl"
    rows = [encoded({"messages": [USER, ASSISTANT | {"content": str(n)}]}) for n in range(10)]
    path.write_bytes(b"\n".join(rows))
    found = scan(path, shown="x")
    assert (found.rows, found.problems) == (10, ())
    path.write_bytes(b"\r\n".join(rows))
    found = scan(path, shown="x")
    assert (found.rows, only(found).code, only(found).severity) == (10, "crlf", "warning")
    assert only(found).what == "the line ends with CR and LF (also lines 2, 3, 4, 5 and 4 more)"


def test_warnings_hide_no_error(scanned: Scanned) -> None:
    """However many warnings come first, an error is among the problems that are kept."""
    found = scanned(*[{"messages": [USER, ASSISTANT | {"odd": 1}]}] * 50, "{")
    assert len(found.problems) == 51
    short = shortened(found, 40)
    assert "not-json" in codes(short)
    assert (len(short.problems), short.more) == (40, {"warning": 11})


def test_examples_are_numbered_without_blank_lines(scanned: Scanned) -> None:
    """The line is that of the file, the number in the API's words that of the example."""
    problem = scanned("", CHAT, " ", "", {"messages": [{"content": "q"}, ASSISTANT]}).problems
    found = next(each for each in problem if each.code == "missing-role")
    assert found.mark is not None
    assert found.mark.line == 5
    assert '"Example 2, message 1' in found.why


def test_forty_problems_are_shown_and_the_rest_counted(
    scanned: Scanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first forty by line, of whatever rule; a scan keeps more, and counts the rest, too."""
    rows = [CHAT, "{", {"messages": [USER]}] * 40
    found = shortened(scanned(*rows), 40)
    monkeypatch.setattr(report, "KEPT", 30)
    assert shortened(scanned(*rows), 40) == scanned(*rows)
    assert scanned(*rows).more == {"error": 50}
    assert len(found.problems) == 40
    assert found.more == {"error": 40}
    assert [p.mark.line for p in found.problems if p.mark] == [
        number for number in range(1, 61) if number % 3 != 1
    ]


def test_no_data_is_repeated(scanned: Scanned) -> None:
    """Messages hold names of keys and roles, cut and escaped, and nothing else of the data."""
    secret = "s3cr3t-content"
    name = "\x1b[31m\u202e" + "k" * 60
    found = scanned(
        *[CHAT] * 10,
        {"messages": [{"role": name, "content": secret}, ASSISTANT], name: secret},
        '{"messages": "' + secret,
        {"messages": secret},
    )
    said = repr(found.problems)
    assert secret not in said
    words = "".join(problem.what + problem.why + problem.cure for problem in found.problems)
    assert words.replace("\n", "").isprintable()
    assert "k" * 40 not in words
    assert "\\x1b[31m\\u202ekkk" in words


def test_columns_count_characters(scanned: Scanned) -> None:
    """Columns point to the key or the element, in characters, whatever the layout."""
    found = scanned(
        *[CHAT] * 10,
        '{ "ä": [1, {"ö": "]}"}] , "messages": [ {"role": "assistant", "content": "a"} ] }',
        '{"messages": [{"role": "user", "content": "ä"}, {"content": "b", "role": "b\\u00f6t"}]}',
        '{"messages": [{"role":"assistant","content": "äöü"}]]',
    )
    places = {(problem.code, str(problem.mark)) for problem in found.problems}
    assert places == {
        ("extra-key", "data/x.jsonl:11:3"),
        ("unknown-role", "data/x.jsonl:12:66"),
        ("no-assistant", "data/x.jsonl:12:2"),
        ("not-json", "data/x.jsonl:13:53"),
    }


def test_a_line_without_end_costs_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line beyond the limit is a finding, and the lines after it are read as usual."""
    monkeypatch.setattr(block, "LONGEST", 100_000)
    path = tmp_path / "x.jsonl"
    with path.open("wb") as file:
        file.write(encoded(CHAT) + b"\n")
        file.writelines([b"x" * 1_000_000] * 20)
        file.writelines([b"\n" + encoded(CHAT)] * 9)
    tracemalloc.start()
    found = scan(path, shown="x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    long = next(problem for problem in found.problems if problem.code == "line-too-long")
    assert (str(long.mark), found.rows) == ("x:2:1", 11)
    assert peak < 2_000_000


@given(data=st.lists(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), max_size=12))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_scanned(scanned: Scanned, data: list[bytes]) -> None:
    """Whatever the bytes, the scan ends with findings and never with an exception."""
    found = scanned(*data)
    assert found.bytes == sum(map(len, data)) + len(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["user", "assistant", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["messages", "role", "content", "input", "preferred_output", "prompt", "completion"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(rows=st.lists(JSON, max_size=12))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_judged(scanned: Scanned, rows: list[Any]) -> None:
    """Whatever the shape of the rows, each finding has words, a code and a place."""
    found = scanned(*[json.dumps(row) for row in rows])
    for problem in found.problems:
        assert problem.what
        assert problem.why
        assert problem.cure
        assert problem.mark is not None


def problem_of(path: Path) -> Problem:
    """Why a path cannot be scanned."""
    with pytest.raises(InvalidInput) as caught:
        scan(path, shown="data/x.jsonl")
    assert caught.value.exit_code == ExitCode.INVALID
    return caught.value.problems[0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is a problem with the name as it was given."""
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "none", tmp_path / "file/none", tmp_path / "a\0b"):
        assert problem_of(path).what == "no such dataset: data/x.jsonl"


@pytest.mark.parametrize("kind", ["folder", "fifo", "device", "socket", "loop"])
def test_only_regular_files_are_scanned(tmp_path: Path, kind: str) -> None:
    """A folder, a FIFO, a device or a link to itself is a problem at once, and nothing is read."""
    import socket

    path = tmp_path / "it"
    match kind:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "device":
            path = Path("/dev/zero")
        case "socket":
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
        case _:
            path.symlink_to(path)
    assert problem_of(path).code in ("not-a-file", "unreadable-dataset")


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing rights and a fault of the disk are problems with their cause."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"{}\n")

    def denied(*_: object) -> int:
        raise PermissionError(13, "no")

    monkeypatch.setattr(os, "open", denied)
    assert problem_of(path).why == "Permission denied"


@pytest.mark.parametrize("change", ["longer", "same size", "shorter"])
@pytest.mark.parametrize("purpose", ["fine-tune", "batch"])
def test_a_file_that_changes_under_the_scan_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, purpose: str
) -> None:
    """A write between the first and the last read is found, also one that keeps the size."""
    path = tmp_path / "x.jsonl"
    path.write_bytes((encoded(CHAT) + b"\n") * 10_000)
    os.utime(path, (1, 1))
    read = io.FileIO.readinto
    reads: list[int] = []

    class Changing(io.FileIO):
        def readinto(self, buffer: Any) -> int | None:
            if not reads:
                with path.open("r+b") as file:
                    if change == "shorter":
                        file.truncate(300_000)
                    else:
                        file.seek(0, os.SEEK_END if change == "longer" else os.SEEK_SET)
                        file.write(b" ")
            reads.append(1)
            return read(self, buffer)

    from reconciler.sources import local

    monkeypatch.setattr(local, "open", lambda fd, *_, **__: Changing(fd), raising=False)
    with pytest.raises(InvalidInput) as caught:
        scan(path, shown="data/x.jsonl", purpose=purpose)
    assert caught.value.problems[0].code == "changed-while-read"
    assert reads

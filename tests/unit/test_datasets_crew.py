"""A large file is read by several processes, with the result of one."""

import json
import os
import subprocess
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, NoReturn

import pytest
from msgspec.structs import replace

from reconciler.datasets import block, crew
from reconciler.datasets import scan as scanning
from reconciler.datasets.block import Block
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.digest import HashingReader
from reconciler.datasets.part import Part
from reconciler.datasets.scan import scan_dataset
from reconciler.errors import InvalidInput
from reconciler.sources import LocalFile


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """A file that is taken for a large one, of many blocks, with a finding of every sort."""
    monkeypatch.setattr(scanning, "LARGE", 1)
    monkeypatch.setattr(block, "SIZE", 2_000)
    rows = [
        {"messages": [{"role": "user", "content": f"q {n}"}, {"role": "assistant", "content": "a"}]}
        for n in range(300)
    ]
    lines = [json.dumps(row) for row in rows]
    lines[50:50] = ["", "{", '{"messages": [{"content": "q"}]}', lines[3], '{"prompt": "p"}']
    lines[250] = lines[250].replace('"a"', '"ann@acme-shop.de"')
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return Dataset(LocalFile(str(path)), "x.jsonl", is_compared=True)


def without_order(found: Scan) -> Scan:
    """The scan with its examples in the order of their lines."""
    assert found.examples is not None
    pairs = sorted(zip(found.examples.lines, found.examples.digests, strict=True))
    return replace(found, examples=None, keys={"pairs": hash(tuple(pairs))} | dict(found.keys))


@pytest.mark.parametrize("is_sent", [False, True])
def test_several_processes_find_what_one_does(
    large: Dataset, monkeypatch: pytest.MonkeyPatch, *, is_sent: bool
) -> None:
    """Digest, rows, findings with their lines and example numbers, tokens, repeated examples.

    Whether the workers read the file themselves, or are sent what comes from afar.
    """
    if is_sent:
        monkeypatch.setattr(HashingReader, "descriptor", None)
    alone, shared = scan_dataset(large, 1), scan_dataset(large, 2)
    assert without_order(shared) == without_order(alone)
    assert {"not-json", "missing-role", "duplicate-rows", "mixed-formats"} <= {
        problem.code for problem in alone.problems
    }


def test_a_line_that_is_too_long_moves_no_other(
    large: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks behind it are read from where they are, by whoever reads them."""
    monkeypatch.setattr(block, "LONGEST", 5_000)
    path = tmp_path / "x.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    for place in (0, 100, 101, len(lines)):
        lines.insert(place, f'{{"prompt": "{"p" * 17_000}"}}\n')
    path.write_text("".join(lines))
    alone = scan_dataset(large, 1)
    assert [problem.code for problem in alone.problems].count("line-too-long") == 4
    assert without_order(scan_dataset(large, 2)) == without_order(alone)


def test_the_findings_that_are_kept_are_those_of_one_process(
    large: Dataset, tmp_path: Path
) -> None:
    """Also of the row in which there are enough: by the order of the rules, not of its columns."""
    turns = [{"role": "bot", "content": "q"}, {"role": "assistant", "content": "a"}]
    rows = [{"messages": turns}, *[{"tools": "x", "messages": turns}] * 600]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    alone = scan_dataset(large, 1)
    assert alone.more["error"] > 0
    for size in (2, 3):
        shared = scan_dataset(large, size)
        assert (shared.problems, shared.more) == (alone.problems, alone.more)


def test_what_holds_for_the_file_is_told_in_one_order(large: Dataset, tmp_path: Path) -> None:
    """Whoever found it first: the byte order mark stands in the block of a worker."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") * 20)
    alone = scan_dataset(large, 1)
    assert [problem.code for problem in alone.problems][:2] == ["bom", "crlf"]
    assert scan_dataset(large, 2).problems == alone.problems


@pytest.mark.parametrize("kept", [0, 1_000, 15_000])
def test_a_file_that_is_cut_while_workers_read_it_is_told(
    large: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """A worker that finds less than there was ends nothing; the file changed."""

    def cut(reader: BufferedReader) -> Iterator[Block]:
        found = [*block.blocks(reader)]
        os.truncate(tmp_path / "x.jsonl", kept)
        yield from found

    monkeypatch.setattr(scanning, "blocks", cut)
    with pytest.raises(InvalidInput, match="changed while it was read"):
        scan_dataset(large, 2)


@pytest.mark.parametrize("size", [1 << 17, 1 << 20])
def test_large_rows_are_judged_side_by_side(
    large: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """As those with images are: the process that reads them does not judge them all, nor twice."""
    row = json.dumps({"prompt": "p" * size, "completion": "c"}) + "\n"
    (tmp_path / "x.jsonl").write_text(row * 20)
    alone = scan_dataset(large, 1)
    here: list[Block] = []
    read = Part.read

    def noted(part: Part, block: Block) -> None:
        here.append(block)
        read(part, block)

    monkeypatch.setattr(Part, "read", noted)
    assert without_order(scan_dataset(large, 2)) == without_order(alone)
    assert len(here) < 20


def test_a_lost_worker_costs_time_alone(large: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """When workers are killed, the file is read again without them."""
    popen: Any = subprocess.Popen

    def killed(*arguments: Any, **rest: Any) -> Any:
        process = popen(*arguments, **rest)
        process.kill()
        return process

    monkeypatch.setattr(subprocess, "Popen", killed)
    assert without_order(scan_dataset(large, 2)) == without_order(scan_dataset(large, 1))


def test_a_worker_that_cannot_be_started_costs_time_alone(
    large: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user who may have no more processes is not told that the file cannot be read."""

    def refused(*_: object, **_rest: object) -> NoReturn:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refused)
    assert without_order(scan_dataset(large, 2)) == without_order(scan_dataset(large, 1))


def test_a_reader_that_fails_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends the reading, the workers end with it."""
    started: list[Any] = []
    popen: Any = subprocess.Popen

    def noted(*arguments: Any, **rest: Any) -> Any:
        started.append(popen(*arguments, **rest))
        assert "OPENAI_API_KEY" not in rest["env"]
        return started[-1]

    def failing() -> Iterator[Block]:
        yield Block(1, b"{}\n")
        raise OSError(5, "no")

    monkeypatch.setenv("OPENAI_API_KEY", "not for them")
    monkeypatch.setattr(subprocess, "Popen", noted)
    with pytest.raises(OSError, match="no"):
        crew.read_by_crew(failing(), [], 3)
    assert [process.poll() is not None for process in started] == [True, True]


@pytest.mark.parametrize(("count", "most"), [(3, 3), (64, crew.MOST), (None, 1)])
def test_where_no_system_says_which_cores_are_ours(
    monkeypatch: pytest.MonkeyPatch, count: int | None, most: int
) -> None:
    """All of the machine count, as on macOS; one where that is not known either."""
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: count)
    assert crew.cores() == most

"""A large file is read by several processes, with the result of one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from msgspec.structs import replace

from reconciler.datasets import block, crew, ring
from reconciler.datasets import scan as scanning
from reconciler.datasets.block import Block
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.scan import scan_dataset
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


def test_several_processes_find_what_one_does(large: Dataset) -> None:
    """Digest, rows, findings with their lines and example numbers, tokens, repeated examples."""
    alone, shared = scan_dataset(large, 1), scan_dataset(large, 2)
    assert without_order(shared) == without_order(alone)
    assert {"not-json", "missing-role", "duplicate-rows", "mixed-formats"} <= {
        problem.code for problem in alone.problems
    }


def test_more_blocks_than_wait_at_a_time_and_one_with_a_long_line(
    large: Dataset, tmp_path: Path
) -> None:
    """A block that has no room in the shared memory is judged all the same, and once."""
    path = tmp_path / "x.jsonl"
    rows = path.read_text().splitlines()
    rows[100:100] = [json.dumps({"prompt": "p" * ring.ROOM, "completion": "c"})]
    path.write_text("\n".join(rows * 5))
    alone, shared = scan_dataset(large, 1), scan_dataset(large, 2)
    assert without_order(shared) == without_order(alone)
    assert alone.rows == 5 * 305


def test_shared_memory_where_the_system_has_none_without_a_file(
    large: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS it is a file that nobody else can open."""
    monkeypatch.delattr("os.memfd_create", raising=False)
    assert without_order(scan_dataset(large, 2)) == without_order(scan_dataset(large, 1))


def test_memory_that_cannot_be_had_costs_time_alone(
    large: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of that which is shared: the file can be read without."""

    def full(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(crew, "open_memory", full)
    assert without_order(scan_dataset(large, 2)) == without_order(scan_dataset(large, 1))


def test_memory_is_there_before_it_is_used() -> None:
    """Where the disk is full, it is an error that can be told, and no signal."""
    with ring.open_memory() as memory:
        status = os.fstat(memory.fileno())
    assert status.st_size == ring.PLACES * ring.ROOM
    assert status.st_blocks * 512 >= status.st_size


def test_a_lost_worker_costs_time_alone(large: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """When workers are killed, the file is read again without them."""
    popen: Any = subprocess.Popen

    def killed(*arguments: Any, **rest: Any) -> Any:
        process = popen(*arguments, **rest)
        process.kill()
        return process

    monkeypatch.setattr(subprocess, "Popen", killed)
    assert without_order(scan_dataset(large, 2)) == without_order(scan_dataset(large, 1))


_HALF = """
import sys
source, sink = sys.stdin.buffer, sys.stdout.buffer
fresh = source.read(int.from_bytes(source.read(16)[8:], "little"))
while source.read(16):
    sink.write(b".")
    sink.flush()
sink.write(fresh[: len(fresh) // 2])
"""


def test_half_of_a_result_is_none(large: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that ends while it tells what it found costs time alone, too."""
    popen: Any = subprocess.Popen

    def half(*_: Any, **rest: Any) -> Any:
        return popen([sys.executable, "-c", _HALF], **rest)

    monkeypatch.setattr(subprocess, "Popen", half)
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

"""Real processes on one state: contention, kills, what the next one finds."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.backends import Holder, open_backend
from reconciler.errors import Locked

MINE = Holder("99aa00", "ann", "here", 1, "2026-11-23T14:02:07Z", "apply")

HOLD = """
import os, sys
from pathlib import Path
from reconciler.backends import Holder, open_backend
backend = open_backend("state/x.json", Path(sys.argv[1]))
holder = Holder("7c1e04", "ci", "there", os.getpid(), "2026-11-23T14:02:07Z", "apply")
with backend.lock(holder, timeout=20):
    print("held", flush=True)
    sys.stdin.read()
"""

WRITE = """
import os, sys
from pathlib import Path
from reconciler.backends import Holder, open_backend
backend = open_backend("state/x.json", Path(sys.argv[1]))
holder = Holder("7c1e04", "ci", "there", os.getpid(), "2026-11-23T14:02:07Z", "apply")
with backend.lock(holder, timeout=20):
    stored = backend.load()
    serial, count = map(int, (stored.document or b"0 0").split())
    count += len([line for line in stored.journal if line.startswith(b"%d " % serial)])
    while count < int(sys.argv[2]):
        if count % 5 == 4:
            serial += 1
            backend.checkpoint(b"%d %d" % (serial, count), serial)
        backend.append(b"%d line" % serial)
        count += 1
        print(count, flush=True)
"""


@contextmanager
def process(code: str, *args: object) -> Iterator["subprocess.Popen[str]"]:
    """A child that runs the code; killed at the end if it still lives."""
    child = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


def line(child: "subprocess.Popen[str]") -> str:
    """The next line that the child prints."""
    assert child.stdout is not None
    return child.stdout.readline().strip()


def count(root: Path) -> int:
    """How many lines were ever appended, by document and journal."""
    stored = open_backend("state/x.json", root).load()
    serial, found = map(int, (stored.document or b"0 0").split())
    return found + len([row for row in stored.journal if row.startswith(b"%d " % serial)])


def test_the_loser_is_told_within_two_seconds(tmp_path: Path) -> None:
    """While another process holds the lock, an attempt fails soon and names that process."""
    with process(HOLD, tmp_path) as child:
        assert line(child) == "held"
        backend = open_backend("state/x.json", tmp_path)
        start = time.monotonic()
        with pytest.raises(Locked, match="locked by another apply") as caught, backend.lock(MINE):
            pass
        assert time.monotonic() - start < 2
        assert re.match(rf"ci@there, pid {child.pid}, since ", caught.value.why)
        holder = backend.holder()
        assert holder is not None
        assert holder.pid == child.pid


def test_a_killed_holder_frees_the_lock_at_once(tmp_path: Path) -> None:
    """After SIGKILL nobody holds the lock, although the name still stands in the file."""
    with process(HOLD, tmp_path) as child:
        assert line(child) == "held"
        child.send_signal(signal.SIGKILL)
        child.wait()
        backend = open_backend("state/x.json", tmp_path)
        assert (tmp_path / "state/x.lock").read_bytes()
        assert backend.holder() is None
        start = time.monotonic()
        with backend.lock(MINE):
            assert time.monotonic() - start < 0.2


def test_a_child_of_the_holder_does_not_keep_the_lock(tmp_path: Path) -> None:
    """A program started by the holder inherits no lock, so it cannot outlive its holder with it."""
    backend = open_backend("state/x.json", tmp_path)
    with backend.lock(MINE):
        sleeper = subprocess.Popen(["sleep", "30"], close_fds=False)
    try:
        with open_backend("state/x.json", tmp_path).lock(MINE):
            pass
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_waiter_gets_the_lock_when_the_holder_ends(tmp_path: Path) -> None:
    """With a timeout, the lock is taken as soon as the other process lets go."""
    with process(HOLD, tmp_path) as child:
        assert line(child) == "held"
        backend = open_backend("state/x.json", tmp_path)
        tries = []

        def pause(seconds: float) -> None:
            tries.append(seconds)
            if len(tries) == 1:
                child.communicate("")
            time.sleep(seconds)

        with backend.lock(MINE, timeout=20, pause=pause):
            assert backend.holder() == MINE
        assert tries


def test_writers_take_turns(tmp_path: Path) -> None:
    """Processes that append and checkpoint on one state lose nothing of each other."""
    with process(WRITE, tmp_path, 12) as one, process(WRITE, tmp_path, 12) as two:
        assert one.wait(30) == 0
        assert two.wait(30) == 0
    assert count(tmp_path) == 12


@pytest.mark.parametrize("kills", [12])
def test_a_killed_writer_loses_nothing_it_was_promised(tmp_path: Path, kills: int) -> None:
    """SIGKILL at any time leaves every line that was acknowledged, and at most one more."""
    known = 0
    for kill in range(kills):
        with process(WRITE, tmp_path, 1_000_000) as child:
            for _ in range(3 + kill):
                known = int(line(child))
            os.kill(child.pid, signal.SIGKILL)
            assert child.stdout is not None
            rest = child.stdout.read().split()  # what is buffered here included
            known = int(rest[-1]) if rest else known
        assert count(tmp_path) in (known, known + 1)


def test_a_reader_beside_a_writer_never_sees_less(tmp_path: Path) -> None:
    """Without the lock, what is loaded while another process writes only ever grows."""
    with process(WRITE, tmp_path, 200) as child:
        assert child.stdout is not None
        told, seen = zip(*((int(each), count(tmp_path)) for each in child.stdout), strict=True)
    assert list(seen) == sorted(seen)
    assert all(was <= now for was, now in zip(told, seen, strict=True))
    assert count(tmp_path) == 200

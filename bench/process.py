"""Processes, measured from outside: wall time, peak memory, exit code."""

import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
WATCHED = Path(__file__).parent / "programs" / "watched.py"
READY_WITHIN = 60.0
"""Seconds that a server may take to listen."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run; Python's own where none is named.

    Attributes:
        says_seconds: the last line of its output is the time to count, in seconds: what stands
            around it (imports, making the input) is not what is compared.
    """

    arguments: Sequence[str]
    folder: Path = ROOT
    environ: Mapping[str, str] | None = None
    program: str = sys.executable
    says_seconds: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds, peak resident MB, exit code, and what it wrote."""

    seconds: float
    megabytes: float
    code: int
    output: str = ""
    error: str = ""


class Missing(Exception):
    """A yardstick that this machine does not have."""


def found(program: str) -> str:
    """Where a program is; raises `Missing`."""
    path = shutil.which(program)
    if path is None:
        raise Missing(f"no {program} here")
    return path


def run(command: Command) -> Sample:
    """Run a command to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        seconds, kilobytes, status = _watched(command, out, err)
        output, error = (_text(stream) for stream in (out, err))
    code = os.waitstatus_to_exitcode(int(status))
    if command.says_seconds and code == 0:
        seconds = float(output.split()[-1])
    return Sample(seconds, kilobytes / 1024, code, output, error)


def _watched(command: Command, out: IO[bytes], err: IO[bytes]) -> tuple[float, ...]:
    """Seconds, peak kilobytes and status of a command, by a small process that starts it."""
    told, tells = os.pipe()
    with os.fdopen(told, encoding="ascii") as answer:
        watched = (sys.executable, "-I", "-S", str(WATCHED), str(tells), command.program)
        with subprocess.Popen(
            [*watched, *command.arguments],
            cwd=command.folder,
            env=environ(command.environ),
            stdout=out,
            stderr=err,
            pass_fds=[tells],
        ):
            os.close(tells)
        return tuple(map(float, answer.read().split()))


def environ(own: Mapping[str, str] | None = None) -> dict[str, str]:
    """A small environment: nothing of the caller's, such as a key, a proxy or CI, takes part."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT), "HOME": str(ROOT / ".bench")} | dict(own or {})


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """A Python program that serves; the last word of its first line is its URL."""
    with subprocess.Popen(
        [sys.executable, "-u", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ(),
    ) as child:
        try:
            yield _first_line(child).split()[-1]
        finally:
            child.terminate()


def _first_line(child: subprocess.Popen[bytes]) -> str:
    out = child.stdout
    if out is None or not select.select([out], [], [], READY_WITHIN)[0]:
        raise RuntimeError("a server did not start")
    line = out.readline().decode()
    if not line:
        raise RuntimeError("a server ended at once")
    return line

"""`python -m tests.reliability.fuzz_worker SEED TARGET:START:STOP …`: inputs, one after the other.

A process of its own, so that limits are the system's and a crash is seen. On stdout the number of
each input before it is read, then JSON: what broke a promise, and at the end the figures.
"""

import json
import resource
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from tests.reliability.alone import alone
from tests.reliability.targets import made, survive

MOST_SECONDS = 1.0
"""Of processor time for one input."""
MOST_MEMORY = 256 << 20
"""Bytes of the whole process."""
ADDRESSES = 4 << 30
"""Bytes beyond which an allocation fails, before the machine suffers."""
HANGS = 20.0
"""Seconds of processor time after which an input is given up."""


def main() -> None:
    """Read all that was asked for."""
    seed, *parts = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    signal.signal(signal.SIGPROF, _give_up)
    with TemporaryDirectory() as folder, alone(Path(folder)):
        for part in parts:
            target, start, stop = part.split(":")
            for number in range(int(start), int(stop)):
                say(f"{target} {number}")
                say(json.dumps(tried(Path(folder), target, int(seed), number)))


def say(line: str) -> None:
    """A line that is there even if the next one never comes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tried(folder: Path, target: str, seed: int, number: int) -> dict[str, Any]:
    """What one input did."""
    kind, data = made(target, seed, number)
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, HANGS)
    is_taken, wrong = False, ""
    try:
        is_taken = survive(target, folder, kind, data)
    except Exception as error:  # noqa: BLE001  # whatever comes is the finding
        wrong = f"{type(error).__name__}: {str(error)[:300]!a} {_place(error)}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    took, memory = time.process_time() - began, peak()
    if took > MOST_SECONDS:
        wrong = wrong or f"took {took:.1f} s"
    if memory > MOST_MEMORY:
        wrong = wrong or f"{memory >> 20} MiB are used"
    return {"taken": is_taken, "seconds": took, "memory": memory, "wrong": wrong}


def peak() -> int:
    """Bytes that this process has had at most; `ru_maxrss` begins with those of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _place(error: BaseException) -> str:
    """Where it was raised, the last line of ours."""
    places, trace = [""], error.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        places += [f"at {file}:{trace.tb_lineno}"] if "/reconciler/" in file else []
        trace = trace.tb_next
    return places[-1]


def _give_up(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"it takes longer than {HANGS:.0f} s")


if __name__ == "__main__":
    main()

"""What is promised of uploads: throughput, memory whatever the size, and many small files."""

import hashlib
import math
from pathlib import Path

from bench.compare import Case
from bench.ground import Ground
from bench.process import Command, found

GIBIBYTE = 1 << 30
ONE_REQUEST = 480
"""Megabytes (of 1,048,576 bytes) that still go in one request: 512,000,000 bytes do."""

SMALL_FILES, LANES, LATENCY = 500, 8, 0.05
"""Files, how many go at once, and seconds that the endpoint takes to answer each."""


def plain(ground: Ground) -> Case:
    """An upload in one request, hashed as it is sent, against curl, which does not hash."""
    data, url = ground.dataset(ONE_REQUEST), ground.sink()
    what = f"{ONE_REQUEST} MB in one request over loopback, against curl"
    return Case("upload", what, _ours(data, url), _curl(data, url), 2.5, 64, rounds=5)


def secure(ground: Ground) -> Case:
    """One in parts over TLS, whole processes: 0.85 of curl's throughput."""
    data, pem = ground.dataset(GIBIBYTE >> 20), ground.certificate()
    url = ground.sink(pem)
    ours, curl = _ours(data, url, pem), _curl(data, url, "--cacert", str(pem))
    return Case("upload-tls", "1 GiB over TLS, against curl", ours, curl, 1 / 0.85, 64, rounds=3)


def memory(ground: Ground) -> Case:
    """Eight times the bytes need no more memory; the file is of another purpose than training."""
    url = ground.sink()
    large, small = (_ours(ground.sparse(size), url) for size in (8, 1))
    return Case("upload-memory", "8 GiB, against 1 GiB", large, small, 9.0, 64, rounds=1, apart=2.0)


def many(ground: Ground) -> Case:
    """Small files side by side, against the time that the endpoint's latency takes alone."""
    floor = math.ceil(SMALL_FILES / LANES) * LATENCY
    numbers = map(str, (ground.file("many"), SMALL_FILES, LANES, LATENCY))
    ours = Command(("-m", "bench.programs.upload_many", *numbers), says_seconds=True)
    idle = Command(("-c", f"import time; time.sleep({floor}); print({floor})"), says_seconds=True)
    what = (
        f"{SMALL_FILES} of 100 KB, {LANES} at once at {1000 * LATENCY:.0f} ms, against the latency"
    )
    return Case("upload-many", what, ours, idle, 1.2, rounds=3)


def sha256(path: Path) -> str:
    """What a plan would know of a dataset."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _ours(data: Path, url: str, pem: Path | None = None) -> Command:
    arguments = ("-m", "bench.programs.upload", str(data), url, sha256(data))
    return Command(arguments, environ={"SSL_CERT_FILE": str(pem)} if pem else None)


def _curl(data: Path, url: str, *more: str) -> Command:
    form = ("-sS", "-F", "purpose=fine-tune", "-F", f"file=@{data}", f"{url}/files")
    return Command((*more, *form), program=found("curl"))

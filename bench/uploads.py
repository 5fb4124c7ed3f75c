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

LINK = 250_000_000
"""Bytes a second of a fast runner's network: 2 Gbit/s."""
LOOPBACK = 2.9
"""What is promised without a limit: 1.8 to 2.7 were measured on two cores."""

SMALL_FILES, LANES, LATENCY = 500, 8, 0.05
"""Files, how many go at once, and seconds that the endpoint takes to answer each."""


def plain(ground: Ground) -> Case:
    """An upload in one request, hashed as it is sent, against curl, which does not hash."""
    data, url = ground.dataset(ONE_REQUEST), ground.sink()
    what = f"{ONE_REQUEST} MB in one request over loopback, against curl"
    return Case("upload", what, _ours(data, url), _curl(data, url), 2.5, 64, rounds=5)


def secure(ground: Ground) -> Case:
    """One in parts over TLS on a link, whole processes: 0.85 of curl's throughput.

    What hashing costs beside the sending is what no user of a slower link can feel.
    """
    what = f"1 GiB over TLS at {8 * LINK / 1e9:.0f} Gbit/s, against curl"
    return _over_tls(ground, "upload-tls", what, LINK, 1 / 0.85)


def unlimited(ground: Ground) -> Case:
    """The same where no link is in the way: what all of it costs, of which hashing is the most.

    curl hashes nothing. We hold what is sent to the SHA-256 of the plan and give the API an md5,
    which alone takes as long as curl's whole transfer: so the bar is not that of the link. It
    follows what is measured, so that a step back shows.
    """
    what = "1 GiB over TLS without a limit, against curl"
    return _over_tls(ground, "upload-tls-loopback", what, 0, LOOPBACK)


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


def _over_tls(ground: Ground, name: str, what: str, speed: int, at_most: float) -> Case:
    data, pem = ground.dataset(GIBIBYTE >> 20), ground.certificate
    url = ground.sink(pem, speed)
    ours, curl = _ours(data, url, pem), _curl(data, url, "--cacert", str(pem))
    return Case(name, what, ours, curl, at_most, 64, rounds=3)


def _ours(data: Path, url: str, pem: Path | None = None) -> Command:
    arguments = ("-m", "bench.programs.upload", str(data), url, sha256(data))
    return Command(arguments, environ={"SSL_CERT_FILE": str(pem)} if pem else None)


def _curl(data: Path, url: str, *more: str) -> Command:
    form = ("-sS", "-F", "purpose=fine-tune", "-F", f"file=@{data}", f"{url}/files")
    return Command((*more, *form), program=found("curl"))

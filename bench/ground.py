"""What cases stand on, made when the first one asks: stages, a large dataset, a server that reads.

Everything is below one folder and kept there for the next time.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from itertools import count
from pathlib import Path

from bench.build import TRUSTED_AFTER
from bench.examples import dataset, pictured
from bench.process import Command, found, run, serving
from bench.stage import Stage, staged

MEGABYTE = 1 << 20


class Ground:
    """The folder of the bench, and what runs until the bench ends."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._stages: dict[tuple[int, int], Stage] = {}
        self._sinks: dict[tuple[Path | None, int], str] = {}
        folder.mkdir(exist_ok=True)

    def stage(self, size: int, others: int = 0) -> Stage:
        """A project of so many resources in sync among so many others, and its simulator."""
        if (size, others) not in self._stages:
            stage = staged(self._folder / f"stage-{size}-{others}", size, others)
            self._stages[size, others] = self._stack.enter_context(stage)
        return self._stages[size, others]

    def sink(self, pem: Path | None = None, speed: int = 0) -> str:
        """The base URL of a server that reads uploads and keeps nothing; TLS with a certificate.

        `speed`: bytes a second that it reads at the most, over all connections; 0: no limit.
        """
        if (pem, speed) not in self._sinks:
            secure = ("--pem", str(pem)) if pem else ()
            limited = ("--speed", str(speed)) if speed else ()
            sink = serving("-m", "bench.sink", *secure, *limited)
            self._sinks[pem, speed] = self._stack.enter_context(sink)
        return self._sinks[pem, speed]

    @cached_property
    def certificate(self) -> Path:
        """A certificate for this machine with its key, which OpenSSL makes; good for a day."""
        pem = self.file("sink.pem")
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1")
        name = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
        files = ("-out", str(pem), "-keyout", str(pem))
        made = run(Command(("req", "-x509", *kind, *name, *files), program=found("openssl")))
        if made.code:
            raise RuntimeError(f"no certificate: {made.error}")
        return pem

    def sparse(self, gibibytes: int) -> Path:
        """A file of zeros that takes no room on the disk."""
        path = self.file(f"sparse-{gibibytes}.bin")
        with path.open("wb") as out:
            out.truncate(gibibytes << 30)
        return path

    def validated(self, megabytes: int) -> Command:
        """`validate` of a dataset of this size that it has read before."""
        data = self.dataset(megabytes)
        manifest = self._folder / f"validated-{megabytes}.yaml"
        manifest.write_text(f"version: 1\nproject: bench\nfiles: {{x: {{path: {data.name}}}}}\n")
        time.sleep(TRUSTED_AFTER)
        environ = {"XDG_CACHE_HOME": str(self._folder / f"validated-{megabytes}")}
        arguments = ("-m", "reconciler", "validate", "-f", manifest.name)
        command = Command(arguments, self._folder, environ)
        if (made := run(command)).code:
            raise RuntimeError(f"not valid: {made.output}{made.error}")
        return command

    def dataset(self, megabytes: int) -> Path:
        """A fit dataset of chat examples, no two alike, of this size or a little more."""
        return self._filled("distinct", megabytes, lambda n: dataset(n, padding=1_500))

    def pictures(self, megabytes: int) -> Path:
        """The same with an image in each example."""
        return self._filled("pictures", megabytes, pictured)

    def _filled(self, name: str, megabytes: int, part: Callable[[int], bytes]) -> Path:
        path = self._folder / f"{name}-{megabytes}.jsonl"
        if not path.exists():
            temporary, numbers = path.with_suffix(".part"), count()
            with temporary.open("wb") as out:
                while out.tell() < megabytes * MEGABYTE:
                    out.write(part(next(numbers)))
            temporary.rename(path)
        return path

    def manifest(self, size: int) -> Path:
        """The manifest of a stage."""
        return self.stage(size).folder / "reconciler.yaml"

    def file(self, name: str) -> Path:
        """A file to write to."""
        return self._folder / name

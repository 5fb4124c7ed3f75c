"""`python -m tests.support.witness LOG DOOR apply …`: the command, and a witness beside its state.

It runs the command line as it is; only the backend that it opens is looked at. Before the lock is
asked for, the command waits at the door: a descriptor that ends when all have come. The log has
a line of JSON for each thing that was seen.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from reconciler.backends import Backend, open_backend
from reconciler.cli.main import main
from reconciler.cli.verbs import workspace
from reconciler.errors import Locked


class Witness:
    """A backend, and what is done to it."""

    def __init__(self, backend: Backend, log: Path, door: int) -> None:
        self._backend, self._log, self._door = backend, log, door

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    @contextmanager
    def lock(self, *args: Any, **rest: Any) -> Iterator[int]:
        """How long it took to get the lock, or to be refused."""
        self._see("came")
        os.read(self._door, 1)
        began = time.monotonic()
        with ExitStack() as stack:
            try:
                epoch = stack.enter_context(self._backend.lock(*args, **rest))
            except Locked:
                self._see("refused", seconds=time.monotonic() - began)
                raise
            self._see("locked", epoch=epoch)
            yield epoch
            self._see("left")

    def checkpoint(self, document: bytes, serial: int) -> None:
        """A document that was written."""
        self._backend.checkpoint(document, serial)
        self._see("wrote", serial=serial)

    def _see(self, what: str, **more: Any) -> None:
        with self._log.open("a") as log:
            log.write(json.dumps({"what": what, **more}) + "\n")


def watched(log: Path, door: int) -> None:
    """Put the witness beside whatever backend is opened."""

    def opened(*args: Any, **rest: Any) -> Any:
        return Witness(open_backend(*args, **rest), log, door)

    vars(workspace)["open_backend"] = opened


if __name__ == "__main__":
    watched(Path(sys.argv[1]), int(sys.argv[2]))
    sys.argv[1:3] = []
    main()

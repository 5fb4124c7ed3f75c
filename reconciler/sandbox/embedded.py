"""The simulator in a thread of this process, on a free loopback port."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from reconciler.sandbox.pace import DEFAULT, Pace


class Embedded(Struct, frozen=True):
    """A simulator that runs: `base_url` ends in `/v1`."""

    base_url: str

    @property
    def control_url(self) -> str:
        """Where the control endpoints are, such as `…/ledger`."""
        return self.base_url.removesuffix("/v1") + "/sandbox"


@contextmanager
def embed(
    store: Path | None, *, pace: Pace = DEFAULT, clock: Callable[[], float] | None = None
) -> Iterator[Embedded]:
    """Serve a store (None: in memory) while the context lasts.

    Several processes may embed a server over one store at the same time. New jobs go at `pace`;
    those that are there keep theirs. `clock` returns Unix seconds; the default is the real one.

    Raises:
        OSError: the store cannot be opened, or no port is free.
        ImportError: the server's libraries are not installed.
        ValueError: the store was made by another version of the simulator.
    """
    # Imported late: what a server needs is an optional part of the installation.
    from reconciler.sandbox.server_thread import ServerThread  # noqa: PLC0415 - see above
    from reconciler.sandbox.service import service  # noqa: PLC0415 - see above

    with service(store, pace, clock, host="127.0.0.1", port=0) as opened:
        server = ServerThread(opened)
        server.start()
        try:
            yield Embedded(opened.base_url)
        finally:
            server.stop()

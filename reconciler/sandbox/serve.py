"""The simulator as a program of its own, until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

from reconciler.sandbox.faults import Fault, switched_on
from reconciler.sandbox.pace import DEFAULT, Pace


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    store: Path | None,
    pace: Pace = DEFAULT,
    faults: Iterable[Fault] = (),
    ready: Callable[[str], None],
) -> None:
    """Serve a store (None: in memory) until SIGINT or SIGTERM.

    Args:
        host: address to listen on.
        port: port to listen on; 0 is any free one.
        store: SQLite file; its folder is created.
        pace: how fast new jobs go.
        faults: faults that are on from the start until the server ends.
        ready: called once with the base URL, when connections are taken.

    Raises:
        OSError: the store or the address cannot be had.
        ImportError: the server's libraries are not installed.
        ValueError: the store was made by another version of the simulator.
    """
    # Imported late: what a server needs is an optional part of the installation.
    from reconciler.sandbox.service import Service, service  # noqa: PLC0415 - see above

    async def run(opened: Service) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await opened.run(lambda: ready(opened.base_url), stop)

    with service(store, pace, host=host, port=port) as opened, switched_on(opened.store, faults):
        asyncio.run(run(opened))

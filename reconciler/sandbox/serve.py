"""The simulator as a program of its own, until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

from reconciler.sandbox.faults import Fault, switch_on
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
        faults: faults that are on from the start; they stay in the store until cleared.
        ready: called once with the base URL, when connections are taken.

    Raises:
        OSError: the address or the store's folder cannot be had.
        ValueError: the store was made by another version of the simulator.
    """
    # Imported here so that importing this module stays cheap.
    from reconciler.sandbox.call import Api  # noqa: PLC0415 - see above
    from reconciler.sandbox.gate import Gate  # noqa: PLC0415 - see above
    from reconciler.sandbox.listener import base_url, bind, listen  # noqa: PLC0415 - see above
    from reconciler.sandbox.store import Store  # noqa: PLC0415 - see above

    with Store(store) as opened, bind(host, port) as sock:
        for fault in faults:
            switch_on(opened, fault)
        url = base_url(sock)
        app = Gate(Api(opened, pace))

        async def run() -> None:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop.set)
            await listen(app, sock, lambda: ready(url), stop)

        asyncio.run(run())

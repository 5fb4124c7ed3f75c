"""A thread in which a service runs until it is told to stop."""

import asyncio
import threading

from reconciler.sandbox.service import Service


class ServerThread:
    """An event loop in a daemon thread."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._listening = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    def start(self) -> None:
        """Return once connections are taken; raise what kept the server from it."""
        self._thread.start()
        self._listening.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop the server and wait for its thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._service.run(self._listening.set, self._stop))
        except BaseException as error:  # noqa: BLE001 - it is raised again by start
            self._failure = error
        finally:
            self._listening.set()

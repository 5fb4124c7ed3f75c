"""Where downloaded bytes go, counted."""

from typing import BinaryIO

from reconciler.errors import ReconcilerError


class Tap:
    """A sink that knows how many bytes went into it."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self.size = 0

    def write(self, block: bytes) -> None:
        """Passes `block` on; raises `ReconcilerError` when this machine cannot keep it."""
        self.size += len(block)
        try:
            self._sink.write(block)
        except OSError as cause:
            # Not to be taken for a fault of the connection.
            raise ReconcilerError(
                "the downloaded bytes cannot be written", why=cause.strerror or str(cause)
            ) from cause

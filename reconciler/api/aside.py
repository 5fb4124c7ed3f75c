"""Digests that are computed beside the sending: hashing leaves the interpreter to others."""

from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _hashlib import HASH

AHEAD = 4
"""Blocks that wait to be hashed; then whoever adds one waits."""


class Aside:
    """A digest that a thread of its own computes, from the second block on.

    A file of one block needs no thread.
    """

    def __init__(self, digest: "HASH") -> None:
        self._digest = digest
        self._blocks: Queue[bytes | None] = Queue(AHEAD)
        self._thread: Thread | None = None
        self._is_begun = False

    def add(self, block: bytes) -> None:
        """The next block."""
        if not self._is_begun:
            self._is_begun = True
            self._digest.update(block)
            return
        if self._thread is None:
            self._thread = Thread(target=self._hash, daemon=True)
            self._thread.start()
        self._blocks.put(block)

    def hexdigest(self) -> str:
        """Of all blocks; none is added after."""
        self.close()
        return self._digest.hexdigest()

    def _hash(self) -> None:
        while (block := self._blocks.get()) is not None:
            self._digest.update(block)

    def close(self) -> None:
        """End the thread, once it has hashed what it was given."""
        if self._thread:
            self._blocks.put(None)
            self._thread.join()
            self._thread = None

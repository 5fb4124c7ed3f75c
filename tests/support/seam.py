"""Where a run meets the outside: each operation on its files and each phase of its HTTP calls.

A `Strike` is asked at every instant, and may let the run die or an operation fail there. Nothing
in the product knows of it: the functions of `os` and the client's sockets are stood in for.
"""

import builtins
import fcntl
import io
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from typing import Any, Literal, NoReturn, Protocol, Self
from unittest.mock import patch

from urllib3.util import connection

from tests.support.world import Crash

PATIENCE = 10.0
"""Seconds within which the server answers, or hangs up."""

SERVER = "sandbox"
"""The thread that serves in this process: what it does is not the run's."""

CHANGES = ("open", "write", "ftruncate", "fsync", "fdatasync", "rename", "replace", "link",
           "unlink", "mkdir", "close")  # fmt: skip
"""Functions of `os` that change a file, make it durable, or let go of its lock."""

READS = ("stat", "fstat", "statvfs", "pread", "listdir")
"""Functions that only look: they can fail, but to die there is to die before the next change."""

_FSTAT = os.fstat

Part = Literal["", "half", "sent"]
"""Before an operation, in the middle of it, or before an answer while the server still works."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment of a run: `write half of demo.journal`, `receive POST /v1/files`.

    Attributes:
        verb: the function of `os`, `lock`, `unlock`, or `connect`, `send`, `receive`.
        target: the file's name, or the method and path of the request.
    """

    verb: str
    target: str
    part: Part = ""

    def __str__(self) -> str:
        match self.part:
            case "half":
                return f"{self.verb} half of {self.target}"
            case "sent":
                return f"{self.verb} {self.target} before it is carried out"
            case _:
                return f"{self.verb} {self.target}"


Strike = Callable[[Instant], bool]
"""Whether the run dies at this instant; it may raise an `OSError` for the operation instead."""


@dataclass(slots=True)
class Doom:
    """Dies at the instant of a number, counted from 0; `trace` holds those that it lived through.

    Before an operation is after the one before it, so each place between two is met once.
    """

    at: int | None = None
    trace: list[Instant] = field(default_factory=list)

    def __call__(self, instant: Instant) -> bool:
        self.trace.append(instant)
        return len(self.trace) - 1 == self.at


@dataclass(slots=True)
class Failing:
    """Lets the operation of a number fail, counted from 0; `met` is how many there were."""

    at: int | None
    error: BaseException
    met: int = 0
    failed: Instant | None = None

    def __call__(self, instant: Instant) -> bool:
        if instant.part:
            return False
        here, self.met = self.met, self.met + 1
        if here == self.at:
            self.failed = instant
            raise self.error
        return False


def crash() -> NoReturn:
    """Die within this process."""
    raise Crash


class Gate(Protocol):
    """A server that carries no change out before it is told to; a request is known by its port."""

    def permit(self, port: int) -> None:
        """Carry out the request that comes, or came, from this port."""
        ...

    def keep(self, port: int) -> None:
        """Return when the whole request has come; it is carried out later."""
        ...


class Seam:
    """What stands between one run and the outside.

    Attributes:
        root: only files below this folder are looked at.
        reads: whether operations that only read are instants as well.
        gate: of the server; with it a run can also die before its request is carried out.
        die: how a run dies; by default with `Crash`, after which this process goes on.
        is_dead: the run has died: nothing that it still tries has any effect.
    """

    def __init__(
        self,
        root: Path,
        strike: Strike,
        *,
        reads: bool = False,
        gate: Gate | None = None,
        die: Callable[[], NoReturn] = crash,
    ) -> None:
        self.root, self.reads, self.gate, self.die = os.path.realpath(root), reads, gate, die
        self.is_dead = False
        self._strike = strike
        self._turn = threading.RLock()
        self._files: dict[int, tuple[str, os.stat_result]] = {}
        self._sockets: list[FrailSocket] = []

    @contextmanager
    def between(self) -> Iterator[Self]:
        """Stand between while the context lasts; what a dead run left open is closed."""
        with ExitStack() as stack:
            stack.callback(self._bury)
            for name in CHANGES + (READS if self.reads else ()):
                stand_in = self._stand_in(name, getattr(os, name))
                stack.enter_context(patch.object(os, name, stand_in))
            if self.reads:
                for module in (builtins, io):
                    stack.enter_context(patch.object(module, "open", self._reading(io.open)))
            stack.enter_context(patch.object(fcntl, "flock", self._locking(fcntl.flock)))
            connecting = self._connecting(connection.create_connection)
            stack.enter_context(patch.object(connection, "create_connection", connecting))
            yield self

    def meets(self, instant: Instant) -> None:
        """The run comes to this instant: it goes on, fails, or dies."""
        if self.dies(instant):
            self.die()

    def dies(self, instant: Instant) -> bool:
        """Whether this is where it dies, or it is dead; the caller has something to do first."""
        with self._turn:
            if self.is_dead:
                raise Crash
            self.is_dead = self._strike(instant)
            return self.is_dead

    def _bury(self) -> None:
        """What the kernel does when a process is gone: its files close, and so its locks."""
        for fd in [fd for fd in list(self._files) if self._file(fd)]:
            os.close(fd)
        for sock in self._sockets:
            sock.bury()

    def _stand_in(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def stand_in(*args: Any, **rest: Any) -> Any:
            file = self._file(args[0])
            if not file:
                return call(*args, **rest)
            if name == "close":
                return self._close(file, call, args[0])
            if name == "open":
                return self._open(file, call, *args, **rest)
            self.meets(Instant(name, file))
            if name == "write" and self.dies(Instant("write", file, "half")):
                call(args[0], bytes(args[1])[: len(args[1]) // 2])
                self.die()
            return call(*args, **rest)

        return stand_in

    def _file(self, named: Any) -> str:
        """The name of the file that a path or a descriptor leads to; empty for a file elsewhere."""
        if threading.current_thread().name == SERVER:
            return ""
        if isinstance(named, int):
            return self._opened_as(named)
        path = os.path.abspath(named)  # noqa: PTH100  # a link is not followed
        inside = path.startswith(f"{self.root}{os.sep}")
        name = path.rpartition(os.sep)[2] if inside else ""
        return name.partition("-")[0] if ".tmp-" in name else name  # the rest of it is chance

    def _opened_as(self, fd: int) -> str:
        """A number is used again once its file is closed, and not all is closed by `os.close`."""
        if fd not in self._files:
            return ""
        file, was = self._files[fd]
        with suppress(OSError):
            if os.path.samestat(was, _FSTAT(fd)):
                return file
        del self._files[fd]
        return ""

    def _open(
        self, file: str, call: Callable[..., int], path: Any, flags: int, *rest: Any, **more: Any
    ) -> int:
        if flags & os.O_CREAT or self.reads:
            self.meets(Instant("open", file))
        fd = call(path, flags, *rest, **more)
        self._files[fd] = file, _FSTAT(fd)
        return fd

    def _close(self, file: str, call: Callable[[int], None], fd: int) -> None:
        """Closing the lock's file lets go of it; a descriptor is gone whatever `close` says."""
        try:
            if not self.is_dead and (file.endswith(".lock") or self.reads):
                self.meets(Instant("unlock" if file.endswith(".lock") else "close", file))
        except OSError:
            self._files.pop(fd)
            call(fd)
            raise
        self._files.pop(fd)
        call(fd)

    def _locking(self, call: Callable[[int, int], None]) -> Callable[[int, int], None]:
        def flock(fd: int, operation: int) -> None:
            self.meets(Instant("lock", self._file(fd)))
            call(fd, operation)

        return flock

    def _reading(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def opened(file: Any, *args: Any, **rest: Any) -> Any:
            if not isinstance(file, int) and (name := self._file(file)):
                self.meets(Instant("open", name))
            return call(file, *args, **rest)

        return opened

    def _connecting(self, call: Callable[..., socket.socket]) -> Callable[..., socket.socket]:
        def create_connection(address: tuple[str, int], *args: Any, **rest: Any) -> socket.socket:
            self.meets(Instant("connect", "the endpoint"))
            sock = FrailSocket(self, call(address, *args, **rest))
            self._sockets.append(sock)
            return sock

        return create_connection


class FrailSocket(socket.socket):
    """The client's side of a connection, on which a run may die in each phase of a call."""

    def __init__(self, seam: Seam, made: socket.socket) -> None:
        timeout = made.gettimeout()
        super().__init__(made.family, made.type, made.proto, made.detach())
        self.settimeout(timeout)
        self._seam, self._call, self._is_answered = seam, "", True

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send a head, or a block of a body."""
        if self._is_answered:
            self._call = " ".join(bytes(data[:200]).decode("latin-1").split(" ", 2)[:2])
        self._is_answered = False
        try:
            self._seam.meets(Instant("send", self._call))
        except OSError:
            self._end()
            raise
        if self._seam.dies(Instant("send", self._call, "half")):
            super().sendall(bytes(data)[: len(data) // 2], flags)
            self._seam.die()
        super().sendall(data, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Read the first bytes of an answer, or more of them."""
        if self._is_answered:
            return super().recv_into(buffer, nbytes, flags)
        self._is_answered, seam = True, self._seam
        if seam.gate and not self._call.startswith("GET "):
            self._wait_for(seam.gate)
        if seam.dies(Instant("receive", self._call)):
            select([self], [], [], PATIENCE)  # the server has done its part
            seam.die()
        if seam.dies(Instant("receive", self._call, "half")):
            super().recv_into(memoryview(buffer)[:20], 0, flags)
            seam.die()
        return super().recv_into(buffer, nbytes, flags)

    def _wait_for(self, gate: Gate) -> None:
        """The request is out, and the server has not begun."""
        port = self.getsockname()[1]
        if self._seam.dies(Instant("receive", self._call, "sent")):
            gate.keep(port)
            self._seam.die()
        gate.permit(port)

    def _end(self) -> None:
        """What broke once is of no more use."""
        with suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)

    def bury(self) -> None:
        """Hang up, and return when the server has noticed: whatever came to it, it has begun."""
        if self.fileno() < 0:
            return
        with suppress(OSError):
            self.settimeout(PATIENCE)
            self.shutdown(socket.SHUT_WR)
            while self.recv(65536):
                pass
        self.close()

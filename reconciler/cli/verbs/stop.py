"""Signals, and a deadline as a signal that comes by itself.

While no effect can be under way, the first ends the command. Else it asks to start nothing more:
waiting ends at once, and what is on the wire gets a few seconds. The second leaves at once, and
what hangs for any other reason is left in time. All of it is safe: what an effect needs to be
found again is in the journal before it is sent.
"""

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty, SimpleQueue

from reconciler.cli.out import Out
from reconciler.errors import DeadlineReached, ExitCode
from reconciler.render.duration import spell

GRACE = 4.5
"""Seconds after the first signal in which an exchange with the endpoint may still end well."""

LEAVE = 6.0
"""Seconds after it when the process leaves, whatever it hangs on; CI kills at 7.5."""

_DEADLINE = signal.SIGALRM
_STOPPING = "finishing what is under way, starting nothing more (^C again leaves at once)"
_LEFT = "Left at once. The journal has every step; run apply to go on."
_LEFT_UNWRITTEN = (
    "Left at once. The journal could not be written; run apply: it finds what was made."
)


class Stop:
    """Whether there is a wish to stop, and a pause that such a wish ends early.

    A signal reaches the main thread only when that comes back from whatever it is blocked in, so
    a thread of its own reads them from a pipe; the main thread is merely interrupted where it may.
    """

    def __init__(self, out: Out, deadline: int | None = None) -> None:
        self._out, self._deadline = out, deadline
        self._first: int | None = None
        self._is_gentle = False
        self._hasten: Callable[[float], None] = lambda _: None
        self._is_written: Callable[[], bool] = lambda: True
        self._wake: SimpleQueue[None] = SimpleQueue()

    @property
    def is_over(self) -> bool:
        """Whether nothing more should be started."""
        return self._first is not None

    @property
    def is_asked(self) -> bool:
        """Whether that is a person's wish, or CI's."""
        return self.is_over and not self.is_late

    @property
    def is_late(self) -> bool:
        """Whether that is because of the deadline."""
        return self._first == _DEADLINE

    def pause(self, seconds: float) -> None:
        """Wait, until somebody asks to stop; any number of threads may."""
        with suppress(Empty):
            self._wake.get(timeout=max(0.0, seconds))
            self._wake.put(None)

    def hastens(self, hasten: Callable[[float], None]) -> None:
        """Name what ends everything on the wire within so many seconds."""
        self._hasten = hasten

    def vouches(self, is_written: Callable[[], bool]) -> None:
        """Name what knows whether the journal has every step."""
        self._is_written = is_written

    @contextmanager
    def gently(self) -> Iterator[None]:
        """While effects may be under way, the first signal only asks; else it interrupts."""
        self._is_gentle = True
        try:
            if self._first is not None:
                raise self._interruption(self._first)
            yield
        finally:
            self._is_gentle = False

    def interrupt(self, number: int) -> None:
        """What a signal does to the main thread."""
        if not self._is_gentle:
            raise self._interruption(number)

    def watch(self, pipe: int) -> None:
        """Do what signals ask for, each a byte in `pipe`, until that is closed."""
        number = os.read(pipe, 1)
        if not number:
            return
        self._ask(number[0])
        ready, _, _ = select.select([pipe], [], [], LEAVE)
        again = os.read(pipe, 1) if ready else number
        if again:
            self._leave(again[0])

    def lateness(self, state: str, again: str = "the same command again") -> DeadlineReached:
        """The error that tells of the deadline, how things stood then, and what goes on."""
        return DeadlineReached(
            f"deadline of {spell(self._deadline or 0)} reached {state}",
            cure=f"{again}: it goes on from here; nothing is paid twice",
        )

    def _interruption(self, number: int) -> BaseException:
        is_late = number == _DEADLINE
        return self.lateness("before anything was started") if is_late else KeyboardInterrupt()

    def _ask(self, number: int) -> None:
        self._first = number
        try:
            if self._is_gentle:  # before anybody who waits wakes up and tells how it went
                self._out.urge(f"{'deadline reached' if self.is_late else 'stopping'}: {_STOPPING}")
        finally:
            self._wake.put(None)
            self._hasten(GRACE)

    def _leave(self, number: int) -> None:
        is_late = self.is_late and number == _DEADLINE
        self._out.urge(_LEFT if self._is_written() else _LEFT_UNWRITTEN)
        self._out.show_cursor()
        os._exit(ExitCode.DEADLINE if is_late else ExitCode.INTERRUPTED)


@contextmanager
def stoppable(out: Out, deadline: int | None = None) -> Iterator[Stop]:
    """Take SIGINT, SIGTERM and the end of `deadline` seconds as a wish to stop."""
    stop = Stop(out, deadline)
    with ExitStack() as stack:
        stack.enter_context(_piped(stop))
        for number in (signal.SIGINT, signal.SIGTERM, _DEADLINE):
            earlier = signal.signal(number, lambda n, _: stop.interrupt(n))
            stack.callback(signal.signal, number, earlier)
        if deadline is not None:
            signal.setitimer(signal.ITIMER_REAL, max(deadline, 1e-6))  # 0 would mean never
            stack.callback(signal.setitimer, signal.ITIMER_REAL, 0)
        yield stop


@contextmanager
def _piped(stop: Stop) -> Iterator[None]:
    """Every signal is a byte in a pipe, from the moment it comes, and a thread reads it."""
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    thread = threading.Thread(target=stop.watch, args=(reads,), name="signals", daemon=True)
    thread.start()
    earlier = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(earlier)
        os.close(writes)
        thread.join()
        os.close(reads)

"""Each step of an apply as it is done: aligned at a terminal, dated in a pipe, JSON Lines."""

import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Self

from reconciler.cli.out import Out, now
from reconciler.core.order import Key
from reconciler.core.plan import Change
from reconciler.events import Event, Sending, Started
from reconciler.render.events_json import event_document
from reconciler.render.events_text import pace, pipe_line, terminal_line

A_MINUTE = 60.0
"""Seconds between two lines about one upload where lines stay."""


class Progress:
    """Shows events; at a terminal a line that is erased tells what is under way."""

    def __init__(self, out: Out, pad: int, *, is_simulated: bool) -> None:
        self._out, self._pad, self._is_simulated = out, pad, is_simulated
        self._began: dict[Key, tuple[Change, float]] = {}
        self._sent: dict[Key, Sending] = {}
        self._told: dict[Key, float] = {}
        self._passing: AbstractContextManager[Any] = nullcontext()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._passing.__exit__(None, None, None)

    def show(self, event: Event) -> None:
        """One event: a line when it is over, one that is erased while anything lasts."""
        self._passing.__exit__(None, None, None)
        self._passing = nullcontext()
        if self._out.is_json:
            self._out.line(event_document(event))
            return
        if isinstance(event, Started):
            self._began[event.change.key] = event.change, time.monotonic()
        elif isinstance(event, Sending):
            self._go_on(event)
        else:
            self._end(event)
        if self._began:
            self._passing = self._out.passing(self._under_way())
            self._passing.__enter__()

    def _under_way(self) -> str:
        """`files.support-train  create … and 7 more`: what began first, and how far it is."""
        change, began = next(iter(self._began.values()))
        more = f" and {len(self._began) - 1} more" if len(self._began) > 1 else ""
        sent = self._sent.get(change.key)
        how_far = f" {pace(sent, time.monotonic() - began)}" if sent else ""
        return f"{change.address!s:<{self._pad}}  {change.action.word} …{how_far}{more}"

    def _go_on(self, event: Sending) -> None:
        """Remember how far it is; in a pipe say so once a minute."""
        key, now_ = event.change.key, time.monotonic()
        self._sent[key] = event
        began = self._began[key][1]
        if not self._out.is_terminal and now_ - self._told.get(key, began) >= A_MINUTE:
            self._told[key] = now_
            self._tell(event, now_ - began)

    def _end(self, event: Event) -> None:
        _, began = self._began.pop(event.change.key, (None, time.monotonic()))
        took = time.monotonic() - began
        if self._out.is_terminal:
            self._out.say(terminal_line(event, self._pad, took))
        else:
            self._tell(event, took)

    def _tell(self, event: Event, took: float) -> None:
        """A line that stays."""
        line = pipe_line(event, self._pad, took, now(), simulated=self._is_simulated)
        self._out.say(line)

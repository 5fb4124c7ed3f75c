"""Who watches effects: the audit log and, where an operator wants them, traces."""

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler.backends.durable import explained, open_safely, write_all
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.state import State
from reconciler.events import Event
from reconciler.render.audit_json import Doer, audited, by_hand
from reconciler.text import inert_json

STDERR = Path("-")


def doer_of(workspace: Workspace, command: str, review: str = "") -> Doer:
    """On whose behalf this command acts."""
    author = workspace.author
    return Doer(
        owner=str(workspace.owner),
        endpoint=workspace.place,
        command=command,
        who=author.who,
        host=socket.gethostname(),
        commit=author.commit,
        run_url=author.run,
        review=review,
    )


@dataclass
class Witness:
    """Sees every event of an apply, in the order in which they come."""

    settings: Settings
    doer: Doer
    log: "AuditLog | None"
    state: State

    def see(self, event: Event) -> None:
        """Write it down, and time it."""
        if self.log:
            before = self.state.records.get(event.change.address)
            if line := audited(event, self.doer, before, _now()):
                self.log.write(line)
        if trace := self.settings.trace:
            trace.see(event)


class AuditLog:
    """JSON Lines, each written at once and whole; a file of its owner's, or stderr."""

    def __init__(self, settings: Settings, path: Path) -> None:
        """Opens it: what cannot be written down is not begun.

        Raises:
            ReconcilerError: the file cannot be written.
        """
        self._settings, self._path = settings, path
        self._fd: int | None = None
        if path != STDERR:
            with explained("open the audit log", str(path)):
                self._fd = open_safely(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, line: Mapping[str, Any]) -> None:
        """Add a line. A disk that fills up meanwhile stops no effect, and is told."""
        text = inert_json(json.dumps(line))
        if self._fd is None:
            self._settings.out.log_line(text)
            return
        try:
            write_all(self._fd, f"{text}\n".encode())
        except OSError as error:
            self._settings.out.say(f"warning: {self._path} cannot be written: {error.strerror}")

    def close(self) -> None:
        """Its last line is written."""
        if self._fd is not None:
            with suppress(OSError):
                os.close(self._fd)


@contextmanager
def audit_log(settings: Settings) -> Iterator[AuditLog | None]:
    """The log that is asked for, if one is."""
    path = settings.audit_log
    if path is None:
        yield None
        return
    log = AuditLog(settings, path)
    try:
        yield log
    finally:
        log.close()


@contextmanager
def noted(workspace: Workspace, command: str) -> Iterator[Callable[[str, str], None]]:
    """Takes what a command did to one object, by hand: the action and the object's id."""
    doer = doer_of(workspace, command)
    with audit_log(workspace.settings) as log:
        yield lambda action, id_: log.write(by_hand(doer, action, id_, _now())) if log else None


def phase(settings: Settings, what: str) -> AbstractContextManager[None]:
    """A wait, as a part of the trace where there is one."""
    return settings.trace.waiting(what) if settings.trace else nullcontext()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

"""A backend and an API that note in a `Trace` what one process does with them.

`recording` puts them in the way of the command, as it runs in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from unittest.mock import patch

from reconciler.api import connect
from reconciler.backends import Backend, Stored, open_backend
from reconciler.core.codec import decode, decode_journal, format_of, name_of
from reconciler.core.diff import diff
from reconciler.core.formats import FORMAT
from reconciler.core.plan import Plan
from reconciler.core.resource import Desired
from reconciler.core.state import State, replay
from reconciler.errors import NotFound, ReconcilerError, Refused, Unknown, Unreachable
from reconciler.kinds.kind import Api, Line
from tests.support.events import Body, Event, Trace, What, Writing


class RecordedBackend:
    """A backend, and what one process does with it."""

    def __init__(self, backend: Backend, trace: Trace, who: str, owner: str) -> None:
        self._backend, self._trace = backend, trace
        self._is: dict[str, Any] = {"who": who, "owner": owner}
        self._follows, self._is_held = "", False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    @contextmanager
    def lock(self, *args: Any, **rest: Any) -> Iterator[int]:
        """See `Backend.lock`. Only the end of a run that lives is seen here."""
        is_taken = False
        try:
            with self._backend.lock(*args, **rest) as epoch:
                self._trace.say(What.LOCK, **self._is)
                self._is_held = is_taken = True
                try:
                    yield epoch
                finally:
                    self._is_held = False
        except Exception:  # also one of letting go
            if is_taken:
                self._trace.say(What.UNLOCK, **self._is)
            raise
        self._trace.say(What.UNLOCK, **self._is)

    def load(self) -> Stored:
        """See `Backend.load`. Without the lock it is a look that nothing follows from."""
        stored = self._backend.load()
        self._follows = name_of(stored.document) if stored.document else ""
        if self._is_held:
            self._trace.found(self._is["owner"], stored)
            self._trace.say(What.LOAD, **self._is, state=state_in(stored))
        return stored

    def append(self, line: bytes) -> None:
        """See `Backend.append`."""
        entries = decode_journal((line,), self._follows, shown="", version=FORMAT)
        told = [Event(What.WRITE, 0, **self._is, entry=entry) for entry in entries or (None,)]
        with self._trace.written(Writing(line, (*told,)), self._backend.load):
            self._backend.append(line)

    def checkpoint(self, document: bytes, serial: int) -> None:
        """See `Backend.checkpoint`."""
        event = Event(What.CHECKPOINT, 0, **self._is, state=decode(document, shown=""))
        with self._trace.written(Writing(document, (event,)), self._backend.load):
            self._backend.checkpoint(document, serial)
        self._follows = name_of(document)


def state_in(stored: Stored) -> State:
    """What a backend holds, as a state."""
    if stored.document is None:
        return State("", "")
    name, version = name_of(stored.document), format_of(stored.document)
    entries = decode_journal(stored.journal, name, shown="", version=version)
    return replay(decode(stored.document, shown=""), entries)


class RecordedApi:
    """An API, and what one process asks of it."""

    def __init__(self, api: Api, trace: Trace, who: str, owner: str) -> None:
        self._api, self._trace = api, trace
        self._is: dict[str, Any] = {"who": who, "owner": owner}
        self._models: frozenset[str] | None = None
        self._listed: tuple[int, list[Body]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def list_models(self) -> list[Body]:
        """See `Api.list_models`. A list of jobs is one once it is known which models are there."""
        models = self._api.list_models()
        self._models = frozenset(model["id"] for model in models)
        if self._listed:
            began, jobs = self._listed
            self._listed, shown = None, tuple(map(self._met, jobs))
            self._trace.say(What.LIST, at=began, **self._is, jobs=shown)
        return models

    def walk_jobs(self) -> Iterator[list[Body]]:
        """See `Api.walk_jobs`. Only a list that was read to its end was a list."""
        began, jobs = int(self._trace.clock.now), list[Body]()
        try:
            for page in self._api.walk_jobs():
                jobs += page
                yield page
        except ReconcilerError:
            self._trace.say(What.ODD_LIST, **self._is)
            raise
        self._listed = began, jobs

    def retrieve_job(self, id_: str) -> Body:
        """See `Api.retrieve_job`."""
        job = self._api.retrieve_job(id_)
        self._met(job)
        return job

    def cancel_job(self, id_: str) -> Body:
        """See `Api.cancel_job`."""
        job = self._api.cancel_job(id_)
        if id_ not in self._trace.ended and job["status"] == "cancelled":
            self._trace.ended.add(id_)
            self._trace.say(What.CANCEL, **self._is, id=id_)
        return job

    @contextmanager
    def dial(self) -> Iterator[Line]:
        """See `Api.dial`."""
        with self._api.dial() as line:
            self._trace.say(What.DIAL, **self._is)
            yield cast("Line", RecordedLine(line, self._trace, self._is))

    def _met(self, job: Body) -> str:
        model = job.get("fine_tuned_model")
        is_gone = bool(model) and self._models is not None and model not in self._models
        return self._trace.met(job, is_usable=not is_gone)


class RecordedLine:
    """A line, and the one request on it, where that is for a job."""

    def __init__(self, line: Line, trace: Trace, is_: Mapping[str, Any]) -> None:
        self._line, self._trace, self._is = line, trace, is_

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    def create_job(self, body: Body, *, op: str, may_send: Callable[[], bool]) -> Body:
        """See `Line.create_job`."""
        about = {**self._is, "op": op}
        self._trace.marked(body)

        def asked() -> bool:
            is_in_time = may_send()
            if is_in_time:
                self._trace.say(What.SEND, **about)
            return is_in_time

        try:
            job = self._line.create_job(body, op=op, may_send=asked)
        except (Refused, NotFound):
            self._trace.say(What.REFUSED, **about)
            raise
        except Unreachable:
            self._trace.say(What.UNSENT, **about)
            raise
        except Unknown:
            self._trace.say(What.NO_ANSWER, **about)
            raise
        self._trace.met({**job, "metadata": body["metadata"]})
        self._trace.say(What.ANSWER, **about)
        return job


@contextmanager
def recording(trace: Trace, who: str, owner: str) -> Iterator[None]:
    """Note all that an apply or a destroy of this owner does, as the process `who`."""

    def opened(*args: Any, **rest: Any) -> RecordedBackend:
        return RecordedBackend(open_backend(*args, **rest), trace, who, owner)

    @contextmanager
    def connected(*args: Any, **rest: Any) -> Iterator[RecordedApi]:
        with connect(*args, **rest) as api:
            yield RecordedApi(api, trace, who, owner)

    def judged(desired: Desired, *args: Any) -> Plan:
        trace.want(owner, desired, who)
        return diff(desired, *args)

    with (
        patch("reconciler.cli.verbs.workspace.open_backend", opened),
        patch("reconciler.cli.verbs.dial.connect", connected),
        patch("reconciler.round.diff", judged),
    ):
        yield

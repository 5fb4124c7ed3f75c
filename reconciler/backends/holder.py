"""Who holds a lock, and the words for whoever has to wait."""

from datetime import UTC, datetime, timedelta
from typing import Self

from msgspec import Struct, ValidationError, convert

from reconciler.errors import Fenced, Locked, Refusal


class Holder(Struct, frozen=True, forbid_unknown_fields=True):
    """Who holds the lock of a state.

    Attributes:
        id: names this lock, for `state unlock`.
        who: the user or CI account.
        since: ISO 8601, UTC.
        operation: the command, e.g. `apply`.
        run_url: the CI run's page, or empty.
    """

    id: str
    who: str
    host: str
    pid: int
    since: str
    operation: str
    run_url: str = ""

    @classmethod
    def from_value(cls, found: object) -> Self | None:
        """The holder that this JSON value says; None when it says none."""
        try:
            return convert(found, cls)
        except ValidationError:
            return None


def locked(name: str, holder: Holder | None, operation: str, now: datetime) -> Locked:
    """The error of `operation`, which found the state `name` locked by `holder` (None: unknown)."""
    wait = f"wait for it: reconciler {operation} --lock-timeout 10m"
    if holder is None:
        return Locked(
            "the state is locked by another run",
            where=name,
            why="who holds it is not known: it has only just started, or is ending",
            cure=wait,
        )
    return Locked(
        f"the state is locked by another {holder.operation}",
        where=f"{name}, lock {holder.id}",
        why=describe(holder, now),
        cure=f"{wait}\nif that run is dead: reconciler state unlock {holder.id}",
    )


def describe(holder: Holder, now: datetime) -> str:
    """`ci@runner-12, pid 4411, since 14:02:07Z (3m 12s), https://ci.example/runs/88`."""
    parts = [f"{holder.who}@{holder.host}", f"pid {holder.pid}", _since(holder.since, now)]
    return ", ".join([*parts, holder.run_url] if holder.run_url else parts)


def _since(since: str, now: datetime) -> str:
    """The start and the age; as it stands where the clock or the text makes no sense."""
    try:
        start = datetime.fromisoformat(since).astimezone(UTC)
    except ValueError:
        return f"since {since}"
    day = "" if start.date() == now.date() else f"{start:%Y-%m-%d} "
    age = f" ({_span(now - start)})" if now >= start else ""
    return f"since {day}{start:%H:%M:%S}Z{age}"


def _span(span: timedelta) -> str:
    """The two largest units: `3m 12s`, `2h 5m`, `40s`."""
    seconds = int(span.total_seconds())
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours}h {minutes % 60}m"
    return f"{minutes}m {seconds % 60}s" if minutes else f"{seconds}s"


def fenced(what: str, where: str, why: str) -> Fenced:
    """The error of a holder whose hold is over."""
    return Fenced(
        what,
        where=where,
        why=why,
        cure="the same command again, when no other run is active: it goes on from what is there",
    )


def not_that_lock(name: str, lock_id: str, present: Holder | None, now: datetime) -> Refusal:
    """The error of a person who would break a lock that is another, or none.

    The id of the other one is not handed out: a slip of the hand, and a copied cure, would break
    a run that nobody looked at.

    Args:
        present: who holds the lock; None where nobody does, so far as the backend can know.
    """
    if present is None:
        return Refusal(
            f"there is no lock {lock_id}",
            where=name,
            why="the state is not locked",
            cure="nothing to do",
        )
    return Refusal(
        f"there is no lock {lock_id}",
        where=name,
        why=f"another one is there: {present.operation} by {describe(present, now)}",
        cure="look whether that run is dead; reconciler status names its lock; nothing was changed",
    )

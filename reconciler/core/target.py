"""The model that an alias should point at: what a pin says, or what its runs have given."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.core.address import Address
from reconciler.core.alias import Alias, is_writable
from reconciler.core.attempts import attempts
from reconciler.core.plan import Change, Detail, Finding, Severity
from reconciler.core.resource import MODEL, NOTHING, Observed, Phase, Resource
from reconciler.core.view import View

JOB, PIN = "job", "pin"
"""Members of an alias's spec: what it points at."""

Coming = Mapping[Address, Change]
"""Address → what this plan does about its run."""


class Target(NamedTuple):
    """The model that an alias should point at, and why."""

    alias: Alias
    reason: str
    details: tuple[Detail, ...] = ()


class Awaited(NamedTuple):
    """Why there is no such model yet.

    Attributes:
        comes: it may be there by itself one day.
        is_over: its run has ended, and will never give one.
        stands: how its run stands, in a word.
    """

    why: str
    comes: bool = False
    is_over: bool = False
    stands: str = "not known"


class Trained(NamedTuple):
    """A run that has succeeded: the alias that it would make, that it has, and its figures."""

    alias: Alias
    why: str
    facts: Mapping[str, Any] = NOTHING


def pinned(view: View, resource: Resource, model: str) -> Target | Finding:
    """What a person chose, if it is there."""
    if view.live.models is None or model in view.live.models:
        return Target(Alias(model, pinned=True), "pinned by the manifest")
    return Finding(
        Severity.FAILED,
        resource.address,
        f"{resource.address} {stays(view, resource.address)}: its pin is not there",
        where=f"{resource.address}, {PIN}",
        why=f"{model} is not in the list of models",
        cure=f"reconciler models lists them; reconciler rollback {resource.address} pins one",
    )


def trained(view: View, job: Address, change: Change | None) -> Trained | Awaited:
    """What the run that stands for a job has given.

    Args:
        change: what this plan does about it.
    """
    match, wanted = view.matches.chosen.get(job), view.desired.resources[job]
    if match and match.seen.phase is Phase.READY:
        model = str(match.seen.facts.get(MODEL, ""))
        why, facts = f"{job} has succeeded: {match.seen.id}", known_facts(view, job, match.seen)
        made = Trained(_of(job, wanted, model), why, facts)
        return made if model else Awaited(f"{match.seen.id} tells no model")
    if match:
        return _unready(match.seen)
    if change and (change.action.makes or change.awaits):
        why, stands = (
            ("this plan makes it", "new") if change.action.makes else ("it waits", "waiting")
        )
        return Awaited(why, comes=True, stands=stands)
    is_over = _is_over(view, job)
    return _remembered(view, job) or Awaited(f"{job} has no usable model", is_over=is_over)


def known_facts(view: View, job: Address, seen: Observed) -> Mapping[str, Any]:
    """The figures of a run: those that its list tells, and those that are recorded."""
    record = view.records.get(job)
    return {**record.facts, **seen.facts} if record and record.id == seen.id else seen.facts


def _of(job: Address, wanted: Resource, model: str) -> Alias:
    return Alias(model, str(job), wanted.fingerprint)


def _unready(seen: Observed) -> Awaited:
    comes = seen.phase is Phase.IN_PROGRESS and not seen.is_paused
    return Awaited(f"{seen.id} is {seen.status}", comes, seen.phase is Phase.FAILED, seen.status)


def _remembered(view: View, job: Address) -> Trained | None:
    """The model of a finished run that the API shows no more."""
    record, wanted = view.records.get(job), view.desired.resources[job]
    is_same = record is not None and record.fingerprint == wanted.fingerprint
    if record and is_same and record.id in view.live.gone and record.phase is Phase.READY:
        model = str(record.facts.get(MODEL, ""))
        if view.live.models and model in view.live.models:
            return Trained(_of(job, wanted, model), f"{job} had succeeded", record.facts)
    return None


def _is_over(view: View, job: Address) -> bool:
    """Whether every try of it is known to have ended."""
    tries = [item.seen for item in attempts(view, view.desired.resources[job])]
    return bool(tries) and all(seen.phase.is_terminal for seen in tries)


def stays(view: View, address: Address) -> str:
    """Where an alias is, and remains for now."""
    alias = view.aliases.get(address)
    return f"stays at {alias.model}" if alias and alias.model else "points at no model yet"


def writable(address: Address, found: Target) -> Target | Finding:
    """The same, unless its name could not stand in the file of `outputs`."""
    if is_writable(found.alias.model):
        return found
    return Finding(
        Severity.REFUSED,
        address,
        f"refused: {address} is not promoted to a model with such a name",
        where=found.alias.model,
        why="it could be read as something else in a file that programs read",
        cure="letters, digits and . _ : / @ + - are taken; ask whoever runs the endpoint",
    )

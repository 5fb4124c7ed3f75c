"""What becomes of an alias: promoted to a model that is there, and never on a guess.

Its job's run stands, has succeeded and is usable, or the pin is there
    the alias points at it                            nothing
    the alias points elsewhere, or nowhere yet        PROMOTE
    what it points at is not known                    WAITING, until a person says so
The run goes on, or is made by this plan              WAITING: promoted once it has succeeded
No run of its job will succeed by itself              it stays where it is
Not declared any more                                 FORGET: the model is left alone
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Promote, due, is_writable
from reconciler.core.checks import force
from reconciler.core.diff_checks import gated
from reconciler.core.plan import Action, Change, Finding, Severity
from reconciler.core.resource import Phase, Resource
from reconciler.core.retention import retired_models
from reconciler.core.state import Move
from reconciler.core.view import Item, View

JOB, PIN = "job", "pin"
"""Members of an alias's spec: what it points at."""


class Target(NamedTuple):
    """The model that an alias should point at, and why."""

    alias: Alias
    reason: str


class Awaited(NamedTuple):
    """Why there is no such model yet; `comes` says that it may be there by itself one day."""

    why: str
    comes: bool = False


def diff_aliases(view: View, runs: Sequence[Item]) -> Iterator[Item]:
    """Everything to do, say and record about the aliases.

    Args:
        runs: what was decided about runs: some of them are still to be made.
    """
    coming = {c.address: c for c in runs if isinstance(c, Change) and c.follows is None}
    items: list[Item] = []
    for resource in view.aliased:
        items += [*_moved(view, resource), *_diff_alias(view, resource, coming)]
    yield from items
    yield from retired_models(view, items)
    for address in sorted(view.state.aliases.keys() - view.aliases.keys()):
        if address not in view.alias_moves.values():
            yield _forgotten(view.state.aliases[address], address)
    yield from _unpublished(view)


def points_right(view: View, resource: Resource) -> bool:
    """Whether an alias points at what it should, as far as that is there already."""
    alias, found = view.aliases.get(resource.address), target_of(view, resource, {})
    return isinstance(found, Target) and alias is not None and alias.model == found.alias.model


def _moved(view: View, resource: Resource) -> Iterator[Item]:
    """What the state has to learn before anything else."""
    address = resource.address
    if source := view.alias_moves.get(address):
        yield Move(source, address)
    elif address in view.aliases and address not in view.state.aliases:
        yield Promote(address, view.aliases[address])
        if view.aliases[address].model:
            yield _restored(view, address)


def _restored(view: View, address: Address) -> Finding:
    published = view.live.published
    assert published is not None  # noqa: S101  # else there was nothing to restore it from
    return Finding(
        Severity.NOTE,
        address,
        f"{address} points at {view.aliases[address].model}: {published.shown} says so",
        why="the state did not know it, and the model is live",
    )


def _diff_alias(view: View, resource: Resource, coming: Mapping[Address, Change]) -> Iterator[Item]:
    address, alias = resource.address, view.aliases.get(resource.address)
    found = target_of(view, resource, coming)
    if isinstance(found, Finding):
        yield found
    elif isinstance(found, Awaited):
        yield from _awaited(view, resource, found)
    elif alias and alias.model == found.alias.model:
        if alias._replace(history=()) != found.alias:
            yield Promote(address, found.alias)
    elif alias and not alias.model and address not in view.desired.forced:
        yield Change(Action.WAITING, address, UNKNOWN, resource=resource, id=found.alias.model)
        yield _unknown(view, address, found.alias.model)
    else:
        yield from gated(view, resource, found.alias, found.reason)


UNKNOWN = "what it points at is not known: a person has to say that it may change"


def target_of(
    view: View, resource: Resource, coming: Mapping[Address, Change]
) -> Target | Awaited | Finding:
    """The model that an alias should point at, why there is none yet, or what is wrong."""
    if model := resource.spec.get(PIN):
        return _pinned(view, resource, str(model))
    job = resource.refs[JOB]
    found = _trained(view, job, coming.get(job))
    if isinstance(found, Target) and not is_writable(found.alias.model):
        return _unwritable(resource.address, found.alias.model)
    return found


def _pinned(view: View, resource: Resource, model: str) -> Target | Finding:
    if view.live.models is None or model in view.live.models:
        return Target(Alias(model, pinned=True), "pinned by the manifest")
    return Finding(
        Severity.FAILED,
        resource.address,
        f"{resource.address} {_stays(view, resource.address)}: its pin is not there",
        where=f"{resource.address}, {PIN}",
        why=f"{model} is not in the list of models",
        cure=f"reconciler models lists them; reconciler rollback {resource.address} pins one",
    )


def _trained(view: View, job: Address, change: Change | None) -> Target | Awaited:
    """The model of the run that stands for a job."""
    match, wanted = view.matches.chosen.get(job), view.desired.resources[job]
    if match and match.seen.phase is Phase.READY:
        model = str(match.seen.facts.get("fine_tuned_model", ""))
        alias = Alias(model, str(job), wanted.fingerprint)
        why = f"{job} has succeeded: {match.seen.id}"
        return Target(alias, why) if model else Awaited(f"{match.seen.id} tells no model")
    if match and match.seen.phase is Phase.IN_PROGRESS and not match.seen.is_paused:
        return Awaited(f"{match.seen.id} is {match.seen.status}", comes=True)
    if match:
        return Awaited(f"{match.seen.id} is {match.seen.status}")
    if change and (change.action.makes or change.awaits):
        return Awaited("this plan makes it" if change.action.makes else "it waits", comes=True)
    return _remembered(view, job)


def _remembered(view: View, job: Address) -> Target | Awaited:
    """The model of a finished run that the API shows no more."""
    record, wanted = view.records.get(job), view.desired.resources[job]
    is_same = record is not None and record.fingerprint == wanted.fingerprint
    if record and is_same and record.id in view.live.gone and record.phase is Phase.READY:
        model = str(record.facts.get("fine_tuned_model", ""))
        if view.live.models and model in view.live.models:
            return Target(Alias(model, str(job), wanted.fingerprint), f"{job} had succeeded")
    return Awaited(f"{job} has no usable model")


def _awaited(view: View, resource: Resource, found: Awaited) -> Iterator[Item]:
    address = resource.address
    if found.comes:
        checked = " if checks pass," if resource.body.get("checks") else ""
        why = f"promote{checked} after {resource.refs[JOB]} has succeeded: {found.why}"
        yield Change(Action.WAITING, address, why, resource=resource, awaits=Action.PROMOTE)
    else:
        yield Finding(Severity.NOTE, address, f"{address} {_stays(view, address)}: {found.why}")


def _stays(view: View, address: Address) -> str:
    alias = view.aliases.get(address)
    return f"stays at {alias.model}" if alias and alias.model else "points at no model yet"


def _unwritable(address: Address, model: str) -> Finding:
    return Finding(
        Severity.REFUSED,
        address,
        f"refused: {address} is not promoted to a model with such a name",
        where=model,
        why="it could be read as something else in a file that programs read",
        cure="letters, digits and . _ : / @ + - are taken; ask whoever runs the endpoint",
    )


def _unknown(view: View, address: Address, model: str) -> Finding:
    published = view.live.published
    there = (published.models or {}).get(address.name) if published else None
    return Finding(
        Severity.UNSETTLED,
        address,
        f"{address} is not promoted: what it points at is not known",
        where=f"{published.shown} says {there}" if published and there else "",
        why=f"the state was lost, and {there} is not live" if there else "the state was lost",
        cure=f"reconciler models lists what is there; to point it at {model}:\n{force(address)}",
    )


def _forgotten(alias: Alias, address: Address) -> Change:
    why = f"no longer declared; {alias.model} stays" if alias.model else "no longer declared"
    return Change(Action.FORGET, address, why, id=alias.model)


def _unpublished(view: View) -> Iterator[Finding]:
    """That the file of `outputs` does not say what is in use: an apply writes it anew."""
    published = view.live.published
    if published is None or published.foreign or not view.aliases:
        return
    there, wanted = published.models, due(view.aliases, published.models or {})
    if wanted and there != wanted:
        how = "is missing" if there is None else "does not say what is in use"
        what = f"{published.shown} {how}: an apply writes it"
        yield Finding(Severity.NOTE, min(view.aliases), what)

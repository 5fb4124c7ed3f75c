"""What becomes of an alias: promoted to a model that is there, and never on a guess.

Its job's run stands, has succeeded and is usable, or the pin is there
    the alias points at it                            nothing
    the alias points elsewhere, or nowhere yet        PROMOTE
    what it points at is not known                    WAITING, until a person says so
The run goes on, or is made by this plan              WAITING: promoted once it has succeeded
No run of its job will succeed by itself              it stays where it is
Not declared any more                                 FORGET: the model is left alone
"""

from collections.abc import Iterator, Sequence

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Promote, due
from reconciler.core.checks import force
from reconciler.core.choice import Asked, chosen
from reconciler.core.diff_checks import gated
from reconciler.core.entries import Move
from reconciler.core.plan import Action, Change, Finding, Severity
from reconciler.core.resource import Resource
from reconciler.core.retention import retired_models
from reconciler.core.target import (
    JOB,
    PIN,
    Awaited,
    Coming,
    Target,
    Trained,
    pinned,
    stays,
    trained,
    writable,
)
from reconciler.core.view import Item, View


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


def _diff_alias(view: View, resource: Resource, coming: Coming) -> Iterator[Item]:
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
        yield from gated(view, resource, found)


UNKNOWN = "what it points at is not known: a person has to say that it may change"


def target_of(view: View, resource: Resource, coming: Coming) -> Target | Awaited | Finding:
    """The model that an alias should point at, why there is none yet, or what is wrong."""
    if model := resource.spec.get(PIN):
        return pinned(view, resource, str(model))
    runs = {job: trained(view, job, coming.get(job)) for job in resource.refs.values()}
    found = chosen(view, resource, runs) if any(Asked.of(resource)) else _last_of(*runs.values())
    return writable(resource.address, found) if isinstance(found, Target) else found


def _last_of(run: Trained | Awaited) -> Target | Awaited:
    """The model at the end of the one run."""
    return Target(run.alias, run.why) if isinstance(run, Trained) else run


def _awaited(view: View, resource: Resource, found: Awaited) -> Iterator[Item]:
    address = resource.address
    if found.comes:
        checked = " if checks pass," if resource.body.get("checks") else ""
        why = f"promote{_what(resource)}{checked} after {_when(resource)}: {found.why}"
        yield Change(Action.WAITING, address, why, resource=resource, awaits=Action.PROMOTE)
    else:
        yield Finding(Severity.NOTE, address, f"{address} {stays(view, address)}: {found.why}")


def _what(resource: Resource) -> str:
    """Which of several models it will be."""
    metric = Asked.of(resource).run
    return f" the lowest {metric} of {len(resource.refs)}" if metric else ""


def _when(resource: Resource) -> str:
    if JOB in resource.refs:
        return f"{resource.refs[JOB]} has succeeded"
    return "all have ended"


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
    there, declared = published.models, {resource.address.name for resource in view.aliased}
    wanted = due(view.aliases, there or {}, declared)
    if wanted and there != wanted:
        how = "is missing" if there is None else "does not say what is in use"
        what = f"{published.shown} {how}: an apply writes it"
        yield Finding(Severity.NOTE, min(view.aliases), what)

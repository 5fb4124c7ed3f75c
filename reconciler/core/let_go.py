"""Models that a person lets go: all that this owner made, or those that are named.

An alias lets its own go (`retention`); nothing else deletes a model. What another owner or an
application makes of one, nothing here can tell, and that is said. A run that was let go on purpose
(`removed: {keep: true}`, `state forget`) keeps its models.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec.structs import replace

from reconciler.core.diff_removed import ending
from reconciler.core.keepers import keep_last, keepers, training, unknown_aliases
from reconciler.core.left import left
from reconciler.core.made import Made, made_models, model_runs, run_model
from reconciler.core.plan import Action, Change, Difference, Finding, Plan, Severity, by_address
from reconciler.core.view import View
from reconciler.core.words import day, size

UNDECLARED = "no longer declared"

ON_PURPOSE = "its job was let go of on purpose"


def destroyed(view: View, plan: Plan, *, with_models: bool) -> Plan:
    """The plan of `destroy` with every model of this owner, or with what it keeps of them.

    Neither where the endpoint deletes none. What goes may well be declared, so no reason denies it.
    """
    plan = replace(plan, changes=tuple(_undenied(view, change) for change in plan.changes))
    if view.desired.are_models_final:
        return plan
    models = [made for made in made_models(view).values() if not _is_let_go(view, made)]
    names = tuple(made.model for made in models)
    if not with_models:
        return replace(plan, kept=names)
    read = training(view, ending(plan.changes)).keys() | view.desired.elsewhere
    going = [made for made in models if made.model not in read]
    staying = [(made.address, made.model) for made in models if made.model in read]
    said = (
        [left("model", staying, "needed by a running job, or by another environment")]
        if staying
        else []
    )
    names = tuple(made.model for made in going)
    changes = (_with_model(change) if change.id in names else change for change in plan.changes)
    return _without(replace(plan, changes=tuple(changes)), going, *said)


def swept(view: View, plan: Plan, names: Collection[str]) -> Plan:
    """The plan of `gc` with the models of these names; with nothing where one of them has to stay.

    A name whose model is gone already asks for nothing.
    """
    if view.desired.are_models_final or plan.of(Severity.REFUSED):
        return plan
    models = made_models(view)
    kept = _kept(view, models.values())
    named = [models[name] for name in dict.fromkeys(names) if name in models]
    stay = [_stays(made, kept[made.model]) for made in named if made.model in kept]
    if refusals := [*_unknown_use(view, named), *stay]:
        return Plan(findings=tuple(refusals))
    used = {*map(run_model, kept), *view.state.released, *names}
    idle = [made for made in models.values() if made.is_last and made.model not in used]
    return _without(plan, named, *_unused(idle))


def strange_names(view: View, names: Iterable[str]) -> list[str]:
    """Those of these names that no run of this owner gave to a model."""
    runs = model_runs(view)
    return [name for name in names if run_model(name) not in runs]


def _undenied(view: View, change: Change) -> Change:
    """The same change, without the reason that a manifest gives by what it does not declare."""
    said = change.reason.removeprefix(UNDECLARED)
    if said == change.reason:
        return change
    seen = view.live.objects.get(change.id)
    count = seen.facts.get("bytes") if seen else None
    what = f"{change.id}, {size(count)}" if isinstance(count, int) else change.id
    return replace(change, reason=said.lstrip(":; ") or what)


def _with_model(forget: Change) -> Change:
    """An alias that is given up in the plan in which its model goes."""
    return replace(forget, reason=f"{forget.id} goes, too")


def _kept(view: View, models: Iterable[Made]) -> Mapping[str, str]:
    """Model → why nobody may name it, for people."""
    let_go = (made.model for made in models if _is_let_go(view, made))
    lasting = {resource.address: keep_last(resource) for resource in view.aliased}
    return {**dict.fromkeys(let_go, ON_PURPOSE), **keepers(view, lasting)}


def _is_let_go(view: View, made: Made) -> bool:
    is_removed = view.desired.removed.get(made.marker.address) is True
    return made.run.id in view.state.kept or is_removed


def _without(plan: Plan, models: Collection[Made], *said: Finding) -> Plan:
    """The same plan, and these models go."""
    changes = by_address([*plan.changes, *map(_deleted, models)])
    findings = (*plan.findings, *_beyond_sight(models), *said)
    return replace(plan, changes=changes, findings=findings)


def _deleted(made: Made) -> Change:
    on = f" on {day(made.run.created_at)}" if made.run.created_at else ""
    why = f"{made.model}, made by {made.run.id}{on}"
    return Change(Action.DELETE, made.address, why, id=made.model, difference=Difference.ASKED)


def _beyond_sight(models: Collection[Made]) -> Iterator[Finding]:
    for first in list(models)[:1]:
        what = "whether another project or application uses these models, nothing here can tell"
        yield Finding(Severity.WARNING, first.address, what)


def _unknown_use(view: View, named: Collection[Made]) -> Iterator[Finding]:
    """While nobody knows what an alias points at, it may be any of them."""
    for address in unknown_aliases(view) if named else ():
        yield Finding(
            Severity.REFUSED,
            address,
            f"refused: what {address} points at is not known",
            why="the state was lost; it may be a model that would be deleted",
            cure="reconciler plan says how to point it at one; then reconciler gc again",
        )


def _stays(made: Made, why: str) -> Finding:
    return Finding(
        Severity.REFUSED,
        made.address,
        f"refused: {made.model} has to stay",
        where=f"gc --models {made.model}",
        why=why,
        cure=f"reconciler why {made.model} tells what it is used for",
    )


def _unused(idle: list[Made]) -> Iterator[Finding]:
    if idle:
        cure = f"by name: reconciler gc --models {idle[0].model}"
        yield left("model", [(m.address, m.model) for m in idle], "used by nothing here", cure=cure)

"""`reconciler show`: a resource three ways, desired, recorded and observed."""

from collections.abc import Mapping
from typing import Any

from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.aliases import alias_document
from reconciler.cli.verbs.glance import glance
from reconciler.cli.verbs.live import no_resource
from reconciler.cli.verbs.workspace import open_workspace
from reconciler.core.address import Address
from reconciler.core.fields import flatten
from reconciler.core.resource import Record, Resource
from reconciler.kinds import BY_NAME
from reconciler.round import Round
from reconciler.text import visible

ALIASES = "models"
WAYS = ("desired", "recorded", "observed")


def show(settings: Settings, /, address: str | None) -> int:
    """Show a resource as it is desired, recorded and observed; without ADDRESS, list them."""
    with open_workspace(settings) as workspace:
        found = glance(workspace)
        resources = workspace.desired.resources
    known = sorted({*resources, *found.state.records, *found.state.aliases})
    if address is None:
        _list(settings.out, [str(each) for each in known])
        return 0
    chosen = _chosen(address, known)
    views = three_ways(resources.get(chosen), found, chosen)
    if settings.out.is_json:
        settings.out.document({"address": str(chosen), **views})
    else:
        settings.out.keep(visible(str(chosen)), *_lines(views))
    return 0


def _list(out: Out, addresses: list[str]) -> None:
    if out.is_json:
        out.document(addresses)
    else:
        out.keep(*map(visible, addresses))


def _chosen(text: str, known: list[Address]) -> Address:
    for address in known:
        if str(address) == text:
            return address
    raise no_resource(text, map(str, known))


def three_ways(
    resource: Resource | None, found: Round, address: Address
) -> dict[str, Mapping[str, Any] | None]:
    """Flat fields by where they come from; None where a side has nothing."""
    if address.kind == ALIASES:
        return _of_alias(resource, found, address)
    record = found.state.records.get(address)
    seen = found.live.objects.get(record.id) if record else None
    observed = None
    if seen:
        resolved = BY_NAME[address.kind].resolved(seen)
        observed = {"id": seen.id, "status": seen.status, **flatten(resolved), **seen.facts}
    return {"desired": _desired(resource), "recorded": _recorded(record), "observed": observed}


def _of_alias(
    resource: Resource | None, found: Round, address: Address
) -> dict[str, Mapping[str, Any] | None]:
    """What an alias should point at, what it points at, and whether that is there."""
    alias, models = found.state.aliases.get(address), found.live.models
    is_there = alias is not None and models is not None and alias.model in models
    recorded = alias and flatten(alias_document(address, alias))
    observed = {"model": alias.model} if alias and is_there else None
    return {"desired": _desired(resource), "recorded": recorded, "observed": observed}


def _desired(resource: Resource | None) -> Mapping[str, Any] | None:
    if resource is None:
        return None
    spec = flatten(resource.spec)
    return {"fingerprint": resource.fingerprint, "generation": resource.generation, **spec}


def _recorded(record: Record | None) -> Mapping[str, Any] | None:
    if record is None:
        return None
    head = {"id": record.id, "status": record.status, "fingerprint": record.fingerprint}
    return {**head, "attempt": str(record.attempt), **flatten(record.spec), **record.facts}


def _lines(views: Mapping[str, Mapping[str, Any] | None]) -> list[str]:
    """One block a way; a side that has nothing says so."""
    pad = max((len(name) for view in views.values() for name in view or ()), default=0)
    lines: list[str] = []
    for way in WAYS:
        view = views[way]
        lines.append(f"  {way}" + ("" if view else "  nothing"))
        lines += [
            f"    {visible(name):<{pad}}  {visible(str(v))}" for name, v in (view or {}).items()
        ]
    return lines

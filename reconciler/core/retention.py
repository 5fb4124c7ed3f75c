"""Retention: which models an alias keeps, and which go once they are too far back.

Off unless `keep_last` is set. Kept is the union over all aliases: what each points at, its last
models (all of them where it sets no number), every pin, what was given up, what a declared job
stands on or begins with, and what any running job does. While nobody knows what an alias points at,
nothing goes. What goes is only ever a model that a live job of this owner made and the
endpoint lists.
"""

from collections.abc import Iterator

from reconciler.core.address import Address
from reconciler.core.alias import Alias
from reconciler.core.keepers import keep_last, keepers, models_of, unknown_aliases
from reconciler.core.left import left
from reconciler.core.made import made_models, run_model
from reconciler.core.plan import Action, Change, Finding
from reconciler.core.resource import Resource
from reconciler.core.view import Item, View
from reconciler.core.words import listed
from reconciler.errors import ApiError, ReconcilerError

FORBIDDEN = "left: the endpoint does not let this key delete models (403)"
"""Deleting is housekeeping, and often only an owner's right: no failure of an apply."""


def is_forbidden(change: Change, error: ReconcilerError) -> bool:
    """Whether a model stays because this key may not delete it."""
    is_model = change.action is Action.DELETE and change.address.kind == "models"
    return is_model and isinstance(error, ApiError) and error.status == 403  # noqa: PLR2004  # HTTP


def retired_models(view: View, items: list[Item]) -> Iterator[Change | Finding]:
    """The models that go, or will once a promotion of this plan is done; or that they cannot go.

    Args:
        items: what was decided about the aliases.
    """
    found = list(_too_far_back(view, items))
    if why := _why_left(view) if found else None:
        named = [(change.address, change.id) for change in found]
        yield left("model", named, "further back than keep_last says", why=why[0], cure=why[1])
    else:
        yield from found


def _why_left(view: View) -> tuple[str, str] | None:
    """Why no model goes at all, and what to do; None: they may."""
    if view.desired.are_models_final:
        why = "this endpoint deletes no models by its API"
        return why, "delete what is not needed in the provider's own console"
    if unknown := unknown_aliases(view):
        what = f"what {listed(unknown)} points at is not known: it may be one of them"
        return what, "reconciler plan says how to point it at one"
    return None


def _too_far_back(view: View, items: list[Item]) -> Iterator[Change]:
    changes = [item for item in items if isinstance(item, Change)]
    promoted = {c.address: c for c in changes if c.goal is Action.PROMOTE}
    lasting = {r.address: _lasting(r, is_promoted=r.address in promoted) for r in view.aliased}
    if not any(lasting.values()):
        return
    kept = {*keepers(view, lasting), *view.state.released, *(change.id for change in changes)}
    kept |= set(map(run_model, kept))  # whether what was saved on the way outlives it, nobody says
    ours = made_models(view)
    for resource in view.aliased:
        address, alias = resource.address, view.aliases.get(resource.address, Alias())
        for model in models_of(alias)[lasting[address] :][::-1]:
            if model in ours and model not in kept:
                kept.add(model)
                why = f"keep_last {keep_last(resource)}: {model}"
                yield _retired(address, model, why, is_later=address in promoted)


def _lasting(resource: Resource, *, is_promoted: bool) -> int | None:
    """How many of the models so far an alias keeps; a promotion brings one more."""
    number = keep_last(resource)
    return max(number - is_promoted, 1) if number else None


def _retired(address: Address, model: str, why: str, *, is_later: bool) -> Change:
    if is_later:
        why = f"deleted once it is promoted; {why}"
        return Change(Action.WAITING, address, why, id=model, awaits=Action.DELETE)
    return Change(Action.DELETE, address, f"no longer among the last: {why}", id=model)

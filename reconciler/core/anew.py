"""`--replace`: what stands at an address and is made anew, because a person asked for it.

It holds for what is recorded: what is only now found is adopted, and what has to be made anyway is
made once. Until an apply with the flag has ended well, what it was asked for is kept in the state
(`Renewal`): a try that is there by then is the one that was asked for, not a reason for another.
"""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.attempts import highest_try
from reconciler.core.plan import Finding, Plan, Severity
from reconciler.core.renewal import Renewal
from reconciler.core.resource import Desired, Resource
from reconciler.core.state import State
from reconciler.core.view import View

FLAG, RETRY = "--replace", "--retry"
ASKED, ASKED_AGAIN = f"asked for with {FLAG}", f"asked for with {RETRY}"


def made_anew(view: View) -> View:
    """The view in which nothing stands any more for what is to be made anew."""
    anew = frozenset(a for a in view.desired.renewed if _is_due(view, a))
    if not anew:
        return view
    chosen = dict(view.matches.chosen)
    given_up = {found.seen.id for a in anew if (found := chosen.pop(a, None))}
    matches = replace(view.matches, chosen=chosen, used=view.matches.used - given_up)
    return replace(view, anew=anew, matches=matches)


def _is_due(view: View, address: Address) -> bool:
    resource, match = view.desired.resources[address], view.matches.chosen.get(address)
    if resource.import_id or (match and not match.is_recorded):
        return False
    asked, made = _asked(view, resource), highest_try(view, resource)
    if asked is None and address not in view.records:
        return False
    if match is None and not made:
        return False  # nothing of this spec was there: it is made anyway
    return asked is None or made < asked


def _asked(view: View, resource: Resource) -> int | None:
    """The try that an apply asked for which has not ended well."""
    return view.asked.get((resource.address, resource.fingerprint, resource.generation))


def renewals(plan: Plan, desired: Desired, state: State) -> tuple[Renewal, ...]:
    """What the state has to remember while this plan is applied, sorted.

    Whatever is made at an address that was asked for counts, also where it had to be made anyway.
    """
    asked = desired.renewed | desired.retried
    found = {one.address: one for one in state.renewals if one.address in asked}
    for change in plan.changes:
        resource = change.resource or desired.resources.get(change.address)
        if change.goal.makes and resource and change.address in asked:
            found[change.address] = Renewal(change.address, resource.fingerprint, change.attempt)
    return tuple(sorted(found.values()))


def later(desired: Desired, state: State, made: Collection[Address]) -> Desired:
    """What a later round of the same apply is asked for: what waited in the first one.

    Args:
        made: where this apply made something already.
    """
    known = {renewal.address for renewal in state.renewals}
    left = frozenset(known.difference(made))
    return replace(desired, renewed=desired.renewed & left, retried=desired.retried & left)


def told(view: View) -> Iterator[Finding]:
    """What is not made anew although it was asked for, and why."""
    for address in sorted(view.desired.renewed - view.anew):
        resource, match = view.desired.resources[address], view.matches.chosen.get(address)
        if resource.import_id:
            yield _imported(resource, FLAG)
        elif match and not match.is_recorded:
            yield Finding(
                Severity.NOTE,
                address,
                f"{address} is adopted, not made anew: {FLAG} holds for what is recorded",
                cure="the same command again, once it is adopted",
            )
        elif match and _asked(view, resource):
            yield _made_already(address, match.seen.id)
    yield from _not_tried(view)


def is_tried_again(view: View, resource: Resource) -> bool:
    """Whether a person asked for one more try (`--retry`) that has not been made."""
    asked = _asked(view, resource)
    is_made = asked is not None and highest_try(view, resource) >= asked
    return resource.address in view.desired.retried and not is_made


def _not_tried(view: View) -> Iterator[Finding]:
    """What `--retry` was asked for and does nothing about: it has not failed, or was tried."""
    for address in sorted(view.desired.retried):
        resource, match = view.desired.resources[address], view.matches.chosen.get(address)
        if resource.import_id:
            yield _imported(resource, RETRY)
        elif match and not _asked(view, resource):
            what = f"{address} is not tried again: {match.seen.id} is {match.seen.status}"
            yield Finding(Severity.NOTE, address, what, why=f"{RETRY} is for a job that failed")
        elif _asked(view, resource) and not is_tried_again(view, resource):
            yield _tried_already(address)


def _imported(resource: Resource, flag: str) -> Finding:
    return Finding(
        Severity.REFUSED,
        resource.address,
        f"refused: {resource.address} is not made anew: it is imported",
        where=f"import of {resource.address}",
        why=f"the manifest binds it to {resource.import_id}",
        cure=f"take the import out: what is made then is another object; or leave it out of {flag}",
    )


def _tried_already(address: Address) -> Finding:
    return Finding(
        Severity.NOTE,
        address,
        f"{address} was tried again already, as {RETRY} asked for",
        why="until an apply with the flag has ended well, the same command goes on with it",
        cure="to try it once more: reconciler apply, then the same command",
    )


def _made_already(address: Address, id_: str) -> Finding:
    return Finding(
        Severity.NOTE,
        address,
        f"{address} was made anew already: {id_} is what {FLAG} asked for",
        why="until an apply with the flag has ended well, the same command goes on with it",
        cure="to make it anew once more: reconciler apply, then the same command",
    )

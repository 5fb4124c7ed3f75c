"""Which runs a desired one may be at a server that drops metadata, by what it is and reads."""

from collections.abc import Iterator, Mapping

from reconciler.core.address import Address
from reconciler.core.bare import is_alike
from reconciler.core.resource import Observed, Resource
from reconciler.core.view import View


def lookalikes(view: View, resource: Resource) -> list[Observed]:
    """Runs that a server without metadata shows, of this very spec and on our own files.

    What it starts from may itself be known by that alone, and tells with which model it began.
    """
    given: dict[Address, str] = {}
    alike: list[Observed] = []
    for run in reversed([*_unmatched(view, resource)] if view.bare else []):
        alike = _alike(view, run, given)
        given[run.address] = alike[0].gives if len(alike) == 1 else ""
    return alike


def _unmatched(view: View, resource: Resource) -> Iterator[Resource]:
    """It, what it starts from, what that starts from, and so on, as far as nothing stands there."""
    left: Resource | None = resource
    while left:
        yield left
        bases = (ref for ref in left.refs.values() if view.is_run(ref))
        base = next((ref for ref in bases if ref not in view.matches.chosen), None)
        left = view.desired.resources[base] if base else None


def _alike(view: View, resource: Resource, given: Mapping[Address, str]) -> list[Observed]:
    if view.first_of[resource.fingerprint] != resource.address:
        return []
    matches = ((ref, view.matches.chosen.get(ref)) for ref in resource.refs.values())
    told = (match.seen.gives if match else given.get(ref) for ref, match in matches)
    reads = [id_ for id_ in told if id_]
    resolved = view.kinds[resource.address.kind].resolved
    near = (seen for id_ in reads for seen in view.bare.get(id_, ()))
    return [
        s for s in near if view.is_free(s.id) and is_alike(resource.spec, reads, s, resolved(s))
    ]

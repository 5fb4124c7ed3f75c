"""From manifest entries and the digests of their data to desired resources; pure.

The shell gathers the contents, the kinds are handed in; every mistake is found in one run.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, Protocol

from msgspec.structs import replace

from reconciler.core.address import Address, members_of
from reconciler.core.resource import Desired, Resource
from reconciler.errors import InvalidInput, Problem
from reconciler.manifest.finding import MAX_PROBLEMS
from reconciler.manifest.model import Manifest
from reconciler.manifest.words import either, nearest

_MOST_MEMBERS = 4

Entry = tuple[Address, Any]
"""An address, and the model of what stands there."""


class Resolver(Protocol):
    """What is asked of a kind here."""

    def references(self, spec: Any) -> Mapping[str, Address]:  # noqa: ANN401  # its own model
        """API field → the resource it reads, as the manifest names it."""
        ...

    def resolve(
        self,
        address: Address,
        spec: Any,  # noqa: ANN401  # its own model
        contents: Mapping[str, Any],
        known: Mapping[Address, Resource],
    ) -> Resource:
        """The desired resource; what it refers to is already among `known`."""
        ...


def references_of(
    manifest: Manifest,
    kind: Resolver,
    spec: Any,  # noqa: ANN401  # its own model
) -> Iterable[tuple[str, Address]]:
    """Each field that names a resource, and which; an item of a list may be a whole matrix."""
    refs = kind.references(spec)
    if not refs:
        return ()
    return _spread(manifest, refs) if any("." in field for field in refs) else refs.items()


def _spread(manifest: Manifest, refs: Mapping[str, Address]) -> Iterator[tuple[str, Address]]:
    for field, ref in refs.items():
        if "." in field:
            named = (Address(ref.kind, name) for name in manifest.entries[ref.kind])
            yield from ((field, member) for member in members_of(ref, named) or [ref])
        else:
            yield field, ref


def check_references(manifest: Manifest, kinds: Mapping[str, Resolver]) -> list[Problem]:
    """Every reference of the manifest that names nothing in it, or leads back to itself."""
    named = [
        (address, field, ref)
        for address, spec in manifest.resources
        for field, ref in references_of(manifest, kinds[address.kind], spec)
    ]
    unknown = [one for one in named if one[2].name not in manifest.entries[one[2].kind]]
    if not unknown:
        return [*_circles(manifest, named)]
    return [_unknown(manifest, *one) for one in unknown[:MAX_PROBLEMS]]  # each seeks what is alike


def resolve(
    manifest: Manifest, kinds: Mapping[str, Resolver], contents: Mapping[str, Any]
) -> Desired:
    """The desired resources, in the order of the kinds: what is read before its readers.

    Args:
        contents: path as the manifest spells it → its content.

    Raises:
        InvalidInput: a reference names nothing, or leads back to itself.
    """
    imports = {Address.parse(item.to): item.id for item in manifest.imports}
    known: dict[Address, Resource] = {}
    blocked: dict[Address, list[Entry]] = defaultdict(list)
    ready = deque(manifest.resources)
    while ready:
        address, spec = ready.popleft()
        kind = kinds[address.kind]
        needed = (ref for _, ref in references_of(manifest, kind, spec) if ref not in known)
        if missing := next(needed, None):
            blocked[missing].append((address, spec))
        else:
            known[address] = kind.resolve(address, spec, contents, known)
            ready += blocked.pop(address, ())
    if blocked:
        raise InvalidInput(check_references(manifest, kinds))
    for address, id_ in imports.items():
        known[address] = replace(known[address], import_id=id_)
    return Desired(
        known,
        {Address.parse(item.to): Address.parse(item.from_) for item in manifest.moved},
        {Address.parse(item.address): item.keep for item in manifest.removed},
    )


def _circles(manifest: Manifest, named: list[tuple[Address, str, Address]]) -> Iterator[Problem]:
    """References within a kind that come back to where they began."""
    graph = {address: ref for address, _, ref in named if address.kind == ref.kind}
    try:
        TopologicalSorter({address: (ref,) for address, ref in graph.items()}).prepare()
    except CycleError as error:
        first, *circle = error.args[1]
        field = next(field for address, field, ref in named if (address, ref) == (circle[0], first))
        yield Problem(
            " needs ".join(str(address) for address in reversed((first, *circle))),
            "circular-reference",
            manifest.mark(circle[0].kind, circle[0].name, field),
            why="none of them could be made first",
            cure="let one of them start from a base model",
        )


def _unknown(manifest: Manifest, address: Address, field: str, ref: Address) -> Problem:
    guess = nearest(ref.name, manifest.entries[ref.kind])
    key, _, item = field.partition(".")
    members = [name for name in manifest.entries[ref.kind] if name.startswith(f"{ref.name}[")]
    if ref.name.startswith("file-"):
        cure = f'bind it to a name: import: [{{to: {ref.kind}.NAME, id: "{ref.name}"}}]'
    elif members and field == "job":
        cure = f"it is a matrix; candidates: {ref.name} chooses one of its models"
    elif members:
        cure = f"it is a matrix; name one of its entries: {either(members[:_MOST_MEMBERS])}"
    else:
        cure = f"did you mean {guess}?" if guess else f"declare it under {ref.kind}"
    return Problem(
        f'{address} names no entry of {ref.kind}: "{ref.name}"',
        "unknown-reference",
        manifest.mark(address.kind, address.name, key, *map(int, filter(None, [item]))),
        why=f"{key} is the name of an entry of {ref.kind} in this manifest",
        cure=cure,
    )

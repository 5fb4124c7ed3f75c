"""From manifest entries and the digests of their data to desired resources; pure.

The shell gathers the contents, the kinds are handed in; every mistake is found in one run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

from reconciler.core.address import Address
from reconciler.core.resource import Desired, Resource
from reconciler.errors import InvalidInput, Problem
from reconciler.manifest.model import Manifest
from reconciler.manifest.words import nearest


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


def check_references(manifest: Manifest, kinds: Mapping[str, Resolver]) -> list[Problem]:
    """Every reference of the manifest that names nothing in it."""
    return [
        _unknown(manifest, address, field, ref)
        for address, spec in entries(manifest)
        for field, ref in kinds[address.kind].references(spec).items()
        if ref.name not in manifest.entries[ref.kind]
    ]


def resolve(
    manifest: Manifest, kinds: Mapping[str, Resolver], contents: Mapping[str, Any]
) -> Desired:
    """The desired resources, in the order of the kinds: what is read before its readers.

    Args:
        contents: path as the manifest spells it → its content.

    Raises:
        InvalidInput: a reference names nothing.
    """
    if problems := check_references(manifest, kinds):
        raise InvalidInput(problems)
    imports = {Address.parse(item.to): item.id for item in manifest.imports}
    known: dict[Address, Resource] = {}
    for address, spec in entries(manifest):
        known[address] = kinds[address.kind].resolve(address, spec, contents, known)
    for address, id_ in imports.items():
        known[address] = replace(known[address], import_id=id_)
    return Desired(
        known,
        {Address.parse(item.to): Address.parse(item.from_) for item in manifest.moved},
        {Address.parse(item.address): item.keep for item in manifest.removed},
    )


def entries(manifest: Manifest) -> Iterator[tuple[Address, Any]]:
    """Every entry of the manifest, section by section, in the order of the manifest."""
    for section, named in manifest.entries.items():
        for name, spec in named.items():
            yield Address(section, name), spec


def _unknown(manifest: Manifest, address: Address, field: str, ref: Address) -> Problem:
    guess = nearest(ref.name, manifest.entries[ref.kind])
    if ref.name.startswith("file-"):
        cure = f'bind it to a name: import: [{{to: {ref.kind}.NAME, id: "{ref.name}"}}]'
    else:
        cure = f"did you mean {guess}?" if guess else f"declare it under {ref.kind}"
    return Problem(
        f'{address} names no entry of {ref.kind}: "{ref.name}"',
        "unknown-reference",
        manifest.mark(address.kind, address.name, field),
        why=f"{field} is the name of an entry of {ref.kind} in this manifest",
        cure=cure,
    )

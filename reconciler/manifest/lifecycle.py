"""What `moved`, `removed`, `import` and `previous_projects` say, held against what is declared."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.alias import variable_of
from reconciler.manifest.envelope import Envelope, Import, Moved, Removed
from reconciler.manifest.finding import Finding, Path
from reconciler.manifest.words import did_you_mean, either, quoted

ALIASES = "models"

Declared = Mapping[str, Collection[str]]
"""Section → the names that stand in it; every section that the manifest may have."""


def lifecycle(envelope: Envelope, declared: Declared) -> Iterator[Finding]:
    """Every statement about a resource that contradicts another, or the declared resources."""
    yield from _previous(envelope)
    yield from _moves(envelope.moved, declared)
    yield from _removals(envelope, declared)
    yield from _imports(envelope.imports, declared)
    yield from _outputs(envelope, declared)
    yield from _ignored(envelope, declared)


class _Stated(NamedTuple):
    """An address (or a name, or an id) in the manifest, and the key it stands at."""

    path: Path
    text: str

    @property
    def address(self) -> Address:
        return Address.parse(self.text)

    def finding(self, code: str, what: str, *, why: str = "", cure: str = "") -> Finding:
        return Finding(self.path, code, f"{quoted(self.text)} {what}", why, cure)

    def is_declared(self, declared: Declared) -> bool:
        section, name = self.address
        return name in declared.get(section, ())

    def undeclared(self, declared: Declared) -> Iterator[Finding]:
        """A finding if nothing is declared there."""
        section, name = self.address
        if section in declared and name not in declared[section]:
            guess = did_you_mean(name, declared[section])
            yield self.finding("undeclared", f"is not declared in {section}", cure=guess)

    def unknown_section(self, declared: Declared) -> Iterator[Finding]:
        """A finding if the address is of no section."""
        section = self.address.kind
        if section not in declared:
            cure = did_you_mean(section, declared) or f"write {either([*declared])}"
            yield self.finding("unknown-section", f"is in no section: {quoted(section)}", cure=cure)


def _twice(stated: list[_Stated], what: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for one in stated:
        if one.text in seen:
            yield one.finding("stated-twice", what, cure="keep one")
        seen.add(one.text)


def _previous(envelope: Envelope) -> Iterator[Finding]:
    names = [
        _Stated(("previous_projects", i), name) for i, name in enumerate(envelope.previous_projects)
    ]
    yield from _twice(names, "is named twice")
    for name in names:
        if name.text == envelope.project:
            yield name.finding("stated-twice", "is the project itself", cure="leave it out")


def _moves(moves: tuple[Moved, ...], declared: Declared) -> Iterator[Finding]:
    origins = [_Stated(("moved", i, "from"), move.from_) for i, move in enumerate(moves)]
    targets = [_Stated(("moved", i, "to"), move.to) for i, move in enumerate(moves)]
    yield from _twice(origins, "is moved twice")
    yield from _twice(targets, "is where two are moved to")
    moved = {origin.text for origin in origins}
    for origin, target in zip(origins, targets, strict=True):
        yield from origin.unknown_section(declared)
        yield from target.unknown_section(declared)
        if origin.is_declared(declared):
            why = "what was moved away cannot also be declared"
            yield origin.finding("moved-but-declared", "is still declared", why=why)
        if target.text in moved:
            cure = "name the last address only"
            yield target.finding("moved-chain", "is itself moved", cure=cure)
        elif origin.address.kind != target.address.kind:
            yield target.finding("moved-across", f"is not in {origin.address.kind}")
        else:
            yield from target.undeclared(declared)


def _removals(envelope: Envelope, declared: Declared) -> Iterator[Finding]:
    removals: tuple[Removed, ...] = envelope.removed
    stated = [_Stated(("removed", i, "address"), one.address) for i, one in enumerate(removals)]
    moved = {move.from_ for move in envelope.moved}
    yield from _twice(stated, "is removed twice")
    for one in stated:
        yield from one.unknown_section(declared)
        if one.is_declared(declared):
            cure = "delete the declaration, or this line"
            yield one.finding("removed-but-declared", "is still declared", cure=cure)
        if one.text in moved:
            yield one.finding("removed-and-moved", "is also moved", cure="keep one")


def _imports(imports: tuple[Import, ...], declared: Declared) -> Iterator[Finding]:
    targets = [_Stated(("import", i, "to"), one.to) for i, one in enumerate(imports)]
    yield from _twice(targets, "is imported twice")
    yield from _twice(
        [_Stated(("import", i, "id"), one.id) for i, one in enumerate(imports)],
        "is imported to two addresses",
    )
    for target in targets:
        yield from target.unknown_section(declared)
        yield from target.undeclared(declared)
        if target.address.kind == ALIASES:
            cure = f"write pin: MODEL in {target.text}"
            yield target.finding("no-import", "is an alias, no object of the API", cure=cure)


def _outputs(envelope: Envelope, declared: Declared) -> Iterator[Finding]:
    """Two aliases that would be one variable."""
    if envelope.outputs is None or envelope.outputs.format != "dotenv":
        return
    known: dict[str, str] = {}
    for name in declared.get(ALIASES, ()):
        other = known.setdefault(variable_of(name), name)
        if other != name:
            what = f"{quoted(name)} is the variable {variable_of(name)} in outputs"
            why = f"so is {quoted(other)}"
            yield Finding((ALIASES, name), "same-variable", what, why, "rename one of them")


def _ignored(envelope: Envelope, declared: Declared) -> Iterator[Finding]:
    files = [*declared.get("files", ())]
    for item, index, name in envelope.quality.unknown_files(files):
        place = ("quality", "ignore", item, "files", index)
        cure = did_you_mean(name, files)
        yield Finding(place, "undeclared", f"{quoted(name)} is not declared in files", cure=cure)

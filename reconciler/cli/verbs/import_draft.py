"""What an import writes: an entry for each live object that has none, and what binds it."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

from reconciler.cli.verbs.import_data import Contents
from reconciler.core.address import Address
from reconciler.core.diff import view_of
from reconciler.core.importing import import_differences
from reconciler.core.resource import MODEL, Desired, Observed, Phase, Resource
from reconciler.core.view import View
from reconciler.errors import InvalidInput, ReconcilerError, Refusal, UsageError
from reconciler.kinds import owner_of
from reconciler.kinds.entry import PURPOSES, UNSET, file_entry, job_entry, stem_of
from reconciler.kinds.told import text
from reconciler.manifest.names import as_name
from reconciler.round import Round
from reconciler.text import visible

LONGEST = 50
"""Characters of a name that is made up, so that a number may follow."""


@dataclass
class Draft:
    """Entries to be written, section by section, and the ids that they are bound to.

    Attributes:
        names: id of a live file → its name in the manifest, declared or drafted.
        bound: address → id, in the order in which they were added.
        shown: address → what else is told of it.
        left: id → why `--all` leaves it out.
        numbers: a name that is taken → the last number that was tried behind it.
    """

    view: View
    contents: Contents
    is_dry: bool
    names: dict[str, str] = field(default_factory=dict)
    entries: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    bound: dict[Address, str] = field(default_factory=dict)
    shown: dict[Address, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    numbers: dict[Address, int] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Round, contents: Contents, *, is_dry: bool) -> "Draft":
        """An empty one, for what a look found."""
        scene = found.scene
        view = view_of(scene.desired, scene.state, scene.live, scene.kinds)
        matches = view.matches.chosen.items()
        names = {m.seen.id: address.name for address, m in matches if address.kind == "files"}
        return cls(view, contents, is_dry, names)

    @property
    def desired(self) -> Desired:
        """What is declared so far."""
        return self.view.desired

    @cached_property
    def imported(self) -> Mapping[str, Address]:
        """What the manifest binds already → its address."""
        resources = self.desired.resources.values()
        return {one.import_id: one.address for one in resources if one.import_id}

    def add(self, address: Address, seen: Observed, path: str | None) -> None:
        """Bind one object to one address, which gets an entry if it has none.

        Raises:
            Refusal, UsageError: it is of another kind, of an owner, or bound already.
        """
        if seen.kind != address.kind:
            raise UsageError(f"{seen.id} is none of the {address.kind}")
        if path and seen.kind != "files":
            raise UsageError("--path is the copy of a file", cure=f"import {address} {seen.id}")
        refuse_owned(self.view, seen)
        if (other := self.imported.get(seen.id, address)) != address:
            raise Refusal(
                f"refused: {seen.id} is bound to {other} already",
                where=f"import of {other}",
                why=f"it cannot stand for {address}, too",
                cure=f"rename it: moved: [{{from: {other}, to: {address}}}], in its import, too",
            )
        declared = self.desired.resources.get(address)
        if declared is None:
            self.declare(address, seen, path)
        elif declared.import_id not in (None, seen.id):
            raise Refusal(
                f"refused: {address} is bound to {declared.import_id} already",
                where=f"import of {address}",
                why=f"it cannot stand for {seen.id}, too",
                cure="take that import out first, or choose another address",
            )
        else:
            self.compare(address, seen)
            if not import_differences(self.view, declared, seen):  # else these are told
                self.compare_reads(declared, seen)
            if declared.import_id is None:
                self.bound[address] = seen.id

    def compare(self, address: Address, seen: Observed) -> None:
        """Whether the data of a declared file is what is in the live one, where that is told."""
        wanted = self.desired.resources[address].spec.get("sha256")
        told = self.contents.digest(seen) if wanted else None
        if told and told != wanted:
            raise Refusal(
                f"refused: {seen.id} is not {address}",
                where=self.desired.resources[address].path,
                why=f"its content differs: sha256 {str(wanted)[:8]} → {told[:8]}",
                cure="declare it under another name: what is in it is another dataset",
            )

    def compare_reads(self, declared: Resource, seen: Observed) -> None:
        """Whether a job was trained on what is declared, as far as that is still to be read."""
        refs = (ref for ref in declared.refs.values() if ref.kind == "files")
        for ref, id_ in zip(refs, seen.reads, strict=False):
            file = self.view.live.objects.get(id_)
            if file and self.names.get(id_) != ref.name:
                self.compare(ref, file)

    def declare(self, address: Address, seen: Observed, path: str | None = None) -> None:
        """An entry for an object that has none, and for the files that it reads."""
        if "[" in address.name:
            raise UsageError(f"{address} is one of a matrix: declare that first")
        if seen.kind == "files":
            entry = self._file(address, seen, path)
        else:
            entry = self._job(address, seen)
        defaults = self.contents.workspace.manifest.defaults(address.kind)
        unset = {k: v for k, v in UNSET[address.kind].items() if k in defaults and k not in entry}
        self.entries.setdefault(address.kind, {})[address.name] = entry | unset
        self.bound[address] = seen.id

    def _file(self, address: Address, seen: Observed, path: str | None) -> dict[str, Any]:
        if _is_made_by_the_api(seen):
            raise Refusal(
                f"refused: {seen.id} is no file that a manifest can declare",
                why=f"its purpose is {visible(text(seen.body, 'purpose'))}",
                cure="it belongs to what made it",
            )
        shown = self.contents.copy(seen, address.name, path, is_dry=self.is_dry)
        if not self.is_dry:
            self.contents.check(seen, shown)
        self.shown[address] = shown
        self.names[seen.id] = address.name
        return file_entry(seen, shown)

    def _job(self, address: Address, seen: Observed) -> dict[str, Any]:
        if seen.phase is Phase.FAILED or not seen.is_usable:
            raise Refusal(
                f"refused: {seen.id} has no model",
                why=f"it is {visible(seen.status)}" if seen.is_usable else "its model was deleted",
                cure="declare a job of your own: it is trained anew",
            )
        for id_ in seen.reads:
            if id_ not in self.names:
                self._read(id_, seen)
        self.shown[address] = str(seen.facts.get(MODEL, seen.status))
        return job_entry(seen, self.names)

    def _read(self, id_: str, reader: Observed) -> None:
        """An entry for a file that a job reads."""
        file = self.view.live.objects.get(id_)
        if file is None:
            raise Refusal(
                f"refused: {id_}, which {reader.id} reads, is gone",
                where=reader.id,
                why="a job's entry names its data, and nothing at the endpoint has it any more",
                cure="declare the data and the job by hand, then the same command: "
                "what can be read back is compared",
            )
        refuse_owned(self.view, file)
        self.declare(self.free(file), file)

    def free(self, seen: Observed) -> Address:
        """An address for it that nothing has."""
        base = as_name(stem_of(seen))[:LONGEST].strip("-_")
        base = base or f"{seen.kind.removesuffix('s')}-{as_name(seen.id.partition('-')[2])[:8]}"
        plain = Address(seen.kind, base)
        if not self.has(plain):
            return plain
        numbered = (
            (n, Address(seen.kind, f"{base}-{n}")) for n in count(self.numbers.get(plain, 2))
        )
        self.numbers[plain], free = next(one for one in numbered if not self.has(one[1]))
        return free

    def has(self, address: Address) -> bool:
        """Whether something has this address, or an entry is drafted for it."""
        return address in self.taken or address.name in self.entries.get(address.kind, ())

    @cached_property
    def taken(self) -> Collection[Address]:
        """What is declared, recorded or was once, and of a matrix its entry."""
        desired = self.desired
        known = {*desired.resources, *self.view.records, *desired.removed, *desired.moved.values()}
        return known | {Address(one.kind, one.name.partition("[")[0]) for one in known}

    def add_all(self, found: list[Observed]) -> None:
        """An entry for each of these that can have one: files first, as jobs name them."""
        for seen in sorted(found, key=lambda seen: seen.kind):
            is_bound = seen.id in self.names or seen.id in self.imported
            if is_bound or owner_of(seen) or _is_made_by_the_api(seen):
                continue
            try:
                with self._all_or_nothing():
                    self.declare(self.free(seen), seen)
            except (Refusal, InvalidInput) as error:
                self.left[seen.id] = _why(error)

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """What was drafted in it goes again if it fails, and so do the files that were brought."""
        fetched = len(self.contents.fetched)
        known = (self.names, self.bound, self.shown, self.entries)
        drafted: list[dict[Any, Any]] = [*known, *self.entries.values()]
        lengths = [len(each) for each in drafted]
        try:
            yield
        except ReconcilerError:
            for each, length in zip(drafted, lengths, strict=True):
                while len(each) > length:  # what came last, as nothing is drafted twice
                    each.popitem()
            self.contents.discard(fetched)
            raise

    @property
    def members(self) -> Iterator[tuple[str, Mapping[str, Any] | list[Any]]]:
        """Section → what is added to it."""
        yield from self.entries.items()
        if self.bound:
            yield "import", [{"to": str(to), "id": id_} for to, id_ in self.bound.items()]


def refuse_owned(view: View, seen: Observed) -> None:
    """Raise `Refusal` for what somebody looks after: us, or another owner."""
    ours = view.held.get(seen.id) or (seen.marker.address if seen.marker else None)
    record = view.records.get(ours) if ours else None
    if ours and not (record and record.imported):
        raise Refusal(
            f"refused: {seen.id} is {ours}, of this owner",
            where=seen.id,
            why="it needs no import: its marker, or the state, says so",
            cure=f"another name for it: moved: [{{from: {ours}, to: {seen.kind}.NAME}}]",
        )
    if owner := owner_of(seen):
        raise Refusal(
            f"refused: {seen.id} is of another owner: {visible(owner)}",
            where=seen.id,
            why="what another project looks after is never adopted",
            cure="let it go there first, or make one of your own",
        )


def _is_made_by_the_api(seen: Observed) -> bool:
    """Whether it is a file such as a job's results, which nobody uploads."""
    return seen.kind == "files" and text(seen.body, "purpose") not in PURPOSES


def _why(error: Refusal | InvalidInput) -> str:
    if isinstance(error, InvalidInput):
        return "; ".join(problem.what for problem in error.problems[:1])
    return error.what.removeprefix("refused: ")

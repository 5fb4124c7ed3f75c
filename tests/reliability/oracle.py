"""The judge of a run, by the simulator's ledger, which counts what was ever made.

The ledger knows nothing of the product. The invariants, as `core.state` numbers them:

I1  a job of one address, fingerprint and attempt is made once, and none is paid for beyond need
I2  what we made is recorded, deposed, or named by a pending intent
I3  an id stands in one place; nothing is sent before it is in the journal; an op is sent once
I4  the state can always be read; its serial grows, its lineage stays
I5  an intent leaves the state by evidence, so in the end there is none
I6  after two runs there is nothing left to do
I7  what belongs to others is left alone
I8  the key is nowhere
I9  an exit code is a declared one
I10 what applications read is what is in use; each promotion happened once; a kept model is there
T9  all that happened is a path of the protocol's model
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.core.state import State
from reconciler.errors import ReconcilerError
from tests.reliability.place import Place
from tests.reliability.scenarios import OUTPUTS, Scenario
from tests.support.cli import KEY

Object = dict[str, Any]
ENDED = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Ledger:
    """What was ever made at the endpoint, by us and by others."""

    owner: str
    jobs: list[Object]
    files: list[Object]

    @classmethod
    def of(cls, place: Place) -> "Ledger":
        """As it is now; the results of jobs aside."""
        ledger = place.box.ask("GET", "/ledger")
        files = [file for file in ledger["files"] if file["purpose"] == "fine-tune"]
        return cls(place.owner, ledger["jobs"], files)

    @property
    def paid(self) -> list[Object]:
        """Our jobs, all that were ever created."""
        return [job for job in self.jobs if mark(job, "owner") == self.owner]

    @property
    def running(self) -> list[Object]:
        """Our jobs that have not ended."""
        return [job for job in self.paid if job["status"] not in ENDED]

    @property
    def uploaded(self) -> list[Object]:
        """Our files that are there."""
        there = [file for file in self.files if not file["deleted_at"]]
        return [file for file in there if file["filename"].startswith(f"{self.owner}.")]


def mark(job: Object, name: str) -> str:
    """A part of a job's marker."""
    return str((job["metadata"] or {}).get(f"reconciler_{name}"))


@dataclass(frozen=True)
class Before:
    """What there was before a run: its state, and what of ours that state did not know."""

    state: State
    unknown: frozenset[str]

    @classmethod
    def of(cls, place: Place) -> "Before":
        """As it is now."""
        state, ledger = place.state, Ledger.of(place)
        ids = {body["id"] for body in (*ledger.paid, *ledger.uploaded)}
        return cls(state, frozenset(ids - state.held.keys()))


def after_death(place: Place, before: Before) -> Iterator[str]:
    """What is wrong at the moment of a crash."""
    try:
        state = place.state
    except ReconcilerError as error:
        yield f"I4: the state cannot be read: {error.what}"
        return
    was, ledger = before.state, Ledger.of(place)
    if was.serial and (state.lineage != was.lineage or state.serial < was.serial):
        yield f"I4: {was.lineage} {was.serial} became {state.lineage} {state.serial}"
    yield from _always(place, state, ledger)
    known = state.held.keys() | before.unknown
    uploads = {intent.address.name for intent in state.pending.values()}
    for job in ledger.running:
        if job["id"] not in known and mark(job, "op") not in state.pending:
            yield f"I2: {job['id']} is in no record and no intent"
    for file in ledger.uploaded:
        if file["id"] not in known and file["filename"].split(".")[1] not in uploads:
            yield f"I2: {file['id']} is in no record and no intent"


def in_the_end(place: Place, scenario: Scenario) -> Iterator[str]:
    """What is wrong after the runs that mend."""
    state, ledger = place.state, Ledger.of(place)
    if state.pending or state.deposed:
        yield f"I5: left: {list(state.pending)} {list(state.deposed)}"
    least, most = scenario.paid
    if not least <= len(ledger.paid) <= most:
        yield f"I1: {len(ledger.paid)} jobs were paid for, not {least} to {most}"
    held = {record.id for record in state.records.values()}
    live = {body["id"] for body in (*ledger.running, *ledger.uploaded)}
    if live - held:
        yield f"I2: orphans: {sorted(live - held)}"
    found = len(ledger.running), len(ledger.uploaded)
    if found != (scenario.running, scenario.files):
        yield f"I6: {found} jobs and files, not {(scenario.running, scenario.files)}"
    if scenario.models is not None:
        yield from _promoted(place, state, ledger, scenario.models)
    yield from _always(place, state, ledger)
    yield from place.strays()


def _promoted(place: Place, state: State, ledger: Ledger, number: int) -> Iterator[str]:
    """What is wrong with aliases, with what they tell, and with the models that they keep."""
    wanted = {address.name: alias.model for address, alias in state.aliases.items()}
    path = place.project.root / OUTPUTS
    told = json.loads(path.read_bytes()) if path.exists() else {}
    if told != wanted or bool(wanted) != bool(number):
        yield f"I10: {OUTPUTS} says {told}, in use is {wanted}"
    steps = [(s.before, s.model) for alias in state.aliases.values() for s in alias.history]
    if len(steps) > len({*steps}):
        yield f"I10: promoted twice: {steps}"
    listed = {model["id"] for model in place.box.send("GET", "/models")["data"]}
    live = {job["fine_tuned_model"] for job in ledger.paid} & listed
    if len(live) != number or not live >= {*wanted.values()}:
        yield f"I10: {live} are left of the models, in use is {wanted}"


def _always(place: Place, state: State, ledger: Ledger) -> Iterator[str]:
    """What holds at every moment."""
    names = ("address", "fingerprint", "attempt")
    made = Counter(tuple(mark(job, name) for name in names) for job in ledger.paid)
    if twice := [key for key, count in made.items() if count > 1]:
        yield f"I1: made twice: {twice}"
    recorded = [record.id for record in state.records.values()]
    if len({*recorded, *state.deposed}) < len(recorded) + len(state.deposed):
        yield f"I3: an id stands in two places: {recorded} {list(state.deposed)}"
    yield from place.problems
    yield from _others(place, ledger)
    if KEY.encode() in place.recorded():
        yield "I8: the key is in the state"


def _others(place: Place, ledger: Ledger) -> Iterator[str]:
    file, job = place.others
    is_there = [each["id"] for each in ledger.files if not each["deleted_at"]]
    goes_on = [each["id"] for each in ledger.jobs if each["status"] != "cancelled"]
    if file not in is_there or job not in goes_on:
        yield "I7: what belongs to others was touched"

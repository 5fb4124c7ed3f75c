"""Everything of an owner that is known: what the state records, and what carries its marker.

What both know is told as it was recorded, and as it is now where that can have changed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from msgspec import Struct

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Checked, Promotion
from reconciler.core.cost import Terms
from reconciler.core.lineage import IMPORTED, NOT_KEPT, STATE_LOST, UNTOLD, Made, Use
from reconciler.core.questions import Kinds
from reconciler.core.resource import (
    AUTHORED,
    DIGITS,
    MODEL,
    NOTHING,
    Lifecycle,
    Live,
    Marker,
    Observed,
    Phase,
    Record,
)
from reconciler.core.state import State


class Known(NamedTuple):
    """One object: what is recorded of it, and what is live."""

    id: str
    address: Address | None = None
    record: Record | None = None
    seen: Observed | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """Figures for people."""
        recorded = self.record.facts if self.record else NOTHING
        return {**recorded, **self.seen.facts} if self.seen else recorded

    @property
    def spec(self) -> Mapping[str, Any]:
        """What was asked for, as it is recorded."""
        return self.record.spec if self.record else NOTHING

    @property
    def body(self) -> Mapping[str, Any]:
        """The API's answer."""
        return self.seen.body if self.seen else NOTHING

    @property
    def marker(self) -> Marker | None:
        """What it says of itself."""
        return self.seen.marker if self.seen else None

    @property
    def fingerprint(self) -> str:
        """Of what it is, as recorded, or as it says itself; empty where neither tells."""
        of = self.record or self.marker
        return of.fingerprint if of else ""

    @property
    def status(self) -> tuple[str, Phase]:
        """The latest that is known, and what it means."""
        latest = self.seen or self.record
        return (latest.status, latest.phase) if latest else ("", Phase.UNKNOWN)

    @property
    def created_at(self) -> int:
        """API time, Unix seconds; 0 where nothing tells it."""
        told = (one.created_at for one in (self.seen, self.record) if one)
        return next(filter(None, told), 0)

    @property
    def model(self) -> str:
        """What a run made; empty where it made none."""
        return str(self.facts.get(MODEL, ""))

    @property
    def digest(self) -> str:
        """Of a file's bytes, as far as state or name tell."""
        told = str(self.spec.get("sha256", ""))
        return told or (self.marker.fingerprint[3:].partition(":")[0] if self.marker else "")

    @property
    def made(self) -> Made:
        """By whom, and when."""
        who, commit, run = (str(self.facts.get(name, "")) for name in AUTHORED)
        return Made(who, commit, run, self.created_at or None)


class Everything(Struct, frozen=True, dict=True):
    """All that is known of what this owner made.

    Attributes:
        terms: what runs are paid by.
    """

    state: State
    live: Live
    kinds: Kinds
    terms: Terms

    @cached_property
    def objects(self) -> Mapping[str, Known]:
        """By their ids."""
        live = self.live.objects
        recorded = (*self.state.earlier, *self.state.records.items())
        found = {r.id: Known(r.id, address, r, live.get(r.id)) for address, r in recorded}
        ours = (seen for seen in live.values() if seen.marker and seen.id not in found)
        return found | {s.id: Known(s.id, s.marker.address, None, s) for s in ours if s.marker}

    @cached_property
    def runs(self) -> Mapping[str, Known]:
        """The runs among them, the latest first."""
        runs = [known for known in self.objects.values() if self._is_run(known)]
        runs.sort(key=lambda run: (-run.created_at, run.id))
        return {run.id: run for run in runs}

    def _is_run(self, known: Known) -> bool:
        kind = self.kinds.get(known.address.kind) if known.address else None
        return kind is not None and kind.lifecycle is Lifecycle.RUN

    @cached_property
    def makers(self) -> Mapping[str, Known]:
        """Model → the run that made it."""
        return {run.model: run for run in self.runs.values() if run.model}

    @cached_property
    def made_of(self) -> Mapping[str, Collection[str]]:
        """Fingerprint → the models that runs of it made."""
        found: dict[str, set[str]] = defaultdict(set)
        for run in self.runs.values():
            if run.model and run.fingerprint:
                found[run.fingerprint].add(run.model)
        return found

    @cached_property
    def contents(self) -> Mapping[str, Known]:
        """The first digits of a digest → a recorded file of these bytes."""
        files = (known for known in self.objects.values() if "sha256" in known.spec)
        return {known.digest[:DIGITS]: known for known in files}

    @cached_property
    def aliases(self) -> Mapping[Address, Alias]:
        """What each alias points at; of what a lost state knew, the file of `outputs` tells."""
        told = self.live.published.models if self.live.published else None
        recalled = {Address("models", name): Alias(model) for name, model in (told or {}).items()}
        known = {address: a for address, a in self.state.aliases.items() if a.model}
        return {**self.state.aliases, **recalled, **known}

    @cached_property
    def uses(self) -> Mapping[str, Sequence[Use]]:
        """Model → the aliases that point at it, then those that did."""
        found: dict[str, list[Use]] = defaultdict(list)
        for address, alias in sorted(self.aliases.items()):
            steps = {step.model: step for step in alias.history}
            for model in {alias.model: None, **dict.fromkeys(steps)}:
                found[model].append(self._use(address, alias, model, steps.get(model)))
        found.pop("", None)
        return {m: sorted(uses, key=lambda u: not u.is_current) for m, uses in found.items()}

    def _use(self, address: Address, alias: Alias, model: str, step: Promotion | None) -> Use:
        is_current, published = alias.model == model, self.live.published
        is_recalled = published and not self.state.aliases.get(address, Alias()).model
        return Use(
            address,
            step,
            self._checked.get((model, step.checks)) if step else None,
            is_current=is_current,
            is_pinned=alias.pinned and is_current,
            told_by=published.shown if published and is_recalled else "",
        )

    @cached_property
    def _checked(self) -> Mapping[tuple[str, str], Checked]:
        return {(one.model, one.checks): one for one in self.state.checked}

    def lost(self, known: Known) -> str:
        """Why something of an object that is there is not known."""
        since = self.state.since
        if known.record and known.record.imported:
            return IMPORTED
        if known.made.who:
            return UNTOLD
        if not self.state.serial or (since is not None and known.created_at <= since):
            return STATE_LOST
        return UNTOLD if known.record else NOT_KEPT

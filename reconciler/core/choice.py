"""Which model an alias takes, where that is chosen by losses.

`checkpoint` takes the saved model of a run that has the lowest loss, instead of its last one.
`select` takes the run of several whose model has the lowest loss. It is chosen once all of them
have ended; those that ended without a model are not counted, and where one does not tell the loss
there is nothing to compare. Of equal losses the first address.

A choice follows from what is declared and from what finished runs tell. Neither changes by itself,
and what was read once stands in the records: so it stays as it is.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

from reconciler.core.address import Address
from reconciler.core.losses import Learnt
from reconciler.core.plan import Detail, Finding, Severity
from reconciler.core.resource import LEARNT, MODEL, Observed, Phase, Resource
from reconciler.core.target import Awaited, Target, Trained, known_facts, stays
from reconciler.core.view import View
from reconciler.core.words import listed

SELECT, CHECKPOINT = "select", "checkpoint"
"""Members of an alias's body: the metric of the loss."""

MOST_TOLD = 10
"""Candidates that a plan tells one by one."""


class Asked(NamedTuple):
    """By which loss a run is chosen, and by which one of its saved models; empty: its last one."""

    run: str = ""
    saved: str = ""

    @classmethod
    def of(cls, resource: Resource) -> Self:
        """What an alias asks."""
        return cls(str(resource.body.get(SELECT) or ""), str(resource.body.get(CHECKPOINT) or ""))


class Scored(NamedTuple):
    """A run as it is compared.

    Attributes:
        model: that would be taken of it; empty where none can be told.
        loss: of that model; None where it is not told.
        step: at which it was saved; None: the end of the run.
    """

    job: Address
    model: str = ""
    loss: float | None = None
    step: int | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it tells too little to be compared."""
        return not self.model or self.loss is None

    @property
    def words(self) -> str:
        """`0.412 at step 88`."""
        at = "" if self.step is None else f" at step {self.step}"
        return f"{self.loss:.3f}{at}"


def unread(view: View) -> Sequence[Observed]:
    """The finished runs whose losses have to be read before an alias can be chosen, each once."""
    found: dict[str, Observed] = {}
    for resource in view.aliased:
        asked, jobs = Asked.of(resource), resource.refs.values()
        seen = {job: match.seen for job in jobs if (match := view.matches.chosen.get(job))}
        if any(asked) and all(one.phase.is_terminal for one in seen.values()):
            found |= {s.id: s for job, s in seen.items() if _is_unread(view, job, s, asked)}
    return [*found.values()]


def _is_unread(view: View, job: Address, seen: Observed, asked: Asked) -> bool:
    is_there = seen.phase is Phase.READY and seen.is_usable
    return is_there and _scored(job, known_facts(view, job, seen), asked).is_silent


def _scored(job: Address, facts: Mapping[str, Any], asked: Asked) -> Scored:
    learnt = Learnt.of(facts[LEARNT]) if LEARNT in facts else Learnt()
    if not asked.saved:
        return Scored(job, str(facts.get(MODEL, "")), learnt.final.get(asked.run))
    point = learnt.best_saved(asked.saved)
    if point is None:
        return Scored(job)
    return Scored(job, point.model, point.losses.get(asked.run or asked.saved), point.step)


def chosen(
    view: View, resource: Resource, runs: Mapping[Address, Trained | Awaited]
) -> Target | Awaited | Finding:
    """The model that an alias takes of these runs, or why there is none yet."""
    asked = Asked.of(resource)
    given = {job: run for job, run in runs.items() if isinstance(run, Trained)}
    others = [run for run in runs.values() if isinstance(run, Awaited)]
    if not given or not all(run.is_over for run in others):
        return _awaited(others, len(runs))
    if any(LEARNT not in run.facts for run in given.values()):
        return Awaited("what the runs learnt has not been read", comes=True)
    scored = [_scored(job, run.facts, asked) for job, run in given.items()]
    if silent := [one.job for one in scored if one.is_silent]:
        return _not_comparable(view, resource, given, silent)
    ranked = sorted(scored, key=lambda one: (one.loss or 0.0, one.job))
    best = ranked[0]
    if best.step is not None and best.model not in (view.live.models or (best.model,)):
        return _gone(view, resource, best)
    alias = given[best.job].alias._replace(model=best.model)
    if not asked.run:
        why = f"{given[best.job].why}; lowest {asked.saved} of what it saved: {best.words}"
        return Target(alias, why)
    over = [job for job in runs if job not in given]
    why = f"lowest {asked.run} of {len(given)}: {best.words}, {best.job}"
    return Target(alias, why, (*_told(ranked, over),))


def _awaited(others: Sequence[Awaited], number: int) -> Awaited:
    """Why nothing can be chosen: of one run what is said of it, of several how many there are."""
    if number == 1:
        return others[0]
    waits = [run for run in others if not run.is_over]
    if not waits:
        return Awaited(f"none of {number} runs has a usable model")
    counts = Counter(run.stands for run in waits)
    told = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    comes = any(run.comes for run in waits)
    return Awaited(told if comes else f"not all of {number} runs have ended: {told}", comes)


def _told(ranked: Sequence[Scored], over: Sequence[Address]) -> Iterator[Detail]:
    """Each candidate with its loss, the best first."""
    for one in ranked[:MOST_TOLD]:
        yield Detail(str(one.job), one.words)
    if len(ranked) > MOST_TOLD:
        yield Detail(f"{len(ranked) - MOST_TOLD} more", note="with higher losses")
    if over:
        yield Detail("not counted", note=f"{listed(over)}: no usable model")


def _not_comparable(
    view: View, resource: Resource, given: Mapping[Address, Trained], silent: Sequence[Address]
) -> Awaited | Finding:
    """A run tells no loss: nothing is chosen; an alias that points at one of them is left there."""
    asked, address = Asked.of(resource), resource.address
    what = f"saved model with a {asked.saved}" if asked.saved else asked.run
    why = f"{listed(silent)} told no {what}"
    if view.aliases.get(address) and _is_of(view, resource, given):
        return Awaited(why)
    return Finding(
        Severity.FAILED,
        address,
        f"{address} {stays(view, address)}: there is no loss to choose by",
        where=listed(silent),
        why=f"{why}; its result file or checkpoints may be gone",
        cure="choose by another loss, or choose one yourself: pin: MODEL",
    )


def _is_of(view: View, resource: Resource, given: Mapping[Address, Trained]) -> bool:
    """Whether an alias points at a model that one of these runs made."""
    model = view.aliases[resource.address].model
    saved = (Learnt.of(run.facts[LEARNT]).saved for run in given.values())
    names = {run.alias.model for run in given.values()} | {p.model for one in saved for p in one}
    return model in names


def _gone(view: View, resource: Resource, best: Scored) -> Finding:
    address = resource.address
    return Finding(
        Severity.FAILED,
        address,
        f"{address} {stays(view, address)}: the checkpoint to take is not there",
        where=f"{best.job}, step {best.step}",
        why=f"{best.model} is not in the list of models",
        cure="take the last model: without checkpoint; or choose one yourself: pin: MODEL",
    )

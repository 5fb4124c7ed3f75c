"""What a plan may not do unless a person says so, by address or amount. Each refusal is exit 3.

Invariants: a guard looks at values only, and every refusal names the flag that allows it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.budget import NOTHING_SPENT, Spent, over_budget
from reconciler.core.keepers import models_of
from reconciler.core.made import run_model
from reconciler.core.plan import Action, Change, Finding, Plan, Severity
from reconciler.core.questions import Kinds
from reconciler.core.resource import MODEL, Desired, Lifecycle, Live
from reconciler.core.shutdown import short_lived
from reconciler.core.state import State
from reconciler.core.words import listed

MAX_RETIRED = 5
"""So many deletes and cancels of one kind need no leave, whatever their share."""
MAX_SHARE = 0.3
"""Nor does this share of what is recorded, whatever the number."""

_DECLARED = (
    "apply",
    "they are recorded and no longer declared",
    "put them back (an include: that is missing?)",
)
_ORPHANS = (
    "gc",
    "neither state nor manifest accounts for them; an old state that was put back shows this, too",
    "look at them",
)
_FORMER = (
    "apply",
    "they are further back than keep_last says, which may have been lowered",
    "raise keep_last",
)
"""Of what would be retired: the command, why, and what to do first."""


class Leave(NamedTuple):
    """What a person has allowed on the command line; addresses may be patterns (`files.faq-*`)."""

    retire: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    cost: Decimal | None = None
    """USD, instead of the budget."""
    empty: bool = False
    local_state: bool = False
    everything: bool = False
    """`destroy`: it asks instead."""
    models: tuple[str, ...] = ()
    """Models that `gc` is to delete, each by its name."""
    every_model: bool = False
    """`destroy` is to delete all of this owner's."""


class Setting(NamedTuple):
    """Where the apply happens: in CI, and on a state that only this machine has."""

    is_ci: bool = False
    is_local_state: bool = True


def guard(
    plan: Plan,
    desired: Desired,
    state: State,
    live: Live,
    kinds: Kinds,
    *,
    leave: Leave,
    setting: Setting,
    spent: Spent = NOTHING_SPENT,
) -> tuple[Finding, ...]:
    """Every reason to refuse this plan; empty where it may be applied.

    Args:
        spent: by earlier rounds of the same apply.
    """
    found = [*_protected(plan, desired, state, leave), *over_budget(plan, leave.cost, spent.usd)]
    found += _in_use(plan, state)
    found += _foreign_outputs(plan, live)
    found += _asks_much(plan, desired, spent.requests)
    found += short_lived(plan.changes, desired, live)
    if not leave.everything:
        found += _emptied(plan, desired, state, leave)
        found += _retires_much(plan, state, leave)
        found += _missing(plan, state, live, kinds, leave)
        found += _local_state(plan, kinds, leave, setting)
    return tuple(found)


def matches(address: Address, patterns: Collection[str]) -> bool:
    """Whether an address is named by one of these addresses or patterns.

    An entry with a matrix names all that it stands for: `jobs.sweep` is `jobs.sweep[n_epochs=2]`,
    too.
    """
    text = str(address)  # brackets are its own, and no pattern
    names = (text, address.entry)
    return any(p in names or fnmatchcase(text, p) for p in patterns)


def _refused(address: Address, what: str, why: str, cure: str, where: str = "") -> Finding:
    return Finding(Severity.REFUSED, address, f"refused: {what}", where or str(address), why, cure)


def _protected(plan: Plan, desired: Desired, state: State, leave: Leave) -> Iterator[Finding]:
    """`protect` of the manifest where it is declared, else as it was recorded.

    That of a job holds for its model, too.
    """
    makers = {r.facts[MODEL]: at for at, r in state.records.items() if r.facts.get(MODEL)}
    found: dict[Address, list[Change]] = defaultdict(list)
    for change in _retired(plan):
        found[makers.get(run_model(change.id), change.address)].append(change)
    for address, changes in found.items():
        wanted, record = desired.resources.get(address), state.records.get(address)
        is_protected = wanted.protect if wanted else record is not None and record.protect
        if is_protected and not matches(address, leave.protected):
            ids = listed([change.id for change in changes])
            yield _refused(
                address,
                f"{address} is protected",
                f"the plan would {changes[0].action.word} {ids}",
                f"take `protect` out in a commit of its own, or --allow-protected {address.typed}",
            )


def _retired(plan: Plan) -> list[Change]:
    return [change for change in plan.changes if change.action.destroys]


def _emptied(plan: Plan, desired: Desired, state: State, leave: Leave) -> Iterator[Finding]:
    if plan.changes and state.records and not desired.resources and not leave.empty:
        count = len(state.records)
        yield _refused(
            plan.changes[0].address,
            f"the manifest is empty, the state holds {count} resource{'s' * (count != 1)}",
            "an include that is missing looks like this, too",
            "reconciler destroy, or --allow-empty",
            where="the manifest",
        )


def _retires_much(plan: Plan, state: State, leave: Leave) -> Iterator[Finding]:
    """More than a number and more than a share of what is recorded of a kind.

    What an earlier plan replaced is not counted: its replacement was said yes to.
    """
    unasked = [
        change
        for change in _retired(plan)
        if change.follows is None
        and change.id not in state.deposed
        and change.id not in leave.models
        and not matches(change.address, leave.retire)
    ]
    for kind in sorted({change.address.kind for change in unasked}):
        changes = [change for change in unasked if change.address.kind == kind]
        total = len(_known(state, kind))
        if len(changes) > MAX_RETIRED and len(changes) > MAX_SHARE * total:
            yield _too_many(kind, changes, total, _words(changes[0], state))


def _known(state: State, kind: str) -> Collection[object]:
    """What is recorded of a kind; of models those that an alias points at, or did."""
    if kind == "models":
        return {model for alias in state.aliases.values() for model in models_of(alias)}
    return [address for address in state.records if address.kind == kind]


def _words(change: Change, state: State) -> tuple[str, str, str]:
    if change.address.kind == "models":
        return _FORMER
    return _DECLARED if change.id in state.held else _ORPHANS


def _too_many(
    kind: str, changes: Sequence[Change], total: int, words: tuple[str, str, str]
) -> Finding:
    verb, why, first = words
    addresses = [change.address for change in changes]
    return _refused(
        addresses[0],
        f"{len(addresses)} of {total} {kind} would be {changes[0].action.past} "
        f"(the guard allows {MAX_RETIRED} or {MAX_SHARE:.0%})",
        why,
        f"{first}, or allow them by address:\n"
        f"reconciler {verb} --allow-delete '{_pattern(addresses)}'",
        where=listed([c.id if kind == "models" else c.address for c in changes]),
    )


def _pattern(addresses: Sequence[Address]) -> str:
    """What these addresses of one kind begin with: `files.faq-*`."""
    first, last = str(min(addresses)), str(max(addresses))
    pairs = zip(first, last, strict=False)
    same = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return f"{same}*"


def _missing(plan: Plan, state: State, live: Live, kinds: Kinds, leave: Leave) -> Iterator[Finding]:
    """More than half of what is needed vanished at once: rather a wrong key than a clean-up."""
    if not any(change.action.makes or change.action.destroys for change in plan.changes):
        return
    needed = _needed(plan, state, live, kinds)
    gone = [address for address, id_ in needed.items() if id_ in live.gone]
    unasked = [address for address in gone if not matches(address, leave.missing)]
    if unasked and len(gone) >= 2 and len(gone) * 2 > len(needed):  # noqa: PLR2004  # one is drift
        yield _refused(
            unasked[0],
            f"{len(gone)} of {len(needed)} recorded objects are gone",
            "a key of another organisation or project shows this, too",
            "check the key; if they are really gone: --allow-missing ADDR, e.g. '*'",
            where=", ".join(str(address) for address in unasked[:3]),
        )


def _needed(plan: Plan, state: State, live: Live, kinds: Kinds) -> Mapping[Address, str]:
    """Address → recorded id; without what expired, and what may go once its readers are made."""
    changed = {change.address for change in plan.changes}
    needed: dict[Address, str] = {}
    for address, record in sorted(state.records.items()):
        is_expired = record.expires_at and live.date and live.date >= record.expires_at
        is_spare = kinds[address.kind].lifecycle is Lifecycle.STORED and record.id in live.gone
        if not is_expired and not (is_spare and address not in changed):
            needed[address] = record.id
    return needed


def _in_use(plan: Plan, state: State) -> Iterator[Finding]:
    """A model that an alias points at is never deleted, unless this plan gives up the alias."""
    given_up = {c.address for c in plan.changes if c.action is Action.FORGET}
    used = {alias.model: a for a, alias in state.aliases.items() if a not in given_up}
    for change in _retired(plan):
        if change.address.kind == "models" and change.id in used:
            yield _refused(
                change.address,
                f"{change.id} is in use",
                f"{used[change.id]} points at it",
                "promote another model first",
            )


def _asks_much(plan: Plan, desired: Desired, asked: int) -> Iterator[Finding]:
    """Checks ask models, and each answer is billed; so many were asked for before."""
    trials = [(change.address, change.trial) for change in plan.changes if change.trial]
    number = sum(trial.requests for _, trial in trials)
    if trials and asked + number > desired.most_requests:
        before = f" after {asked:,} of this apply" if asked else ""
        yield _refused(
            trials[0][0],
            f"the checks take {number:,} chat completions{before}, "
            f"{desired.most_requests:,} are allowed",
            "each is billed by the endpoint, at a price that is not known here",
            "fewer cases, or raise budget.checks in the manifest",
            where="budget.checks",
        )


def _foreign_outputs(plan: Plan, live: Live) -> Iterator[Finding]:
    """What applications read is written with a promotion; nothing else is overwritten for it."""
    published = live.published
    promoted = [change.address for change in plan.changes if change.goal is Action.PROMOTE]
    if published and published.foreign and promoted:
        yield _refused(
            promoted[0],
            f"{published.shown} was not written by reconciler",
            published.foreign,
            "move it away, or name another file: outputs.file",
            where=f"outputs.file, {published.shown}",
        )


def _local_state(plan: Plan, kinds: Kinds, leave: Leave, setting: Setting) -> Iterator[Finding]:
    if leave.local_state or not (setting.is_ci and setting.is_local_state):
        return
    for change in plan.changes:
        if change.action.makes and kinds[change.address.kind].lifecycle is Lifecycle.RUN:
            yield _refused(
                change.address,
                "a paid job would be created in CI on a local-file state",
                "two runners with empty disks share no lock: each would pay",
                "use a shared state (state.backend), or --allow-local-state",
                where="state.backend",
            )
            return

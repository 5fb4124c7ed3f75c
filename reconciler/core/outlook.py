"""Whether what waits may come about by itself, or only once a person has done something.

A run that is there, is not paused and has not ended goes on; so does a doubt that evidence settles
with time, and one of an unknown status, of which nothing else is known. None of these
goes on by itself: a standing failure, a run that is paused, a doubt between several live runs, a
run that vanished before it ended; nor does what waits for one of them.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cached_property

from msgspec import Struct

from reconciler.core.address import Address
from reconciler.core.diff_removed import readers
from reconciler.core.diff_runs import unready
from reconciler.core.entries import Intent
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.resource import Lifecycle
from reconciler.core.settle import Settlement
from reconciler.core.slots import occupying
from reconciler.core.view import View, is_active


class Outlook(Struct, frozen=True, dict=True):
    """What a plan waits for.

    Attributes:
        view: what the plan was made from.
    """

    view: View
    plan: Plan
    settlements: tuple[Settlement, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether anything that waits may come about by itself."""
        return any(map(self.comes, self.plan.changes))

    def comes(self, change: Change) -> bool:
        """Whether this change waits, and may be made without a person's word."""
        if change.action is not Action.WAITING or change.awaits is None:
            return False
        if change.goal.makes:
            return self._is_made(change.address, self._ends)
        if change.goal is Action.PROMOTE and change.resource:
            return any(ref in self._ends for ref in change.resource.refs.values())
        if change.goal is Action.DELETE:
            return self._is_let_go(change)
        return self.settles(self._pending_at(change.address))

    def settles(self, intents: Iterable[Intent]) -> bool:
        """Whether evidence may yet tell of each of these creates what became of it."""
        return all(intent.op not in self._disputed for intent in intents)

    @cached_property
    def _disputed(self) -> frozenset[str]:
        """Ops of which several live runs may be the one: a person has to say which."""
        return frozenset(item.intent.op for item in self.settlements if item.rivals)

    @cached_property
    def _coming(self) -> dict[Address, Change]:
        """Address → what is or will be made of its run."""
        changes = (c for c in self.plan.changes if c.goal.makes or c.goal is Action.ADOPT)
        return {change.address: change for change in changes}

    def _pending_at(self, address: Address) -> list[Intent]:
        pending = self.view.pending_at
        return [pending[address]] if address in pending else []

    def _is_made(self, address: Address, ends: AbstractSet[Address]) -> bool:
        """Whether a run that waits will be made, by the reasons for which `diff` lets it wait.

        Args:
            ends: where what it may start from comes to its end by itself.
        """
        view, resource = self.view, self.view.desired.resources[address]
        same = view.pending_specs.get((address.kind, resource.fingerprint, resource.generation))
        if doubts := self._pending_at(address) or [one for one in [same] if one]:
            return self.settles(doubts)
        if view.is_quiet:
            return True
        if sources := unready(view, resource):
            return all(source in ends for source in sources)
        return self._makes_room()

    def _makes_room(self) -> bool:
        """Whether a place at the endpoint becomes free with time."""
        doubts = self.view.pending_at.values()
        is_taken = bool(occupying(self.view.live, self.view.kinds))
        return is_taken or not doubts or any(self.settles([doubt]) for doubt in doubts)

    @cached_property
    def _ends(self) -> AbstractSet[Address]:
        """Where a run may come to its end by itself, made or still to be made; bases come first."""
        ends: set[Address] = set()
        for address in self.view.desired.resources:
            if self._trains(address, ends):
                ends.add(address)
        return ends

    def _trains(self, address: Address, ends: AbstractSet[Address]) -> bool:
        if match := self.view.matches.chosen.get(address):
            return is_active(match.seen) and not match.seen.is_paused
        change = self._coming.get(address)
        return change is not None and (
            change.action is not Action.WAITING or self._is_made(address, ends)
        )

    def _is_let_go(self, change: Change) -> bool:
        """Whether everything may end that still reads what is to be deleted.

        A model that a promotion pushes out waits for that alone, which is a change of its own.
        """
        if not self.view.is_a(Lifecycle.STORED, change.address):
            return False
        doubts = [i for i in self.view.state.pending.values() if change.id in i.reads]
        return change.id not in self._held and self.settles(doubts)

    @cached_property
    def _held(self) -> frozenset[str]:
        return readers(self.view, frozenset()).held

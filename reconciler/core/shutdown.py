"""Models that an endpoint will shut down: a fine-tune ends with the model that it was trained on.

Nobody is told of what stays as it is; a plan speaks of what it would pay for, and of what
applications use. `at_risk` tells all of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from reconciler.core.address import Address
from reconciler.core.cost import base_of
from reconciler.core.plan import Change, Finding, Severity
from reconciler.core.resource import Desired, Live, Resource
from reconciler.core.view import View
from reconciler.core.words import listed

NEAR: Final = 180
"""Days within which a plan speaks of it."""

CURE = "choose another base; reconciler models lists what this endpoint has"


class Shutdown(NamedTuple):
    """The end of a model.

    Attributes:
        on: the endpoint's word, `YYYY-MM-DD`.
        left: days from now, by the endpoint's clock; negative once it is over, None: not known.
    """

    model: str
    on: str
    left: int | None

    @property
    def words(self) -> str:
        """`gpt-4.1-mini shuts down on 2027-01-14, in 49 days`."""
        if self.left is None:
            return f"{self.model} shuts down on {self.on}"
        if self.left < 0:
            return f"{self.model} shut down on {self.on}"
        when = "today" if not self.left else f"in {self.left} day{'s' * (self.left != 1)}"
        return f"{self.model} shuts down on {self.on}, {when}"

    def is_within(self, days: int) -> bool:
        """Whether it comes so soon; without a clock it may."""
        return self.left is None or self.left < days


def shutdown_of(live: Live, model: str) -> Shutdown | None:
    """The end of a model, or of the one that it was trained on, whichever is told."""
    models = live.models or {}
    for name in dict.fromkeys((model, base_of(model))):
        if (day := _day(models.get(name, ""))) is not None:
            today = None if live.date is None else datetime.fromtimestamp(live.date, UTC).date()
            left = None if today is None else (day - today).days
            return Shutdown(name, day.isoformat(), left)
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class AtRisk(NamedTuple):
    """What stands on a model that ends."""

    address: Address
    shutdown: Shutdown


def at_risk(view: View) -> list[AtRisk]:
    """Everything declared that stands on a model whose end is told, the first to end first."""
    if not any((view.live.models or {}).values()):
        return []
    models = {r.address: r.work.model for r in _runs(view) if r.work}
    models |= {address: alias.model for address, alias in view.aliases.items()}
    ends = ((address, shutdown_of(view.live, model)) for address, model in models.items())
    found = (AtRisk(address, shutdown) for address, shutdown in ends if shutdown)
    return sorted(found, key=lambda risk: (risk.shutdown.on, risk.address))


def _runs(view: View) -> Iterator[Resource]:
    return (r for r in view.desired.resources.values() if view.is_run(r.address))


def shutdowns(view: View, changes: Iterable[Change]) -> Iterator[Finding]:
    """What to say of the models that this plan would train on, and of those that are in use.

    What `short_lived` refuses is told there.
    """
    made = {change.address for change in changes if change.goal.makes}
    ends: dict[Shutdown, list[Address]] = defaultdict(list)
    for address, shutdown in at_risk(view):
        is_told = address in made and not _is_short(shutdown, view.desired)
        if shutdown.is_within(NEAR) and (is_told or not view.is_run(address)):
            ends[shutdown].append(address)
    for shutdown, addresses in ends.items():
        yield from _told(view, shutdown, addresses)


def _told(view: View, shutdown: Shutdown, addresses: list[Address]) -> Iterator[Finding]:
    paid = [address for address in addresses if view.is_run(address)]
    used = [address for address in addresses if not view.is_run(address)]
    if paid:
        where, why = f"{listed(paid)}, model", "fine-tunes of a model end with it"
        yield Finding(Severity.WARNING, paid[0], shutdown.words, where, why, CURE)
    if used:
        why = "the alias points at a model that ends then: whoever asks it will get an error"
        cure = "train on another base, and promote what comes of it"
        what = f"{listed(used)}: {shutdown.words}"
        yield Finding(Severity.WARNING, used[0], what, why=why, cure=cure)


def short_lived(changes: Iterable[Change], desired: Desired, live: Live) -> Iterator[Finding]:
    """Each model that would be trained on although it ends sooner than the manifest asks."""
    ends: dict[Shutdown, list[Address]] = defaultdict(list)
    for change in changes:
        wanted = change.goal.makes and desired.resources.get(change.address)
        if wanted and wanted.work and (shutdown := shutdown_of(live, wanted.work.model)):
            ends[shutdown].append(change.address)
    for shutdown, addresses in ends.items():
        if (asked := desired.lifetime) and shutdown.is_within(asked.days):
            yield Finding(
                Severity.REFUSED,
                addresses[0],
                f"refused: {shutdown.words}",
                where=f"{listed(addresses)}; {asked.where}",
                why=f"a fine-tune ends with its base, and {asked.days} days are asked of it",
                cure=f"{CURE}; or ask for less in the manifest",
            )


def _is_short(shutdown: Shutdown, desired: Desired) -> bool:
    return desired.lifetime is not None and shutdown.is_within(desired.lifetime.days)

"""What happens during an apply, a line a change: at a terminal aligned, in a pipe dated."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.budget import Spent
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.words import size
from reconciler.events import (
    Done,
    Doubtful,
    Event,
    Failed,
    Postponed,
    Sending,
    Skipped,
    Started,
    Unrecorded,
)
from reconciler.render.duration import spell
from reconciler.render.glyphs import paint
from reconciler.render.money import price_of
from reconciler.text import visible


def outcome(event: Event) -> tuple[str, str, str]:
    """Glyph, look and words of an event."""
    match event:
        case Started(change):
            return "⠼", "note", f"{change.action.word} …"
        case Sending(_, sent, total):
            return "⠼", "note", f"{size(sent)} of {size(total)} sent"
        case Done(change, id_, _, note):
            more = f": {visible(note)}" if note else ""
            return "✓", "done", f"{change.action.past} {visible(id_)}{more}".strip()
        case Failed(_, error):
            return "✗", "failed", f"failed: {visible(error.what)}"
        case Doubtful(change):
            looked = "; looked for it, not listed yet" if change.action.makes else ""
            return "!", "unsettled", f"no reply{looked}"
        case Unrecorded(change, id_):
            return "!", "unsettled", f"{change.action.past} {visible(id_)}, not yet recorded"
        case Postponed(_, error):
            return "…", "waiting", f"waits: {visible(error.what.partition(': ')[2])}"
        case Skipped(_, reason):
            return "·", "skipped", visible(reason)


def terminal_line(event: Event, pad: int, took: float) -> str:
    """`  ✓ files.support-train  created file-4mXq9TbW    3.1 MB · 1.2s`."""
    sign, look, words = outcome(event)
    line = f"  {paint(sign, look)} {event.change.address!s:<{pad}}  {words}"
    if isinstance(event, Skipped | Postponed):
        return line
    return f"{line}  {paint(' · '.join((*_sent(event), f'{took:.1f}s')), 'note')}"


def _sent(event: Event) -> Iterator[str]:
    """How large what went out is: `3.1 MB`."""
    resource = event.change.resource
    if isinstance(event, Done) and event.change.action.makes and resource:
        told = resource.facts.get("bytes")
        if isinstance(told, int):
            yield size(told)


def pace(event: Sending, took: float) -> str:
    """`131 MB of 1.2 GB · 54 MB/s · about 20s left`, after so many seconds."""
    rate = max(event.sent, 0) / max(took, 0.1)
    left = f" · about {spell(round((event.total - event.sent) / rate))} left" if rate else ""
    return f"{size(event.sent)} of {size(event.total)} · {size(int(rate))}/s{left}"


def pipe_line(event: Event, pad: int, took: float, now: str, *, simulated: bool) -> str:
    """`14:02:08Z files.train  created file-4mXq9TbW (3.1 MB, 1.2s)`; of a run its cost."""
    words = outcome(event)[2]
    is_idle = isinstance(event, Skipped | Postponed)
    suffix = "" if is_idle else f" ({', '.join((*_sent(event), f'{took:.1f}s'))})"
    if isinstance(event, Done) and (price := price_of(event.change, simulated=simulated)):
        suffix = f", {price}"
    return f"{now} {event.change.address!s:<{pad}}  {words}{suffix}"


@dataclass(slots=True)
class Tally:
    """How an apply went, counted; a replace and its tail count as one change."""

    done: list[Done] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    unrecorded: list[Unrecorded] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    waiting: list[Change] = field(default_factory=list)
    postponed: list[Postponed] = field(default_factory=list)

    @property
    def is_unfinished(self) -> bool:
        """Whether something of the plan is not done."""
        return bool(self.errors or self.skipped or self.waiting)

    @property
    def is_broken(self) -> bool:
        """Whether a further round would only meet the same again."""
        return bool(self.failed or self.unrecorded)

    @property
    def errors(self) -> list[Failed | Doubtful | Unrecorded | Postponed]:
        """Everything that has to be told at the end; what waits for one reason is told once."""
        return [*self.failed, *self.doubtful, *self.unrecorded, *self.postponed[:1]]

    @property
    def spent(self) -> Spent:
        """By the runs that were made and the checks that passed; what is in doubt is planned."""
        changes = [change for change, _ in self.made]
        paid = (change.cost.high for change in changes if change.cost and change.cost.high)
        asked = (change.trial.requests for change in changes if change.trial)
        return Spent(sum(paid, Decimal(0)), sum(asked))

    @property
    def made(self) -> list[tuple[Change, str]]:
        """What took effect, each with the id of its object."""
        effects: list[Done | Unrecorded] = [*self.done, *self.unrecorded]
        return [(event.change, event.id) for event in effects]

    def add(self, event: Event) -> None:
        """Count one event."""
        match event:
            case Done():
                self.done.append(event)
            case Failed():
                self.failed.append(event)
            case Doubtful():
                self.doubtful.append(event)
            case Unrecorded():
                self.unrecorded.append(event)
            case Postponed():
                self.postponed.append(event)
            case Skipped():
                self.skipped.append(event)
            case Started() | Sending():
                pass

    def wait_for(self, plan: Plan) -> None:
        """Of a round that is over: what of its plan waits, and what the endpoint did not take."""
        late = (event.change for event in self.postponed)
        self.waiting = [c for c in plan.changes if c.action is Action.WAITING]
        self.waiting += [
            replace(
                c,
                action=Action.WAITING,
                awaits=c.action,
                reason="the endpoint takes no more jobs now",
            )
            for c in late
        ]

    def look_anew(self, made: Mapping[Address, Done], pending: Collection[Address]) -> None:
        """A further round begins: what was in doubt is done, or still is, or is tried again.

        `made` are the creates that turned out to have taken effect, `pending` those that nobody
        knows of yet.
        """
        self.done += [made[e.change.address] for e in self.doubtful if e.change.address in made]
        self.doubtful = [e for e in self.doubtful if e.change.address in pending]
        self.skipped.clear()
        self.postponed.clear()

    def summary(
        self,
        running: Collection[Address],
        took: str,
        paid: str,
        ended_badly: int = 0,
        ended_well: int = 0,
    ) -> str:
        """`Apply: 3 done, 1 running · $11.80 committed`: what is not 0, made for grep.

        Args:
            running: addresses whose runs have not ended.
            took: how long it took; it is not the end of what runs or is in doubt.
            paid: what was paid, in words.
            ended_badly: so many runs were made as they should, and failed.
            ended_well: so many runs of an earlier apply were waited for, and have a model.
        """
        head = sum(1 for event in self.done if event.change.follows is None)
        others = {
            f"job{'s' * (ended_well > 1)} succeeded": ended_well,
            "failed": len(self.failed),
            f"job{'s' * (ended_badly > 1)} failed": ended_badly,
            "skipped": len(self.skipped),
            "waiting": len(self.waiting),
            "unsettled": len(self.doubtful),
            "not recorded": len(self.unrecorded),
            "running": len(running),
        }
        parts = [f"{head} done"] + [f"{count} {word}" for word, count in others.items() if count]
        is_over = not running and not self.doubtful
        return f"Apply: {', '.join(parts)}{f' in {took}' if is_over else ''} · {paid}"

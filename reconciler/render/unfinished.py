"""What an apply leaves undone, address by address: the list below its summary, and as JSON."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.events import Event
from reconciler.render.events_shape import Fate, UnfinishedDocument
from reconciler.render.events_text import Tally, outcome
from reconciler.render.glyphs import paint
from reconciler.text import visible

MOST = 20
"""Lines of one fate; of more the number is told. JSON has them all."""

_SIGNS: Mapping[Fate, tuple[str, str]] = {
    "failed": ("✗", "failed"),
    "unrecorded": ("!", "unsettled"),
    "unsettled": ("!", "unsettled"),
    "skipped": ("·", "skipped"),
    "waiting": ("…", "waiting"),
    "running": ("…", "waiting"),
}
"""Fate → its sign and its look."""


class Unfinished(NamedTuple):
    """One address that is not where the plan wanted it, and what is known of that."""

    fate: Fate
    address: Address
    words: str


def unfinished(tally: Tally, running: Mapping[Address, str]) -> list[Unfinished]:
    """Failed first, then in doubt, not started, waiting, and what goes on by itself."""
    return [
        *_ended("failed", tally.failed),
        *_ended("unrecorded", tally.unrecorded),
        *_ended("unsettled", tally.doubtful),
        *_ended("skipped", tally.skipped),
        *(Unfinished("waiting", change.address, change.reason) for change in tally.waiting),
        *(Unfinished("running", address, id_) for address, id_ in sorted(running.items())),
    ]


def _ended(fate: Fate, events: Iterable[Event]) -> Iterator[Unfinished]:
    for event in sorted(events, key=lambda event: event.change.key):
        words = outcome(event)[2].removeprefix(f"{fate}: ")
        yield Unfinished(fate, event.change.address, words)


def unfinished_lines(items: list[Unfinished]) -> Iterator[str]:
    """`  ✗ files.f2   failed: the endpoint refused the file (403)`."""
    pad = max((len(str(item.address)) for item in items), default=0)
    for fate, group in groupby(items, key=lambda item: item.fate):
        several, said = [*group], fate.replace("unrecorded", "not recorded")
        for _, address, words in several[:MOST]:
            yield f"  {paint(*_SIGNS[fate])} {address!s:<{pad}}  {said}: {visible(words)}"
        if len(several) > MOST:
            yield f"    and {len(several) - MOST} more {said}"


def unfinished_document(item: Unfinished) -> UnfinishedDocument:
    """One of them as JSON."""
    return UnfinishedDocument(fate=item.fate, address=str(item.address), words=item.words)

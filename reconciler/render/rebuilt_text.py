"""What a state is rebuilt of, and what it cannot know any more."""

from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.core.plan import Action
from reconciler.core.rebuild import Rebuilt
from reconciler.core.words import clock
from reconciler.render.glyphs import glyph, paint
from reconciler.text import visible

SHOWN = 5
"""Ids or addresses that a line names; of more it tells the number."""


def rebuilt_lines(made: Rebuilt, quiet_until: int | None) -> Iterator[str]:
    """A line for each record, a summary, and a line for each thing that is lost."""
    records = made.records
    pad = max((len(str(address)) for address in records), default=0)
    wide = max((len(record.id) for record in records.values()), default=0)
    for address, record in sorted(records.items()):
        note = "" if address in made.declared else "  not declared: it counts as protected"
        sign = paint(glyph(Action.ADOPT), "adopt")
        status = visible(record.status)
        yield f"  {sign} {address!s:<{pad}}  {record.id:<{wide}}  {status}{note}".rstrip()
    yield ""
    yield f"Rebuild: {len(records)} to record · $0"
    yield from _in_use(made)
    yield from _lost(made, quiet_until)


def _in_use(made: Rebuilt) -> Iterator[str]:
    """What aliases point at, as the file of `outputs` says, and those that nothing tells of."""
    for address, alias in sorted(made.aliases.items()):
        if alias.model:
            yield f"  in use        {address}: {visible(alias.model)}, as outputs say"
    if unknown := sorted(a for a, alias in made.aliases.items() if not alias.model):
        yield f"  not known     what these point at: {_some(map(str, unknown))}"


def _lost(made: Rebuilt, quiet_until: int | None) -> Iterator[str]:
    if made.missing:
        yield f"  not found     {_some(map(str, made.missing))}: the next apply makes what it needs"
    if made.left:
        ids = _some(seen.id for seen in made.left)
        yield f"  not recorded  {ids}: ours, but nothing stands on them"
    if quiet_until:
        yield f"  not known     what was under way: no job is paid for until {clock(quiet_until)}"
    yield "  not known     what was still to be removed, and which jobs we cancelled ourselves"


def _some(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more


def rebuilt_document(made: Rebuilt, quiet_until: int | None) -> dict[str, Any]:
    """The same as values."""
    return {
        "records": {
            str(address): {
                "id": record.id,
                "status": record.status,
                "declared": address in made.declared,
            }
            for address, record in sorted(made.records.items())
        },
        "aliases": {str(address): alias.model for address, alias in sorted(made.aliases.items())},
        "not_found": [str(address) for address in made.missing],
        "not_recorded": [seen.id for seen in made.left],
        "quiet_until": quiet_until,
    }

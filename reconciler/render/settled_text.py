"""What was found out about creates of an earlier run whose reply was lost."""

from collections.abc import Iterator

from reconciler.core.resource import Observed
from reconciler.core.settle import Settlement
from reconciler.text import visible


def settled_lines(settlements: tuple[Settlement, ...]) -> Iterator[str]:
    """`Settled: jobs.support-bot was created: ftjob-… carries op 5b1c9e02`."""
    for item in settlements:
        if item.entry is None:
            continue
        address, op = item.intent.address, item.intent.op[:8]
        if item.found:
            yield f"Settled: {address} was created: {_proof(item.found, op)}"
        else:
            yield f"Settled: {address} was not created: a complete list carries no op {op}"


def _proof(found: Observed, op: str) -> str:
    """What tells that this request made it."""
    if found.marker is None:
        told = "carries no metadata, and is just what was asked for"
    else:
        told = f"carries op {op}" if found.marker.op else "has its name and size"
    return f"{visible(found.id)} {told}"

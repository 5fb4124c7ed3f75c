"""What an apply looks for at its end: what is ours and nothing accounts for, and double payment.

It reads the last look of the apply and the state after it, and asks the endpoint nothing. So it
sees what the lists of that look showed: not what they still lacked, and of what this very apply
made only what a further round looked at. The next apply sees those.
"""

from collections import defaultdict
from collections.abc import Iterator

from reconciler.core.orphans import orphans
from reconciler.core.plan import Finding, Severity
from reconciler.core.resource import Observed
from reconciler.core.state import State
from reconciler.core.view import View
from reconciler.core.words import listed


def audit(view: View, after: State, *, is_declared: bool = True) -> Iterator[Finding]:
    """A warning for each thing that an apply should not leave behind; none is its failure.

    Args:
        view: the last look, as it was before the last effects.
        after: the state after them.
        is_declared: whether the manifest was looked at; `destroy` leaves out what it declares.
    """
    yield from _unaccounted(view, after, is_declared=is_declared)
    yield from _paid_twice(view)


def _unaccounted(view: View, after: State, *, is_declared: bool) -> Iterator[Finding]:
    known = {*after.held, *after.kept}
    found = [stray for stray in orphans(view) if stray.seen.id not in known]
    if not found:
        return
    is_one, adopts = len(found) == 1, "reconciler apply adopts what is declared; "
    yield Finding(
        Severity.WARNING,
        found[0].address,
        f"{len(found)} live object{' is' if is_one else 's are'} ours by marker, and nothing "
        f"accounts for {'it' if is_one else 'them'}",
        where=listed([f"{stray.address} ({stray.seen.id})" for stray in found]),
        why="a lost state, an old one that was put back or another runner leaves such behind",
        cure=f"{'' if is_declared else adopts}reconciler gc --dry-run shows what may go",
    )


def _paid_twice(view: View) -> Iterator[Finding]:
    """Two runs of one request: told while one runs, and when the recorded one is first seen ended.

    Two that have ended are history, and nothing is left to do about them.
    """
    by_op: dict[str, list[Observed]] = defaultdict(list)
    for seen in view.live.objects.values():
        if seen.marker and seen.marker.op:
            by_op[seen.marker.op].append(seen)
    running = {r.id for r in view.records.values() if not r.phase.is_terminal}
    for op, several in sorted(by_op.items()):
        if len(several) > 1 and any(s.id in running or not s.phase.is_terminal for s in several):
            yield _doubled(op, sorted(several, key=lambda seen: (seen.created_at, seen.id)))


def _doubled(op: str, several: list[Observed]) -> Finding:
    marker = several[0].marker
    assert marker is not None  # noqa: S101  # its op was read from it
    return Finding(
        Severity.WARNING,
        marker.address,
        f"the endpoint carried out one request {len(several)} times: {marker.address}",
        where=listed([f"{seen.id} {seen.status}" for seen in several]),
        why=f"all of them carry op {op[:8]}, which was sent once",
        cure="a second one that runs is cancelled by reconciler apply; one that has ended is paid "
        "for: ask whoever runs the endpoint, or what stands before it",
    )

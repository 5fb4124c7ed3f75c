"""What an endpoint did not keep our marker on: it is known by its id alone, and that is said."""

from collections.abc import Iterator

from reconciler.core.plan import Finding, Severity
from reconciler.core.resource import Record
from reconciler.core.view import View
from reconciler.core.words import listed


def unmarked(view: View) -> Iterator[Finding]:
    """One warning about every recorded object that shows no marker of ours.

    What was imported never had one; what is of another owner has theirs.
    """
    doubtful = view.records.keys() - view.at_rest
    found = sorted(a for a in doubtful if _is_unmarked(view, view.records[a]))
    if not found:
        return
    known = "is known by its id" if len(found) == 1 else "are known by their ids"
    yield Finding(
        Severity.WARNING,
        found[0],
        f"the endpoint does not keep our markers: {listed(found)} {known} alone",
        where=view.records[found[0]].id,
        why="it renames files, or drops metadata; what a lost state or a lost reply leaves behind "
        "may not be found again",
        cure="keep the state where it is not lost: state.backend",
    )


def _is_unmarked(view: View, record: Record) -> bool:
    seen = view.live.objects.get(record.id)
    return seen is not None and seen.marker is None and not view.is_borrowed(record)

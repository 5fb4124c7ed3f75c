"""`reconciler unmanaged`: live files and jobs that this manifest knows nothing of."""

from collections import Counter
from typing import Any

from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.glance import LOOKING
from reconciler.cli.verbs.table import show_table
from reconciler.cli.verbs.workspace import Workspace, open_workspace
from reconciler.core import words
from reconciler.core.resource import Observed
from reconciler.core.strangers import strangers
from reconciler.core.words import when
from reconciler.kinds import owner_of
from reconciler.observe import observe


def show_unmanaged(settings: Settings, /, older: int, by: str) -> int:
    """List them, the oldest or the largest first."""
    with open_workspace(settings, is_empty=True) as workspace:
        found = _found(workspace, older)
    if by == "size":
        found.sort(key=lambda seen: -_size(seen))
    if settings.out.is_json:
        settings.out.document([_document(seen) for seen in found])
    else:
        _show(settings.out, found)
        if not settings.is_ci and not all(map(owner_of, found)):
            settings.out.say(f"next: {settings.beside('import')} --all --dry-run")
    return 0


def _found(workspace: Workspace, older: int) -> list[Observed]:
    """Ages are told by the endpoint's own clock; where it tells none, everything is shown."""
    journal = workspace.journal()
    rig = workspace.rig(journal.write)
    with workspace.settings.out.passing(LOOKING):
        live = observe(rig.api, rig.kinds, rig.owners, journal.state, rig.clock)
    found = strangers(journal.state, live)
    if not older or live.date is None:
        return found
    return [seen for seen in found if seen.created_at <= live.date - older]


def _show(out: Out, found: list[Observed]) -> None:
    rows = [
        (seen.id, _name(seen), seen.status, words.size(_size(seen)) if _size(seen) else "",
         when(seen.created_at), owner_of(seen))
        for seen in found
    ]  # fmt: skip
    if rows:
        show_table(out, ("ID", "NAME", "STATUS", "SIZE", "CREATED", "OWNER"), rows)
    out.keep(_summary(found))


def _summary(found: list[Observed]) -> str:
    counts = Counter(seen.kind for seen in found)
    parts = [f"{n} {kind if n != 1 else kind[:-1]}" for kind, n in sorted(counts.items())]
    total = sum(map(_size, found))
    more = f" · {words.size(total)}" if total else ""
    return f"{', '.join(parts)}{more}, live and not ours" if parts else "Nothing live but ours"


def _document(seen: Observed) -> dict[str, Any]:
    return {
        "kind": seen.kind,
        "id": seen.id,
        "name": _name(seen),
        "status": seen.status,
        "bytes": _size(seen) or None,
        "created_at": seen.created_at,
        "owner": owner_of(seen) or None,
    }


def _name(seen: Observed) -> str:
    """A file's name; the model that a job made, or else its base."""
    names = ("filename", "fine_tuned_model", "model")
    return next((str(seen.body[name]) for name in names if seen.body.get(name)), "")


def _size(seen: Observed) -> int:
    told = seen.body.get("bytes")
    return told if isinstance(told, int) else 0

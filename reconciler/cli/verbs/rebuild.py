"""`reconciler state rebuild`: a state that cannot be read, made anew from what is live."""

from collections.abc import Sequence

from msgspec.structs import replace

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.ask import ask
from reconciler.cli.verbs.glance import LOOKING
from reconciler.cli.verbs.whoami import holder
from reconciler.cli.verbs.workspace import Workspace, open_workspace
from reconciler.core.rebuild import Rebuilt, rebuilt
from reconciler.errors import Damaged, Refusal
from reconciler.kinds import BY_NAME
from reconciler.render.rebuilt_text import rebuilt_document, rebuilt_lines
from reconciler.round import Journal, Round, look


def rebuild_state(settings: Settings, /, settle: int | None, yes: bool, lock_timeout: int) -> int:
    """Make the state anew from live markers; what cannot be read is kept beside it."""
    who = holder("state rebuild", settings.environ)
    with open_workspace(settings, settle=settle) as workspace:
        workspace.require_data()
        with workspace.backend.lock(who, float(lock_timeout)) as epoch:
            why = _why(workspace)
            journal = Journal(workspace.backend, workspace.unwritten(), epoch=epoch)
            found = _look(workspace, journal)
            made = rebuilt(found.plan, workspace.desired, found.live, BY_NAME)
            _require_finds(workspace, made)
            if not settings.out.is_json:
                settings.out.keep(_heading(workspace, why), "")
                settings.out.keep(*rebuilt_lines(made, found.state.quiet_until))
            if not yes:
                _ask(workspace, made)
            kept = workspace.backend.set_aside()
            journal.state = replace(found.state, records=made.records, aliases=made.aliases)
            journal.checkpoint(force=True)
    _tell(settings, made, found, kept)
    return 0


def _why(workspace: Workspace) -> str:
    """Why the state cannot be used.

    Raises:
        Refusal: it can, or it is not for this version, owner or endpoint to mend.
    """
    try:
        state = workspace.journal().state
    except Damaged as damaged:
        return damaged.what.removeprefix("refused: ")
    if not state.serial:
        return "there is no state"
    raise Refusal(
        "refused: the state can be read",
        where=workspace.backend.name,
        why="to rebuild it would only lose what no marker tells",
        cure="reconciler state list shows it, reconciler plan what is not in sync",
    )


def _look(workspace: Workspace, journal: Journal) -> Round:
    with workspace.settings.out.passing(LOOKING):
        rig = workspace.rig(journal.write)
        return look(journal.state, workspace.desired, rig, workspace.patience)


def _require_finds(workspace: Workspace, made: Rebuilt) -> None:
    if not made.records:
        raise Refusal(
            f"refused: nothing live is of {workspace.owner}",
            where=workspace.place,
            why="a key of another organisation or project shows this, too, and an empty state "
            "would pay for everything again",
            cure="check the key; if there is really nothing, move the state's files away",
        )


def _heading(workspace: Workspace, why: str) -> str:
    kind = workspace.endpoint.kind
    return " · ".join((str(workspace.owner), kind, workspace.place, why))


def _ask(workspace: Workspace, made: Rebuilt) -> None:
    ask(
        workspace.settings.out,
        f"Rebuild the state of {workspace.owner} from these {len(made.records)}?",
        verb="state rebuild",
        command="state rebuild",
        why="what only the old state knew is lost",
        declined="Nothing was changed.",
    )


def _tell(settings: Settings, made: Rebuilt, found: Round, kept: Sequence[str]) -> None:
    if settings.out.is_json:
        document = rebuilt_document(made, found.state.quiet_until)
        settings.out.document(document | {"set_aside": list(kept)})
        return
    settings.out.keep(f"Rebuilt: {len(made.records)} recorded · serial 1")
    settings.out.keep(*(f"  kept  {name}" for name in kept))
    if not settings.is_ci:
        settings.out.say(f"next: {settings.typed('plan')}")

"""`reconciler state migrate`: the state to another place, or to another endpoint."""

from contextlib import closing

from reconciler.backends import Backend, Holder, Stored
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.ask import ask
from reconciler.cli.verbs.whoami import holder
from reconciler.cli.verbs.workspace import Workspace, backend_of, open_workspace
from reconciler.core.codec import decode, decode_journal, format_of, name_of
from reconciler.core.moved import forwarding, moved_to, refuse_moved
from reconciler.core.state import State, replay
from reconciler.errors import Refusal, Unsettled, UsageError
from reconciler.text import visible

OPERATION = "state migrate"


def migrate_state(
    settings: Settings,
    /,
    to: str | None,
    to_endpoint: bool,
    yes: bool,
    lock_timeout: int,
) -> int:
    """Move the state to another place, or let it begin anew at the manifest's endpoint."""
    if bool(to) == to_endpoint:
        raise UsageError(
            "state migrate needs one of --to and --endpoint",
            cure="reconciler state migrate --to postgresql://HOST/DATABASE",
        )
    with open_workspace(settings, is_empty=True, is_offline=bool(to)) as workspace:
        if to:
            return _to_place(workspace, to, lock_timeout)
        return _to_endpoint(workspace, lock_timeout, is_sure=yes)


def _to_place(workspace: Workspace, location: str, lock_timeout: int) -> int:
    """Copy the state byte by byte, then close the old place; what was begun goes on.

    The old one is closed last: killed at any instant, at least one of both can be used.
    """
    settings, source = workspace.settings, workspace.backend
    target = backend_of(workspace.manifest, settings, location)
    who = holder(OPERATION, settings.environ)
    with (
        closing(target),
        source.lock(who, float(lock_timeout)) as epoch,
        _another(target, source, who).lock(who, float(lock_timeout)),
    ):
        stored = source.load()
        if moved_to(stored.document) == target.name:  # a run that was killed did not say so
            state = _read(target.load(), target.name)
        else:
            state = _read(stored, source.name)
            _copy(stored, state.serial, target)
            source.checkpoint(forwarding(state, epoch, target.name), state.serial + 1)
    words = f"serial {state.serial} of {state.owner} is now at {target.name}"
    settings.out.result(visible(words), migrated=target.name, serial=state.serial)
    if not settings.is_ci and not settings.out.is_json:
        settings.out.say(f"next: in the manifest, state: {{backend: {visible(location)}}}")
    return 0


def _another(target: Backend, source: Backend, who: Holder) -> Backend:
    """The target, unless it is the source, which `who` holds: a place has more than one name."""
    if target.holder() == who:
        raise UsageError(f"the state is at {source.name} already", where="--to")
    return target


def _read(stored: Stored, shown: str) -> State:
    """What is moved, journal and all.

    Raises:
        Refusal: there is nothing, it is elsewhere by now, or it cannot be read.
    """
    if stored.document is None:
        raise Refusal(
            "refused: there is no state to move",
            where=shown,
            why="its journal is there, its checkpoint is not" if stored.journal else "",
            cure="reconciler state rebuild" if stored.journal else "the new place needs none",
        )
    refuse_moved(stored.document, shown)
    state = decode(stored.document, shown=shown)
    follows, version = name_of(stored.document), format_of(stored.document)
    return replay(state, decode_journal(stored.journal, follows, shown=shown, version=version))


def _copy(stored: Stored, serial: int, target: Backend) -> None:
    """The document, then the lines that follow it; what a killed copy wrote is left as it is.

    Raises:
        Refusal: there is another state.
    """
    found = target.load()
    if found == Stored(None, ()) or moved_to(found.document):
        target.checkpoint(stored.document or b"", serial)
        found = Stored(stored.document, ())
    begun = stored.journal[: len(found.journal)]
    if found != Stored(stored.document, begun):
        raise Refusal(
            "refused: there is another state already",
            where=target.name,
            why="to write over it would lose what it alone knows",
            cure="another place; or look at it: RECONCILER_STATE=… reconciler state list",
        )
    for line in stored.journal[len(begun) :]:
        target.append(line)


def _to_endpoint(workspace: Workspace, lock_timeout: int, *, is_sure: bool) -> int:
    """Put what belongs to the other endpoint aside.

    Then there is no state: the next apply begins as one that lost its own does, and finds what is
    of this owner at the new endpoint by its markers.
    """
    settings, backend = workspace.settings, workspace.backend
    who = holder(OPERATION, settings.environ)
    with backend.lock(who, float(lock_timeout)):
        state = _read(backend.load(), backend.name)
        _require_settled(workspace, state)
        if not is_sure:
            _ask(workspace, state)
        kept = backend.set_aside("archived")
    left = f"{len(state.records)} records of {state.endpoint[0]} are history"
    settings.out.result(visible(left), archived=list(kept), endpoint=workspace.identity[0])
    if not settings.out.is_json:
        settings.out.keep(*(f"  kept  {name}" for name in kept))
        if not settings.is_ci:
            settings.out.say(f"next: {settings.typed('plan')} shows what it costs at the new one")
    return 0


def _require_settled(workspace: Workspace, state: State) -> None:
    if state.endpoint == workspace.identity:
        raise Refusal(
            "refused: the state belongs to the manifest's endpoint already",
            where=workspace.backend.name,
            why=f"both are {workspace.identity[0]}",
            cure=f"{workspace.settings.typed('plan')}",
        )
    if state.pending:
        raise Unsettled(
            f"{len(state.pending)} of the changes at {state.endpoint[0]} are unsettled",
            where=workspace.backend.name,
            why="whether they were made can be known at that endpoint alone",
            cure="reconciler apply with the provider that it was; then this command again",
        )


def _ask(workspace: Workspace, state: State) -> None:
    ask(
        workspace.settings.out,
        f"Let go of {len(state.records)} records at {state.endpoint[0]}?",
        verb=OPERATION,
        command=f"{OPERATION} --endpoint",
        why="its objects stay there and are managed no more; what runs there goes on and is paid",
        declined="Nothing was changed.",
    )

"""`reconciler state`: look at the state and mend it, on purpose and under the lock."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.live import address_of
from reconciler.cli.verbs.table import show_table
from reconciler.cli.verbs.whoami import holder
from reconciler.cli.verbs.workspace import Workspace, open_workspace
from reconciler.core.address import Address
from reconciler.core.alias import Release
from reconciler.core.entries import Gone, Move
from reconciler.core.state import State
from reconciler.errors import Refusal, UsageError
from reconciler.round import Journal
from reconciler.text import visible


def list_state(settings: Settings, /) -> int:
    """List what is recorded, address, id, status; and the model that each alias points at."""
    with _apart(settings) as workspace:
        state = workspace.journal().state
    if settings.out.is_json:
        settings.out.document(
            {
                "owner": state.owner,
                "serial": state.serial,
                "records": {
                    str(address): {"id": record.id, "status": record.status}
                    for address, record in sorted(state.records.items())
                },
                "pending": {op: str(intent.address) for op, intent in state.pending.items()},
                "deposed": {id_: str(old.address) for id_, old in state.deposed.items()},
                "kept": list(state.kept),
                "aliases": {str(a): alias.model for a, alias in sorted(state.aliases.items())},
            }
        )
        return 0
    rows = [
        (str(address), record.status, record.id)
        for address, record in sorted(state.records.items())
    ]
    rows += [(str(old.address), "deposed", id_) for id_, old in sorted(state.deposed.items())]
    rows += [(str(i.address), "pending", f"op {op[:8]}") for op, i in sorted(state.pending.items())]
    rows += [(str(a), "in use", alias.model) for a, alias in sorted(state.aliases.items())]
    rows += [("–", "kept", id_) for id_ in state.kept]
    if rows:
        show_table(settings.out, ("ADDRESS", "STATUS", "ID"), rows)
    settings.out.keep(f"{len(state.records)} recorded · serial {state.serial}")
    return 0


def move_record(settings: Settings, /, source: str, target: str, lock_timeout: int) -> int:
    """Let TARGET stand for what SOURCE stands for; `moved:` in the manifest is reviewed."""
    old, new = address_of(source), address_of(target)
    with mending(settings, "state mv", lock_timeout) as journal:
        known = journal.state.records.keys() | journal.state.aliases.keys()
        if old not in known:
            raise _unknown(source)
        if new in known:
            raise Refusal(f"refused: {new} is recorded already", cure=f"forget {new} first")
        if old.kind != new.kind:
            raise UsageError(f"{old} and {new} are of two kinds")
        journal.write(Move(old, new))
    settings.out.result(visible(f"{old} is now {new}"), moved=str(old), to=str(new))
    return 0


def forget_record(settings: Settings, /, target: str, lock_timeout: int) -> int:
    """Forget TARGET; the object stays at the API and is found again by its marker.

    Of an alias what it pointed at is forgotten, and its history; that model stays, too.
    """
    with mending(settings, "state forget", lock_timeout) as journal:
        id_, address = _held(journal.state, target)
        is_alias = address in journal.state.aliases
        journal.write(Release(address) if is_alias else Gone(id_, is_kept=True))
    words = visible(f"forgot {address} ({id_}); the object itself was not touched")
    settings.out.result(words, forgotten=str(address), id=id_)
    return 0


def unlock_state(settings: Settings, /, lock_id: str) -> int:
    """Take away the lock LOCK_ID of a run that is dead; the lock's message names it."""
    with _apart(settings) as workspace:
        workspace.backend.unlock(lock_id)  # the state itself may be damaged
    settings.out.result(f"unlocked {visible(lock_id)}", unlocked=lock_id)
    return 0


@contextmanager
def mending(settings: Settings, operation: str, lock_timeout: int) -> Iterator[Journal]:
    """The journal under the lock; what is written to it is checkpointed at the end."""
    with (
        _apart(settings) as workspace,
        workspace.backend.lock(holder(operation, settings.environ), float(lock_timeout)) as epoch,
    ):
        journal = workspace.journal(epoch)
        yield journal
        journal.checkpoint()


def _apart(settings: Settings) -> AbstractContextManager[Workspace]:
    """The state and what it belongs to; the endpoint is not spoken to, and no key is needed."""
    return open_workspace(settings, is_empty=True, is_offline=True)


def _held(state: State, target: str) -> tuple[str, Address]:
    """What an id, or an address, stands for; a replaced object has its id alone."""
    if address := state.held.get(target):
        return target, address
    address = address_of(target)
    if record := state.records.get(address):
        return record.id, address
    if alias := state.aliases.get(address):
        return alias.model, address
    raise _unknown(target)


def _unknown(target: str) -> UsageError:
    return UsageError(
        f"the state does not know {target}", cure="reconciler state list shows what it knows"
    )

"""What `files`, `jobs` and `models` share: an endpoint without a state, ids and addresses."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler.api import Api, Endpoint
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.dial import open_api, waiting_of
from reconciler.cli.verbs.workspace import (
    Workspace,
    open_workspace,
    read_manifest,
)
from reconciler.core.address import Address
from reconciler.core.resource import Record
from reconciler.errors import NotFound, ReconcilerError, UsageError
from reconciler.kinds import BY_NAME
from reconciler.manifest.words import nearest


@dataclass(frozen=True, slots=True)
class Connection:
    """The endpoint of the manifest, without its data and its state."""

    endpoint: Endpoint
    api: Api


@contextmanager
def connected(settings: Settings) -> Iterator[Connection]:
    """The endpoint that the manifest names."""
    manifest = read_manifest(settings)
    root, waiting = settings.manifest.absolute().parent, waiting_of(settings.out)
    way = open_api(manifest, root, settings.environ, waiting, allowed=settings.allowed)
    with way as (endpoint, api):
        yield Connection(endpoint, api)


@contextmanager
def recorded(settings: Settings) -> Iterator[Workspace]:
    """The endpoint and what the state knows by address; datasets are not read.

    What the endpoint does not find gets a cure: the command that lists what there is.
    """
    with open_workspace(settings, is_empty=True) as workspace:
        try:
            yield workspace
        except NotFound as error:
            error.cure = error.cure or _lists(error)
            raise


def _lists(error: NotFound) -> str:
    """The command that lists what is live, of the kind that was asked for."""
    kinds = {"/fine_tuning/jobs": "jobs", "/files": "files", "/models": "models", "/chat": "models"}
    found = next((kind for path, kind in kinds.items() if path in error.where), "")
    return f"reconciler {found} lists what is there" if found else ""


def id_of(target: str, kind: str, workspace: Workspace) -> str:
    """An id, or the id that an address of this kind stands for."""
    record = record_at(target, kind, workspace, lacks="object", cure="reconciler apply")
    return record.id if record else target


def record_at(
    target: str, kind: str, workspace: Workspace, *, lacks: str, cure: str
) -> Record | None:
    """What the state records of an address of this kind; None for what is an id.

    Raises:
        UsageError: it is the address of something else, or of nothing.
        ReconcilerError: it is declared, and the state records nothing of it yet.
    """
    address = _address_in(target)
    if address is None:
        return None
    if address.kind != kind:
        raise UsageError(
            f"{target} is none of the {kind}", cure=f"reconciler {address.kind} --help"
        )
    records = workspace.journal().state.records
    declared = {address for address, _ in workspace.manifest.resources}
    if address not in records and address not in declared:
        raise no_resource(target, map(str, {*declared, *records}))
    if address not in records:
        what = f"{target} has no {lacks} yet"
        raise ReconcilerError(what, why="the state records nothing for this address", cure=cure)
    return records[address]


def alias_at(target: str, workspace: Workspace) -> Address | None:
    """The alias that a text is the address of; None for anything else.

    Raises:
        UsageError: neither the manifest nor the state has it.
    """
    address = _address_in(target)
    if address is None or address.kind != "models":
        return None
    aliases = workspace.journal().state.aliases
    declared = {address for address, _ in workspace.manifest.resources}
    if address not in aliases and address not in declared:
        raise no_resource(target, map(str, {*declared, *aliases}))
    return address


def _address_in(target: str) -> Address | None:
    """The address that a text is meant to be; the id of an object has no kind before its dot."""
    kind, dot, _ = target.partition(".")
    return address_of(target) if dot and kind in BY_NAME else None


def no_resource(text: str, known: Iterable[str]) -> UsageError:
    """The error for an address that nobody knows."""
    guess = nearest(text, known)
    return UsageError(
        f"no resource {text}",
        why="neither the manifest nor the state has this address",
        cure=f"did you mean {guess}?" if guess else "reconciler show lists them",
    )


def address_of(text: str) -> Address:
    """The address that somebody typed.

    Raises:
        UsageError: it is none.
    """
    try:
        return Address.parse(text)
    except ValueError as error:
        raise UsageError(str(error)) from error

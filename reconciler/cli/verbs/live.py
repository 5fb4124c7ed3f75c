"""What `files`, `jobs` and `models` share: an endpoint without a state, ids and addresses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from reconciler.api import Api, Endpoint
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.workspace import (
    Workspace,
    open_api,
    open_workspace,
    read_manifest,
    waiting_of,
)
from reconciler.core.address import Address
from reconciler.errors import ReconcilerError, UsageError
from reconciler.text import visible


@dataclass(frozen=True, slots=True)
class Connection:
    """The endpoint of the manifest, without its data and its state."""

    endpoint: Endpoint
    api: Api


@contextmanager
def connected(settings: Settings) -> Iterator[Connection]:
    """The endpoint that the manifest names."""
    manifest = read_manifest(settings)
    root = settings.manifest.absolute().parent
    with open_api(manifest, root, settings.environ, waiting_of(settings.out)) as (endpoint, api):
        yield Connection(endpoint, api)


@contextmanager
def recorded(settings: Settings) -> Iterator[tuple[Workspace, dict[Address, str]]]:
    """The endpoint, and the ids that the state knows by address; datasets are not read."""
    with open_workspace(settings, is_empty=True) as workspace:
        records = workspace.journal().state.records
        yield workspace, {address: record.id for address, record in records.items()}


def id_of(target: str, kind: str, ids: dict[Address, str]) -> str:
    """An id, or the id that an address of this kind stands for."""
    if not target.startswith(f"{kind}."):
        return target
    address = address_of(target)
    if address not in ids:
        raise ReconcilerError(
            f"{visible(target)} has no object yet",
            why="the state records none for this address",
            cure="reconciler apply",
        )
    return ids[address]


def address_of(text: str) -> Address:
    """The address that somebody typed.

    Raises:
        UsageError: it is none.
    """
    try:
        return Address.parse(text)
    except ValueError as error:
        raise UsageError(str(error)) from error


def when(seconds: object, *, to: Literal["minutes", "seconds"] = "minutes") -> str:
    """A point in time, UTC: `2026-11-20 14:02Z`; empty where it is not known."""
    if not isinstance(seconds, int):
        return ""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.replace(tzinfo=None).isoformat(' ', to)}Z"

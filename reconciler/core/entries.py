"""The entries of the journal: what is about to be sent, and what is known from then on."""

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.alias import Checked, Promote, Release
from reconciler.core.full import Full
from reconciler.core.grant import Review
from reconciler.core.renewal import Renew
from reconciler.core.resource import NOTHING, Attempt, Record


class Intent(NamedTuple):
    """A create that may be under way: written before the request, removed only by evidence.

    Attributes:
        op: uuid of this one request; it stands in a job's marker.
        reads: ids that the object will read, so that nothing deletes them meanwhile.
        begun: API time (Unix seconds) at which it was written; what is older was made by another
            request. None: unknown.
        not_after: API time after which the request is never sent; None: unknown.
    """

    op: str
    address: Address
    fingerprint: str
    attempt: Attempt = Attempt()
    spec: Mapping[str, object] = NOTHING
    reads: tuple[str, ...] = ()
    begun: int | None = None
    not_after: int | None = None
    facts: Mapping[str, object] = NOTHING
    protect: bool = False


class Deposed(NamedTuple):
    """An object that was replaced and still has to be retired, unless it is wanted after all.

    `fingerprint` and `attempt` say what it is where its endpoint keeps no marker; the former is
    empty where it is not known.
    """

    id: str
    address: Address
    reads: tuple[str, ...] = ()
    fingerprint: str = ""
    attempt: Attempt = Attempt()


class Begin(NamedTuple):
    """A create is about to be sent."""

    intent: Intent


class Retire(NamedTuple):
    """A delete or a cancel of this id is about to be sent."""

    id: str
    address: Address
    is_cancel: bool = False


class Hold(NamedTuple):
    """A pause or a resume of this run is about to be sent; the next `Put` of it closes this."""

    id: str
    address: Address
    is_pause: bool = False


class Put(NamedTuple):
    """The address stands for this object from now on.

    The id leaves every other place. The object that the address stood for becomes deposed when
    `depose` says that it still has to be retired; otherwise it is history. `op` closes an intent.
    """

    address: Address
    record: Record
    op: str = ""
    depose: bool = False


class Depose(NamedTuple):
    """A late find that nothing stands for: it has to be retired. Closes the intent `op`."""

    deposed: Deposed
    op: str = ""


class Gone(NamedTuple):
    """This id is at its end, or no longer ours to look after: no place holds it any more.

    `is_kept` says that its object stays at the API on purpose: somebody asked for that.
    """

    id: str
    is_kept: bool = False


class Move(NamedTuple):
    """The record goes to another address; the manifest said so."""

    source: Address
    target: Address


class Clear(NamedTuple):
    """The intent's request certainly made nothing; `why` is the evidence."""

    op: str
    why: str


Said = Review | Renew | Full | Promote | Release | Checked
"""Entries that are about no object of the API."""

Entry = Begin | Retire | Hold | Put | Depose | Gone | Move | Clear | Said

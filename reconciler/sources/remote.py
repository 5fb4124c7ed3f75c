"""An object elsewhere, at `https://` or in a store; whether it may be read is settled before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from reconciler.sources.source import UNTOLD, Unreadable, Version, Waits

if TYPE_CHECKING:  # a plan without remote data pays for none of it
    from reconciler.sources.object import OpenObject


class RemoteObject(NamedTuple):
    """An object by its URL, in parts that were checked.

    Attributes:
        scheme: https, s3, gs or az; http on this machine alone.
        host: the host of a web server, with its port if need be; else the bucket or container.
        path: of the object there, without a slash before it.
        hosts: others to which a web server may redirect, as the operator lists them.
        waits: how a request of which nothing came is made again.
    """

    scheme: str
    host: str
    path: str
    hosts: frozenset[str] = frozenset()
    waits: Waits = Waits()

    @property
    def url(self) -> str:
        """As a manifest spells it."""
        return f"{self.scheme}://{self.host}/{self.path}"

    @property
    def key(self) -> str:
        """Its URL, and which server a store is at."""
        from reconciler.sources.address import server_of  # noqa: PLC0415  # as above

        return f"{self.url} {server_of(self)}".rstrip()

    @property
    def is_far(self) -> bool:
        """A request takes a while."""
        return True

    def version(self) -> Version | None:
        """As one HEAD has it; None, too, where no mark would tell another version."""
        from reconciler.sources.object import head  # noqa: PLC0415  # as above

        try:
            found = head(self)
        except Unreadable:
            return None
        return found if found.marks and found.size != UNTOLD else None

    @contextmanager
    def opened(self, version: Version | None = None) -> Iterator["OpenObject"]:
        """Its bytes as they come, constant memory; raises `Unreadable`."""
        from reconciler.sources.object import OpenObject  # noqa: PLC0415  # as above

        opened = OpenObject(self, version)
        try:
            yield opened
        finally:
            opened.raw.close()

    def leads_to(self, version: Version) -> bool:  # noqa: ARG002  # any source
        """What was read was of the version that HEAD told, or reading it failed."""
        return True

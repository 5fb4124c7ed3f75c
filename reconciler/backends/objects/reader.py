"""The log of a store as it is now: one list, and what is new of the objects that it names."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from reconciler.backends.objects.log import Log, number_of, read_log
from reconciler.backends.objects.store import Store, StoreError

DOCUMENTS = "documents/"

_LOOKS = 20
"""How often what is removed while it is read is read anew."""


class Reader:
    """Reads each object once: what exists is never changed, and its tag tells it from another.

    Attributes:
        names: of the last look.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._objects: Mapping[tuple[str, str], bytes] = {}
        self.names: Mapping[str, str] = {}

    @property
    def documents(self) -> list[str]:
        """Their keys at the last look, the oldest first."""
        return sorted(key for key in self.names if key.startswith(DOCUMENTS))

    def look(self, *, with_document: bool = False) -> Log:
        """The log; with the newest document at hand, it costs no request of its own."""
        for _ in range(_LOOKS):
            self.names = self._store.names()
            wanted = [key for key in self.names if number_of(key) is not None]
            if self._fetched([*wanted, *(self.documents[-1:] if with_document else [])]):
                numbered = ((number_of(key), data) for (key, _), data in self._objects.items())
                return read_log({n: data for n, data in numbered if n is not None})
        raise StoreError("it changes faster than it can be read")

    def _fetched(self, keys: Iterable[str]) -> bool:
        """Have the objects of these names, and no others; False where one of them is gone."""
        wanted = [(key, self.names[key]) for key in keys]
        new = [at for at in wanted if at not in self._objects]
        found = dict(zip(new, self._store.read([key for key, _ in new]), strict=True))
        have = {at: data for at, data in found.items() if data is not None}
        if len(have) < len(new):
            return False
        have |= {at: data for at, data in self._objects.items() if at in wanted}
        self._objects = have
        return True

    def document(self, key: str) -> bytes | None:
        """A document; None where it was replaced, and is gone."""
        at = (key, self.names.get(key, ""))
        return self._objects[at] if at in self._objects else self._store.read([key])[0]

    def log_and_document(self) -> tuple[Log, bytes | None]:
        """Both of one instant.

        What is replaced is removed long after the log names another document: one that two looks
        name, and that is not there, was removed by somebody else.
        """
        missing = ""
        for _ in range(_LOOKS):
            log = self.look(with_document=True)
            key = log.head.document
            document = self.document(key) if key else None
            if document is not None or not key:
                return log, document
            if key == missing:
                return replace(log, damage=log.damage or f"its document {key} is missing"), None
            missing = key
        raise StoreError("it changes faster than it can be read")

    def records(self) -> bytes:
        """All that the last look read, but documents, as it was."""
        found = sorted((key, data) for (key, _), data in self._objects.items())
        return b"\n".join(data for key, data in found if number_of(key) is not None)

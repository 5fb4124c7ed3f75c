"""A file of this machine; whether it may be read at all is settled before."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from reconciler.regular import open_regular
from reconciler.sources.source import Version


class LocalFile(Struct, frozen=True):
    """A regular file by its path, which was resolved.

    Attributes:
        found: the version that was seen with the path, a moment ago; None: nobody looked.
    """

    path: str
    found: Version | None = None

    @property
    def key(self) -> str:
        """Its path."""
        return self.path

    @property
    def is_far(self) -> bool:
        """It is here."""
        return False

    def version(self) -> Version | None:
        """As it was found, so that ten thousand files are not asked twice; else as it is now."""
        return self.found or self._present()

    def _present(self) -> Version | None:
        try:
            return version_of(os.stat(self.path))  # noqa: PTH116  # a `Path` costs more
        except (OSError, ValueError):
            return None

    @contextmanager
    def opened(self, _: Version | None = None) -> Iterator["OpenFile"]:
        """Its bytes; raises as `open_regular`."""
        try:
            # The path was resolved: a link would be one that took the file's place since then.
            fd = open_regular(self.path, os.O_NOFOLLOW)
        except ValueError as error:  # a NUL in the path
            raise FileNotFoundError(self.path) from error
        with open(fd, "rb", buffering=0) as raw:  # noqa: PTH123  # a descriptor, not a path
            yield OpenFile(raw, version_of(os.fstat(fd)))

    def leads_to(self, version: Version) -> bool:
        """Another file may have taken its place."""
        return self._present() == version


class OpenFile(Struct, frozen=True):
    """The bytes of a file."""

    raw: io.FileIO
    version: Version

    def is_unchanged(self) -> bool:
        """A file may be written while it is read."""
        return version_of(os.fstat(self.raw.fileno())) == self.version


def version_of(status: os.stat_result) -> Version:
    """The version of a file that this was said of."""
    touched = max(status.st_mtime_ns, status.st_ctime_ns)
    marks = (status.st_mtime_ns, status.st_ino, status.st_ctime_ns)
    return Version(status.st_size, marks, touched)

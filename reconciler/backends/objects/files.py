"""A folder that many machines see, as a store: the names of its files are made once.

Unlike a local state it needs no lock of the filesystem, only that a hard link fails where there is
one of the name already; NFS and SMB promise that.
"""

import errno
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from reconciler.backends.durable import (
    create_folder,
    discard,
    explained,
    read_file,
    sync_folder,
    write_beside,
)


class FileStore:
    """See `Store`; `shown` is the folder for people."""

    def __init__(self, root: Path, shown: str) -> None:
        self._root, self._shown = root, shown

    def create(self, key: str, data: bytes) -> bool:
        """See `Store.create`: whole and durable under another name before it gets its own."""
        path = self._root / key
        with explained("write the state", self._shown):
            create_folder(path.parent)
            temporary = write_beside(path, data)
            try:
                os.link(temporary, path)
            except FileExistsError:
                return False
            finally:
                discard(temporary)
            sync_folder(path.parent)
            return True

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """See `Store.read`."""
        with explained("read the state", self._shown):
            return [read_file(self._root / key) for key in keys]

    def names(self) -> Mapping[str, str]:
        """See `Store.names`."""
        found = {}
        with explained("list the state", self._shown):
            for folder, below, files in os.walk(self._root, onerror=self._unlisted):
                for name in below:
                    _refuse_link(Path(folder, name))
                for name in files:
                    path = Path(folder, name)
                    if ".tmp-" not in name:
                        with suppress(FileNotFoundError):
                            key, status = path.relative_to(self._root).as_posix(), path.stat()
                            # The number alone may be that of a file that is gone.
                            found[key] = f"{status.st_ino}-{status.st_mtime_ns}"
        return found

    def _unlisted(self, error: OSError) -> None:
        """Only a folder that was never made is empty; what cannot be listed may hold a state."""
        if not isinstance(error, FileNotFoundError) or error.filename != str(self._root):
            raise error

    def remove(self, keys: Sequence[str]) -> None:
        """See `Store.remove`."""
        for key in keys:
            discard(self._root / key)


def _refuse_link(folder: Path) -> None:
    """Raise `OSError` for a link: what it leads to is not listed, and would be written to."""
    if folder.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))

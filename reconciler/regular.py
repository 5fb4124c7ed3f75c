"""Files that somebody else named: only regular ones are read."""

import errno
import os
import stat
from pathlib import Path


class NotRegular(OSError):
    """A folder, a pipe or a device: it has no content of its own, or none that ends."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "not a regular file")


def open_regular(path: Path | str, flags: int = 0) -> int:
    """A descriptor to read a regular file; raises `OSError`, and `NotRegular` for anything else."""
    # Without O_NONBLOCK the opening of a FIFO would wait for a writer.
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | flags)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise NotRegular

"""A file that is there whole or not at all, at a place that only the caller names."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from reconciler.api.text import clean
from reconciler.errors import ReconcilerError, Refusal

# Never through a link, never into something that is there.
FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def landing(target: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """A sink whose bytes become the file `target` when the block ends without an error.

    They are written to a fresh file beside it and renamed once they are on the disk; after an
    error that file is removed. A `target` that is a link is replaced, not followed.

    Raises:
        Refusal: `target` exists and is not to be overwritten, or is a folder or a device.
        ReconcilerError: the place cannot be written.
    """
    draft = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        _require_free(target, overwrite=overwrite)
        with os.fdopen(os.open(draft, FRESH, 0o666), "wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        _place(draft, target, overwrite=overwrite)
    except OSError as cause:
        raise ReconcilerError(
            f"{clean(str(target))} cannot be written", why=cause.strerror or str(cause)
        ) from cause
    finally:
        with suppress(OSError):
            draft.unlink()


def _require_free(target: Path, *, overwrite: bool) -> None:
    if target.is_dir() and not target.is_symlink():
        raise Refusal(f"refused: {clean(str(target))} is a folder", cure="name a file in it")
    if target.exists() and not (target.is_file() or target.is_symlink()):
        raise Refusal(f"refused: {clean(str(target))} is no file", cure="name another place")
    if not overwrite and os.path.lexists(target):
        raise _taken(target)


def _place(draft: Path, target: Path, *, overwrite: bool) -> None:
    """Gives the finished file its name; the link fails where something came there meanwhile."""
    if overwrite:
        draft.replace(target)
        return
    try:
        target.hardlink_to(draft)
    except FileExistsError as cause:
        raise _taken(target) from cause
    except OSError:  # a file system without links: look again, then rename
        _require_free(target, overwrite=False)
        draft.rename(target)


def _taken(target: Path) -> Refusal:
    return Refusal(
        f"refused: {clean(str(target))} exists",
        why="a download does not replace a file by itself",
        cure="name another file, or --overwrite this one",
    )

"""What is kept between runs only to save time: JSON files below the user's cache folder.

Any of them may be lost, damaged or not writable at any time: then the work is simply done again.
"""

import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

_LONGEST_HEADER = 100
"""Bytes of the first line: a number and a digest."""


def kept_file(root: Path, environ: Mapping[str, str], what: str) -> Path:
    """The file for a manifest's folder: below `$XDG_CACHE_HOME`, by default `~/.cache`."""
    base = environ.get("XDG_CACHE_HOME", "")
    home = Path(base) if Path(base).is_absolute() else Path(environ.get("HOME") or "/") / ".cache"
    key = hashlib.sha256(os.fsencode(Path(os.path.realpath(root)))).hexdigest()[:32]
    return home / "reconciler" / f"{key}.{what}.json"


def recall(file: Path, rules: int, kind: Any = Any) -> Any:  # noqa: ANN401  # any JSON value
    """The value of a kind that was kept by the same rules; None: there is none to be trusted."""
    with suppress(OSError, ValueError, msgspec.MsgspecError):
        kept = memoryview(file.read_bytes())
        header = _header_of(kept)
        data = kept[len(header) + 1 :]  # it may be megabytes, and is not copied
        if header == _header(data, rules):
            return msgspec.json.decode(data, type=kind)
    return None


def keep(file: Path, rules: int, value: Any) -> bool:  # noqa: ANN401
    """Keep a JSON value in place of what was there, atomically; False where that failed.

    Args:
        rules: raised whenever the same input would give another value today.
    """
    try:
        data = msgspec.json.encode(value)
        _replace(file, _header(data, rules) + b"\n" + data)
    except (OSError, TypeError, ValueError):  # half a surrogate pair is nothing that it writes
        return False
    return True


def _header_of(kept: memoryview) -> bytes:
    return bytes(kept[:_LONGEST_HEADER]).partition(b"\n")[0]


def _header(data: bytes | memoryview, rules: int) -> bytes:
    """The first line: the rules, and a digest, as a cache that lies would be worse than none."""
    return f"{rules} {hashlib.sha256(data).hexdigest()}".encode()


def _replace(file: Path, data: bytes) -> None:
    """Not synced: what a power loss leaves of it has another digest, and is not used."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.tmp-{secrets.token_hex(4)}")
    try:
        with open(temporary, "xb", opener=_private) as out:
            out.write(data)
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _private(path: str, flags: int) -> int:
    """Its owner's alone, whoever made the folder: a manifest's variables stand in it."""
    return os.open(path, flags, 0o600)

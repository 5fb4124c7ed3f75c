"""What `--lock` writes and `--locked` holds against: the datasets that were reviewed."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.backends.durable import explained
from reconciler.core.words import listed, short
from reconciler.datasets.lockfile import NAME, Locked, read_lock, write_lock
from reconciler.errors import Refusal
from reconciler.kinds.kind import Content


def lock(folder: Path, contents: Mapping[str, Content]) -> None:
    """Write the lock file of these contents, by path."""
    with explained("write the lock file", str(folder / NAME)):
        write_lock(folder, {path: _locked(content) for path, content in contents.items()})


def _locked(content: Content) -> Locked:
    method, tokens = next(iter(content.tokens.items()), ("", None))
    return Locked(content.sha256, content.rows, tokens, method)


def check_locked(folder: Path, contents: Mapping[str, Content]) -> None:
    """See that the data are those that were reviewed.

    Raises:
        Refusal: some are not; all of them are named.
        InvalidInput: there is no lock file that can be read.
    """
    found = dict(_differing(read_lock(folder), contents))
    if found:
        verb = "is" if len(found) == 1 else "are"
        raise Refusal(
            f"refused: {listed(list(found))} {verb} not as in {NAME}",
            where=NAME,
            why="\n".join(list(found.values())[:3]),
            cure="review the data, then reconciler validate --lock, and commit the file",
        )


def _differing(
    locked: Mapping[str, Locked], contents: Mapping[str, Content]
) -> Iterator[tuple[str, str]]:
    """Path → what differs."""
    for path, now in sorted(contents.items()):
        then = locked.get(path)
        if then is None:
            yield path, f"{path} is not in it"
        elif then.sha256 != now.sha256:
            is_told = None not in (then.rows, now.rows) and then.rows != now.rows
            rows = f", rows {then.rows} → {now.rows}" if is_told else ""
            yield path, f"sha256 {short(then.sha256)} → {short(now.sha256)}{rows}"

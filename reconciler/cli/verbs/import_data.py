"""The content of live files: compared with what is here, or brought here."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import RawIOBase
from pathlib import Path, PurePosixPath
from typing import Any, cast

from reconciler.backends.durable import discard
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.resource import Observed
from reconciler.datasets.scan import scan
from reconciler.errors import InvalidInput, Refusal, Refused
from reconciler.kinds.told import text
from reconciler.manifest.paths import PathRefused, confine
from reconciler.text import visible

MOST_NAMES = 1000
"""Names that are tried for one file."""


class _Digest(RawIOBase):
    """A sink that keeps the digest alone."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, data: Any) -> int:  # noqa: ANN401  # any buffer
        self.sha256.update(data)
        return len(data)


@dataclass
class Contents:
    """What live files have in them, each read once at the most.

    Attributes:
        fetched: what this command brought here.
    """

    workspace: Workspace
    folder: str
    fetched: list[Path] = field(default_factory=list)
    _digests: dict[str, str | None] = field(default_factory=dict)

    def digest(self, seen: Observed) -> str | None:
        """The SHA-256 of a live file; None where the endpoint does not give its content."""
        if seen.id not in self._digests:
            sink = _Digest()
            try:
                self.workspace.api.file_content(seen.id, cast("Any", sink))
            except Refused:
                self._digests[seen.id] = None
            else:
                self._digests[seen.id] = sink.sha256.hexdigest()
        return self._digests[seen.id]

    def copy(self, seen: Observed, name: str, path: str | None, *, is_dry: bool) -> str:
        """Where its content is here, as a manifest spells it; it is downloaded if it is not here.

        Args:
            path: the place that somebody named; else a free one is found.
            is_dry: only say where it would be.

        Raises:
            Refusal: it may not be there, something else is, or the endpoint does not give it.
        """
        if path is not None:
            if self._is_at(seen, path, is_dry=is_dry):
                return path
            raise Refusal(
                f"refused: {visible(path)} is not the content of {seen.id}",
                where=visible(path),
                why="size or digest differ, or the endpoint does not give the content",
                cure="name another file, or one that is not there: it is downloaded",
            )
        places = self._places(seen, name)
        return next(shown for shown in places if self._is_at(seen, shown, is_dry=is_dry))

    def _places(self, seen: Observed, name: str) -> Iterator[str]:
        suffix = PurePosixPath(text(seen.body, "filename")).suffix.lower()
        suffix = suffix if suffix[1:].isalnum() and suffix.isascii() else ".jsonl"
        for number in range(1, MOST_NAMES):
            yield f"{self.folder}/{name}{f'-{number}' * (number > 1)}{suffix}"
        raise Refusal(f"refused: no free name for {seen.id} in {self.folder}")

    def _is_at(self, seen: Observed, shown: str, *, is_dry: bool) -> bool:
        """Whether it is at this place, or could be brought there."""
        target = self._target(shown)
        if target.exists():
            return self._is_same(seen, target)
        if is_dry:
            return True
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.workspace.api.save_content(seen.id, target)
        except Refused as error:
            raise _not_given(seen, shown) from error
        self.fetched.append(target)
        return True

    def _target(self, shown: str) -> Path:
        root = self.workspace.settings.manifest.absolute().parent
        try:
            return confine(root, shown, self.workspace.settings.allowed, must_exist=False)
        except PathRefused as refused:
            told = {"where": visible(shown), "why": refused.why, "cure": refused.cure}
            raise Refusal(f"refused: {refused.what}", **told) from None

    def _is_same(self, seen: Observed, target: Path) -> bool:
        if target.stat().st_size != seen.body.get("bytes", target.stat().st_size):
            return False
        here = scan(target, shown=str(target), purpose="")
        return self.digest(seen) in (here.sha256, None)

    def check(self, seen: Observed, shown: str) -> None:
        """Raise `InvalidInput` for rows that no job could train on; how many is a job's matter."""
        found = scan(self._target(shown), shown=shown, purpose=text(seen.body, "purpose"))
        wrong = [
            p for p in found.problems if p.severity == "error" and p.code != "too-few-examples"
        ]
        if wrong:
            raise InvalidInput(wrong)

    def keep(self) -> None:
        """The manifest names what was brought here: it stays, whatever else goes wrong."""
        self.fetched.clear()

    def discard(self, kept: int = 0) -> None:
        """Take away what was brought here, but for so many files."""
        while len(self.fetched) > kept:
            discard(self.fetched.pop())


def _not_given(seen: Observed, shown: str) -> Refusal:
    return Refusal(
        f"refused: the endpoint does not give the content of {seen.id}",
        where=seen.id,
        why="a manifest says what is in a file, and nothing here has it",
        cure=f"put your copy at {visible(shown)}, or name it: reconciler import … --path FILE",
    )

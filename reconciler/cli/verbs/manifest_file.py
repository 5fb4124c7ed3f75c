"""A manifest's file that a command changes: whole or not at all, and never over somebody's edit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from reconciler.backends.durable import discard, explained, sync_folder, write_beside
from reconciler.errors import Refusal
from reconciler.manifest.source import UTF8_BOM, read_bytes, text_of


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """As it was read: its bytes, and its text without the mark of byte order."""

    path: Path
    data: bytes
    text: str

    @classmethod
    def at(cls, path: Path) -> Self:
        """The file at `path`; raises as `manifest.source.read`."""
        data = read_bytes(path)
        return cls(path, data, text_of(data, path))

    def bytes_of(self, text: str) -> bytes:
        """Another text of it as bytes: with the mark of byte order, if there is one."""
        return (UTF8_BOM if self.data.startswith(UTF8_BOM) else b"") + text.encode()

    @contextmanager
    def draft(self, text: str) -> Iterator[Path]:
        """Another text of it in a file beside it, gone at the end unless it was put in place."""
        with explained("write the manifest", str(self.path)):
            beside = write_beside(self.path.resolve(), self.bytes_of(text))
        try:
            yield beside
        finally:
            discard(beside)

    def replace_by(self, draft: Path) -> None:
        """Put a draft in its place: behind a link, with the file's own mode.

        Raises:
            Refusal: it is not as it was read.
        """
        path = self.path.resolve()
        with explained("write the manifest", str(self.path)):
            draft.chmod(path.stat().st_mode & 0o7777)
            if read_bytes(path) != self.data:
                raise Refusal(
                    f"refused: {self.path} changed meanwhile",
                    why="what was written there meanwhile would be lost",
                    cure="the same command again",
                )
            draft.rename(path)
            sync_folder(path.parent)

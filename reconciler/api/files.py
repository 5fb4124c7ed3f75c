"""The verbs of `/files`."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from reconciler.api.call import Call, item
from reconciler.api.caller import Caller
from reconciler.api.landing import landing
from reconciler.api.reply import Json

FILES = "/files"
# Seconds for a whole download: 512 MB, the largest file, at a megabyte a second.
DOWNLOAD = 600.0

Order: TypeAlias = Literal["asc", "desc"]


class Files(Caller):
    """Files: list, retrieve, read, delete; creating one needs a line."""

    def walk_files(
        self, purpose: str | None = None, *, order: Order | None = None
    ) -> Iterator[list[Json]]:
        """The pages of all files, or of those with `purpose`; raises as `paging.walk`.

        `order` is by creation: `asc` oldest first, `desc` (what None means too) newest first.
        """
        call = Call("GET", FILES, _query(purpose, order))
        return self.walk(call, of="files", limit=self.dialect.files_page)

    def newest_files(
        self, limit: int = 20, *, purpose: str | None = None, after: str | None = None
    ) -> list[Json]:
        """The newest files, `limit` at most, newest first; one request.

        `after`: only files older than the one with this id.
        """
        call = Call("GET", FILES, _query(purpose, "desc"))
        return self.newest(call, of="files", limit=limit, after=after)

    def retrieve_file(self, file_id: str) -> Json:
        """One file; raises `NotFound` when it is gone."""
        return self.ask_object(Call("GET", item(FILES, file_id)))

    def file_content(self, file_id: str, sink: BinaryIO) -> int:
        """Writes a file's bytes into `sink` as they come, and returns how many they are.

        An error after the first byte leaves what came before in `sink`.
        """
        return self.stream(Call("GET", item(FILES, file_id, "content"), seconds=DOWNLOAD), sink)

    def save_content(self, file_id: str, target: Path, *, overwrite: bool = False) -> int:
        """Keeps a file's bytes at `target` once all are there; returns how many they are.

        The place is the caller's alone: a name that the server gives is never used. Raises as
        `landing`, and as `file_content`; after an error nothing new is at `target`.
        """
        with landing(target, overwrite=overwrite) as sink:
            return self.file_content(file_id, sink)

    def delete_file(self, file_id: str) -> None:
        """Deletes a file; one that is already gone is deleted."""
        self.remove(Call("DELETE", item(FILES, file_id)))


def _query(purpose: str | None, order: Order | None) -> tuple[tuple[str, str], ...]:
    asked = {"purpose": purpose, "order": order}
    return tuple((name, value) for name, value in asked.items() if value)

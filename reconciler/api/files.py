"""The verbs of `/files`."""

from collections.abc import Iterator
from typing import BinaryIO

from reconciler.api.call import Call, item
from reconciler.api.caller import Caller
from reconciler.api.reply import Json

FILES = "/files"
# Seconds for a whole download: 512 MB, the largest file, at a megabyte a second.
DOWNLOAD = 600.0


class Files(Caller):
    """Files: list, retrieve, read, delete; creating one needs a line."""

    def walk_files(self, purpose: str | None = None) -> Iterator[list[Json]]:
        """The pages of all files, or of those with `purpose`; raises as `paging.walk`."""
        query = (("purpose", purpose),) if purpose else ()
        return self.walk(Call("GET", FILES, query), of="files", limit=self.dialect.files_page)

    def retrieve_file(self, file_id: str) -> Json:
        """One file; raises `NotFound` when it is gone."""
        return self.ask_object(Call("GET", item(FILES, file_id)))

    def file_content(self, file_id: str, sink: BinaryIO) -> int:
        """Writes a file's bytes into `sink` as they come, and returns how many they are.

        An error after the first byte leaves what came before in `sink`.
        """
        return self.stream(Call("GET", item(FILES, file_id, "content"), seconds=DOWNLOAD), sink)

    def delete_file(self, file_id: str) -> None:
        """Deletes a file; one that is already gone is deleted."""
        self.remove(Call("DELETE", item(FILES, file_id)))

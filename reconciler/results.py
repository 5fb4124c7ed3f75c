"""What a finished run left at the API, read in two requests at the most."""

import io
from collections.abc import Mapping
from typing import Any, BinaryIO, Protocol

from reconciler.api.result_csv import result_csv
from reconciler.core.losses import Losses, losses_of
from reconciler.errors import NotFound

MOST_BYTES = 16 << 20
"""Of a result file; a row has about fifty."""

MOST_CHECKPOINTS = 100
"""Of one job, the newest: one page."""


class Results(Protocol):
    """What is asked of the API client."""

    def job_checkpoints(self, job_id: str, limit: int = 20) -> list[dict[str, Any]]:
        """The newest checkpoints of a job; one request."""
        ...

    def file_content(self, file_id: str, sink: BinaryIO) -> int:
        """Writes a file's bytes into `sink`; one request."""
        ...


class _TooLarge(Exception):
    """The file has more than is read of it."""


class _Bounded(io.BytesIO):
    """Takes so many bytes, and no more."""

    def write(self, data: Any, /) -> int:  # noqa: ANN401  # any buffer
        if self.tell() + len(data) > MOST_BYTES:
            raise _TooLarge
        return super().write(data)


def read_losses(api: Results, job: Mapping[str, Any]) -> Losses:
    """The losses of a job, as the API's own object tells of it: one request, or two.

    A result file or checkpoints that are gone tell nothing.

    Raises:
        ApiError: the endpoint did not answer.
        Unsettled: the list of checkpoints is odd.
    """
    files = job.get("result_files")
    first = next((f for f in files if isinstance(f, str)), "") if isinstance(files, list) else ""
    return losses_of(_content(api, first) if first else "", _checkpoints(api, str(job["id"])))


def _checkpoints(api: Results, job_id: str) -> list[dict[str, Any]]:
    try:
        return api.job_checkpoints(job_id, MOST_CHECKPOINTS)
    except NotFound:
        return []


def _content(api: Results, file_id: str) -> str:
    sink = _Bounded()
    try:
        api.file_content(file_id, sink)
    except (NotFound, _TooLarge):
        return ""
    return result_csv(sink.getvalue()).decode("utf-8", "replace")

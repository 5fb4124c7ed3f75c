"""The API's error body: `{"error": {"message", "type", "param", "code"}}`."""

import json
from collections.abc import Mapping


class Rejected(Exception):
    """A request that the API answers with an error.

    Attributes:
        status: the HTTP status.
        headers: more headers of the answer, such as `retry-after`.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.headers = status, dict(headers or {})
        self._error = {"message": message, "type": kind, "param": param, "code": code}

    def body(self) -> bytes:
        """The JSON bytes of the answer."""
        return json.dumps({"error": self._error}, ensure_ascii=False).encode("utf-8", "replace")


def no_such_file(file_id: str) -> Rejected:
    """404 for a file id that is unknown or deleted."""
    return Rejected(f"No such File object: {file_id}", status=404, param="id")


def no_such_job(job_id: str) -> Rejected:
    """404 for an unknown job id."""
    return Rejected(
        f"Could not find fine tune: {job_id}",
        status=404,
        param="fine_tune_id",
        code="fine_tune_not_found",
    )


def no_such_model(model: str, status: int = 404) -> Rejected:
    """404 for a model that is unknown or deleted."""
    return Rejected(
        f"The model '{model}' does not exist", status=status, param="model", code="model_not_found"
    )


def no_such_upload(upload_id: str) -> Rejected:
    """404 for an unknown upload id."""
    return Rejected(f"No such Upload object: {upload_id}", status=404, param="upload_id")


def no_such_cursor(cursor: str) -> Rejected:
    """400 for a page that should start after an object that is not there."""
    return Rejected(f"Invalid 'after': no object with id '{cursor}'.", param="after")

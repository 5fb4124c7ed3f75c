"""Reading `multipart/form-data` as it arrives: text fields in memory, one file to the store."""

import logging
from typing import TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from reconciler.sandbox.blobs import Draft
from reconciler.sandbox.envelope import Rejected

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_TEXT = 1 << 16

# What is wrong with a form is in the answer; the parser's own words are for nobody.
logging.getLogger("python_multipart").addHandler(logging.NullHandler())


class Form:
    """A form: `texts` by name, and the file of one named part, written to a draft."""

    def __init__(self, file_part: str, draft: Draft, max_bytes: int) -> None:
        self.texts: dict[str, str] = {}
        self.filename: str | None = None
        self.draft = draft
        self.is_complete = False
        self._file_part, self._max_bytes = file_part, max_bytes
        self._header, self._value, self._disposition = b"", b"", b""
        self._name, self._text = "", bytearray()
        self._in_file = False

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls as it finds the parts of the form."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._complete,
        }

    def _begin(self) -> None:
        self._disposition, self._text, self._in_file = b"", bytearray(), False

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._name == self._file_part and b"filename" in options:
            self.filename = options[b"filename"].decode("utf-8", "replace")
            self._in_file = True

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self.draft.write(data[start:end])
            if self.draft.size > self._max_bytes:
                raise Rejected(
                    f"File is too large: the maximum is {self._max_bytes} bytes.", status=413
                )
        elif len(self._text) + end - start <= MAX_TEXT:
            self._text += data[start:end]
        else:
            raise Rejected(f"Invalid '{self._name}': the field is too long.", param=self._name)

    def _end(self) -> None:
        if not self._in_file:
            self.texts[self._name] = self._text.decode("utf-8", "replace")

    def _complete(self) -> None:
        self.is_complete = True


async def read_form(request: Request, form: Form) -> None:
    """Feed the body of a request to a form.

    Raises:
        Rejected: 400 for a body that is not such a form, 413 for too many bytes.
        ClientDisconnect: the client went away; what came so far is in the draft.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Rejected("Invalid content type: expected multipart/form-data with a boundary.")
    try:
        parser = MultipartParser(boundary, form.callbacks())
        async for data in request.stream():
            parser.write(data)
    except (MultipartParseError, ValueError) as error:
        raise Rejected(f"We could not parse the multipart body of your request: {error}") from error
    if not form.is_complete:
        raise Rejected("We could not parse the multipart body of your request: it is cut short.")

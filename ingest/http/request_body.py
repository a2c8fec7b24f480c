"""The body of an upload as a stream: a multipart form with the file in it, or the file itself."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ingest.http.errors import malformed_body
from ingest.http.parameters import unknown_parameter
from schemas.filenames import clean_filename

_FIELD_BYTES = 64 << 10
_PARTS = 64


@dataclass(frozen=True, slots=True)
class FilePart:
    """What is said of a file before its first byte."""

    filename: str
    content_type: str | None
    # Size of the file in bytes, if known beforehand.
    size: int | None = None


class Body(Protocol):
    """A body with one file in it; the three are called in this order, once each."""

    async def find_file(self) -> FilePart | None:
        """Read up to the file; None if there is none."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the file."""
        ...

    def fields_before(self) -> dict[str, list[str]]:
        """The form's fields before the file."""
        ...

    async def fields(self) -> dict[str, list[str]]:
        """The form's other fields, including those after the file."""
        ...


class RawBody:
    """The body is the file."""

    def __init__(self, stream: AsyncIterator[bytes], part: FilePart) -> None:
        self._stream = stream
        self._part = part

    async def find_file(self) -> FilePart | None:
        """The file, which is all there is."""
        return self._part

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the file."""
        async for chunk in self._stream:
            if chunk:
                yield chunk

    def fields_before(self) -> dict[str, list[str]]:
        """None: there is no form."""
        return {}

    async def fields(self) -> dict[str, list[str]]:
        """None: there is no form."""
        return {}


class FormBody:
    """A `multipart/form-data` body with the file in its field `file`.

    The parser is pushed one chunk of the network at a time and what it finds is passed on at
    once, so memory does not grow with the size of the file. It looks for the boundary
    with a substring search (2.6 GB/s here), so it is not what bounds an upload.

    Args:
        known: names of the fields that the form may have.
    """

    def __init__(
        self, stream: AsyncIterator[bytes], content_type: str, known: Collection[str]
    ) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise malformed_body("The content type multipart/form-data names no boundary.")
        self._stream, self._known = stream, known
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as exc:
            raise malformed_body(f"The multipart boundary cannot be used: {exc}.") from exc
        self._file: FilePart | None = None
        self._data: deque[bytes] = deque()
        self._in_file = self._ended = False
        self._parts = 0
        self._headers: dict[str, str] = {}
        self._header_name = self._header_value = b""
        self._field = ""
        self._unknown: str | None = None
        self._field_value = bytearray()
        self._fields: dict[str, list[str]] = {}

    async def find_file(self) -> FilePart | None:
        """Read up to the first byte of the field `file`."""
        while self._file is None and await self._read():
            pass
        # Without a file, that is the error to report, not the names of the fields.
        if self._file is not None:
            self._check_names()
        return self._file

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the field `file`."""
        while True:
            while self._data:
                yield self._data.popleft()
            if not self._in_file:
                return
            await self._read()

    def fields_before(self) -> dict[str, list[str]]:
        """The other fields as far as they were read."""
        return dict(self._fields)

    async def fields(self) -> dict[str, list[str]]:
        """The other fields; reads the rest of the body after the file."""
        while await self._read():
            pass
        self._check_names()
        return self._fields

    def _check_names(self) -> None:
        if self._unknown is not None:
            raise unknown_parameter("form field", self._unknown, self._known)

    async def _read(self) -> bool:
        """Parse one more chunk; False at the end of the body."""
        chunk = await anext(self._stream, None)
        if chunk is None:
            if not self._ended:
                raise malformed_body("The multipart body ends before its last boundary.")
            return False
        try:
            self._parser.write(chunk)
        except FormParserError as exc:
            raise malformed_body(f"The body is no multipart/form-data: {exc}.") from exc
        return True

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > _PARTS:
            raise malformed_body(f"The form has more than {_PARTS} fields.")
        self._headers = {}
        self._header_name = self._header_value = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        # RFC 7578: what is not ASCII in a form's headers is UTF-8.
        name = self._header_name.decode("latin-1").lower()
        self._headers[name] = self._header_value.decode("utf-8", "replace")
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        disposition = self._headers.get("content-disposition", "")
        _, parameters = parse_options_header(_as_latin_1(disposition))
        name = parameters.get(b"name", b"").decode("utf-8", "replace")
        if name not in self._known and self._unknown is None:
            self._unknown = name
        if name != "file":
            self._field, self._field_value = name, bytearray()
            return
        if self._file is not None:
            raise malformed_body("The form has more than one field `file`; send one at a time.")
        filename = clean_filename(parameters.get(b"filename", b"").decode("utf-8", "replace"))
        self._file = FilePart(filename, self._headers.get("content-type"))
        self._in_file = True

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._data.append(data[start:end])
            return
        self._field_value += data[start:end]
        if len(self._field_value) > _FIELD_BYTES:
            raise malformed_body(f"The form's field {self._field!r} is larger than 64 KiB.")

    def _on_part_end(self) -> None:
        if self._in_file:
            self._in_file = False
        elif self._field in self._known:
            value = self._field_value.decode("utf-8", "replace")
            self._fields.setdefault(self._field, []).append(value)

    def _on_end(self) -> None:
        self._ended = True


def _as_latin_1(text: str) -> str:
    """UTF-8 bytes spelled as latin-1, which is how the header parser wants and returns them."""
    return text.encode("utf-8").decode("latin-1")

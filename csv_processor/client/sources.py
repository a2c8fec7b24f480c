"""What is uploaded: a path, bytes, or an open file; read in chunks, and again from its start."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from csv_processor.client.errors import ClientError

Content = str | os.PathLike[str] | bytes | IO[bytes]
# Called with the bytes that are sent, and with all there are; None if that is not known.
Progress = Callable[[int, int | None], None]
_CHUNK_BYTES: Final = 1 << 20


class Source:
    """Bytes to send, with what is known of them."""

    def __init__(self, file: IO[bytes], filename: str | None, progress: Progress | None) -> None:
        self._file, self._progress = file, progress
        name = filename or Path(str(getattr(file, "name", "unnamed"))).name
        # Bytes of a name that are no text cannot be sent.
        self.filename = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in name)
        self._begin = file.tell() if file.seekable() else None
        self._begun = False
        self.size = self._size()

    def chunks(self) -> Iterator[bytes]:
        """All of it: of a file that grows, what it had at the beginning.

        Raises:
            ClientError: it was read before, and cannot be read again; or it has become shorter.
        """
        if self._begin is not None:
            self._file.seek(self._begin)
        elif self._begun:
            raise ClientError("the upload broke off, and its source cannot be read again")
        self._begun = True
        sent = 0
        while chunk := self._file.read(self._next_size(sent)):
            yield chunk
            sent += len(chunk)
            if self._progress is not None:
                self._progress(sent, self.size)
        if self.size is not None and sent < self.size:
            raise ClientError(f"{self.filename} became shorter while it was sent; send it again")

    def _next_size(self, sent: int) -> int:
        return _CHUNK_BYTES if self.size is None else min(_CHUNK_BYTES, self.size - sent)

    def _size(self) -> int | None:
        if self._begin is None:
            return None
        end = self._file.seek(0, io.SEEK_END)
        self._file.seek(self._begin)
        return end - self._begin


@contextmanager
def opened(content: Content, filename: str | None, progress: Progress | None) -> Iterator[Source]:
    """The source of `content`; a path is opened for as long as it is sent."""
    if isinstance(content, bytes):
        yield Source(io.BytesIO(content), filename or "unnamed", progress)
    elif isinstance(content, str | os.PathLike):
        with Path(content).open("rb") as file:
            yield Source(file, filename, progress)
    else:
        yield Source(content, filename, progress)

"""`python -m embedded.nanio …`: nanio's own command, with two changes.

nanio hands each piece of a body to a thread that writes it, and hashes it then for the ETag, one
after the other. Here pieces are larger (uvicorn stops reading from 64 KB on), and a piece is hashed
while the next one is received and written.

nanio writes what belongs to an object (its length, its ETag) to a temporary file named after it, which
must not exist yet. If it is killed in between, that file is left, and every later PUT of that key is
answered 500. Here each temporary file has a name of its own.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nanio.cli import main
from nanio.etag import StreamingMd5
from nanio.storage import filesystem, metadata, multipart
from uvicorn.protocols.http import httptools_impl

_AHEAD_BYTES: Final = 1 << 20
# A smaller piece is hashed sooner than handed over.
_LARGE_BYTES: Final = 64 << 10
_THREADS: Final = ThreadPoolExecutor(2, thread_name_prefix="md5")


class BackgroundMd5(StreamingMd5):  # type: ignore[misc]
    """Hashes one large piece later; hashing releases the GIL."""

    __slots__ = ("_hashing",)

    def __init__(self) -> None:
        super().__init__()
        self._hashing: Future[None] | None = None

    def update(self, chunk: bytes) -> None:
        self._catch_up()
        if len(chunk) < _LARGE_BYTES:
            super().update(chunk)
        else:
            self._hashing = _THREADS.submit(super().update, chunk)

    @property
    def size(self) -> int:
        self._catch_up()
        size: int = self._size
        return size

    def hexdigest(self) -> str:
        self._catch_up()
        digest: str = super().hexdigest()
        return digest

    def _catch_up(self) -> None:
        if self._hashing is not None:
            self._hashing.result()
            self._hashing = None


@contextmanager
def atomic_write(path: Path, *, text: bool = False) -> Iterator[int]:
    """Descriptor of a new file, which takes the place of `path` once all of it is on disk."""
    del text
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    try:
        try:
            yield descriptor
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


for module, name, value in (
    (httptools_impl, "HIGH_WATER_LIMIT", _AHEAD_BYTES),
    (filesystem, "StreamingMd5", BackgroundMd5),
    (multipart, "StreamingMd5", BackgroundMd5),
    (metadata, "atomic_write", atomic_write),
    (multipart, "atomic_write", atomic_write),
):
    assert hasattr(module, name)
    setattr(module, name, value)

if __name__ == "__main__":
    sys.exit(main())

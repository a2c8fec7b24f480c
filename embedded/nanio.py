"""`python -m embedded.nanio …`: nanio's own command, with four changes.

nanio hands each piece of a body to a thread that writes it, and hashes it then for the ETag, one
after the other. Here pieces are larger (uvicorn stops reading from 64 KB on), and a piece is hashed
while the next one is received and written.

nanio writes what belongs to an object (its length, its ETag) to a temporary file named after it, which
must not exist yet. If it is killed in between, that file is left, and every later PUT of that key is
answered 500. Here each temporary file has a name of its own.

nanio syncs an object to disk, and then what belongs to it, while all other requests wait: one disk takes
a hundred objects a second. Here a small object is written as a whole by a thread, so that the disk
syncs many of them at once.

nanio gives a file that was put into its folder (`storage.local_objects`) an empty ETag. Here it is made
of what changes when the file is replaced.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from nanio.cli import main
from nanio.errors import BadDigest
from nanio.etag import StreamingMd5, quote_etag
from nanio.keys import validate_object_key
from nanio.storage import filesystem, metadata, multipart
from nanio.storage.backend import ObjectInfo
from nanio.storage.filesystem import FilesystemStorage
from nanio.storage.paths import assert_inside_data_dir, metadata_path, object_path
from uvicorn.protocols.http import httptools_impl

_AHEAD_BYTES: Final = 1 << 20
# A smaller piece is hashed sooner than handed over.
_LARGE_BYTES: Final = 64 << 10
_THREADS: Final = ThreadPoolExecutor(2, thread_name_prefix="md5")
# An object up to this size is held in memory, and written by one of so many threads.
_HELD_BYTES: Final = 1 << 20
_WRITERS: Final = ThreadPoolExecutor(16, thread_name_prefix="write")


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
    temporary = f"{path}.{uuid.uuid4().hex}.tmp"
    try:
        with _synced(temporary) as descriptor:
            yield descriptor
        Path(temporary).replace(path)
    except BaseException:
        _remove(temporary)
        raise


@contextmanager
def _synced(path: str) -> Iterator[int]:
    """Descriptor of a new file, which is on disk afterwards."""
    descriptor = _new_file(path)
    try:
        yield descriptor
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _new_file(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)


def _remove(*paths: str) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            Path(path).unlink()


async def put_object(
    self: FilesystemStorage, bucket: str, key: str, body: AsyncIterator[bytes], **about: Any
) -> ObjectInfo:
    """See `FilesystemStorage.put_object`."""
    held: list[bytes] = []
    size = 0
    async for chunk in body:
        held.append(chunk)
        size += len(chunk)
        if size > _HELD_BYTES:
            return await _PUT_LARGE(self, bucket, key, _following(held, body), **about)
    staged = _Staged(self, bucket, key)
    writing = _WRITERS.submit(staged.write, b"".join(held), about)
    try:
        info = await asyncio.wrap_future(writing)
        # Here, where all other requests are answered: an object never has another one's description.
        staged.move()
    except BaseException:
        writing.add_done_callback(lambda _: staged.remove())
        raise
    return info


async def _following(held: list[bytes], body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    held.reverse()
    while held:
        yield held.pop()
    async for chunk in body:
        yield chunk


class _Staged:
    """An object in memory on its way to its place, by the steps of `FilesystemStorage.put_object`."""

    def __init__(self, storage: FilesystemStorage, bucket: str, key: str) -> None:
        storage._require_bucket_dir(bucket)
        validate_object_key(key)
        self._folder: Path = storage.data_dir
        self._key = key
        self._data = object_path(self._folder, bucket, key)
        self._description = metadata_path(self._folder, bucket, key)
        name = f".tmp.{uuid.uuid4().hex}"
        self._new_data = f"{self._data.parent}/{name}"
        self._new_description = f"{self._description.parent}/{name}"
        for place in (self._data, self._description):
            place.parent.mkdir(parents=True, exist_ok=True)
            assert_inside_data_dir(self._folder, place.parent)
        # Here too: a folder without a file is removed with what was the last one in it.
        self._descriptor = _new_file(self._new_data)

    def write(self, data: bytes, about: Mapping[str, Any]) -> ObjectInfo:
        """Write both files beside their places; they are on disk then.

        Raises:
            BadDigest: `data` are not the bytes that the client means.
        """
        try:
            _write(self._descriptor, data)
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        described = {name: value for name, value in about.items() if name != "expected_md5"}
        expected = about.get("expected_md5")
        if expected is not None and filesystem._b64md5_to_hex(expected) != md5:
            raise BadDigest
        info = ObjectInfo(
            key=self._key,
            size=len(data),
            etag=quote_etag(md5),
            last_modified=datetime.now(tz=UTC),
            **described,
        )
        with _synced(self._new_description) as descriptor:
            fields = metadata._to_dict(info)
            _write(descriptor, json.dumps(fields, separators=(",", ":")).encode())
        return info

    def move(self) -> None:
        """Put both files in their places."""
        Path(self._new_data).replace(self._data)
        Path(self._new_description).replace(self._description)

    def remove(self) -> None:
        """Remove what is not in its place."""
        _remove(self._new_data, self._new_description)


def described_by_file(path: Path, key: str) -> ObjectInfo:
    """See `metadata.synthesize_metadata_from_stat`; with an ETag."""
    found = path.stat(follow_symlinks=False)
    etag = quote_etag(f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}")
    return replace(_OF_FILE(path, key), etag=etag)


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


_PUT_LARGE: Final = FilesystemStorage.put_object
_OF_FILE: Final = metadata.synthesize_metadata_from_stat

for module, name, value in (
    (httptools_impl, "HIGH_WATER_LIMIT", _AHEAD_BYTES),
    (filesystem, "StreamingMd5", BackgroundMd5),
    (filesystem, "synthesize_metadata_from_stat", described_by_file),
    (multipart, "StreamingMd5", BackgroundMd5),
    (metadata, "atomic_write", atomic_write),
    (multipart, "atomic_write", atomic_write),
    (FilesystemStorage, "put_object", put_object),
):
    assert hasattr(module, name)
    setattr(module, name, value)

if __name__ == "__main__":
    sys.exit(main())

"""What `embedded.nanio` changes of nanio: small objects are written by threads."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nanio.errors import BadDigest
from nanio.storage.filesystem import FilesystemStorage

import embedded.nanio as changed

BUCKET = "raw-files"
LARGE = (1 << 20) + 1


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece


@pytest.fixture
def storage(tmp_path: Path) -> FilesystemStorage:
    assert FilesystemStorage.put_object is changed.put_object
    storage = FilesystemStorage(tmp_path)
    storage.create_bucket(BUCKET)
    return storage


async def content(storage: FilesystemStorage, key: str) -> bytes:
    found = await storage.get_object(BUCKET, key)
    return b"".join([piece async for piece in found.body])


def files(storage: FilesystemStorage) -> list[str]:
    return sorted(p.name for p in storage.data_dir.rglob("*") if p.is_file())


async def test_small_objects_are_synced_side_by_side(
    storage: FilesystemStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=20)
    sync = os.fsync

    def together(descriptor: int) -> None:
        both.wait()
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", together)
    await asyncio.gather(
        *(storage.put_object(BUCKET, f"raw/{n}", pieces(b"a", b"b")) for n in range(2))
    )
    assert [await content(storage, f"raw/{n}") for n in range(2)] == [b"ab", b"ab"]


@pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE, 2 * LARGE])
async def test_an_object_and_its_description_are_those_of_nanio(
    storage: FilesystemStorage, size: int
) -> None:
    data = os.urandom(size)
    about = {"content_type": "text/csv", "user_metadata": {"x-amz-meta-a": "b"}}
    info = await storage.put_object(BUCKET, "a/b", pieces(data[:LARGE], data[LARGE:]), **about)
    plain = await changed._PUT_LARGE(storage, BUCKET, "a/c", pieces(data), **about)
    assert (info.size, info.etag, info.content_type) == (plain.size, plain.etag, "text/csv")
    assert storage.head_object(BUCKET, "a/b").user_metadata == about["user_metadata"]
    assert await content(storage, "a/b") == data
    assert files(storage) == ["b", "b.json", "c", "c.json"]


async def test_of_writes_to_one_key_the_object_and_its_description_are_of_the_same(
    storage: FilesystemStorage,
) -> None:
    bodies = [bytes([n]) * n for n in range(1, 30)]
    await asyncio.gather(*(storage.put_object(BUCKET, "k", pieces(body)) for body in bodies))
    found = await content(storage, "k")
    assert found in bodies
    assert storage.head_object(BUCKET, "k").size == len(found)
    assert files(storage) == ["k", "k.json"]


async def test_of_a_body_that_is_not_the_one_that_is_meant_nothing_is_left(
    storage: FilesystemStorage,
) -> None:
    with pytest.raises(BadDigest):
        await storage.put_object(
            BUCKET, "k", pieces(b"other"), expected_md5="1B2M2Y8AsgTpgAmY7PhCfg=="
        )
    assert files(storage) == []

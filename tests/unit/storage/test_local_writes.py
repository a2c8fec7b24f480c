"""Small objects of our own are written where the service keeps them; everything else goes to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from schemas.errors import Unavailable
from schemas.events import ObjectRef
from storage.local_reads import LocalReads
from storage.s3_access import S3Access

BUCKET = "raw-files"
pytestmark = pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files without names: Linux")


def ref(key: str) -> ObjectRef:
    return ObjectRef(bucket=BUCKET, key=key)


@pytest.fixture
def store(tmp_path: Path) -> LocalReads:
    """A store whose service does not answer."""
    (tmp_path / BUCKET / "raw").mkdir(parents=True)
    return LocalReads(S3Access("http://127.0.0.1:9", "key", "secret", "us-east-1", None), tmp_path)


async def test_a_small_new_object_is_a_file(store: LocalReads, tmp_path: Path) -> None:
    for key, data in (("raw/a", b"some bytes"), ("raw/b", b""), ("raw/c", bytes(1 << 20))):
        await store.put_bytes(ref(key), data)
        assert (tmp_path / BUCKET / key).read_bytes() == data
        assert b"".join([piece async for piece in store.stream(ref(key))]) == data
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("key", "size"),
    [
        ("raw/large", (1 << 20) + 1),
        ("raw/there", 1),
        ("partials/no/folder/yet", 1),
        ("raw/.hidden", 1),
        ("health/probe", 1),
        ("of/another", 1),
    ],
)
async def test_everything_else_goes_to_the_service(
    store: LocalReads, tmp_path: Path, key: str, size: int
) -> None:
    there = tmp_path / BUCKET / "raw" / "there"
    there.write_bytes(b"before")
    with pytest.raises(Unavailable):
        await store.put_bytes(ref(key), bytes(size))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]
    assert there.read_bytes() == b"before"

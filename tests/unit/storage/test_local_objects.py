"""New objects of our own are written where the service keeps them; everything else goes to it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from storage.base import ObjectInfo, ObjectMissing
from storage.local_objects import LocalObjects
from storage.s3_access import S3Access

BUCKET = "raw-files"
pytestmark = pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files without names: Linux")


def ref(key: str) -> ObjectRef:
    return ObjectRef(bucket=BUCKET, key=key)


@pytest.fixture
def store(tmp_path: Path) -> LocalObjects:
    """A store whose service does not answer."""
    (tmp_path / BUCKET / "raw").mkdir(parents=True)
    return LocalObjects(
        S3Access("http://127.0.0.1:9", "key", "secret", "us-east-1", None), tmp_path
    )


async def test_a_small_new_object_is_a_file(store: LocalObjects, tmp_path: Path) -> None:
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
    store: LocalObjects, tmp_path: Path, key: str, size: int
) -> None:
    there = tmp_path / BUCKET / "raw" / "there"
    there.write_bytes(b"before")
    with pytest.raises(Unavailable):
        await store.put_bytes(ref(key), bytes(size))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]
    assert there.read_bytes() == b"before"


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 300_000):
        yield data[at : at + 300_000]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Known(LocalObjects):
    """A store whose service answers one question: what an object is."""

    missing = False

    async def stat(self, ref: ObjectRef) -> ObjectInfo:
        if self.missing:
            raise ObjectMissing(ref)
        size = (self._folder / ref.bucket / ref.key).stat().st_size
        return ObjectInfo(ref, size, "etag", datetime.now(UTC))


@pytest.fixture
def known(store: LocalObjects) -> Known:
    return Known(store._access, store._folder)


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("size", [(1 << 20) + 1, 40 << 20])
async def test_a_large_new_object_is_a_file(
    known: Known, tmp_path: Path, size: int, declared: bool
) -> None:
    data = os.urandom(1 << 20) * (size >> 20) + b"x" * (size & 0xFFFFF)
    info = await known.put(ref("raw/a"), pieces(data), size if declared else None)
    assert (info.size, info.etag) == (size, "etag")
    assert files(tmp_path) == {"a": data}


async def test_a_large_object_that_is_there_goes_to_the_service(
    known: Known, tmp_path: Path
) -> None:
    there = tmp_path / BUCKET / "raw" / "there"
    there.write_bytes(b"before")
    with pytest.raises(Unavailable):
        await known.put(ref("raw/there"), pieces(bytes(2 << 20)), 2 << 20)
    assert files(tmp_path) == {"there": b"before"}


async def test_a_large_object_that_comes_meanwhile_is_replaced_by_the_service(
    known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []

    async def put_large(_: object, ref: ObjectRef, source: AsyncIterator[bytes], size: int) -> str:
        sent.append(b"".join([chunk async for chunk in source]))
        return str((ref.key, size))

    async def slow() -> AsyncIterator[bytes]:
        yield bytes(2 << 20)
        (tmp_path / BUCKET / "raw" / "a").write_bytes(b"of another")
        yield b"end"

    monkeypatch.setattr("storage.s3.S3Objects._put_large", put_large)
    info = await known.put(ref("raw/a"), slow())
    assert info.etag == str(("raw/a", (2 << 20) + 3))
    assert sent == [bytes(2 << 20) + b"end"]
    assert files(tmp_path) == {"a": b"of another"}


async def test_a_large_object_that_the_service_does_not_have_is_refused(
    known: Known, tmp_path: Path
) -> None:
    known.missing = True
    with pytest.raises(Unavailable, match=r"does not keep its objects in .*\(S3_LOCAL_FOLDER\)"):
        await known.put(ref("raw/a"), pieces(bytes(2 << 20)), 2 << 20)
    assert files(tmp_path) == {}


async def test_a_full_disk_is_said_and_leaves_nothing(
    known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Unavailable, match="No space left on device"):
        await known.put(ref("raw/a"), pieces(bytes(2 << 20)), 2 << 20)
    assert files(tmp_path) == {}


async def test_an_error_of_the_source_comes_out_as_it_is(known: Known, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(2 << 20)
        raise ConnectionResetError("the client hung up")

    with pytest.raises(ConnectionResetError, match="the client hung up"):
        await known.put(ref("raw/a"), broken())
    assert files(tmp_path) == {}


async def test_a_large_object_of_another_size_than_declared_is_refused(
    known: Known, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="declared"):
        await known.put(ref("raw/a"), pieces(bytes(2 << 20)), (2 << 20) + 1)
    assert files(tmp_path) == {}


def test_a_folder_changes_when_something_comes_into_it(store: LocalObjects, tmp_path: Path) -> None:
    asked = ("", "raw", "raw/none")
    before = store.folder_times(BUCKET, asked)
    assert before[0] > 0
    assert before[2] == 0
    os.utime(tmp_path / BUCKET / "raw", ns=(1, 1))
    (tmp_path / BUCKET / "raw" / "new").write_bytes(b"")
    after = store.folder_times(BUCKET, asked)
    assert after[0] == before[0]
    assert after[1] > 1


async def test_an_object_of_another_process_in_its_place_stays(
    known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / BUCKET / "raw" / "a"

    async def replaced(_: ObjectRef) -> ObjectInfo:
        other = tmp_path / "other"
        other.write_bytes(b"of another")
        other.replace(there)
        raise Unavailable(Service.STORE, "no answer")

    monkeypatch.setattr(known, "stat", replaced)
    with pytest.raises(Unavailable, match="no answer"):
        await known.put(ref("raw/a"), pieces(bytes(2 << 20)), 2 << 20)
    assert files(tmp_path) == {"a": b"of another"}

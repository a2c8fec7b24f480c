"""What every object store must do: one suite, run against each implementation."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from schemas.errors import Unavailable
from schemas.events import ObjectRef
from storage.base import ObjectMissing, ObjectReplaced, ObjectStore
from storage.obstore_base import PART_BYTES
from tests.harness.stores import BUCKET, NAMES, Stores


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Every store of this module, below one folder."""
    with ExitStack() as ending:
        yield Stores(tmp_path_factory.mktemp("stores"), ending)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Which store the test runs against."""
    chosen: str = request.param
    return chosen


@pytest.fixture
async def store(name: str, stores: Stores) -> AsyncIterator[ObjectStore]:
    opened = stores.open(name)
    await opened.ensure_bucket(BUCKET)
    yield opened
    async for info in opened.list(BUCKET, ""):
        await opened.delete(info.ref)
    await opened.close()


def ref(key: str) -> ObjectRef:
    return ObjectRef(bucket=BUCKET, key=key)


async def pieces(data: bytes, size: int = 300_000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def read(store: ObjectStore, key: str, chunk_bytes: int = 4 << 20) -> bytes:
    return b"".join([chunk async for chunk in store.stream(ref(key), chunk_bytes)])


async def keys(store: ObjectStore, prefix: str) -> set[str]:
    return {info.ref.key async for info in store.list(BUCKET, prefix)}


async def nothing_left(store: ObjectStore, name: str, stores: Stores) -> None:
    """Wait until the store has neither an object nor a piece of one.

    A store notices a broken connection a moment later than we do.
    """
    deadline = time.monotonic() + 10
    while True:
        left = await keys(store, "")
        left |= await asyncio.to_thread(stores.unfinished, name)
        if not left:
            return
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.02)


SIZES = [0, 1, 300_001, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 777]


@pytest.mark.parametrize("known", [False, True], ids=["size unknown", "size known"])
@pytest.mark.parametrize("size", SIZES)
async def test_what_is_put_comes_back(store: ObjectStore, size: int, known: bool) -> None:
    data = os.urandom(size)
    put = await store.put(ref("raw/one"), pieces(data), size if known else None)
    stat = await store.stat(ref("raw/one"))
    assert (put.size, put.ref) == (size, ref("raw/one"))
    assert (stat.size, stat.etag) == (size, put.etag)
    assert stat.etag
    assert '"' not in stat.etag
    assert abs((stat.modified - put.modified).total_seconds()) < 60
    assert await read(store, "raw/one") == data


async def test_the_etag_of_one_request_is_the_md5_of_the_object(
    store: ObjectStore, name: str
) -> None:
    """As S3 has it; others than we may rely on it."""
    if name in ("folder", "s3, read from its folder"):
        pytest.skip("what is written as a file has an ETag of other things")
    data = os.urandom(5_000_001)
    put = await store.put(ref("raw/one"), pieces(data), len(data))
    assert put.etag == hashlib.md5(data).hexdigest()


@pytest.mark.parametrize("start", [0, 1, 4095, 4096, 1_000_003])
async def test_a_large_range_comes_back(store: ObjectStore, start: int) -> None:
    data = os.urandom(3_000_001)
    await store.put(ref("raw/one"), pieces(data), len(data))
    for end in (start + 1_900_000, len(data), len(data) + 1):
        assert bytes(await store.get_range(ref("raw/one"), start, end)) == data[start:end]


async def test_a_range_stays_what_it_was_when_its_object_goes(store: ObjectStore) -> None:
    data = os.urandom(3_000_000)
    await store.put(ref("raw/one"), pieces(data), len(data))
    held = await store.get_range(ref("raw/one"), 0, len(data))
    await store.put_bytes(ref("raw/one"), b"another")
    await store.delete(ref("raw/one"))
    assert bytes(held) == data


async def test_small_bytes_come_back_and_are_overwritten(store: ObjectStore) -> None:
    await store.put_bytes(ref("partials/f/1/0"), b"first, and longer")
    assert bytes(await store.get_range(ref("partials/f/1/0"), 0, 100)) == b"first, and longer"
    await store.put_bytes(ref("partials/f/1/0"), b"second")
    assert bytes(await store.get_range(ref("partials/f/1/0"), 0, 100)) == b"second"


@pytest.mark.parametrize(
    ("start", "end"), [(0, 10), (3, 7), (5, 10), (5, 11), (0, 10_000), (9, 10)]
)
async def test_a_range_is_cut_at_the_end_of_the_object(
    store: ObjectStore, start: int, end: int
) -> None:
    await store.put_bytes(ref("ten"), b"0123456789")
    assert bytes(await store.get_range(ref("ten"), start, end)) == b"0123456789"[start:end]


@pytest.mark.parametrize(("start", "end"), [(10, 20), (50, 60), (4, 4), (0, 0)])
async def test_an_empty_range_is_no_error(store: ObjectStore, start: int, end: int) -> None:
    await store.put_bytes(ref("ten"), b"0123456789")
    assert bytes(await store.get_range(ref("ten"), start, end)) == b""


async def test_an_object_that_another_made_shorter_is_read_to_its_new_end(
    store: ObjectStore, name: str, stores: Stores
) -> None:
    await store.put_bytes(ref("ten"), b"0123456789")
    other = stores.open("s3" if name.startswith("s3") else name)
    await other.put_bytes(ref("ten"), b"abc")
    assert bytes(await store.get_range(ref("ten"), 1, 10)) == b"bc"


async def test_an_object_that_another_made_longer_is_read_to_its_new_end(
    store: ObjectStore, name: str, stores: Stores
) -> None:
    await store.put_bytes(ref("grown"), b"0123456789")
    other = stores.open("s3" if name.startswith("s3") else name)
    await other.put_bytes(ref("grown"), b"abcdefghijklmnop")
    assert bytes(await store.get_range(ref("grown"), 4, 14)) == b"efghijklmn"
    assert bytes(await store.get_range(ref("grown"), 12, 16)) == b"mnop"


async def test_an_object_with_an_etag_is_read_until_it_is_replaced(
    store: ObjectStore, name: str, stores: Stores
) -> None:
    """Both are equally long; small and large enough to be handed out in another way."""
    other = stores.open("s3" if name.startswith("s3") else name)
    for size in (10, 3_000_000):
        key = f"versions/{size}"
        await store.put_bytes(ref(key), b"a" * size)
        first = ref(key).model_copy(update={"etag": (await store.stat(ref(key))).etag})
        for _ in range(2):
            assert bytes(await store.get_range(first, 2, size)) == b"a" * (size - 2)
            assert b"".join([chunk async for chunk in store.stream(first)]) == b"a" * size
            assert (await store.stat(first)).size == size
        await other.put_bytes(ref(key), b"b" * size)
        with pytest.raises(ObjectReplaced, match="was replaced by other content"):
            await store.stat(first)
        with pytest.raises(ObjectReplaced):
            await store.get_range(first, 2, size)
        with pytest.raises(ObjectReplaced):
            b"".join([chunk async for chunk in store.stream(first)])
        await store.delete(first)
        assert await read(store, key) == b"b" * size
        second = first.model_copy(update={"etag": (await store.stat(ref(key))).etag})
        assert bytes(await store.get_range(second, 0, size)) == b"b" * size
        await store.delete(second)
        with pytest.raises(ObjectMissing):
            await store.stat(ref(key))


async def test_a_stream_comes_in_chunks(store: ObjectStore) -> None:
    data = os.urandom(5 << 20)
    await store.put(ref("big"), pieces(data))
    chunks = [chunk async for chunk in store.stream(ref("big"), 1 << 20)]
    assert b"".join(chunks) == data
    assert len(chunks) >= 3
    assert all(type(chunk) is bytes for chunk in chunks)


async def test_what_is_not_there_is_missing(store: ObjectStore) -> None:
    await store.put_bytes(ref("folder/there"), b"x")
    for key in ("nothing", "folder", "folder/there/below"):
        with pytest.raises(ObjectMissing):
            await store.stat(ref(key))
        with pytest.raises(ObjectMissing):
            await store.get_range(ref(key), 0, 1)
        with pytest.raises(ObjectMissing):
            await read(store, key)


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        ("no-such-bucket", "x"),
        ("..", "etc/passwd"),
        ("Not A Bucket", "x"),
        (BUCKET, "../../etc/passwd"),
        (BUCKET, "a/../b"),
        (BUCKET, "a//b"),
        (BUCKET, ""),
        (BUCKET, "k" * 2000),
        (BUCKET, "line\nbreak"),
        (BUCKET, "nul\0"),
    ],
)
async def test_names_that_no_store_has_are_missing(
    store: ObjectStore, bucket: str, key: str
) -> None:
    with pytest.raises(ObjectMissing):
        await store.stat(ObjectRef(bucket=bucket, key=key))
    with pytest.raises(ObjectMissing):
        await store.get_range(ObjectRef(bucket=bucket, key=key), 0, 1)


async def test_delete_removes_and_may_be_repeated(store: ObjectStore) -> None:
    await store.put_bytes(ref("gone"), b"x")
    await store.delete(ref("gone"))
    with pytest.raises(ObjectMissing):
        await store.stat(ref("gone"))
    await store.delete(ref("gone"))


async def test_list_gives_the_objects_under_a_prefix(store: ObjectStore) -> None:
    for key in ("partials/a/1/0", "partials/a/1/1", "partials/ab/1/0", "raw/a"):
        await store.put_bytes(ref(key), b"12345")
    assert await keys(store, "partials/a/") == {"partials/a/1/0", "partials/a/1/1"}
    assert len(await keys(store, "")) == 4
    assert await keys(store, "nothing/") == set()
    sizes = {info.size async for info in store.list(BUCKET, "raw/")}
    assert sizes == {5}


async def test_a_source_that_fails_leaves_nothing(
    store: ObjectStore, name: str, stores: Stores
) -> None:
    class ClientGone(Exception):  # noqa: N818
        pass

    async def broken() -> AsyncIterator[bytes]:
        async for piece in pieces(bytes(2 * PART_BYTES + 5)):
            yield piece
        raise ClientGone

    for size in (None, 3 * PART_BYTES):
        with pytest.raises(ClientGone):
            await store.put(ref("raw/broken"), broken(), size)
        await nothing_left(store, name, stores)


@pytest.mark.parametrize("size", [10, 3 * PART_BYTES])
@pytest.mark.parametrize("off", [-1, 1])
async def test_a_size_that_is_not_true_leaves_nothing(
    store: ObjectStore, name: str, stores: Stores, size: int, off: int
) -> None:
    with pytest.raises(ValueError, match="declared"):
        await store.put(ref("raw/wrong"), pieces(bytes(size)), size + off)
    await nothing_left(store, name, stores)


async def test_a_cancelled_put_leaves_nothing(
    store: ObjectStore, name: str, stores: Stores
) -> None:
    for size in (None, 3 * PART_BYTES):
        stuck = asyncio.Event()

        async def endless(stuck: asyncio.Event = stuck) -> AsyncIterator[bytes]:
            async for piece in pieces(bytes(2 * PART_BYTES + 5)):
                yield piece
            stuck.set()
            await asyncio.Event().wait()

        upload = asyncio.create_task(store.put(ref("raw/stuck"), endless(), size))
        await asyncio.wait_for(stuck.wait(), 90)
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        await nothing_left(store, name, stores)


@pytest.mark.parametrize("known", [False, True], ids=["size unknown", "size known"])
async def test_nothing_is_seen_of_an_object_before_it_is_complete(
    store: ObjectStore, known: bool
) -> None:
    size = 2 * PART_BYTES + 3
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def halting() -> AsyncIterator[bytes]:
        yield bytes(2 * PART_BYTES)
        reached.set()
        await go_on.wait()
        yield b"end"

    upload = asyncio.create_task(store.put(ref("raw/slow"), halting(), size if known else None))
    await asyncio.wait_for(reached.wait(), 90)
    with pytest.raises(ObjectMissing):
        await store.stat(ref("raw/slow"))
    assert "raw/slow" not in await keys(store, "")
    go_on.set()
    assert (await upload).size == size
    assert await keys(store, "raw/") == {"raw/slow"}


async def test_ping_checks_that_the_bucket_exists(store: ObjectStore) -> None:
    await store.ping(BUCKET)
    with pytest.raises(Unavailable, match="no-such-bucket"):
        await store.ping("no-such-bucket")


async def test_putting_into_a_bucket_that_is_not_there_says_so(store: ObjectStore) -> None:
    where = ObjectRef(bucket="no-such-bucket", key="x")
    with pytest.raises(Unavailable, match="no-such-bucket"):
        await store.put(where, pieces(b"data"))
    with pytest.raises(Unavailable, match="no-such-bucket"):
        await store.put(where, pieces(b"data"), 4)
    with pytest.raises(Unavailable, match="no-such-bucket"):
        await store.put_bytes(where, b"data")


async def test_a_bucket_may_be_made_twice(store: ObjectStore) -> None:
    await store.ensure_bucket(BUCKET)
    await store.ping(BUCKET)

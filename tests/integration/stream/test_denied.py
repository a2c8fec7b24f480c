"""An S3 service that does not let us read: refusals as they really come over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from embedded.stack import Stack
from schemas.errors import Unavailable
from schemas.events import ObjectRef
from storage.base import AccessDenied, ObjectForbidden
from storage.s3 import S3Objects
from storage.s3_access import S3Access
from stream.runtime.drain import Draining, DrainSignal
from stream.runtime.retry import Retry
from tests.harness.refusing_store import RefusingStore, refusing

OURS, THEIRS = "denied-ours", "denied-theirs"


@pytest.fixture
async def door(services: Stack) -> AsyncIterator[RefusingStore]:
    async with refusing(services.endpoints["S3_ENDPOINT"]) as store:
        yield store


@pytest.mark.parametrize("status", [301, 400, 403])
async def test_an_object_that_is_refused_is_given_up_and_a_store_that_refuses_all_is_waited_for(
    services: Stack, door: RefusingStore, status: int
) -> None:
    door.status = status
    at = services.endpoints
    keys = (at["S3_ACCESS_KEY"], at["S3_SECRET_KEY"], at["S3_REGION"])
    direct, store = (
        S3Objects(S3Access(at["S3_ENDPOINT"], *keys)),
        S3Objects(S3Access(door.url, *keys)),
    )
    theirs = ObjectRef(bucket=THEIRS, key="a.csv")
    for bucket in (OURS, THEIRS):
        await direct.ensure_bucket(bucket)
    await direct.put_bytes(theirs, b"s,2026-01-01,1\n")
    assert (await store.stat(theirs)).size == 15

    async def is_open() -> bool:
        try:
            await store.ping(OURS)
        except Unavailable:
            return False
        return True

    door.buckets = {THEIRS}
    drain = DrainSignal()
    retry = Retry(drain, first=0.05, denied=0.3, is_open=is_open)
    for read in (
        lambda: store.stat(theirs),
        lambda: store.get_range(theirs, 0, 5),
        lambda: _whole(store, theirs),
    ):
        with pytest.raises(AccessDenied):
            await read()
        with pytest.raises(ObjectForbidden, match="may not be read"):
            await asyncio.wait_for(retry("read", read), 90)
    door.buckets = {OURS, THEIRS}
    waiting = asyncio.create_task(retry("read", lambda: store.stat(theirs)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 1.0)
    drain.begin()
    with pytest.raises(Draining):
        await asyncio.wait_for(waiting, 90)
    await direct.close()
    await store.close()


async def _whole(store: S3Objects, ref: ObjectRef) -> bytes:
    return b"".join([chunk async for chunk in store.stream(ref)])

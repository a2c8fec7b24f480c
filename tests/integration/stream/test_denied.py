"""An S3 service that does not let us read: refusals as they really come over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from embedded.stack import Stack
from schemas.errors import Unavailable
from schemas.events import ObjectRef
from storage.base import AccessDenied, ObjectForbidden
from storage.s3 import S3Objects
from storage.s3_access import S3Access
from stream.runtime.drain import Interrupted, Interruption
from stream.runtime.retry import Retry

OURS, THEIRS = "denied-ours", "denied-theirs"
# By status: access denied, a key that is too long, a bucket of another region.
REFUSALS = {403: "AccessDenied", 400: "KeyTooLongError", 301: "PermanentRedirect"}


class Door:
    """Stands before the real store and refuses what lies in some buckets."""

    def __init__(self, store: str) -> None:
        self._store = store
        self.shut: set[str] = set()
        self.status = 403
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.split("/")[1] in self.shut:
            text = f"<?xml version='1.0'?><Error><Code>{REFUSALS[self.status]}</Code></Error>"
            return web.Response(status=self.status, text=text, content_type="application/xml")
        async with (
            ClientSession(auto_decompress=False) as session,
            session.request(
                request.method,
                URL(self._store + request.raw_path, encoded=True),
                headers=request.headers,
                data=await request.read(),
            ) as said,
        ):
            body = await said.read()
            headers = {
                k: v for k, v in said.headers.items() if k.lower() in ("etag", "last-modified")
            }
            if request.method == "HEAD":
                headers["Content-Length"] = said.headers["Content-Length"]
            return web.Response(status=said.status, body=body, headers=headers)


@pytest.fixture
async def door(services: Stack) -> AsyncIterator[Door]:
    made = Door(services.endpoints["S3_ENDPOINT"])
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.mark.parametrize("status", REFUSALS)
async def test_an_object_that_is_refused_is_given_up_and_a_store_that_refuses_all_is_waited_for(
    services: Stack, door: Door, status: int
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

    door.shut = {THEIRS}
    interruption = Interruption()
    retry = Retry(interruption, first=0.05, denied=0.3, is_open=is_open)
    for read in (
        lambda: store.stat(theirs),
        lambda: store.get_range(theirs, 0, 5),
        lambda: _whole(store, theirs),
    ):
        with pytest.raises(AccessDenied):
            await read()
        with pytest.raises(ObjectForbidden, match="may not be read"):
            await asyncio.wait_for(retry("read", read), 30)
    door.shut = {OURS, THEIRS}
    waiting = asyncio.create_task(retry("read", lambda: store.stat(theirs)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 1.0)
    interruption.begin()
    with pytest.raises(Interrupted):
        await asyncio.wait_for(waiting, 10)
    await direct.close()
    await store.close()


async def _whole(store: S3Objects, ref: ObjectRef) -> bytes:
    return b"".join([chunk async for chunk in store.stream(ref)])

"""Of an object that another producer may replace, only the content that is meant is deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from schemas.errors import Unavailable
from schemas.events import ObjectRef
from storage.base import AccessDenied
from storage.s3 import S3Objects
from storage.s3_access import S3Access

FIRST = ObjectRef(bucket="inbox", key="a b/ü.csv", etag="1-first")


class ReplacedStore:
    """An S3 service with one object, which a producer replaces once it was looked at.

    `status`: of deletions on condition; None if it does not know conditions.
    """

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.content: str | None = FIRST.etag
        self.conditions: list[str | None] = []

    async def answer(self, request: web.Request) -> web.Response:
        assert request.path == f"/{FIRST.bucket}/{FIRST.key}"
        if request.method == "HEAD":
            seen, self.content = self.content, "2-second"
            headers = {"ETag": f'"{seen}"', "Last-Modified": "Sun, 01 Mar 2026 00:00:00 GMT"}
            return web.Response(headers=headers | {"Content-Length": "1"})
        condition = request.headers.get("If-Match")
        self.conditions.append(condition)
        if condition is not None and self.status is not None:
            return web.Response(status=self.status, text="<Error><Code>Said</Code></Error>")
        self.content = None
        return web.Response(status=204)


@asynccontextmanager
async def replaced(status: int | None) -> AsyncIterator[tuple[ReplacedStore, S3Objects]]:
    made = ReplacedStore(status)
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    store = S3Objects(S3Access(f"http://127.0.0.1:{runner.addresses[0][1]}", "key", "secret"))
    try:
        yield made, store
    finally:
        await store.close()
        await runner.cleanup()


async def test_what_replaced_an_object_stays_if_the_store_knows_conditions() -> None:
    for status in (412, 404):
        async with replaced(status) as (service, store):
            await store.delete(FIRST)
            assert (service.content, service.conditions) == ("2-second", ['"1-first"'])


@pytest.mark.parametrize("status", [None, 400, 501])
async def test_without_conditions_an_object_is_deleted_after_it_was_looked_at(
    status: int | None,
) -> None:
    async with replaced(status) as (service, store):
        await store.delete(FIRST)
        again = [] if status is None else [None]
        assert (service.content, service.conditions) == (None, ['"1-first"', *again])


async def test_a_deletion_that_is_refused_is_reported() -> None:
    for status, failure in ((403, AccessDenied), (503, Unavailable)):
        async with replaced(status) as (service, store):
            with pytest.raises(failure):
                await store.delete(FIRST)
            assert service.content == "2-second"

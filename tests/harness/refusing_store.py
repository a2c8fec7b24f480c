"""An S3 service that refuses some requests, in front of a real one: rejections as sent over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, web
from yarl import URL

# By status: a key that is too long, a bucket of another region, access denied, a full disk.
REFUSALS = {
    301: "PermanentRedirect",
    400: "KeyTooLongError",
    403: "AccessDenied",
    507: "XMinioStorageFull",
}


class RefusingStore:
    """Passes requests on to `store`, but for those it refuses.

    `buckets` and `methods` say which: those of any of the buckets, with any of the methods if some
    are named.
    """

    def __init__(self, store: str) -> None:
        self._store = store
        self.buckets: set[str] = set()
        self.methods: set[str] = set()
        self.status = 403
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """The answer to one request."""
        shut = request.path.split("/")[1] in self.buckets
        if shut and (not self.methods or request.method in self.methods):
            text = f"<?xml version='1.0'?><Error><Code>{REFUSALS[self.status]}</Code></Error>"
            return web.Response(status=self.status, text=text, content_type="application/xml")
        async with (
            ClientSession(auto_decompress=False) as session,
            session.request(
                request.method,
                URL(self._store + request.raw_path, encoded=True),
                headers=request.headers,
                data=await request.read(),
            ) as answer,
        ):
            body = await answer.read()
            headers = {
                k: v for k, v in answer.headers.items() if k.lower() in ("etag", "last-modified")
            }
            if request.method == "HEAD":
                headers["Content-Length"] = answer.headers["Content-Length"]
            return web.Response(status=answer.status, body=body, headers=headers)


@asynccontextmanager
async def refusing(store: str) -> AsyncIterator[RefusingStore]:
    """A refusing store in front of the one at `store`; its address is `url`."""
    made = RefusingStore(store)
    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/{any:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()

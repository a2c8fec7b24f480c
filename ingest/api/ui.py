"""The web UI at `/`: the build of `ui/`, for every path that is not a route of the API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from ingest.http.static_files import WholeFiles

BUILT: Final = Path(__file__).resolve().parents[2] / "ui" / "dist"

# An address below one of these that is not known is a mistake in a call, not an address of the page.
_NOT_THE_PAGE: Final = ("api", "docs", "redoc", "openapi.json", "health", "metrics")
# Files whose names change with their content.
_ASSETS: Final = "assets/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
# Kept, but asked for each time: an ETag makes that cheap.
_ASK: Final = "no-cache"
# Scripts of this origin only; no inline script runs.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_NOT_BUILT: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>CSV Processor</title>
<h1>The page has not been built</h1>
<p>The API works; its documentation is at <a href="/docs">/docs</a>. The page is built by
<code>make setup</code> where Node.js 20.19 or newer, with npm, is installed
(<code>apt-get install nodejs npm</code>, or from nodejs.org). Then load this again.</p>
</html>
"""


def install(app: FastAPI, built: Path = BUILT, opened: Callable[[], None] = lambda: None) -> None:
    """Let `app` serve the web UI if none of its routes matches; `opened` is called for each page.

    As what the router falls back on rather than as a mount: a mount at `/` would fit everything,
    and a known address with a wrong method would not be answered 405 any more.
    """
    app.router.default = _Page(built, opened)


class _Page(WholeFiles):
    def __init__(self, built: Path, opened: Callable[[], None]) -> None:
        super().__init__(directory=built, check_dir=False)
        self._built, self._opened = built, opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].lstrip("/")
        if (
            scope["type"] != "http"
            or scope["method"] not in ("GET", "HEAD")
            or path.split("/", 1)[0] in _NOT_THE_PAGE
        ):
            raise HTTPException(404)
        # Each time, so that a page that is built while this runs is there without a restart.
        if not (self._built / "index.html").is_file():
            if not _is_asked_by_person(scope):
                raise HTTPException(404)
            await HTMLResponse(_NOT_BUILT, 503, {"Cache-Control": "no-store"})(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            return await self._file(path, scope)
        except HTTPException as exc:
            # A missing script must not be answered with a page, which would then be run as one.
            if exc.status_code != 404 or path.startswith(_ASSETS) or not _is_asked_by_person(scope):
                raise
            return await self._file("index.html", scope)

    async def _file(self, path: str, scope: Scope) -> Response:
        """A file of the build; its compressed copy if there is one and the client accepts it."""
        if path in (".", ""):
            path = "index.html"
        packed = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        response: Response | None = None
        if packed:
            try:
                response = await super().get_response(f"{path}.gz", scope)
                response.headers["Content-Encoding"] = "gzip"
            except HTTPException:
                pass
        if response is None:
            response = await super().get_response(path, scope)
        suffix = Path(path).suffix
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = _FOR_EVER if path.startswith(_ASSETS) else _ASK
        if response.status_code == 200 and suffix in _TYPES:
            response.headers["Content-Type"] = _TYPES[suffix]
        if suffix == ".html":
            response.headers["Content-Security-Policy"] = _POLICY
            self._opened()
        return response


# Not guessed from the machine's list of types: a compressed copy would be typed as gzip.
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


def _is_asked_by_person(scope: Scope) -> bool:
    """Whether a browser navigates to an address."""
    return "text/html" in Headers(scope=scope).get("accept", "")

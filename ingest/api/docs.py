"""`/docs`: Swagger UI, all of it from here. FastAPI's own page loads it from a CDN, which neither
works without a network nor under the page's security policy."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request, Response

from ingest.http.static_files import WholeFiles

_HERE = Path(__file__).parent / "static"


def install(app: FastAPI) -> None:
    """Add the documentation to `app`. It is open: it says what the API is like, and no more."""

    async def page(_: Request) -> Response:
        return Response((_HERE / "docs.html").read_bytes(), media_type="text/html")

    async def start(_: Request) -> Response:
        return Response((_HERE / "docs.js").read_bytes(), media_type="text/javascript")

    app.add_route("/docs", page, include_in_schema=False)
    app.add_route("/docs/start.js", start, include_in_schema=False)
    # Swagger UI as the package fastapi-offline carries it.
    assets = Path(str(files("fastapi_offline"))) / "static"
    app.mount("/docs/assets", WholeFiles(directory=assets))

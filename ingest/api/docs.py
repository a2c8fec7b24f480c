"""`/docs`: examples, and Swagger UI in the look of the web UI, all of it from here.

FastAPI's own page loads it from a CDN, which neither works without a network nor under the page's
security policy.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request, Response

from ingest.http.static_files import WholeFiles

_HERE = Path(__file__).parent / "static"


def install(app: FastAPI) -> None:
    """Add the documentation to `app`. It is open: it says what the API is like, and no more."""

    def add(path: str, name: str, media_type: str) -> None:
        async def answer(_: Request) -> Response:
            return Response((_HERE / name).read_bytes(), media_type=media_type)

        app.add_route(path, answer, include_in_schema=False)

    add("/docs", "docs.html", "text/html")
    add("/docs/start.js", "docs.js", "text/javascript")
    add("/docs/theme.js", "theme.js", "text/javascript")
    add("/docs/page.css", "page.css", "text/css")
    # Swagger UI as the package fastapi-offline carries it.
    assets = Path(str(files("fastapi_offline"))) / "static"
    app.mount("/docs/assets", WholeFiles(directory=assets))

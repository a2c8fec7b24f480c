"""The web UI is served for what is no route of the API."""

from __future__ import annotations

from pathlib import Path

import httpx
from fastapi import FastAPI

from ingest.api import ui

HTML = {"Accept": "text/html"}


async def test_who_is_sent_a_page_may_drop_a_file_next(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "page.js").write_text("")
    app, opened = FastAPI(), list[str]()
    ui.install(app, tmp_path, opened=lambda: opened.append("page"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=HTML) as web:
        assert (await web.get("/assets/page.js")).status_code == 200
        assert (await web.get("/assets/missing.js")).status_code == 404
        assert opened == []
        assert (await web.get("/")).status_code == 200
        assert (await web.get("/files/1")).status_code == 200
        assert opened == ["page", "page"]

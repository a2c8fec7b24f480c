"""The web UI is served for what is no route of the API."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from ingest.api import ui

HTML = {"Accept": "text/html"}


def test_who_is_sent_a_page_may_drop_a_file_next(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "page.js").write_text("")
    app, opened = FastAPI(), list[str]()
    ui.install(app, tmp_path, opened=lambda: opened.append("page"))
    with TestClient(app) as client:
        assert client.get("/assets/page.js", headers=HTML).status_code == 200
        assert client.get("/assets/missing.js", headers=HTML).status_code == 404
        assert opened == []
        assert client.get("/", headers=HTML).status_code == 200
        assert client.get("/files/1", headers=HTML).status_code == 200
        assert opened == ["page", "page"]

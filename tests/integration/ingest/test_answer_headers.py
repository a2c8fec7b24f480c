"""Security headers of every response, and the documentation without other origins."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.integration.ingest.test_uploads import post, raw


@pytest.mark.parametrize(
    "path", ["/health/live", "/api/v1/files", "/api/v1/nothing", "/openapi.json", "/metrics"]
)
async def test_data_is_never_a_page(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "server" not in headers


async def test_a_file_named_as_a_page_is_none(client: httpx.AsyncClient) -> None:
    page = b"sensor_id,timestamp,value\n<script>alert(1)</script>,2026-01-01,1\n"
    answer = await post(client, **raw(page, 'x".html'))
    sent = await client.get(f"/api/v1/files/{answer.json()['file_id']}/raw")
    assert sent.headers["content-type"] == "application/octet-stream"
    assert sent.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in sent.headers["content-security-policy"]


async def test_the_documentation_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert not re.search(r"//[a-z]|<script>|\son\w+=|<style", page.text)
    loaded = re.findall(r'<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]+)"', page.text)
    assert {"/docs/theme.js", "/docs/assets/swagger-ui.css"} <= set(loaded)
    for path in loaded:
        assert (await client.get(path)).status_code == 200
    assert "SwaggerUIBundle" in (await client.get("/docs/assets/swagger-ui-bundle.js")).text

"""A call says so when it is given a parameter that it does not know."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from ingest.app import create_app
from ingest.http.parameters import unknown_parameter
from runtime.settings import ApiSettings

SETTINGS = ApiSettings(
    kafka_bootstrap_servers="127.0.0.1:9092",
    store_url="file:///tmp/store/raw-files",
    clickhouse_url="http://default@127.0.0.1:8123/csv_processor",
)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The API without its services: nothing of these calls gets so far."""
    made = create_app(SETTINGS)
    made.state.deps = SimpleNamespace(settings=SETTINGS)
    return made


def calls(app: FastAPI) -> list[tuple[str, str]]:
    """(method, path) of every route."""
    return [
        (method, (route.path or "").replace("{file_id}", "f").replace("{upload_id}", "u"))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in sorted(route.methods or ())
    ]


async def ask(app: FastAPI, method: str, path: str, **how: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.request(method, path, **how)


async def test_every_route_rejects_a_parameter_that_it_does_not_know(app: FastAPI) -> None:
    asked = calls(app)
    assert len(asked) > 20
    for method, path in asked:
        answer = await ask(app, method, f"{path}?no-such-parameter=1")
        assert answer.status_code == 400, (method, path)
        if method != "HEAD":
            problem = answer.json()
            assert problem["code"] == "unknown_parameter", (method, path)
            assert "no-such-parameter" in problem["detail"]


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/api/v1/files?timestamp-format=%25d", "timestamp_format"),
        ("/api/v1/files?Delimeter=;", "delimiter"),
        ("/api/v1/validate?encodings=utf-8", "encoding"),
        ("/api/v1/files/f/replay?timestampformat=x", "timestamp_format"),
    ],
)
async def test_the_nearest_known_name_is_given(app: FastAPI, path: str, nearest: str) -> None:
    problem = (await ask(app, "POST", path, content=b"a,b,c")).json()
    assert (problem["code"], problem["nearest"]) == ("unknown_parameter", nearest)
    assert problem["detail"].endswith(f"Did you mean {nearest}?")


async def test_a_list_is_not_filtered_by_a_parameter_of_another_one(app: FastAPI) -> None:
    problem = (await ask(app, "GET", "/api/v1/sensors?status=failed")).json()
    assert problem["nearest"] is None
    assert "Known are cursor, limit, q, sensor_id, sort" in problem["detail"]


async def test_a_parameter_that_is_given_twice_is_rejected(app: FastAPI) -> None:
    problem = (await ask(app, "GET", "/api/v1/files?limit=1&limit=2")).json()
    assert problem["code"] == "invalid_parameter"
    assert "limit is given more than once" in problem["detail"]


def test_a_call_without_parameters_says_that_it_has_none() -> None:
    assert unknown_parameter("query parameter", "x" * 500, ()).detail == (
        f"There is no query parameter {'x' * 60!r} here. This call has none."
    )

"""Errors that no route expects."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from ingest.http.error_handlers import install
from ingest.http.responses import started_stream
from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from storage.base import ObjectMissing


async def _rows(failure: Exception) -> AsyncIterator[bytes]:
    yield b"row\n"
    raise failure


@pytest.mark.parametrize(
    ("failure", "raised", "level", "said"),
    [
        (ConnectionAbortedError("a changed"), ConnectionAbortedError, "WARNING", "broken off: a"),
        (
            Unavailable(Service.STORE, "raw-files/raw/1 broke off"),
            ConnectionAbortedError,
            "WARNING",
            "GET /rows was broken off: store: raw-files/raw/1 broke off",
        ),
        (
            ObjectMissing(ObjectRef(bucket="b", key="raw/2")),
            ConnectionAbortedError,
            "WARNING",
            "GET /rows was broken off: b/raw/2 does not exist in the store",
        ),
        (ValueError("x"), ValueError, "ERROR", "bug in GET /rows"),
    ],
)
async def test_an_answer_that_is_cut_off_is_no_bug_unless_its_reason_is_one(
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    raised: type[Exception],
    level: str,
    said: str,
) -> None:
    app = FastAPI()
    install(app)

    @app.get("/rows")
    async def rows() -> StreamingResponse:
        return await started_stream(_rows(failure), "text/csv", {})

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
        with caplog.at_level(logging.WARNING), pytest.raises(raised):
            await client.get("/rows")
    assert [(one.levelname, said in one.getMessage()) for one in caplog.records] == [(level, True)]

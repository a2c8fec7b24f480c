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


async def _rows(failure: Exception) -> AsyncIterator[bytes]:
    yield b"row\n"
    raise failure


@pytest.mark.parametrize(
    ("failure", "level", "said"),
    [
        (ConnectionAbortedError("a changed while it was exported"), "WARNING", "was broken off: a"),
        (ValueError("x"), "ERROR", "bug in GET /rows"),
    ],
)
async def test_an_answer_that_is_cut_off_on_purpose_is_no_bug(
    caplog: pytest.LogCaptureFixture, failure: Exception, level: str, said: str
) -> None:
    app = FastAPI()
    install(app)

    @app.get("/rows")
    async def rows() -> StreamingResponse:
        return await started_stream(_rows(failure), "text/csv", {})

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
        with caplog.at_level(logging.WARNING), pytest.raises(type(failure)):
            await client.get("/rows")
    assert [(one.levelname, said in one.getMessage()) for one in caplog.records] == [(level, True)]

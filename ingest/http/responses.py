"""Answers in JSON, and streams."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson
from fastapi import Response
from fastapi.responses import StreamingResponse

from ingest.http.errors import Problem
from schemas.errors import Unavailable
from storage.base import ObjectMissing


def json_answer(document: Any, status: int = 200) -> Response:
    """`document` as JSON; floats that are not finite become null."""
    return Response(orjson.dumps(document), status, media_type="application/json")


def page_answer(items: Sequence[Any], next_cursor: str | None) -> Response:
    """A page of a list."""
    return json_bytes_answer(page_bytes(items, next_cursor))


def page_bytes(items: Sequence[Any], next_cursor: str | None) -> bytes:
    """A page of a list as JSON."""
    return orjson.dumps({"items": items, "next_cursor": next_cursor})


def json_bytes_answer(body: bytes) -> Response:
    """What is JSON already."""
    return Response(body, media_type="application/json")


async def started_stream(
    chunks: AsyncIterator[bytes], media_type: str, headers: Mapping[str, str]
) -> StreamingResponse:
    """A stream whose first chunk is there: what fails before it is answered as an error. What fails
    later cuts the answer off, so that no client takes it for all there is."""
    first = await anext(chunks, b"")

    async def all_chunks() -> AsyncIterator[bytes]:
        yield first
        try:
            async for chunk in chunks:
                yield chunk
        except (Problem, Unavailable, ObjectMissing) as exc:
            raise ConnectionAbortedError(str(exc)) from exc

    return StreamingResponse(all_chunks(), media_type=media_type, headers=headers)

"""Answers in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import Response


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

"""Queries in SQL on the public views."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Header, Request, Response
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from ingest.auth.scopes import READ
from ingest.dependencies import Deps
from ingest.http import sql_models
from ingest.http.errors import invalid_parameter
from ingest.http.json_body import read_json
from ingest.http.negotiation import CSV_TYPE, JSON_TYPE, PARQUET_TYPE, negotiated
from ingest.http.openapi import answer, errors
from ingest.http.responses import json_answer, started_stream
from ingest.sql_reader import Form
from sinks.queries.views import described_views

router = APIRouter(prefix="/api/v1", tags=["sql"])

T_ = TypeVar("T_")

_TYPES: Final[dict[Form, str]] = {"csv": CSV_TYPE, "parquet": PARQUET_TYPE}
_RUN = answer(sql_models.QueryResult, sql_models.RESULT, "The rows.") | errors(
    "malformed_body",
    "body_too_large",
    "query_rejected",
    "query_limit_reached",
    "sql_off",
    "overloaded",
    "database_unavailable",
    "not_acceptable",
)
for _type, _example in ((CSV_TYPE, '"status","files"\n"processed",110\n'), (PARQUET_TYPE, "PAR1")):
    _RUN[200]["content"][_type] = {
        "schema": {"type": "string", "format": "binary"},
        "example": _example,
    }


_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": sql_models.Query.model_json_schema(),
            "example": {"query": "SELECT status, count() AS files FROM files GROUP BY status"},
        }
    },
}


@router.post(
    "/sql",
    dependencies=[READ],
    summary="Run a query in SQL",
    responses=_RUN,
    openapi_extra={"requestBody": _BODY},
)
async def run_query(
    request: Request,
    deps: Deps,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """One SELECT on the views (`GET /api/v1/sql/views` describes them), by a database user that reads
    them and nothing else. With `Accept: text/csv` or `application/vnd.apache.parquet` all rows as a
    file, 5,000,000 at most. Close the connection to cancel the query."""
    asked = await _asked(request)
    wanted = negotiated(accept, (JSON_TYPE, *_TYPES.values()))
    form = next((form for form, kind in _TYPES.items() if kind == wanted), None)
    if form is not None:
        chunks = deps.sql.download(asked.query, form, seconds=asked.seconds)
        headers = {"Content-Disposition": f'attachment; filename="query.{form}"'}
        return await _unless_gone(request, started_stream(chunks, _TYPES[form], headers))
    rows = deps.sql.rows(asked.query, limit=asked.limit, seconds=asked.seconds)
    return json_answer(asdict(await _unless_gone(request, rows)))


@router.get(
    "/sql/views",
    dependencies=[READ],
    summary="Views that queries can read",
    responses=answer(sql_models.Views, sql_models.VIEWS, "The views."),
)
async def list_views(deps: Deps) -> Response:
    """Each view and column with its type and what it is."""
    views = await described_views(deps.database)
    return json_answer({"database": deps.database.public, "views": views})


async def _asked(request: Request) -> sql_models.Query:
    """The query in the body of a request.

    Raises:
        Problem: 400, 413.
    """
    body = await read_json(request, "A query")
    try:
        return sql_models.Query.model_validate(body)
    except ValidationError as exc:
        faults = (f"{'.'.join(map(str, e['loc'])) or 'query'}: {e['msg']}" for e in exc.errors())
        raise invalid_parameter("; ".join(faults)) from None


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T_]) -> T_:
    """The result of `work`, which is cancelled if the client disconnects.

    Raises:
        ClientDisconnect: it did.
    """
    working = asyncio.ensure_future(work)
    # The body has been read: what comes next is the end of the connection.
    leaving = asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)

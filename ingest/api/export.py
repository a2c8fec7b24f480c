"""`GET /api/v1/readings`: readings of many files, as CSV, Parquet or Arrow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from ingest.api.readings import From, To, check_readings_are_stored
from ingest.auth.scopes import READ
from ingest.dependencies import Dependencies, Deps
from ingest.http import examples
from ingest.http.errors import invalid_parameter
from ingest.http.moments import instant
from ingest.http.negotiation import ARROW_TYPE, CSV_TYPE, PARQUET_TYPE, negotiated
from ingest.http.openapi import errors
from ingest.http.pagination import decode, encode
from ingest.http.responses import started_stream
from ingest.http.tables import CSV_HEADER
from schemas.instants import EPOCH, micros_of, moment_of
from sinks.insert_time import INSERT_TAKES
from sinks.queries.chunks import AT_ONCE
from sinks.queries.exports import (
    HEADER,
    SETTINGS,
    Form,
    Selection,
    ended_files,
    format_of,
    statement,
)
from sinks.queries.webhooks import database_now

router = APIRouter(prefix="/api/v1", tags=["readings"])
_TYPES: Final[dict[str, Form]] = {CSV_TYPE: "csv", PARQUET_TYPE: "parquet", ARROW_TYPE: "arrow"}
_BEGINNING: Final = "0"
# Files and readings of one answer to `after`: the ids are in the statement.
_FILES, _ROWS = AT_ONCE, 20_000_000
_CURSOR: Final = "Next-Cursor"
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The readings. With `after`, `Next-Cursor` is where the next call goes on.",
        "content": {
            kind: {
                "schema": {"type": "string", "format": "binary"},
                "example": example,
            }
            for kind, example in (
                (CSV_TYPE, examples.READINGS_OF_FILES_CSV),
                (PARQUET_TYPE, "PAR1...PAR1"),
                (ARROW_TYPE, "..."),
            )
        },
        "headers": {_CURSOR: {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/readings",
    dependencies=[READ],
    summary="Readings of all files, or since a cursor",
    response_class=StreamingResponse,
    responses=_ANSWER | errors("readings_off", "not_acceptable", "database_unavailable"),
)
async def export_readings(
    deps: Deps,
    sensor: Annotated[
        str | None, Query(min_length=1, max_length=256, description="Only this sensor_id.")
    ] = None,
    begin: From = None,
    to: To = None,
    after: Annotated[
        str | None,
        Query(
            max_length=500,
            description="Only files that ended since an answer: its `Next-Cursor`; 0 begins with the "
            "first file.",
        ),
    ] = None,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """Every reading, with its file, generation and row, streamed as CSV, Parquet or Arrow.

    Of one sensor they are in order of time, otherwise in no particular order. With `after` they are
    those of the files that ended since an earlier answer: repeat the call with `Next-Cursor` to
    follow what comes. An answer has up to 1,000 files, or 20 million readings; where its `Next-Cursor`
    is the `after` of the call, there are no more for now. A file that was replayed comes again, with a higher `generation`, which takes
    the place of the one before. What ended within the last 15 s comes with a later answer; files of
    which `READINGS` was off have none.
    """
    form = _TYPES[negotiated(accept, tuple(_TYPES))]
    check_readings_are_stored(deps)
    if begin is not None and to is not None and instant(begin) >= instant(to):
        raise invalid_parameter("from is not before to.")
    headers = {"Content-Disposition": f'attachment; filename="readings.{form}"'}
    files = None
    if after is not None:
        files, headers[_CURSOR] = await _ended(deps, after)
    selection = Selection(
        sensor,
        None if begin is None else instant(begin),
        None if to is None else instant(to),
        files,
    )
    kinds = {name: kind for kind, name in _TYPES.items()}
    media_type = CSV_HEADER if form == "csv" else kinds[form]
    return await started_stream(_pieces(deps, selection, form), media_type, headers)


async def _ended(deps: Dependencies, after: str) -> tuple[list[tuple[str, int]], str]:
    begin = (EPOCH, "") if after == _BEGINNING else _read_cursor(after)
    complete_until = await database_now(deps.database) - INSERT_TAKES
    found = await ended_files(deps.database, begin, complete_until, files=_FILES, rows=_ROWS)
    moment, file_id = found.after or begin
    return found.files, encode([micros_of(moment), file_id])


def _read_cursor(text: str) -> tuple[Any, str]:
    match decode(text):
        case [int() as micros, str() as file_id] if 0 <= micros < 1 << 53:
            return moment_of(micros), file_id
    raise invalid_parameter("after is no Next-Cursor of this call; 0 begins with the first file.")


async def _pieces(deps: Dependencies, selection: Selection, form: Form) -> AsyncIterator[bytes]:
    sql, params = statement(selection, form)
    if form == "csv":
        yield HEADER
    async for piece in deps.exports_database.stream(sql, params, format_of(form), SETTINGS):
        yield piece

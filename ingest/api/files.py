"""What is read of files: list, one, its sensors, its invalid rows, its bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from ingest.auth.scopes import READ
from ingest.dependencies import Dependencies, Deps
from ingest.files.documents import (
    etag_of,
    has_etag,
    list_document,
    whole_document,
)
from ingest.files.export import export_invalid_rows, export_rows_of_members
from ingest.files.lifecycle import check_raw
from ingest.http import examples, file_models, invalid_row_models, models, sensor_models
from ingest.http.errors import unknown_file
from ingest.http.moments import instant
from ingest.http.negotiation import CSV_TYPE, JSON_TYPE, negotiated
from ingest.http.openapi import answer, errors, nothing, other, sorted_by, with_csv
from ingest.http.pagination import read_order
from ingest.http.responses import (
    json_answer,
    json_bytes_answer,
    page_bytes,
    started_stream,
)
from ingest.http.tables import FILE_COLUMNS, PAGE, SENSOR_COLUMNS, csv_answer
from schemas import file_document as documents
from schemas.corrections import Column, RowFilter
from schemas.file_record import FileRecord
from schemas.file_state import Status
from schemas.invalid_codes import InvalidCode
from sinks.queries import (
    FILE_SORTS,
    SENSOR_SORTS,
    Page,
    file_by_id,
)
from sinks.queries.file_lists import FileFilter, FileList, file_list, files_page

router = APIRouter(prefix="/api/v1/files", tags=["files"])

Limit = Annotated[int, Query(ge=1, le=1000, description="Items of a page.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
Accept = Annotated[str | None, Header()]
SORT = "What to sort by; - before it for descending."
FileSort = Annotated[str, Query(description=SORT, json_schema_extra=sorted_by(FILE_SORTS))]
SensorSort = Annotated[str, Query(description=SORT, json_schema_extra=sorted_by(SENSOR_SORTS))]
Search = Annotated[
    str | None,
    Query(
        max_length=300,
        description="Part of the filename, or six characters or more that a file_id begins with.",
    ),
]
Since = Annotated[
    datetime | None,
    Query(description="Only files uploaded at this moment or later; UTC if it has no offset."),
]
ParentId = Annotated[
    str | None, Query(max_length=200, description="Only members of this container.")
]
Members = Annotated[bool, Query(description="Members of containers too, beside the containers.")]

FileLists: TypeAlias = Callable[[FileList, int], Awaitable[Page[FileRecord]]]

_CHUNK_BYTES = 1 << 20
_INVALID_ROWS = answer(
    models.Page[invalid_row_models.ListedInvalidRow],
    examples.page(*examples.INVALID_ROWS),
    "A page, or all of them where `Accept` says text/csv.",
)
_INVALID_ROWS[200]["content"] |= other("text/csv", examples.INVALID_ROWS_CSV, "")[200]["content"]
_INVALID_ROWS |= errors("not_acceptable")


@router.get(
    "",
    dependencies=[READ],
    summary="List files",
    responses=with_csv(
        answer(models.Page[file_models.ListedFile], examples.page(examples.LISTED), "A page."),
        FILE_COLUMNS,
    ),
)
async def list_files(
    deps: Deps,
    status: Annotated[Status | None, Query(description="Only files of this status.")] = None,
    q: Search = None,
    since: Since = None,
    parent_id: ParentId = None,
    members: Members = False,
    sort: FileSort = "-upload_time",
    limit: Limit = 100,
    cursor: Cursor = None,
    accept: Accept = None,
) -> Response:
    """Files; by default the latest first. With `Accept: text/csv` all of them, as a stream.

    Members of containers are listed with `parent_id`, `members` or `q`, and otherwise left to their
    containers, which sum them up.
    """

    async def page(lists: FileLists, cursor: str | None, limit: int) -> bytes:
        order = read_order(FILE_SORTS, sort, cursor)
        asked = file_list(
            status=status,
            q=q,
            parent_id=parent_id,
            with_members=members,
            since=since and instant(since),
            **order.paging,
        )
        page = await lists(asked, limit)
        items = await _listed(deps, page.items)
        return page_bytes(items, order.cursor(page.next))

    if negotiated(accept, (JSON_TYPE, CSV_TYPE)) == CSV_TYPE:
        # Each page of an export is asked for once.
        once = partial(files_page, deps.database)
        return await csv_answer("files", FILE_COLUMNS, lambda c: page(once, c, PAGE), cursor)
    return json_bytes_answer(await page(deps.file_lists.page, cursor, limit))


async def _listed(deps: Dependencies, records: Sequence[FileRecord]) -> list[dict[str, Any]]:
    additions = await deps.additions.of(records)
    return [list_document(record, additions[record.file_id]) for record in records]


@router.get(
    "/counts",
    dependencies=[READ],
    summary="Count files by status",
    responses=answer(sensor_models.CountsOfList, examples.MATCHING_COUNTS, "The counts."),
)
async def count_files(
    deps: Deps,
    q: Search = None,
    since: Since = None,
    parent_id: ParentId = None,
    members: Members = False,
) -> Response:
    """How many files `GET /api/v1/files` lists, by status: up to 10,000 exactly, of more at least so
    many. The counts may be some seconds old. Those of all files are in `/api/v1/stats`."""
    chosen = FileFilter(
        q=q or None, parent_id=parent_id, with_members=members, since=since and instant(since)
    )
    found = await deps.matching_counts.get(chosen)
    return json_answer({"counts": None if found is None else found.document()})


@router.get(
    "/{file_id}",
    dependencies=[READ],
    summary="Show a file",
    responses={
        **answer(file_models.FileDocument, examples.FILE, "The file document.", headers=["ETag"]),
        **nothing(304, "It is the one that `If-None-Match` names."),
    },
)
async def show_file(
    file_id: str, deps: Deps, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """The file document."""
    record = await _known(deps, file_id)
    body = documents.encode(await whole_document(deps.additions, deps.results, record))
    etag = etag_of(body)
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if has_etag(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, "application/json")


@router.get(
    "/{file_id}/sensors",
    dependencies=[READ],
    summary="Results per sensor",
    responses=with_csv(
        answer(models.Page[sensor_models.SensorResult], examples.page(examples.SENSOR), "A page."),
        SENSOR_COLUMNS,
    ),
)
async def list_sensors(
    file_id: str,
    deps: Deps,
    q: Annotated[str | None, Query(max_length=300, description="Part of the sensor_id.")] = None,
    sort: SensorSort = "sensor_id",
    limit: Limit = 100,
    cursor: Cursor = None,
    accept: Accept = None,
) -> Response:
    """Results per sensor of a file; with `Accept: text/csv` all of them, as a stream."""
    record = await _known(deps, file_id)

    async def page(cursor: str | None, limit: int) -> bytes:
        order = read_order(SENSOR_SORTS, sort, cursor)
        return await deps.results.sensors(record, q, order, limit)

    if negotiated(accept, (JSON_TYPE, CSV_TYPE)) == CSV_TYPE:
        name = f"sensors-{file_id}"
        return await csv_answer(name, SENSOR_COLUMNS, lambda c: page(c, PAGE), cursor)
    return json_bytes_answer(await page(cursor, limit))


@router.get(
    "/{file_id}/invalid-rows",
    dependencies=[READ],
    summary="Rows that were refused",
    responses=_INVALID_ROWS,
)
async def list_invalid_rows(
    file_id: str,
    deps: Deps,
    code: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Only rows with this.",
            json_schema_extra={"enum": [*InvalidCode, None]},
        ),
    ] = None,
    column: Annotated[Column | None, Query(description="Only rows with a fault in it.")] = None,
    text: Annotated[
        str | None, Query(max_length=300, description="Only rows with this in them, in any case.")
    ] = None,
    corrected: Annotated[
        bool | None,
        Query(
            description="Only rows that another file corrects, or may once it is processed; or "
            "only others. Not for CSV."
        ),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """Invalid rows in row order; with `Accept: text/csv` all of them, as a stream.

    Those of a container are the rows of its members, in its order, each with the `file_id` and the name
    of its `member`.
    """
    only = RowFilter(code=code, column=column, text=text)
    record = await _known(deps, file_id)
    if negotiated(accept, (JSON_TYPE, CSV_TYPE)) == CSV_TYPE:
        headers = {"Content-Disposition": f'attachment; filename="invalid-rows-{file_id}.csv"'}
        export = export_invalid_rows if record.container is None else export_rows_of_members
        return await started_stream(
            export(deps.database, record, only),
            f"{CSV_TYPE}; charset=utf-8; header=present",
            headers,
        )
    return json_bytes_answer(
        await deps.results.invalid_rows(record, only, cursor, limit, corrected=corrected)
    )


@router.get(
    "/{file_id}/raw",
    dependencies=[READ],
    summary="The original file",
    response_class=StreamingResponse,
    responses={
        **other("application/octet-stream", examples.RAW, "The bytes.", binary=True),
        **errors("raw_file_missing", "raw_file_removed", "store_unavailable"),
    },
)
async def raw_file(file_id: str, deps: Deps) -> Response:
    """The original bytes."""
    record = await _known(deps, file_id)
    check_raw(record)
    info = await deps.store.stat(record.raw)
    headers = {
        "Content-Length": str(info.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(record.filename, safe='')}",
        # The client chose the name; no browser shall render the content as a page.
        "X-Content-Type-Options": "nosniff",
    }
    chunks = deps.store.stream(record.raw, _CHUNK_BYTES)
    return await started_stream(chunks, "application/octet-stream", headers)


async def _known(deps: Dependencies, file_id: str) -> FileRecord:
    record = await file_by_id(deps.database, file_id)
    if record is None:
        raise unknown_file(file_id)
    return record

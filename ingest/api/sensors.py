"""What is read over all files."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from ingest.api.files import SORT, Accept, Cursor, Limit
from ingest.auth.scopes import READ
from ingest.dependencies import Deps
from ingest.http import examples, models, sensor_models
from ingest.http.errors import invalid_parameter
from ingest.http.json_body import read_json
from ingest.http.negotiation import CSV_TYPE, JSON_TYPE, negotiated
from ingest.http.openapi import answer, errors, sorted_by, with_csv
from ingest.http.pagination import read_order
from ingest.http.responses import json_answer, json_bytes_answer
from ingest.http.tables import PAGE, SENSOR_COLUMNS, csv_answer
from sinks.queries import SENSOR_FILE_SORTS, SOURCE_SORTS, TOTAL_SORTS

SourceSort = Annotated[str, Query(description=SORT, json_schema_extra=sorted_by(SOURCE_SORTS))]
TotalSort = Annotated[str, Query(description=SORT, json_schema_extra=sorted_by(TOTAL_SORTS))]
SensorFileSort = Annotated[
    str, Query(description=SORT, json_schema_extra=sorted_by(SENSOR_FILE_SORTS))
]
_SPARKLINES: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": sensor_models.SparklinesRequest.model_json_schema(),
            "example": examples.SPARKLINES_REQUEST,
        }
    },
}
router = APIRouter(prefix="/api/v1", tags=["totals"])


@router.get(
    "/sensors",
    dependencies=[READ],
    summary="Totals per sensor",
    responses=with_csv(
        answer(
            models.Page[sensor_models.SensorTotals],
            examples.page({**examples.SENSOR, "files": 3}),
            "A page.",
        ),
        (*SENSOR_COLUMNS, "files"),
    ),
)
async def list_totals(
    deps: Deps,
    q: Annotated[str | None, Query(max_length=300, description="Part of the sensor_id.")] = None,
    sensor_id: Annotated[str | None, Query(max_length=256, description="Only this one.")] = None,
    sort: TotalSort = "sensor_id",
    limit: Limit = 100,
    cursor: Cursor = None,
    accept: Accept = None,
) -> Response:
    """Results per sensor over all files; with `Accept: text/csv` all of them, as a stream."""

    async def page(cursor: str | None, limit: int) -> bytes:
        order = read_order(TOTAL_SORTS, sort, cursor)
        return await deps.totals.sensors(q, sensor_id, order, limit)

    if negotiated(accept, (JSON_TYPE, CSV_TYPE)) == CSV_TYPE:
        columns = (*SENSOR_COLUMNS, "files")
        return await csv_answer("sensors", columns, lambda c: page(c, PAGE), cursor)
    return json_bytes_answer(await page(cursor, limit))


@router.post(
    "/sparklines",
    dependencies=[READ],
    summary="Last means of many sensors",
    responses={
        **answer(sensor_models.Sparklines, examples.SPARKLINES, "The means."),
        **errors("invalid_parameter", "malformed_body", "body_too_large"),
    },
    openapi_extra={"requestBody": _SPARKLINES},
)
async def list_sparklines(request: Request, deps: Deps) -> Response:
    """For small charts beside the names of a list, in one call. The sensors are in the body because
    their names may be longer than an address."""
    body = await read_json(request, "A list of sensors")
    try:
        asked = sensor_models.SparklinesRequest.model_validate(body)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "body"
        raise invalid_parameter(f"{place}: {first['msg']}.") from None
    items = await deps.totals.sparklines(
        asked.sensor_ids, asked.points, with_readings=deps.settings.readings
    )
    by_name = {item["sensor_id"]: item for item in items}
    return json_answer({"items": [by_name[name] for name in asked.sensor_ids]})


@router.get(
    "/sources",
    dependencies=[READ],
    summary="Totals per source",
    responses=answer(
        models.Page[sensor_models.SourceTotals], examples.page(examples.SOURCE), "A page."
    ),
)
async def list_sources(
    deps: Deps,
    q: Annotated[str | None, Query(max_length=300, description="Part of the source.")] = None,
    sort: SourceSort = "last_timestamp",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """A source is what a sensor_id has before its first slash: a gateway, a plant. Sensors without a
    slash are the source with the empty name. The one that has been silent longest is first."""
    order = read_order(SOURCE_SORTS, sort, cursor)
    return json_bytes_answer(await deps.totals.sources(q, order, limit))


@router.get(
    "/sensor-results",
    dependencies=[READ],
    summary="One sensor, file by file",
    responses=with_csv(
        answer(
            models.Page[sensor_models.SensorInFile],
            examples.page(
                {**examples.SENSOR, "file_id": examples.FILE["file_id"], "filename": "may.csv"}
            ),
            "A page.",
        ),
        (*SENSOR_COLUMNS, "file_id", "filename"),
    ),
)
async def list_sensor_files(
    deps: Deps,
    sensor_id: Annotated[str, Query(min_length=1, max_length=256, description="Which one.")],
    sort: SensorFileSort = "first_timestamp",
    limit: Limit = 100,
    cursor: Cursor = None,
    accept: Accept = None,
) -> Response:
    """Results of one sensor in each file that has rows of it; with `Accept: text/csv` all of them.

    The sensor is a parameter because its name may have slashes and dots, which paths do not carry.
    """

    async def page(cursor: str | None, limit: int) -> bytes:
        order = read_order(SENSOR_FILE_SORTS, sort, cursor)
        return await deps.totals.sensor_files(sensor_id, order, limit)

    if negotiated(accept, (JSON_TYPE, CSV_TYPE)) == CSV_TYPE:
        columns = (*SENSOR_COLUMNS, "file_id", "filename")
        return await csv_answer("sensor-results", columns, lambda c: page(c, PAGE), cursor)
    return json_bytes_answer(await page(cursor, limit))


@router.get(
    "/stats",
    dependencies=[READ],
    summary="Counts over all files",
    responses=answer(sensor_models.Counts, examples.COUNTS, "The counts."),
)
async def show_stats(deps: Deps) -> Response:
    """How many files there are, by status, with their rows and bytes."""
    return json_answer(await deps.totals.counts())

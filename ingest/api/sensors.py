"""What is read over all files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ingest.api.files import Cursor, Limit, Sort
from ingest.auth.scopes import READ
from ingest.dependencies import Deps
from ingest.http import examples, models
from ingest.http.openapi import answer
from ingest.http.pagination import read_order
from ingest.http.responses import json_answer, json_bytes_answer
from sinks.queries import SENSOR_FILE_SORTS, SOURCE_SORTS, TOTAL_SORTS

router = APIRouter(prefix="/api/v1", tags=["totals"])


@router.get(
    "/sensors",
    dependencies=[READ],
    summary="Totals per sensor",
    responses=answer(
        models.Page[models.SensorTotals],
        examples.page({**examples.SENSOR, "files": 3}),
        "A page.",
    ),
)
async def list_totals(
    deps: Deps,
    q: Annotated[str | None, Query(max_length=300, description="Part of the sensor_id.")] = None,
    sensor_id: Annotated[str | None, Query(max_length=256, description="Only this one.")] = None,
    sort: Sort = "sensor_id",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Results per sensor over all files."""
    order = read_order(TOTAL_SORTS, sort, cursor)
    return json_bytes_answer(await deps.totals.sensors(q, sensor_id, order, limit))


@router.get(
    "/sources",
    dependencies=[READ],
    summary="Totals per source",
    responses=answer(models.Page[models.SourceTotals], examples.page(examples.SOURCE), "A page."),
)
async def list_sources(
    deps: Deps, sort: Sort = "last_timestamp", limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """A source is what a sensor_id has before its first slash: a gateway, a plant. Sensors without a
    slash are the source with the empty name. The one that has been silent longest is first."""
    order = read_order(SOURCE_SORTS, sort, cursor)
    return json_bytes_answer(await deps.totals.sources(order, limit))


@router.get(
    "/sensor-results",
    dependencies=[READ],
    summary="One sensor, file by file",
    responses=answer(
        models.Page[models.SensorInFile],
        examples.page(
            {**examples.SENSOR, "file_id": examples.FILE["file_id"], "filename": "may.csv"}
        ),
        "A page.",
    ),
)
async def list_sensor_files(
    deps: Deps,
    sensor_id: Annotated[str, Query(min_length=1, max_length=256, description="Which one.")],
    sort: Sort = "first_timestamp",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Results of one sensor in each file that has rows of it.

    The sensor is a parameter because its name may have slashes and dots, which paths do not carry.
    """
    order = read_order(SENSOR_FILE_SORTS, sort, cursor)
    return json_bytes_answer(await deps.totals.sensor_files(sensor_id, order, limit))


@router.get(
    "/stats",
    dependencies=[READ],
    summary="Counts over all files",
    responses=answer(models.Counts, examples.COUNTS, "The counts."),
)
async def show_stats(deps: Deps) -> Response:
    """How many files there are, by status, with their rows and bytes."""
    return json_answer(await deps.totals.counts())

"""What is read over all files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ingest import examples
from ingest.access import READ
from ingest.answers import json_answer, page_answer
from ingest.cursors import read_order
from ingest.describing import answer
from ingest.routes_files import Cursor, Limit, Sort
from ingest.services import Use
from schemas import answers
from schemas.document import sensor_result
from sinks.queries import (
    SENSOR_FILE_SORTS,
    TOTAL_SORTS,
    sensor_files_page,
    sensor_totals_page,
    stats,
)

router = APIRouter(prefix="/api/v1", tags=["totals"])


@router.get(
    "/sensors",
    dependencies=[READ],
    summary="Totals per sensor",
    responses=answer(
        answers.Page[answers.SensorTotals],
        examples.page({**examples.SENSOR, "files": 3}),
        "A page.",
    ),
)
async def list_totals(
    use: Use,
    q: Annotated[str | None, Query(max_length=300, description="Part of the sensor_id.")] = None,
    sensor_id: Annotated[str | None, Query(max_length=256, description="Only this one.")] = None,
    sort: Sort = "sensor_id",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """What each sensor came to over all files."""
    order = read_order(TOTAL_SORTS, sort, cursor)
    page = await sensor_totals_page(
        use.database,
        q=q,
        sensor_id=sensor_id,
        limit=limit,
        **order.paging,
    )
    return page_answer([sensor_result(row) for row in page.items], order.cursor(page.next))


@router.get(
    "/sensor-results",
    dependencies=[READ],
    summary="One sensor, file by file",
    responses=answer(
        answers.Page[answers.SensorInFile],
        examples.page(
            {**examples.SENSOR, "file_id": examples.FILE["file_id"], "filename": "may.csv"}
        ),
        "A page.",
    ),
)
async def list_sensor_files(
    use: Use,
    sensor_id: Annotated[str, Query(min_length=1, max_length=256, description="Which one.")],
    sort: Sort = "first_timestamp",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """What one sensor came to in each file that has rows of it.

    The sensor is a parameter because its name may have slashes and dots, which paths do not carry.
    """
    order = read_order(SENSOR_FILE_SORTS, sort, cursor)
    page = await sensor_files_page(
        use.database,
        sensor_id,
        limit=limit,
        **order.paging,
    )
    return page_answer([sensor_result(row) for row in page.items], order.cursor(page.next))


@router.get(
    "/stats",
    dependencies=[READ],
    summary="Counts over all files",
    responses=answer(answers.Counts, examples.COUNTS, "The counts."),
)
async def show_stats(use: Use) -> Response:
    """How many files there are, by status, with their rows and bytes."""
    return json_answer((await stats(use.database)).document())

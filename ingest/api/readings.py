"""Readings over time, for charts: aggregates of the valid rows of each interval; and all readings
of a file, as CSV, Parquet or Arrow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from dryrun.pool import Busy
from dryrun.request import Form
from ingest.auth.scopes import READ
from ingest.dependencies import Dependencies, Deps
from ingest.files.lifecycle import still_waiting
from ingest.files.readings_export import export_readings
from ingest.http import examples, sensor_models
from ingest.http.errors import Problem, busy, invalid_parameter, unknown_file
from ingest.http.moments import instant
from ingest.http.negotiation import ARROW_TYPE, CSV_TYPE, JSON_TYPE, PARQUET_TYPE, negotiated
from ingest.http.openapi import answer, errors
from ingest.http.responses import json_answer, started_stream
from schemas.file_document import timestamp
from schemas.file_record import FileRecord
from sinks.clickhouse.client import Database
from sinks.queries import file_by_id, files_by_id
from sinks.queries.containers import extent_of_members, member_ids
from sinks.queries.readings import (
    Extent,
    Grid,
    Interval,
    extent_of_file,
    readings_of_file,
    stored_readings,
)

router = APIRouter(prefix="/api/v1", tags=["readings"])

From = Annotated[
    datetime | None,
    Query(alias="from", description="The first moment; UTC if it has no offset."),
]
To = Annotated[datetime | None, Query(description="The exclusive end of the range.")]
Points = Annotated[int, Query(ge=1, le=2000, description="Intervals there may be at most.")]

_TICK = timedelta(microseconds=1)
# Members of a container whose records are read at once.
_MEMBERS = 100
_TYPES: dict[Form, str] = {"csv": CSV_TYPE, "parquet": PARQUET_TYPE, "arrow": ARROW_TYPE}
_OF_FILE = answer(
    sensor_models.Readings, examples.READINGS, "The intervals, or all readings."
) | errors(
    "unknown_file",
    "unknown_sensor",
    "readings_off",
    "readings_not_stored",
    "file_waiting",
    "overloaded",
    "not_acceptable",
    "raw_file_missing",
    "raw_file_removed",
    "readings_removed",
    "store_unavailable",
)
for _type, _example in (
    (CSV_TYPE, examples.READINGS_CSV),
    (PARQUET_TYPE, "PAR1...PAR1"),
    (ARROW_TYPE, "..."),
):
    _OF_FILE[200]["content"][_type] = {
        "schema": {"type": "string", "format": "binary"},
        "example": _example,
    }


class MemberDeletedError(ConnectionAbortedError):
    """A member of a container was deleted while the readings of the container were exported."""


@dataclass(frozen=True, slots=True)
class _Range:
    """From `begin` to before `end`."""

    begin: datetime
    end: datetime


@router.get(
    "/files/{file_id}/readings",
    summary="Readings of a file over time",
    dependencies=[READ],
    responses=_OF_FILE,
)
async def list_readings_of_file(
    file_id: str,
    deps: Deps,
    sensor: Annotated[
        str | None, Query(min_length=1, max_length=256, description="Only this sensor_id.")
    ] = None,
    begin: From = None,
    to: To = None,
    points: Points = 300,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """Smallest, largest and mean value of the readings in each interval that has any.

    Intervals are of a round length: the shortest of which `points` are enough. Without `from` and
    `to` they cover all readings of the file. With `Accept: text/csv`,
    `application/vnd.apache.parquet` or `application/vnd.apache.arrow.stream` the readings
    themselves, in the order of the file, whether or not `READINGS` is on; of a container those of its
    members, in its order.
    """
    form = _form(accept)
    if form is not None:
        return await _export(deps, file_id, form, sensor, begin, to)
    check_readings_are_stored(deps)
    record = await file_by_id(deps.database, file_id)
    if record is None:
        raise unknown_file(file_id)
    if record.container is not None:
        raise invalid_parameter(
            f"The file {file_id} is a container: its readings are a file (`Accept: text/csv`, "
            f"{PARQUET_TYPE} or {ARROW_TYPE}). Ask for intervals of its members, which "
            f"/api/v1/files?parent_id={file_id} lists, or of /api/v1/sensors/{{sensor_id}}/readings."
        )
    if record.readings_removed_at is not None:
        raise _removed(record)
    generation = record.live_generation
    whole = await extent_of_file(deps.database, file_id, generation, None)
    if whole is None:
        return _answer(sensor, None, None, ())
    stored = await stored_readings(deps.database, file_id, generation)
    if stored < whole.row_count:
        raise Problem(
            "readings_not_stored",
            f"Of the {whole.row_count:,} valid rows of this file {stored:,} are stored as readings: "
            "it was processed by a worker without READINGS=on. Send it again, or replay it.",
        )
    extent = whole
    if sensor is not None:
        of_sensor = await extent_of_file(deps.database, file_id, generation, sensor)
        if of_sensor is None:
            raise _unknown_sensor(sensor, "This file has")
        extent = of_sensor
    asked = _range(begin, to, extent)
    if asked is None:
        return _answer(sensor, None, None, ())
    grid = Grid.over(asked.begin, asked.end, points)
    found = await readings_of_file(
        deps.database, file_id, generation, sensor, asked.begin, asked.end, grid
    )
    return _answer(sensor, asked, grid, found)


@router.get(
    "/sensors/{sensor_id:path}/readings",
    summary="Readings of a sensor over time",
    dependencies=[READ],
    responses=answer(sensor_models.Readings, examples.READINGS, "The intervals.")
    | errors("unknown_sensor", "readings_off", "not_acceptable"),
)
async def list_readings_of_sensor(
    sensor_id: str,
    deps: Deps,
    begin: From = None,
    to: To = None,
    points: Points = 300,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """As for a file, over all files; of those that were processed with READINGS=on. The readings
    themselves are at `/readings?sensor=`."""
    negotiated(accept, (JSON_TYPE,))
    check_readings_are_stored(deps)
    extent = await deps.totals.extent_of_sensor(sensor_id)
    if extent is None:
        raise _unknown_sensor(sensor_id, "There are")
    asked = _range(begin, to, extent)
    if asked is None:
        return _answer(sensor_id, None, None, ())
    grid = Grid.over(asked.begin, asked.end, points)
    found = await deps.totals.readings_of_sensor(sensor_id, asked.begin, asked.end, grid)
    return _answer(sensor_id, asked, grid, found)


def _form(accept: str | None) -> Form | None:
    """The form in which all readings are asked for; None: the intervals."""
    kind = negotiated(accept, (JSON_TYPE, *_TYPES.values()))
    return next((form for form, offered in _TYPES.items() if offered == kind), None)


async def _export(
    deps: Dependencies,
    file_id: str,
    form: Form,
    sensor_id: str | None,
    begin: datetime | None,
    end: datetime | None,
) -> Response:
    record = await file_by_id(deps.database, file_id)
    if record is None:
        raise unknown_file(file_id)
    whole = await _extent(deps, record, None)
    if whole is not None:
        if sensor_id is not None and await _extent(deps, record, sensor_id) is None:
            raise _unknown_sensor(sensor_id, "This file has")
        _range(begin, end, whole)

    if record.live_generation == 0:
        raise still_waiting(record.file_id)
    chunks = export_readings(
        deps.exports,
        deps.store,
        deps.settings,
        with_members(deps.database, record),
        to=form,
        sensor_id=sensor_id,
        begin=None if begin is None else instant(begin),
        end=None if end is None else instant(end),
    )
    headers = {"Content-Disposition": f'attachment; filename="readings-{file_id}.{form}"'}
    media_type = f"{CSV_TYPE}; charset=utf-8; header=present" if form == "csv" else _TYPES[form]
    try:
        return await started_stream(chunks, media_type, headers)
    except Busy:
        raise busy("exports") from None
    except MemberDeletedError as exc:
        raise Problem("unknown_file", f"{exc}. Ask again for those that are left.") from None


async def _extent(deps: Dependencies, file: FileRecord, sensor_id: str | None) -> Extent | None:
    """The valid rows of a file, or of the members of a container."""
    if file.container is not None:
        return await extent_of_members(deps.database, file.file_id, sensor_id)
    return await extent_of_file(deps.database, file.file_id, file.live_generation, sensor_id)


async def with_members(database: Database, file: FileRecord) -> AsyncIterator[FileRecord]:
    """A file; of a container its members that have ended, in their order.

    Raises:
        MemberDeletedError: a member was deleted since the first one was asked for.
    """
    if file.container is None:
        yield file
        return
    ids = await member_ids(database, file.file_id)
    for start in range(0, len(ids), _MEMBERS):
        wanted = ids[start : start + _MEMBERS]
        found = await files_by_id(database, wanted)
        for file_id in wanted:
            if file_id not in found:
                raise MemberDeletedError(
                    f"The member {file_id} of {file.file_id} was deleted during the export"
                )
            if found[file_id].live_generation:
                yield found[file_id]


def check_readings_are_stored(deps: Dependencies) -> None:
    """Check that workers store readings.

    Raises:
        Problem: 409 `readings_off`.
    """
    if not deps.settings.readings:
        raise Problem(
            "readings_off",
            "Readings are not stored. Start the API and workers with READINGS=on. Per-file and "
            "per-sensor results are unaffected.",
        )


def _removed(record: FileRecord) -> Problem:
    again = " A replay stores them again." if record.raw_removed_at is None else ""
    return Problem(
        "readings_removed",
        f"The stored readings of the file {record.file_id} were removed on "
        f"{record.readings_removed_at:%Y-%m-%d} by a rule of RETENTION; its results are kept.{again}",
    )


def _unknown_sensor(sensor_id: str, where: str) -> Problem:
    return Problem(
        "unknown_sensor",
        f"{where} no valid rows of the sensor {sensor_id[:256]!r}.",
    )


def _range(begin: datetime | None, end: datetime | None, extent: Extent) -> _Range | None:
    """The requested range, limited to the range of readings; None if they do not overlap.

    Raises:
        Problem: 400, if it ends before it begins.
    """
    first = extent.first if begin is None else instant(begin)
    last = extent.last + _TICK if end is None else instant(end)
    if begin is not None and end is not None and first >= last:
        raise invalid_parameter(f"from is {timestamp(first)}, not before to ({timestamp(last)}).")
    return _Range(first, last) if first < last else None


def _answer(
    sensor_id: str | None, asked: _Range | None, grid: Grid | None, found: Sequence[Interval]
) -> Response:
    document: dict[str, Any] = {
        "sensor_id": sensor_id,
        "from": None if asked is None else timestamp(asked.begin),
        "to": None if asked is None else timestamp(asked.end),
        "interval_seconds": None if grid is None else grid.interval / 1e6,
        "items": [
            {
                "timestamp": timestamp(interval.begin),
                "row_count": interval.row_count,
                "min_value": interval.min_value,
                "max_value": interval.max_value,
                "mean_value": interval.mean_value,
            }
            for interval in found
        ],
    }
    return json_answer(document)

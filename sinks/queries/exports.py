"""Readings of many files, in the formats that ClickHouse itself writes, as a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from schemas.instants import EPOCH, MICROSECOND
from sinks.clickhouse.client import Database
from sinks.insert_time import INSERT_TAKES

Form = Literal["csv", "parquet", "arrow"]
HEADER: Final = b"sensor_id,timestamp,value,file_id,generation,row\n"
_FORMATS: Final[dict[Form, str]] = {
    "csv": "TabSeparatedRaw",
    "parquet": "Parquet",
    "arrow": "ArrowStream",
}
SETTINGS: Final[dict[str, Any]] = {
    "output_format_parquet_string_as_string": 1,
    "output_format_parquet_compression_method": "zstd",
    "output_format_arrow_string_as_string": 1,
    "output_format_arrow_low_cardinality_as_dictionary": 0,
    # A range of a sensor is sorted; what does not fit memory is sorted on disk.
    "max_bytes_before_external_sort": 256 << 20,
}
_COLUMNS: Final = (
    "toString(sensor_id) AS sensor_id, timestamp, value, toString(file_id) AS file_id,"
    " generation, row"
)
# Canonical CSV, as `rows.readings_text` writes it, and the file beside it.
_TEXT: Final = (
    "concat("
    "if(match(sensor_id, '[\",]|^[ \\t]|[ \\t]$'),"
    " concat('\"', replaceAll(sensor_id, '\"', '\"\"'), '\"'), sensor_id),"
    " ',', formatDateTime(timestamp, '%Y-%m-%dT%H:%i:%S.%fZ'), ',', toString(value),"
    " ',', file_id, ',', toString(generation), ',', toString(row))"
)
_LIVE: Final = (
    "live_key IN (SELECT reinterpretAsUInt64(substring(MD5(concat(file_id, '/',"
    " toString(live_generation))), 1, 8)) FROM file_records FINAL"
    # A file whose readings are withheld (`max_invalid`) counts no rows.
    " WHERE deleted = 0 AND row_count > 0 AND readings_removed_at IS NULL{files})"
)
# Records that say what was removed after the end of a file.
_LATER: Final = "(purged OR raw_removed_at IS NOT NULL OR readings_removed_at IS NOT NULL)"
# When the end of a file was inserted, of the record that holds; NULL if it waits, or if that is not known.
ENDED_AT: Final = f"multiIf(status = 'waiting', NULL, {_LATER}, ended_at, inserted_at)"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which readings: of a sensor, from `begin` to before `end`, of some files; each if given."""

    sensor_id: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    files: Sequence[tuple[str, int]] | None = None


@dataclass(frozen=True, slots=True)
class EndedFiles:
    """Files whose live generation ended after a moment, in that order."""

    files: list[tuple[str, int]] = field(default_factory=list)
    row_count: int = 0
    # (moment, file_id) to go on after; that of the question if there are none.
    after: tuple[datetime, str] | None = None


def statement(selection: Selection, form: Form) -> tuple[str, dict[str, Any]]:
    """The query for a selection in a form, and its parameters."""
    conditions, params = ["1"], dict[str, Any]()
    if selection.sensor_id is not None:
        conditions.append("sensor_id = {sensor:String}")
        params["sensor"] = selection.sensor_id
    if selection.begin is not None:
        conditions.append("timestamp >= {begin:DateTime64(6, 'UTC')}")
        params["begin"] = selection.begin
    if selection.end is not None:
        conditions.append("timestamp < {end:DateTime64(6, 'UTC')}")
        params["end"] = selection.end
    if selection.files is None:
        conditions.append(_LIVE.format(files=""))
    else:
        conditions.append("file_id IN {ids:Array(String)}")
        conditions.append(_LIVE.format(files=" AND file_id IN {ids:Array(String)}"))
        params["ids"] = [file_id for file_id, _ in selection.files]
    # Rows of one key are equal, so what FINAL leaves out is not missed: PREWHERE is right.
    source = f"readings_by_sensor FINAL PREWHERE {' AND '.join(conditions)}"
    # The order of the table, so nothing is sorted.
    order = " ORDER BY timestamp, file_id, row" if selection.sensor_id is not None else ""
    columns = _TEXT if form == "csv" else _COLUMNS
    return f"SELECT {columns} FROM {source}{order}", params


def format_of(form: Form) -> str:
    """ClickHouse's name of a form."""
    return _FORMATS[form]


async def ended_files(
    database: Database,
    after: tuple[datetime, str],
    complete_until: datetime,
    *,
    files: int,
    rows: int,
) -> EndedFiles:
    """Files with readings that ended after `after` and not after `complete_until`, with the
    generation that is live: up to `files` of them, or until they have `rows` readings."""
    # A record that says what was removed since may be all that is left of the end of a file. It says
    # when that was inserted; one of an earlier version counts from the end by the clock of the worker, so
    # from as late as the end may have been inserted.
    found = await database.query(
        "WITH ends AS (SELECT file_id, generation,"
        " if(countIf(NOT later) > 0, minIf(inserted, NOT later), min(inserted)) AS ended,"
        " max(ifNull(row_count, 0)) AS row_count FROM"
        # A record that was inserted twice, because the first insert was slow, counts from the second.
        " (SELECT file_id, generation, false AS later, max(inserted_at) AS inserted,"
        " any(row_count) AS row_count FROM file_records"
        " PREWHERE inserted_at >= {after:DateTime64(6, 'UTC')}"
        " AND inserted_at <= {complete_until:DateTime64(6, 'UTC')}"
        f" WHERE status != 'waiting' AND NOT deleted AND NOT {_LATER}"
        " GROUP BY file_id, generation, version"
        " UNION ALL SELECT file_id, generation, true, assumeNotNull(ended_at), row_count"
        " FROM file_records PREWHERE ended_at >= {after:DateTime64(6, 'UTC')}"
        " AND ended_at <= {complete_until:DateTime64(6, 'UTC')}"
        f" WHERE status != 'waiting' AND NOT deleted AND {_LATER}"
        " UNION ALL SELECT file_id, generation, true,"
        " assumeNotNull(finished_at) + toIntervalMicrosecond({takes:Int64}), row_count"
        " FROM file_records PREWHERE finished_at >= {finished_after:DateTime64(6, 'UTC')}"
        " AND finished_at <= {finished_before:DateTime64(6, 'UTC')}"
        f" WHERE status != 'waiting' AND NOT deleted AND {_LATER} AND ended_at IS NULL)"
        " GROUP BY file_id, generation)"
        " SELECT e.file_id AS file_id, e.generation AS generation, e.ended AS ended,"
        " e.row_count AS row_count FROM ends AS e"
        " INNER JOIN (SELECT file_id, live_generation FROM file_records FINAL"
        " WHERE NOT deleted AND file_id IN (SELECT file_id FROM ends)) AS l"
        " ON l.file_id = e.file_id AND l.live_generation = e.generation"
        " WHERE (e.ended, e.file_id) > ({after:DateTime64(6, 'UTC')}, {id:String})"
        " ORDER BY ended, file_id LIMIT {limit:UInt32}",
        {
            "after": after[0],
            "id": after[1],
            "complete_until": complete_until,
            "takes": INSERT_TAKES // MICROSECOND,
            "finished_after": max(after[0] - INSERT_TAKES, EPOCH),
            "finished_before": complete_until - INSERT_TAKES,
            "limit": files,
        },
    )
    taken: list[tuple[str, int]] = []
    count = 0
    last: tuple[datetime, str] | None = None
    for row in found:
        if taken and count + row["row_count"] > rows:
            break
        taken.append((row["file_id"], row["generation"]))
        count += row["row_count"]
        last = (row["ended"], row["file_id"])
    return EndedFiles(taken, count, last)

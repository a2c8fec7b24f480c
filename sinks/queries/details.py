"""Sensors and invalid rows of one file.

What people may see is that of the file's live generation. The record that names it is read first,
by the caller or here: results are written before the record that makes them live, so what is read
after the record has them all, and belongs to it also where a replay ends in between.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Any, Final

from schemas.corrections import RowFilter
from schemas.file_record import FileRecord
from schemas.invalid_codes import COLUMN_OF
from sinks.clickhouse.client import Database, Rows
from sinks.queries.pagination import (
    SORT_VALUE,
    After,
    Keyset,
    Page,
    Sorts,
    moment,
    number,
    page_of,
    real,
    text,
)
from sinks.queries.resubmissions import CLAIMED_ENTRIES

_ALL_ROWS: Final = (1 << 64) - 1
# Some MB where every row is as long as is kept of it.
_STREAM_ROWS: Final = 2000
_MEAN: Final = (
    "if(r.row_count > 0 AND isFinite(r.sum_hi + r.sum_lo),"
    " (r.sum_hi + r.sum_lo) / r.row_count, NULL)"
)
# Columns that are null for a sensor without readings.
_OF_READINGS: Final = (
    *("min_value", "max_value", "first_timestamp", "first_value", "last_timestamp", "last_value"),
)
_SENSOR: Final = ", ".join(
    (
        "r.sensor_id AS sensor_id, r.row_count AS row_count",
        *(f"if(r.row_count = 0, NULL, r.{name}) AS {name}" for name in _OF_READINGS),
        f"{_MEAN} AS mean_value, r.missing_count AS missing_count",
        "r.excluded_count AS excluded_count",
    )
)
INVALID_COLUMNS: Final = (
    "row, line, byte_offset AS byte, column, code, error, raw, truncated,"
    " cell, cells, observed, span_start, span_end"
)
LAST_CELL: Final = (1 << 32) - 1

SENSOR_SORTS: Final[Sorts] = {
    "sensor_id": text("sensor_id"),
    "row_count": number("row_count"),
    "min_value": real("min_value"),
    "max_value": real("max_value"),
    "mean_value": real("mean_value"),
    "first_timestamp": moment("first_timestamp"),
    "last_timestamp": moment("last_timestamp"),
}

ALL_ROWS: Final = RowFilter()


async def sensors_page(
    database: Database,
    file: FileRecord | str,
    *,
    q: str | None = None,
    sort: str = "sensor_id",
    descending: bool = False,
    limit: int = 100,
    after: After | None = None,
) -> Page[dict[str, Any]]:
    """Per sensor: sensor_id, row_count, min_value, max_value, mean_value (None if the sum is not
    finite), first_timestamp, first_value, last_timestamp, last_value (None without readings),
    missing_count, excluded_count.

    Args:
        q: part of the sensor_id.
        sort: one of `SENSOR_SORTS`.
        after: `next` of the page before.
    """
    keyset = Keyset(SENSOR_SORTS[sort], "sensor_id", descending, after)
    seen = await _seen(database, file)
    params = keyset.params | {"id": seen.file_id, "generation": seen.generation, "limit": limit + 1}
    only = keyset.condition
    if q:
        only, params["q"] = f"{only} AND position(sensor_id, {{q:String}}) > 0", q
    rows = await database.query(
        f"SELECT {_SENSOR}, {keyset.sort.expression} AS {SORT_VALUE}"
        " FROM sensor_result_rows AS r FINAL"
        " PREWHERE file_id = {id:String} AND generation = {generation:UInt32}"
        f" WHERE {only} ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
        params,
    )
    return page_of(rows, limit, "sensor_id")


async def per_sensor_count(
    database: Database, file: FileRecord | str, limit: int = 10_000
) -> dict[str, int]:
    """Valid rows of each sensor, the first `limit` by sensor_id."""
    seen = await _seen(database, file)
    rows = await database.query(
        "SELECT sensor_id, row_count FROM sensor_result_rows FINAL"
        " PREWHERE file_id = {id:String} AND generation = {generation:UInt32}"
        " ORDER BY sensor_id LIMIT {limit:UInt64}",
        {"id": seen.file_id, "generation": seen.generation, "limit": limit},
    )
    return {row["sensor_id"]: row["row_count"] for row in rows}


async def generations_with_results(
    database: Database, keys: Collection[tuple[str, int]]
) -> set[tuple[str, int]]:
    """Those of `keys` (file_id, generation) of which any sensor has results."""
    ids, generations = map(list, zip(*keys, strict=True))
    rows = await database.query(
        "SELECT DISTINCT file_id, generation FROM sensor_result_rows PREWHERE"
        " (file_id, generation) IN arrayZip({ids:Array(String)}, {generations:Array(UInt32)})",
        {"ids": ids, "generations": generations},
    )
    return {(row["file_id"], row["generation"]) for row in rows}


async def invalid_rows_page(
    database: Database,
    file: FileRecord | str,
    *,
    rows: RowFilter = ALL_ROWS,
    corrected: bool | None = None,
    after: tuple[int, int] = (0, LAST_CELL),
    limit: int = 100,
) -> list[dict[str, Any]]:
    """The first `limit` invalid rows after a (row, cell), in row order.

    Args:
        corrected: only those that another file corrects, or may once it is processed; or only others.

    The page goes on after the `row` and `cell` of its last item, unless it has fewer than `limit`.
    """
    seen = await _seen(database, file)
    sql, params = _invalid_rows(seen, rows, after)
    if corrected is not None:
        sign = "IN" if corrected else "NOT IN"
        sql = (
            f"SELECT * FROM ({sql}) WHERE (row, cell) {sign} ({CLAIMED_ENTRIES}) ORDER BY row, cell"
        )
    return await database.query(f"{sql} LIMIT {{limit:UInt64}}", params | {"limit": limit})


async def invalid_rows_stream(
    database: Database, file: FileRecord | str, *, rows: RowFilter = ALL_ROWS
) -> AsyncIterator[Rows]:
    """All invalid rows of a file in row order, in blocks.

    Page after page rather than one long answer: a reader that is slow or leaves holds nothing.
    """
    seen = await _seen(database, file)
    after = (0, LAST_CELL)
    while True:
        sql, params = _invalid_rows(seen, rows, after)
        found = await database.query(
            f"{sql} LIMIT {{limit:UInt64}}", params | {"limit": _STREAM_ROWS}
        )
        if found:
            yield found
        if len(found) < _STREAM_ROWS:
            return
        after = found[-1]["row"], found[-1]["cell"]


@dataclass(frozen=True, slots=True)
class _Seen:
    """The visible details of a file: none if the generation is 0."""

    file_id: str
    generation: int
    through_row: int


async def _seen(database: Database, file: FileRecord | str) -> _Seen:
    if isinstance(file, FileRecord):
        return _Seen(file.file_id, file.live_generation, file.invalid_kept_through or _ALL_ROWS)
    rows = await database.query(
        "SELECT live_generation, invalid_kept_through FROM file_records FINAL"
        " PREWHERE file_id = {id:String} WHERE deleted = 0",
        {"id": file},
    )
    if not rows:
        return _Seen(file, 0, 0)
    return _Seen(file, rows[0]["live_generation"], rows[0]["invalid_kept_through"] or _ALL_ROWS)


def _invalid_rows(
    seen: _Seen, rows: RowFilter, after: tuple[int, int]
) -> tuple[str, dict[str, Any]]:
    only, filtered = row_condition(rows)
    params = filtered | {
        "id": seen.file_id,
        "generation": seen.generation,
        "after_row": after[0],
        "after_cell": after[1],
        "through_row": seen.through_row,
    }
    sql = (
        f"SELECT {INVALID_COLUMNS} FROM invalid_row_rows FINAL"
        " PREWHERE file_id = {id:String} AND generation = {generation:UInt32}"
        " AND row >= {after_row:UInt64} AND row <= {through_row:UInt64}"
        " WHERE (row > {after_row:UInt64} OR cell > {after_cell:UInt32})"
        f" AND {only} ORDER BY row, cell"
    )
    return sql, params


def row_condition(rows: RowFilter) -> tuple[str, dict[str, Any]]:
    """A condition on invalid rows, and its parameters."""
    conditions, params = ["1"], dict[str, Any]()
    if rows.code is not None:
        conditions.append("code = {code:String}")
        params["code"] = rows.code
    if rows.column is not None:
        conditions.append("code IN {codes:Array(String)}")
        params["codes"] = [code.value for code, name in COLUMN_OF.items() if name == rows.column]
    if rows.text:
        conditions.append("positionCaseInsensitiveUTF8(raw, {text:String}) > 0")
        params["text"] = rows.text
    return " AND ".join(conditions), params


async def invalid_rows_of(
    database: Database, file: FileRecord, entries: Collection[tuple[int, int]]
) -> dict[tuple[int, int], dict[str, Any]]:
    """Those of `entries` (row, cell) that are invalid in a file."""
    seen = await _seen(database, file)
    found = await database.query(
        f"SELECT {INVALID_COLUMNS} FROM invalid_row_rows FINAL"
        " PREWHERE file_id = {id:String} AND generation = {generation:UInt32}"
        " AND row IN {rows:Array(UInt64)} AND row <= {through_row:UInt64}"
        " AND (row, cell) IN arrayZip({entry_rows:Array(UInt64)}, {entry_cells:Array(UInt32)})"
        " ORDER BY row, cell",
        {
            "id": seen.file_id,
            "generation": seen.generation,
            "rows": sorted({row for row, _ in entries}),
            "entry_rows": [row for row, _ in entries],
            "entry_cells": [cell for _, cell in entries],
            "through_row": seen.through_row,
        },
    )
    return {(row["row"], row["cell"]): row for row in found}


async def stored_invalid_rows(
    database: Database, file_id: str, generation: int, *, before_row: int
) -> int:
    """How many invalid rows below a row number are stored for a generation, live or not."""
    rows = await database.query(
        "SELECT count() AS stored FROM invalid_row_rows FINAL"
        " PREWHERE file_id = {id:String} AND generation = {generation:UInt32}"
        " AND row < {before_row:UInt64}",
        {"id": file_id, "generation": generation, "before_row": before_row},
    )
    return int(rows[0]["stored"])


async def invalid_row_number(
    database: Database, file_id: str, generation: int, *, nth: int
) -> int | None:
    """Row number of the `nth` stored invalid row (from 1) of a generation, live or not.

    None if fewer are stored. It bounds the details shown if not all are kept.
    """
    rows = await database.query(
        "SELECT row FROM invalid_row_rows FINAL"
        " PREWHERE file_id = {id:String} AND generation = {generation:UInt32}"
        " ORDER BY row LIMIT 1 OFFSET {offset:UInt64}",
        {"id": file_id, "generation": generation, "offset": nth - 1},
    )
    return int(rows[0]["row"]) if rows else None

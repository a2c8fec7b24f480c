"""What is asked to find readings with the sensor and the timestamp of readings of earlier files.

Seals of totals have the results of files by sensor. So whether the ranges of time of two files meet is
known without their readings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from schemas.file_record import FileRecord
from schemas.instants import micros_of
from schemas.notices import Notice
from schemas.totals_sql import DELETED
from sinks.clickhouse.client import Database
from sinks.queries.chunks import chunks

# Identities in one statement: what fits a form field.
MOST_FILES: Final = 2_500
# Later files that one change of a file concerns, the first ones by their id.
_MOST_LATER: Final = 50_000


@dataclass(frozen=True, slots=True)
class Span:
    """A file of which readings are in a range of time, the end included.

    Files are in the order of their uploads. `readings` is about how many are in the range; of a file
    that is compared with others it is not needed.
    """

    upload_time: datetime
    file_id: str
    generation: int
    filename: str
    begin: datetime
    end: datetime
    readings: float = 0.0

    @property
    def rank(self) -> tuple[datetime, str]:
        """Its place in the order of uploads."""
        return self.upload_time, self.file_id


@dataclass(frozen=True, slots=True)
class Overlap:
    """Readings of a file that have the sensor and the timestamp of a reading of `other`, and of no
    file uploaded between the two."""

    file_id: str
    other: str
    readings: int
    first_row: int


async def overlap_notices(database: Database, records: Sequence[FileRecord]) -> dict[str, Notice]:
    """The notice `overlap` of each of these files that has it, by file_id."""
    live = {record.file_id: record.live_generation for record in records if record.row_count}
    found: dict[str, Notice] = {}
    for ids in chunks(live):
        rows = await database.query(
            "SELECT file_id, generation, notice FROM overlap_rows FINAL"
            " PREWHERE file_id IN {ids:Array(String)} WHERE readings > 0",
            {"ids": ids},
        )
        found |= {
            row["file_id"]: Notice.model_validate_json(row["notice"])
            for row in rows
            if row["generation"] == live[row["file_id"]]
        }
    return found


async def any_overlaps(database: Database) -> bool:
    """Whether any file has, or had, the notice `overlap`."""
    return bool(await database.query("SELECT 1 AS one FROM overlap_rows LIMIT 1"))


async def sealed_since(database: Database, seal: int, most: int) -> tuple[list[int], int]:
    """Seals after `seal` that change any file, at most `most` of them, and the last one of all."""
    (row,) = await database.query("SELECT max(number) AS last FROM seals")
    last = int(row["last"])
    if last <= seal:
        return [], last
    rows = await database.query(
        "SELECT DISTINCT seal FROM sealed_files"
        " PREWHERE seal > {seal:UInt64} AND seal <= {last:UInt64} ORDER BY seal LIMIT {most:UInt64}",
        {"seal": seal, "last": last, "most": most},
    )
    return [int(row["seal"]) for row in rows], last


async def sealed_by(database: Database, seal: int) -> list[str]:
    """The files that a seal changes."""
    rows = await database.query(
        "SELECT file_id FROM sealed_files PREWHERE seal = {seal:UInt64} ORDER BY file_id",
        {"seal": seal},
    )
    return [row["file_id"] for row in rows]


async def live_generations(
    database: Database, file_ids: Collection[str], seal: int
) -> dict[str, int]:
    """The live generation of each file as of a seal; deleted files are left out."""
    found: dict[str, int] = {}
    for ids in chunks(file_ids):
        rows = await database.query(
            "SELECT file_id, max(state) AS state FROM sealed_files"
            " PREWHERE file_id IN {ids:Array(String)} WHERE seal <= {seal:UInt64} GROUP BY file_id",
            {"ids": ids, "seal": seal},
        )
        found |= {r["file_id"]: r["state"] - 1 for r in rows if 1 < r["state"] < DELETED}
    return found


async def spans_of(database: Database, live: Mapping[str, int]) -> list[Span]:
    """From when to when generations of files have readings; files without any are left out."""
    found: list[Span] = []
    for ids in chunks(live):
        rows = await database.query(
            "SELECT f.file_id AS file_id, f.uploaded AS upload_time, f.name AS filename,"
            " r.begin AS begin, r.end AS end FROM ("
            "SELECT file_id, min(first_timestamp) AS begin, max(last_timestamp) AS end"
            " FROM sensor_result_rows PREWHERE (file_id, generation) IN"
            " arrayZip({ids:Array(String)}, {generations:Array(UInt32)})"
            " WHERE row_count > 0 GROUP BY file_id) AS r INNER JOIN ("
            "SELECT file_id, argMax(upload_time, version) AS uploaded,"
            " argMax(filename, version) AS name"
            " FROM file_records PREWHERE file_id IN {ids:Array(String)} GROUP BY file_id"
            ") AS f ON f.file_id = r.file_id",
            {"ids": ids, "generations": [live[file_id] for file_id in ids]},
        )
        found += [Span(generation=live[row["file_id"]], **row) for row in rows]
    return found


# Pairs of a file of {ids} and another one that have a sensor at the same time; {begin} and {end} are
# the range of all of {ids}. The result may be of a generation that is not live any more.
_PAIRS: Final = """
WITH
    {end:DateTime64(6, 'UTC')} AS last_of_all,
    {begin:DateTime64(6, 'UTC')} AS first_of_all,
    mine AS
    (
        SELECT
            file_id, sensor_id, min(first_timestamp) AS begin, max(last_timestamp) AS end,
            transform(file_id, {ids:Array(String)}, {uploaded:Array(Int64)}, 0) AS uploaded
        FROM sensor_result_rows
        PREWHERE (file_id, generation)
            IN arrayZip({ids:Array(String)}, {generations:Array(UInt32)})
        WHERE row_count > 0
        GROUP BY file_id, sensor_id
    ),
    pairs AS
    (
        SELECT
            m.file_id AS file_id, o.file_id AS other, o.generation AS generation,
            o.upload_time AS upload_time, o.filename AS filename,
            greatest(m.begin, o.first_timestamp) AS begin,
            least(m.end, o.last_timestamp) AS end,
            (toUnixTimestamp64Micro(o.upload_time), o.file_id) > (m.uploaded, m.file_id) AS later,
            o.row_count * if(
                o.last_timestamp = o.first_timestamp, 1,
                (toUnixTimestamp64Micro(end) - toUnixTimestamp64Micro(begin))
                / (toUnixTimestamp64Micro(o.last_timestamp)
                    - toUnixTimestamp64Micro(o.first_timestamp))
            ) AS readings
        FROM
        (
            SELECT
                sensor_id, file_id, generation, upload_time, filename, row_count,
                first_timestamp, last_timestamp
            FROM sealed_results
            PREWHERE sensor_id IN (SELECT sensor_id FROM mine)
                AND last_timestamp >= first_of_all AND first_timestamp <= last_of_all
            WHERE seal <= {seal:UInt64} AND removed = 0 AND row_count > 0
        ) AS o
        INNER JOIN mine AS m ON m.sensor_id = o.sensor_id
        WHERE o.file_id != m.file_id AND o.first_timestamp <= m.end AND o.last_timestamp >= m.begin
    )
"""


async def earlier_files(
    database: Database, files: Sequence[Span], seal: int, most: int
) -> dict[str, list[Span]] | None:
    """The earlier files that have a sensor at a time at which a file has it, by its file_id: up to
    `MOST_FILES`, and one more if there are more, the latest ones first.

    Args:
        seal: the one that is read.
        most: pairs of files that are read; None is returned if there are more.
    """
    rows = await database.query(
        f"{_PAIRS} SELECT file_id, other, generation, any(upload_time) AS upload_time,"
        " any(filename) AS filename, min(begin) AS begin, max(end) AS end,"
        " sum(readings) AS readings FROM pairs WHERE later = 0"
        " GROUP BY file_id, other, generation"
        " ORDER BY file_id, upload_time DESC, other DESC"
        " LIMIT {one_more:UInt64} BY file_id LIMIT {most:UInt64}",
        _params(files, seal) | {"one_more": MOST_FILES + 1, "most": most + 1},
    )
    if len(rows) > most:
        return None
    live = await live_generations(database, {row["other"] for row in rows}, seal)
    found: dict[str, list[Span]] = {}
    for row in rows:
        of, other = row.pop("file_id"), row.pop("other")
        if row["generation"] == live.get(other):
            found.setdefault(of, []).append(Span(file_id=other, **row))
    return found


async def later_files(database: Database, files: Sequence[Span], seal: int) -> list[str]:
    """The later files that have a sensor at a time at which one of `files` has it; some of them may
    have had it in an earlier generation."""
    rows = await database.query(
        f"{_PAIRS} SELECT DISTINCT other FROM pairs WHERE later = 1 ORDER BY other"
        " LIMIT {most:UInt64}",
        _params(files, seal) | {"most": _MOST_LATER},
    )
    return [row["other"] for row in rows]


def _params(files: Sequence[Span], seal: int) -> dict[str, Any]:
    return {
        "ids": [span.file_id for span in files],
        "generations": [span.generation for span in files],
        "uploaded": [micros_of(span.upload_time) for span in files],
        "begin": min(span.begin for span in files),
        "end": max(span.end for span in files),
        "seal": seal,
    }


# Readings are in the order of sensor and time, so groups are made as they are read, in little memory.
# A reading that was stored twice is in its group once.
_OVERLAPS: Final = """
SELECT target, other, count() AS readings, min(row) AS first_row
FROM
(
    SELECT
        arrayJoin(arrayFilter(reading -> has({targets:Array(UInt32)}, reading.1), here)) AS reading,
        reading.1 AS target,
        reading.2 AS row,
        arrayLast(before -> before.1 < target, here).1 AS other
    FROM
    (
        SELECT
            arraySort(groupUniqArray((
                toUInt32(transform(toString(file_id), {ids:Array(String)}, {ranks:Array(UInt32)}, 0)),
                row, cell
            ))) AS here
        FROM readings_by_sensor
        PREWHERE sensor_id IN
        (
            SELECT sensor_id FROM sensor_result_rows
            PREWHERE (file_id, generation)
                IN arrayZip({target_ids:Array(String)}, {target_generations:Array(UInt32)})
            WHERE row_count > 0
        )
        AND timestamp >= {begin:DateTime64(6, 'UTC')} AND timestamp <= {end:DateTime64(6, 'UTC')}
        WHERE file_id IN {ids:Array(String)} AND generation
            = transform(toString(file_id), {ids:Array(String)}, {generations:Array(UInt32)}, 0)
        GROUP BY sensor_id, timestamp
        HAVING here[1].1 != here[-1].1
    )
)
WHERE other > 0
GROUP BY target, other
SETTINGS optimize_aggregation_in_order = 1
"""


async def overlaps_between(
    database: Database,
    targets: Sequence[Span],
    others: Sequence[Span],
    begin: datetime,
    end: datetime,
) -> list[Overlap]:
    """The readings from `begin` to `end` of `targets` that have the sensor and the timestamp of a
    reading of an earlier one of both, counted by file and earlier file.

    The end is included.
    """
    order = sorted({span.rank: span for span in (*targets, *others)}.values(), key=_rank)
    ids = [span.file_id for span in order]
    numbers = {file_id: number for number, file_id in enumerate(ids, 1)}
    rows = await database.query(
        _OVERLAPS,
        {
            "ids": ids,
            "ranks": list(range(1, len(ids) + 1)),
            "generations": [span.generation for span in order],
            "targets": [numbers[span.file_id] for span in targets],
            "target_ids": [span.file_id for span in targets],
            "target_generations": [span.generation for span in targets],
            "begin": begin,
            "end": end,
        },
    )
    return [
        Overlap(ids[row["target"] - 1], ids[row["other"] - 1], row["readings"], row["first_row"])
        for row in rows
    ]


async def dependents_of(database: Database, file_ids: Collection[str]) -> list[str]:
    """The files whose stored overlap is with any of `file_ids`."""
    found: set[str] = set()
    for ids in chunks(file_ids):
        rows = await database.query(
            "SELECT file_id FROM overlap_rows FINAL"
            " WHERE readings > 0 AND hasAny(others, {ids:Array(String)})",
            {"ids": ids},
        )
        found |= {row["file_id"] for row in rows}
    return sorted(found)


async def overlapping(database: Database, file_ids: Collection[str]) -> list[str]:
    """Those of `file_ids` that have a stored overlap."""
    found: list[str] = []
    for ids in chunks(file_ids):
        rows = await database.query(
            "SELECT file_id FROM overlap_rows FINAL PREWHERE file_id IN {ids:Array(String)}"
            " WHERE readings > 0",
            {"ids": ids},
        )
        found += [row["file_id"] for row in rows]
    return found


def _rank(span: Span) -> tuple[datetime, str]:
    return span.rank

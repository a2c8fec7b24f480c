"""Seals of totals of sensors over all files.

What follows from a plan: results by sensor, totals of the sensors that change, and states of the files.
"""

from __future__ import annotations

from typing import Any, Final

from schemas.totals_sql import (
    added_by,
    changed_files,
    not_committed,
    planned_files,
    seal_results,
    seal_sensors,
)
from sinks.clickhouse.client import Database
from sinks.seals import Plan, Seal, Sealer

# Its name among the background tasks.
TASK: Final = "totals"
# Rows of results of the files of a plan: what a seal holds in memory follows from them.
_ROWS: Final = 1_000_000
_PIECE_ROWS: Final = 100_000


class TotalSeals:
    """See `sinks.seals.Chain`."""

    plans = "seal_plans"
    seals = "seals"

    async def plan(
        self, database: Database, last: Seal, window: str, params: dict[str, Any]
    ) -> Plan:
        """See `sinks.seals.Chain`: as many files as one seal may add, the first inserted ones."""
        rows = await database.query(
            f"""SELECT c.*, f.filename AS filename, f.sensors AS sensors, f.inserted AS inserted
            FROM ({changed_files(str(last.number), window)}) AS c
            INNER JOIN
            (
                SELECT file_id, argMax(filename, version) AS filename,
                    max(ifNull(sensor_count, 0)) AS sensors, min(inserted_at) AS inserted
                FROM file_records
                PREWHERE {window}
                GROUP BY file_id
            ) AS f ON f.file_id = c.file_id
            ORDER BY inserted, file_id""",
            params,
        )
        left = None
        sensors = 0
        for n, row in enumerate(rows):
            sensors += row["sensors"]
            if n and sensors > _ROWS:
                rows, left = rows[:n], row["inserted"]
                break
        names = {
            "file_ids": "file_id",
            "sealed": "sealed",
            "states": "state",
            "upload_times": "upload_time",
            "filenames": "filename",
        }
        columns = {column: [row[name] for row in rows] for column, name in names.items()}
        return Plan(len(rows), columns, left)

    async def steps(self, database: Database, number: int) -> list[str]:
        """See `sinks.seals.Chain`."""
        (row,) = await database.query(
            "SELECT count() AS n, (SELECT max(arrayMax(arrayPushBack(sealed, 0))) FROM seal_plans"
            f" WHERE number = {number}) AS sealed FROM sensor_result_rows"
            f" PREWHERE (file_id, generation) IN ({added_by(number)})"
        )
        pieces = 1 + int(row["n"]) // _PIECE_ROWS
        return [
            *seal_results(number, replaces=row["sealed"] > 0),
            *(seal_sensors(number, piece, pieces) for piece in range(pieces)),
            "INSERT INTO sealed_files (file_id, state, seal)"
            f" SELECT file_id, state, {number} FROM ({planned_files(number)})",
            "INSERT INTO seals (number, log_from) SELECT number, log_from FROM seal_plans"
            f" WHERE number = {number} AND {not_committed(number)} LIMIT 1",
        ]


class TotalSealer(Sealer):
    """A `Sealer` of these."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, TotalSeals(), TASK)

"""What the product says of a file against what the oracle says, through the API and through SQL.

Every function answers with sentences, one for each thing that differs; an empty list means equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.harness.oracle import Expected, Sensor

# The product's mean is rounded once more than the oracle's, which sums without any error.
_MEAN_TOLERANCE = 1e-14
SHOWN = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SENSORS_SQL = """
SELECT sensor_id, row_count, min_value, max_value, mean_value,
       toUnixTimestamp64Micro(first_timestamp) AS first_timestamp, first_value,
       toUnixTimestamp64Micro(last_timestamp) AS last_timestamp, last_value
FROM csv_processor.sensor_results WHERE file_id = {file_id:String}
"""
INVALID_SQL = """
SELECT row, line, code, column FROM csv_processor.invalid_rows
WHERE file_id = {file_id:String} ORDER BY row
"""
READINGS_SQL = """
SELECT sensor_id, count() AS row_count, min(value) AS min_value, max(value) AS max_value,
       sumKahan(value) / row_count AS mean_value,
       min(moment) AS first_timestamp, argMin(value, (moment, row)) AS first_value,
       max(moment) AS last_timestamp, argMax(value, (moment, row)) AS last_value,
       sum(row) AS row_sum
FROM
(
    SELECT sensor_id, row, value, toUnixTimestamp64Micro(timestamp) AS moment
    FROM csv_processor.readings WHERE file_id = {file_id:String}
)
GROUP BY sensor_id
"""
FILES_SQL = """
SELECT file_id, status, row_count, min_value, max_value, invalid_count, sensor_count
FROM csv_processor.files
"""
TOTALS_SQL = """
SELECT sensor_id, row_count, min_value, max_value FROM csv_processor.sensors
"""


def document(expected: Expected, found: Mapping[str, Any]) -> list[str]:
    """Differences of a file document that has ended."""
    if found["status"] != expected.status:
        return [f"status is {found['status']} ({found.get('error')}), expected {expected.status}"]
    aggregations = found["aggregations"] or {}
    pairs: dict[str, tuple[object, object]] = {
        "row_count": (aggregations.get("row_count"), expected.row_count),
        "min_value": (aggregations.get("min_value"), expected.min_value),
        "max_value": (aggregations.get("max_value"), expected.max_value),
        "sensor_count": (found["sensor_count"], len(expected.sensors)),
        "invalid_count": (found["invalid_count"], len(expected.invalid)),
    }
    if len(expected.sensors) <= 10_000:
        counts = aggregations.get("per_sensor_count") or {}
        pairs["per_sensor_count"] = (counts, expected.per_sensor_count)
    wrong = [
        f"{name} is {_short(a)}, expected {_short(b)}" for name, (a, b) in pairs.items() if a != b
    ]
    return wrong + invalid_rows(expected, found["invalid_rows"], first=100)


def file_row(expected: Expected, found: Mapping[str, Any]) -> list[str]:
    """Differences of a file's row in the SQL view `files`."""
    pairs = {
        "status": expected.status,
        "row_count": expected.row_count,
        "min_value": expected.min_value,
        "max_value": expected.max_value,
        "invalid_count": len(expected.invalid),
        "sensor_count": len(expected.sensors),
    }
    return [
        f"{name} is {found[name]!r}, expected {value!r}"
        for name, value in pairs.items()
        if found[name] != value
    ]


def sensors(expected: Expected, found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Differences of per-sensor results, rows of the API or of `sensor_results`."""
    seen: dict[str, Mapping[str, Any]] = {}
    wrong: list[str] = []
    for row in found:
        if row["sensor_id"] in seen:
            wrong.append(f"sensor {row['sensor_id']!r} is there twice")
        seen[row["sensor_id"]] = row
    wrong += [
        f"sensor {name!r} is {'missing' if name in expected.sensors else 'invented'}"
        for name in sorted(expected.sensors.keys() ^ seen.keys())[:SHOWN]
    ]
    for name in expected.sensors.keys() & seen.keys():
        wrong += _sensor(name, expected.sensors[name], seen[name])
    return wrong


def invalid_rows(
    expected: Expected, found: Iterable[Mapping[str, Any]], first: int | None = None
) -> list[str]:
    """Differences of invalid rows in row order, all of them or the `first` so many."""
    want = [(i.row, i.line, i.code, i.column) for i in expected.invalid[:first]]
    have = [(f["row"], f["line"], f["code"], f["column"] or None) for f in found]
    if have == want:
        return []
    missing, invented = sorted(set(want) - set(have)), sorted(set(have) - set(want), key=str)
    wrong = [f"{len(have)} invalid rows, expected {len(want)}"] if len(have) != len(want) else []
    wrong += [f"invalid row {row} is missing" for row in missing[:SHOWN]]
    wrong += [f"invalid row {row} is invented" for row in invented[:SHOWN]]
    return wrong or ["invalid rows are out of order"]


def readings(expected: Expected, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Differences of the readings' aggregates per sensor, and of their row numbers."""
    wrong = sensors(expected, found)
    # With the right count, the right sum: each number that no invalid row has, once.
    rows = sum(int(row["row_sum"]) for row in found)
    all_rows = expected.rows_read * (expected.rows_read + 1) // 2
    if rows != all_rows - sum(invalid.row for invalid in expected.invalid):
        wrong.append("row numbers are not those of the valid rows")
    return wrong


def totals(expected: Iterable[Expected], found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Differences of the view `sensors`: totals over all files."""
    want: dict[str, tuple[int, float, float]] = {}
    for one in expected:
        for name, sensor in one.sensors.items():
            count, low, high = want.get(name, (0, math.inf, -math.inf))
            want[name] = (
                count + sensor.row_count,
                min(low, sensor.min_value),
                max(high, sensor.max_value),
            )
    rows = list(found)
    have = {r["sensor_id"]: (r["row_count"], r["min_value"], r["max_value"]) for r in rows}
    wrong = [] if len(rows) == len(have) else ["a sensor is there twice"]
    different = [name for name in want.keys() | have.keys() if want.get(name) != have.get(name)]
    return wrong + [
        f"total of sensor {name!r} is {have.get(name)}, expected {want.get(name)}"
        for name in sorted(different)[:SHOWN]
    ]


def _sensor(name: str, expected: Sensor, found: Mapping[str, Any]) -> list[str]:
    pairs = {
        "row_count": (found["row_count"], expected.row_count),
        "min_value": (found["min_value"], expected.min_value),
        "max_value": (found["max_value"], expected.max_value),
        "first_timestamp": (_microseconds(found["first_timestamp"]), expected.first[0]),
        "first_value": (found["first_value"], expected.first[2]),
        "last_timestamp": (_microseconds(found["last_timestamp"]), expected.last[0]),
        "last_value": (found["last_value"], expected.last[2]),
    }
    wrong = [
        f"sensor {name!r}: {column} is {a!r}, expected {b!r}"
        for column, (a, b) in pairs.items()
        if a != b
    ]
    scale = max(abs(expected.min_value), abs(expected.max_value))
    if abs(found["mean_value"] - expected.mean_value) > scale * _MEAN_TOLERANCE:
        wrong.append(
            f"sensor {name!r}: mean_value is {found['mean_value']!r}, expected {expected.mean_value!r}"
        )
    return wrong


def _microseconds(moment: str | int) -> int:
    """Microseconds since 1970 of the API's text, or of SQL's number."""
    if isinstance(moment, int):
        return moment
    if moment.isdigit() or moment.startswith("-"):
        return int(moment)
    parsed = datetime.fromisoformat(moment)
    if parsed.tzinfo is None:
        raise ValueError(f"{moment} has no offset")
    since = parsed - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"

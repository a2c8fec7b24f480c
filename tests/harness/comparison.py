"""What the product says of a file against what the oracle says, through the API and through SQL.

Every function answers with sentences, one for each thing that differs; an empty list means equal.
"""

from __future__ import annotations

import json
import math
from collections import Counter
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
       toUnixTimestamp64Micro(last_timestamp) AS last_timestamp, last_value,
       missing_count, excluded_count
FROM csv_processor.sensor_results WHERE file_id = {file_id:String}
"""
INVALID_SQL = """
SELECT row, line, code, column, cells FROM csv_processor.invalid_rows
WHERE file_id = {file_id:String} ORDER BY row, column
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
SELECT file_id, status, row_count, min_value, max_value, invalid_count, sensor_count,
       record_count, missing_count, excluded_count
FROM csv_processor.files
"""
TOTALS_SQL = """
SELECT sensor_id, row_count, min_value, max_value, mean_value,
    toUnixTimestamp64Micro(first_timestamp) AS first_timestamp, first_value,
    toUnixTimestamp64Micro(last_timestamp) AS last_timestamp, last_value,
    missing_count, excluded_count
FROM csv_processor.sensors
"""


def of_itself(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document, or a row of the view `files`, without what it says of files of other tests: that
    readings overlap theirs is found some time after its end."""
    notices = document["notices"]
    found = json.loads(notices) if isinstance(notices, str) else notices
    return {**document, "notices": [one for one in found if one["code"] != "overlap"]}


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
        "record_count": (found["record_count"], expected.record_count),
        "missing_count": (found["missing_count"], expected.missing_count),
        "excluded_count": (found["excluded_count"], expected.excluded_count),
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
        "record_count": expected.record_count,
        "missing_count": expected.missing_count,
        "excluded_count": expected.excluded_count,
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
        cells = expected.missing_of[name], expected.excluded_of[name]
        wrong += _without_reading(name, cells, seen[name])
    return wrong


def invalid_rows(
    expected: Expected,
    found: Iterable[Mapping[str, Any]],
    first: int | None = None,
    *,
    ordered: bool = True,
) -> list[str]:
    """Differences of invalid rows, all of them or the `first` so many.

    Args:
        ordered: whether they must be in the order of records and columns.
    """
    want = [(i.row, i.line, i.code, i.column, i.cells) for i in expected.invalid[:first]]
    have = [(f["row"], f["line"], f["code"], f["column"] or None, f["cells"]) for f in found]
    if not ordered:
        want.sort(key=str)
        have.sort(key=str)
    if have == want:
        return []
    missing, invented = (
        sorted(set(one) - set(other), key=str) for one, other in ((want, have), (have, want))
    )
    wrong = [f"{len(have)} invalid rows, expected {len(want)}"] if len(have) != len(want) else []
    wrong += [f"invalid row {row} is missing" for row in missing[:SHOWN]]
    wrong += [f"invalid row {row} is invented" for row in invented[:SHOWN]]
    return wrong or ["invalid rows are out of order"]


def readings(expected: Expected, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Differences of the readings' aggregates per sensor, and of their row numbers."""
    wrong = sensors(expected, found)
    # With the right count, the right sum: each number as often as the record has readings.
    if sum(int(row["row_sum"]) for row in found) != expected.row_sum:
        wrong.append("row numbers are not those of the valid rows")
    return wrong


def totals(expected: Iterable[Expected], found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Differences of totals over all files, rows of the API or of the view `sensors`."""
    parts: dict[str, list[Sensor]] = {}
    missing, excluded = Counter[str](), Counter[str]()
    for one in expected:
        for name, sensor in one.sensors.items():
            parts.setdefault(name, []).append(sensor)
            missing[name] += one.missing_of[name]
            excluded[name] += one.excluded_of[name]
    wrong: list[str] = []
    seen: set[str] = set()
    for row in found:
        name = row["sensor_id"]
        if name in seen:
            wrong.append(f"total of sensor {name!r} is there twice")
        elif name not in parts:
            wrong.append(f"total of sensor {name!r} is invented")
        else:
            wrong += _total(parts[name], row)
            wrong += _without_reading(name, (missing[name], excluded[name]), row)
        seen.add(name)
    wrong += [f"total of sensor {name!r} is missing" for name in sorted(parts.keys() - seen)]
    return wrong[:SHOWN]


def same_totals(one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]]) -> list[str]:
    """Differences between totals of two sources, to the last bit."""

    def plain(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[object, ...]]:
        return {
            r["sensor_id"]: (
                *(r["row_count"], r["min_value"], r["max_value"], r["mean_value"]),
                *(_microseconds(r["first_timestamp"]), r["first_value"]),
                *(_microseconds(r["last_timestamp"]), r["last_value"]),
            )
            for r in rows
        }

    first, second = plain(one), plain(other)
    different = [n for n in first.keys() | second.keys() if first.get(n) != second.get(n)]
    return [
        f"total of sensor {name!r} is {first.get(name)} and {second.get(name)}"
        for name in sorted(different)[:SHOWN]
    ]


def _without_reading(name: str, cells: tuple[int, int], found: Mapping[str, Any]) -> list[str]:
    """Differences of missing and excluded cells of a sensor; aggregates of readings have none."""
    if "missing_count" not in found:
        return []
    have = found["missing_count"], found["excluded_count"]
    if have == cells:
        return []
    return [f"sensor {name!r}: missing and excluded are {have}, expected {cells}"]


def _total(parts: Sequence[Sensor], found: Mapping[str, Any]) -> list[str]:
    """Differences of the totals of one sensor; of readings at the same time in several files any may
    be the first or last, as the oracle does not know which was uploaded first."""
    rows = sum(part.row_count for part in parts)
    first = min(part.first[0] for part in parts)
    last = max(part.last[0] for part in parts)
    pairs: dict[str, tuple[object, Sequence[object]]] = {
        "row_count": (found["row_count"], [rows]),
        "min_value": (found["min_value"], [min(part.min_value for part in parts)]),
        "max_value": (found["max_value"], [max(part.max_value for part in parts)]),
        "first_timestamp": (_microseconds(found["first_timestamp"]), [first]),
        "first_value": (found["first_value"], [p.first[2] for p in parts if p.first[0] == first]),
        "last_timestamp": (_microseconds(found["last_timestamp"]), [last]),
        "last_value": (found["last_value"], [p.last[2] for p in parts if p.last[0] == last]),
    }
    name = found["sensor_id"]
    wrong = [
        f"total of sensor {name!r}: {column} is {a!r}, expected {b!r}"
        for column, (a, b) in pairs.items()
        if a not in b
    ]
    mean = math.fsum(part.mean_value * (part.row_count / rows) for part in parts)
    scale = max(max(abs(part.min_value), abs(part.max_value)) for part in parts)
    if abs(found["mean_value"] - mean) > scale * _MEAN_TOLERANCE:
        wrong.append(
            f"total of sensor {name!r}: mean_value is {found['mean_value']!r}, expected {mean!r}"
        )
    return wrong


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

"""Peer: the worker a plain Python service would have. `python -m bench.peers.csv_worker PATH ROWS`.

One process, `csv.DictReader`, each timestamp and value parsed, invalid rows kept, counts and
extremes aggregated in a dictionary. Prints `{"seconds", "rows"}` for the first ROWS rows.
"""

from __future__ import annotations

import csv
import json
import math
import sys
import time
from datetime import datetime
from itertools import islice
from pathlib import Path


def reading(row: dict[str, str]) -> tuple[str, datetime, float]:
    """Sensor, moment and value of one row; ValueError says what is wrong with it."""
    sensor_id = (row.get("sensor_id") or "").strip()
    if not sensor_id:
        raise ValueError("sensor_id is empty")
    timestamp = datetime.fromisoformat((row.get("timestamp") or "").strip())
    value = float(row.get("value") or "")
    if not math.isfinite(value):
        raise ValueError(f"value {value} is not finite")
    return sensor_id, timestamp, value


def aggregate(path: Path, rows: int) -> tuple[dict[str, list[float]], list[tuple[int, str]]]:
    """Count, min and max of each sensor, and the invalid rows with what was wrong."""
    sensors: dict[str, list[float]] = {}
    invalid: list[tuple[int, str]] = []
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(islice(csv.DictReader(file), rows), 1):
            try:
                sensor_id, _, value = reading(row)
            except ValueError as exc:
                invalid.append((number, str(exc)))
                continue
            found = sensors.get(sensor_id)
            if found is None:
                sensors[sensor_id] = [1, value, value]
            else:
                found[0] += 1
                found[1] = min(found[1], value)
                found[2] = max(found[2], value)
    return sensors, invalid


def main() -> None:
    started = time.perf_counter()
    sensors, invalid = aggregate(Path(sys.argv[1]), int(sys.argv[2]))
    seconds = time.perf_counter() - started
    rows = int(sum(counts[0] for counts in sensors.values())) + len(invalid)
    print(json.dumps({"seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main()

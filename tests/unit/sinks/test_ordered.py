"""Readings are inserted in the order of their table's key."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from rows.schema import READINGS
from schemas.arrow import reading_table
from sinks.clickhouse.ordered import by_sensor_and_time


@pytest.mark.parametrize("sensors", [1, 3, 70_000])
@pytest.mark.parametrize("is_in_order", [True, False])
def test_readings_of_several_batches_are_sorted_by_sensor_and_time(
    sensors: int, is_in_order: bool
) -> None:
    draw = random.Random(sensors)
    count = max(500, sensors)
    rows = [
        {
            "sensor_id": f"s é {draw.randrange(sensors)}" if sensors < count else f"s {n % 9}{n}",
            "timestamp": n if is_in_order else draw.randrange(100),
            "value": n / 8,
            "row": n,
        }
        for n in range(count)
    ]
    tables = [
        reading_table(pa.RecordBatch.from_pylist(part, schema=READINGS), file_id, 1)
        for part, file_id in ((rows[:200], "f-1"), (rows[200:], "f-2"))
    ]
    made = by_sensor_and_time(pa.concat_tables(tables))
    assert made.schema == tables[0].schema
    found = list(
        zip(*(made.column(n).to_pylist() for n in ("sensor_id", "row", "file_id")), strict=True)
    )
    wanted = sorted(rows, key=lambda r: (str(r["sensor_id"]).encode(), r["timestamp"]))
    assert found == [
        (r["sensor_id"], r["row"], "f-1" if int(str(r["row"])) < 200 else "f-2") for r in wanted
    ]

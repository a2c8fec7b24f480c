"""Wide files of thousands of columns: the plan of each column travels with the events."""

from __future__ import annotations

import gzip
import uuid
from datetime import datetime, timedelta

import pytest

from tests.harness.client import Client
from tests.harness.sensor_files import SensorFile

COLUMNS, RECORDS = 10_000, 250
HALF = RECORDS // 2


def wide() -> bytes:
    """A record is one time with a value of each sensor: its number. The cells of the last column are
    empty, and those of the one before in the second half of the records."""
    header = "time," + ",".join(f"Plant 7 sensor {n:05d}" for n in range(COLUMNS))
    values = ",".join(str(n) for n in range(COLUMNS - 2))
    lines = [
        f"2026-03-01T{n // 60:02d}:{n % 60:02d}:00Z,{values},{'' if n >= HALF else COLUMNS - 2},"
        for n in range(RECORDS)
    ]
    lines[7] = lines[7].replace(",5,", ",five,", 1)
    return "\n".join([header, *lines, ""]).encode()


@pytest.mark.slow
@pytest.mark.parametrize("compressed", [False, True])
async def test_a_file_of_ten_thousand_columns(client: Client, compressed: bool) -> None:
    data = wide()
    name = f"{uuid.uuid4().hex}.csv"
    file = SensorFile(f"{name}.gz", gzip.compress(data)) if compressed else SensorFile(name, data)
    file_id = (await client.upload(file)).json()["file_id"]
    document = await client.ended(file_id, 300)
    cells = COLUMNS * RECORDS
    assert document["status"] == "partial", document["error"]
    assert document["progress"]["batches_done"] > 1
    assert document["record_count"] == RECORDS
    assert (document["invalid_count"], document["missing_count"]) == (1, RECORDS + HALF)
    # A sensor without any reading is not counted, and not listed either.
    assert document["sensor_count"] == COLUMNS - 1
    found = document["aggregations"]
    assert found["row_count"] == cells - RECORDS - HALF - 1
    assert (found["min_value"], found["max_value"]) == (0, COLUMNS - 2)
    (invalid,) = document["invalid_rows"]
    assert (invalid["row"], invalid["column"]) == (8, "Plant 7 sensor 00005")
    (totals,) = await client.sql(
        "SELECT count() AS sensors, sum(row_count) AS readings, sum(missing_count) AS missing,"
        " countIf(row_count > 0 AND min_value = max_value"
        " AND min_value = toUInt32(splitByChar(' ', sensor_id)[-1])) AS right"
        " FROM csv_processor.sensor_results WHERE file_id = {id:String}",
        id=file_id,
    )
    assert {name: int(value) for name, value in totals.items()} == {
        "sensors": COLUMNS - 1,
        "readings": cells - RECORDS - HALF - 1,
        "missing": HALF,
        "right": COLUMNS - 1,
    }


async def test_a_sensor_without_readings_is_none_of_the_file(client: Client) -> None:
    name = uuid.uuid4().hex
    rows = "2026-03-01 10:00,1,,x\n2026-03-01 10:01,2,,x\n"
    data = f"time,{name}-a,{name}-b,{name}-c\n{rows}".encode()
    options = {"value_column": [f"{name}-{c}" for c in "abc"]}
    checked = await client.request(
        "POST", "/api/v1/validate", content=data, params={"filename": f"{name}.csv", **options}
    )
    answer = await client.upload(SensorFile(f"{name}.csv", data), params=options)
    file_id = answer.json()["file_id"]
    document = await client.ended(file_id)
    for found in (checked.json(), document):
        assert (found["sensor_count"], found["missing_count"], found["invalid_count"]) == (1, 2, 2)
        assert found["aggregations"]["per_sensor_count"] == {f"{name}-a": 2}


@pytest.mark.slow
@pytest.mark.parametrize("records", [12_000, 300_000])
@pytest.mark.parametrize("compressed", [False, True])
async def test_reading_ends_at_a_header_with_other_columns(
    client: Client, compressed: bool, records: int
) -> None:
    day = datetime(2026, 3, 1)
    rows = "".join(
        f"{(day + timedelta(seconds=k)).isoformat()}Z,{k % 7}.5,60\n" for k in range(records)
    )
    data = f"Time,temp,hum\n{rows}Time,hum,temp\n{rows}".encode()
    name = f"{uuid.uuid4().hex}.csv"
    file = SensorFile(f"{name}.gz", gzip.compress(data)) if compressed else SensorFile(name, data)
    file_id = (await client.upload(file)).json()["file_id"]
    document = await client.ended(file_id, 300)
    assert document["status"] == "partial"
    assert document["error"].startswith(f"other_header: line {records + 2} is another header")
    assert (document["record_count"], document["invalid_count"]) == (records, 0)
    assert document["aggregations"]["row_count"] == 2 * records

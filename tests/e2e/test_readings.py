"""Readings over time through the API of a stack that stores them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from embedded.stack import Stack
from tests.harness.client import Client
from tests.harness.sensor_files import SensorFile

SENSOR = "readings/hall 1"
# A minute of two sensors, one reading a second each, and a row that is refused.
ROWS = [
    f"{name},2024-05-01T12:00:{second:02d}Z,{second + extra}\n"
    for second in range(60)
    for name, extra in ((SENSOR, 0), ("readings/other", 100))
]
DATA = ("sensor_id,timestamp,value\n" + "".join(ROWS) + f"{SENSOR},yesterday,1\n").encode()


async def test_readings_over_time(client: Client) -> None:
    file_id = (await client.upload(SensorFile("readings.csv", DATA))).json()["file_id"]
    assert (await client.ended(file_id))["status"] == "partial"
    path = f"/api/v1/files/{file_id}/readings"

    whole = await client.get(path)
    assert whole["sensor_id"] is None
    assert (whole["from"], whole["to"]) == (
        "2024-05-01T12:00:00.000000Z",
        "2024-05-01T12:00:59.000001Z",
    )
    assert sum(item["row_count"] for item in whole["items"]) == 120
    assert len(whole["items"]) == 60

    of_sensor = {
        "sensor_id": SENSOR,
        "from": "2024-05-01T12:00:15.000000Z",
        "to": "2024-05-01T12:00:45.000000Z",
        "interval_seconds": 15.0,
        "items": [
            {
                "timestamp": f"2024-05-01T12:00:{begin}.000000Z",
                "row_count": 15,
                "min_value": float(begin),
                "max_value": begin + 14.0,
                "mean_value": begin + 7.0,
            }
            for begin in (15, 30)
        ],
    }
    asked: dict[str, Any] = {
        "from": "2024-05-01T12:00:15Z",
        "to": "2024-05-01T14:00:45+02:00",
        "points": "2",
    }
    assert await client.get(path, sensor=SENSOR, **asked) == of_sensor
    over_files = f"/api/v1/sensors/{quote(SENSOR, safe='')}/readings"
    assert await client.get(over_files, **asked) == of_sensor
    asked = {"from": "2025-01-01"}
    later = await client.get(path, **asked)
    assert later["items"] == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("files/0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f/readings", 404, "unknown_file"),
        ("sensors/none/has/it/readings", 404, "unknown_sensor"),
        ("sensors/readings/readings?points=0", 400, "invalid_parameter"),
        ("sensors/readings/readings?from=yesterday", 400, "invalid_parameter"),
    ],
)
def test_what_cannot_be_shown(stack: Stack, path: str, status: int, code: str) -> None:
    answer = httpx.get(f"{stack.endpoints['CSV_PROCESSOR_API']}/api/v1/{path}", timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (status, code)

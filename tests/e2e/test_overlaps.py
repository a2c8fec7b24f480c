"""Two files whose readings overlap on the running product: the later one says so as long as it is true."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from embedded.stack import Stack
from sinks.clickhouse.client import Database
from sinks.seals import seal_changes
from sinks.total_seals import TotalSeals
from tests.harness.client import Client
from tests.harness.command import Command
from tests.harness.sensor_files import SensorFile
from tests.harness.waiting import eventually

SECONDS = 240.0


def log_of(sensor: str, first: int, last: int) -> bytes:
    """A reading each minute of an hour, from one minute to before another."""
    rows = [f"{sensor},2024-05-01T12:{minute:02d}:00Z,{minute}\n" for minute in range(first, last)]
    return ("sensor_id,timestamp,value\n" + "".join(rows)).encode()


@pytest.mark.slow
async def test_the_later_file_has_the_notice_until_the_earlier_one_is_deleted(
    client: Client, stack: Stack
) -> None:
    sensor = uuid.uuid4().hex
    database = Database(stack.endpoints["CLICKHOUSE_URL"])
    ids = []
    for name, first, last in (("monday", 0, 30), ("tuesday", 18, 50)):
        answer = await client.upload(
            SensorFile(f"{name}-{sensor}.csv", log_of(sensor, first, last))
        )
        document = await client.ended(answer.json()["file_id"])
        assert document["notices"] == []
        ids.append(document["file_id"])
    first_id, second_id = ids

    async def notices(file_id: str) -> list[dict[str, Any]]:
        document = await client.get(f"/api/v1/files/{file_id}")
        found: list[dict[str, Any]] = document["notices"]
        return found

    async def noticed() -> bool:
        # What is found follows a seal, which is made every 30 seconds: the test makes it sooner.
        await seal_changes(database, TotalSeals())
        return bool(await notices(second_id))

    await eventually(noticed, "the overlap is found", SECONDS)
    (notice,) = await notices(second_id)
    assert (notice["code"], notice["count"], notice["first_row"]) == ("overlap", 12, 1)
    assert notice["file_ids"] == [first_id]
    assert f"monday-{sensor}.csv (12)" in notice["message"]
    assert await notices(first_id) == []
    listed = await client.get("/api/v1/files", q=sensor)
    assert {f["file_id"]: f["notices"] for f in listed["items"]} == {
        first_id: [],
        second_id: [notice],
    }
    (row,) = await client.sql(
        "SELECT notices FROM csv_processor.files WHERE file_id = {id:String}", id=second_id
    )
    assert json.loads(row["notices"]) == [notice]
    shown = Command(stack.endpoints["CSV_PROCESSOR_API"])("show", second_id)
    assert "notice: overlap" in shown.out
    assert f"monday-{sensor}.csv" in shown.out

    await client.request("DELETE", f"/api/v1/files/{first_id}")

    async def gone() -> bool:
        return not await noticed()

    await eventually(gone, "the notice is gone", SECONDS)
    (row,) = await client.sql(
        "SELECT notices FROM csv_processor.files WHERE file_id = {id:String}", id=second_id
    )
    assert json.loads(row["notices"]) == []
    await database.close()

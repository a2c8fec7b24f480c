"""What the API says where readings are not there."""

from __future__ import annotations

from dataclasses import replace

import httpx

from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.api_process import Stack
from tests.harness.stored_files import new_file, sensor, write_file


async def test_readings_that_are_off(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/files/any/readings", "/api/v1/sensors/any/readings"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (409, "readings_off")
        assert "READINGS=on" in answer.json()["detail"]


async def test_a_file_that_was_processed_while_they_were_off(stack: Stack) -> None:
    sink = ClickHouseSink(stack.env["CLICKHOUSE_URL"])
    record = new_file("readings-off")
    await write_file(sink, record, [sensor("s1", [1.0, 2.0])])
    await write_file(sink, replace(new_file("readings-none"), filename="b.csv"), [])
    await sink.close()
    api = stack.new_api({"READINGS": "on"}, "api-readings")
    api.start()
    try:
        async with stack.client(api) as client:
            answer = await client.get("/api/v1/files/readings-off/readings")
            assert (answer.status_code, answer.json()["code"]) == (409, "readings_not_stored")
            assert answer.json()["detail"].startswith("Of the 2 valid rows of this file 0 are")
            answer = await client.get("/api/v1/files/readings-none/readings")
            assert (answer.status_code, answer.json()["items"]) == (200, [])
    finally:
        api.kill()

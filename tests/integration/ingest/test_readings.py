"""What the API says if readings are not there: never, or no longer."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from ingest.api.readings import MemberDeletedError, with_members
from schemas.file_ids import member_file_id
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.api_process import Stack
from tests.harness.stored_files import START, new_file, sensor, write_file


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


async def test_a_member_that_is_deleted_during_an_export_is_not_left_out_silently(
    database: Database, sink: ClickHouseSink
) -> None:
    parent = "22222222-2222-5333-8444-555555555555"
    container = replace(new_file(parent, filename="a.zip"), container="zip", member_count=101)
    ids = [member_file_id(parent, f"{n}.csv", 0) for n in range(101)]
    members = [
        replace(new_file(i, at=n), parent_id=parent, parent_generation=1, live_generation=1)
        for n, i in enumerate(ids)
    ]
    await sink.write(SinkBatch.of(container, *members))
    exported = with_members(database, container)
    assert (await anext(exported)).file_id == ids[0]
    await sink.write(SinkBatch.of(members[-1].deletion(recorded_at=START)))
    with pytest.raises(MemberDeletedError, match=ids[-1]):
        [member.file_id async for member in exported]
    # An export that begins now is complete without it.
    assert [member.file_id async for member in with_members(database, container)] == ids[:-1]

"""A database that is not set up for this version costs no file: work waits, and the log says why."""

from __future__ import annotations

import asyncio
import time

import pytest

from embedded.stack import Stack
from sinks.clickhouse.migrations import migrate
from tests.harness.feed import Feed

ROWS = b"sensor_id,timestamp,value\na,2026-01-01,1\na,2026-01-02,x\n"
STATUS = "SELECT status FROM files WHERE file_id = {id:String}"


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "break_it",
    [
        # A table that an older version of the database does not have, and a column of one.
        "DETACH TABLE invalid_row_rows PERMANENTLY",
        "ALTER TABLE suspect_rows RENAME COLUMN alone TO only",
        "ALTER TABLE invalid_row_rows RENAME COLUMN observed TO later",
    ],
)
async def test_files_wait_until_the_database_is_migrated(
    stack: Stack, feed: Feed, break_it: str
) -> None:
    mend = {
        "alone": "ALTER TABLE suspect_rows RENAME COLUMN only TO alone",
        "observed": "ALTER TABLE invalid_row_rows RENAME COLUMN later TO observed",
    }
    workers = [part for part in stack.parts if part.startswith("worker")]
    starts = [stack.starts(part) for part in workers]
    said = [stack.log(part, lines=10_000).count("csv-processor migrate") for part in workers]
    await feed.database.command(break_it)
    try:
        if "suspect" in break_it:
            # Suspects are asked for once for each assignment: of a worker that is new.
            stack.kill(workers[0])
        upload = await feed.upload(ROWS)
        deadline = time.monotonic() + 60
        while said == [
            stack.log(part, lines=10_000).count("csv-processor migrate") for part in workers
        ]:
            assert time.monotonic() < deadline, "no worker says what to do"
            await asyncio.sleep(0.1)
        assert await feed.rows(STATUS, id=upload.file_id) == [{"status": "waiting"}]
    finally:
        for column, statement in mend.items():
            if f" {column} " in break_it:
                await feed.database.command(statement)
        await migrate(feed.database)
    ended = await feed.ended([upload.file_id], 60)
    assert ended[upload.file_id]["status"] == "partial"
    assert (
        await feed.rows("SELECT * FROM dead_letters WHERE key = {k:String}", k=upload.file_id) == []
    )
    if "suspect" not in break_it:
        assert [stack.starts(part) for part in workers] == starts

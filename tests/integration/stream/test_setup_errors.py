"""A database that is not set up for this version costs no file: work waits, and the log says why."""

from __future__ import annotations

import pytest

from embedded.stack import Stack
from sinks.clickhouse.migrations import migrate
from tests.harness.feed import Feed
from tests.harness.waiting import until

ROWS = b"sensor_id,timestamp,value\na,2026-01-01,1\na,2026-01-02,x\n"
STATUS = "SELECT status FROM csv_processor.files WHERE file_id = {id:String}"
LETTERS = "SELECT * FROM csv_processor.dead_letters WHERE key = {key:String}"


@pytest.mark.timeout(120)
async def test_files_wait_until_the_database_is_migrated(stack: Stack, feed: Feed) -> None:
    workers = [part for part in stack.parts if part.startswith("worker")]
    starts = [stack.starts(part) for part in workers]

    def advice() -> list[int]:
        """How often each worker has said what to do."""
        return [stack.log(part, lines=10_000).count("csv-processor migrate") for part in workers]

    before = advice()
    # As in a database that an older version has made.
    await feed.database.command("DETACH TABLE invalid_row_rows PERMANENTLY")
    try:
        upload = await feed.upload(ROWS)
        await until(lambda: advice() != before, "a worker says what to do", 60)
        assert await feed.rows(STATUS, id=upload.file_id) == [{"status": "waiting"}]
    finally:
        await migrate(feed.database)
    ended = await feed.ended([upload.file_id], 60)
    assert ended[upload.file_id]["status"] == "partial"
    assert await feed.rows(LETTERS, key=upload.file_id) == []
    assert [stack.starts(part) for part in workers] == starts

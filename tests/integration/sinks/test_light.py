"""The API reads and writes records without Arrow, numpy or pandas: its memory is counted."""

from __future__ import annotations

import subprocess
import sys

from tests.harness.services import Service, database_url

SCRIPT = """
import asyncio, sys
from datetime import UTC, datetime
from schemas.file_document import encode, file_document
from schemas.events import FileUploaded, ObjectRef
from schemas.file_record import FileRecord
from sinks import queries
from sinks.base import SinkBatch
from sinks.clickhouse.sink import ClickHouseSink
from sinks.clickhouse.client import Database
from sinks.group_commit import GroupCommit
from sinks.clickhouse.migrations import migrate

async def main(url):
    database, sink = Database(url), ClickHouseSink(url)
    await migrate(database)
    now = datetime.now(UTC)
    upload = FileUploaded(
        file_id="f-1", source="upload", raw=ObjectRef(bucket="b", key="k"), filename="a.csv",
        size_bytes=1, sha256="0", upload_time=now, batch_bytes=1,
    )
    record = FileRecord.from_upload(upload, recorded_at=now)
    await asyncio.gather(*(GroupCommit(sink).write(SinkBatch.of(record)) for _ in range(3)))
    found = await queries.file_by_id(database, "f-1")
    assert found == record, found
    page = await queries.files_page(database, queries.file_list(status="waiting", q="a"))
    assert page.items == [record]
    await queries.sensors_page(database, "f-1")
    await queries.invalid_rows_page(database, "f-1")
    await queries.file_counts(database)
    assert b"f-1" in encode(file_document(record))
    await sink.close()
    await database.close()

asyncio.run(main(sys.argv[1]))
print(*sorted({"pyarrow", "numpy", "pandas", "chdb", "numba"} & set(sys.modules)))
"""


def test_records_are_read_and_written_without_heavy_libraries(server: Service) -> None:
    url = database_url(server.port, "light")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, url], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr

"""What callers see while the database is unavailable, hangs, comes back, or refuses."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError
from urllib3.exceptions import ProtocolError

from schemas.errors import Unavailable
from schemas.tables import Table
from sinks import queries
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import NotSetUp, Refused, translate
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.sink import ClickHouseSink
from sinks.group_commit import GroupCommit
from tests.harness.fault_proxy import FaultProxy
from tests.harness.services import Service, clickhouse, database_url, free_port
from tests.harness.stored_files import new_file, refused, sensor, write_file, write_invalid


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Service]:
    """A server that the test may kill."""
    service = clickhouse(tmp_path)
    service.start()
    yield service
    service.kill()


@pytest.fixture
def patience() -> int:
    """Seconds until a call is given up; for the tests in which the database never answers it is short."""
    return 60


@pytest.fixture
async def pair(mortal: Service, patience: int) -> AsyncIterator[tuple[Database, ClickHouseSink]]:
    """A migrated database on it, and what writes to it."""
    url = database_url(mortal.port, "csv_processor")
    database, sink = Database(url, timeout=patience), ClickHouseSink(url, timeout=patience)
    await migrate(database)
    yield database, sink
    await sink.close()
    await database.close()


async def test_no_server_listens() -> None:
    url = f"http://127.0.0.1:{free_port()}/csv_processor"
    database, sink = Database(url), ClickHouseSink(url)
    with pytest.raises(Unavailable, match="clickhouse"):
        await database.ping()
    with pytest.raises(Unavailable):
        await sink.write(SinkBatch.of(new_file("f-1")))
    with pytest.raises(Unavailable):
        await migrate(database)
    await sink.close()
    await database.close()


async def test_a_process_may_begin_before_its_database(tmp_path: Path) -> None:
    service = clickhouse(tmp_path)
    url = database_url(service.port, "csv_processor")
    database, sink = Database(url), ClickHouseSink(url)
    try:
        with pytest.raises(Unavailable):
            await sink.write(SinkBatch.of(new_file("f-1")))
        service.start()
        await migrate(database)
        await sink.write(SinkBatch.of(new_file("f-1")))
        assert await queries.file_by_id(database, "f-1") is not None
    finally:
        await sink.close()
        await database.close()
        service.kill()


async def test_a_database_that_comes_back_is_used_again(
    mortal: Service, pair: tuple[Database, ClickHouseSink]
) -> None:
    database, sink = pair
    record = await write_file(sink, new_file("f-1"), [sensor("a", [1.0])], [refused(2)])
    mortal.kill()
    with pytest.raises(Unavailable):
        await sink.write(SinkBatch.of(new_file("f-2")))
    with pytest.raises(Unavailable):
        await write_invalid(sink, record, [refused(2)])
    with pytest.raises(Unavailable):
        await queries.file_by_id(database, "f-1")
    mortal.start()
    await sink.write(SinkBatch.of(new_file("f-2")))
    assert await queries.file_by_id(database, "f-1") == record
    assert len(await database.query(f"SELECT * FROM {database.view('invalid_rows')}")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("patience", [2])
async def test_a_database_that_hangs_is_unavailable_after_the_timeout(
    mortal: Service, pair: tuple[Database, ClickHouseSink]
) -> None:
    database, sink = pair
    await sink.write(SinkBatch.of(new_file("f-1")))
    mortal.pause()
    try:
        with pytest.raises(Unavailable):
            await sink.write(SinkBatch.of(new_file("f-2")))
        with pytest.raises(Unavailable):
            await queries.file_by_id(database, "f-1")
    finally:
        mortal.resume()
    assert await queries.file_by_id(database, "f-1") is not None


async def test_an_answer_that_breaks_off_is_unavailable(
    mortal: Service, pair: tuple[Database, ClickHouseSink]
) -> None:
    database, _ = pair
    reading = asyncio.create_task(
        database.query(
            # At most three seconds are slept in a block.
            "SELECT hex(randomString(500)) AS x, sleepEachRow(0.001) FROM numbers(60000)"
            " SETTINGS max_block_size = 1000"
        )
    )
    running = "SELECT 1 FROM system.processes WHERE query LIKE '%sleepEachRow(0.001)%' LIMIT 2"
    while len(await database.query(running)) < 2:  # this one and that one
        assert not reading.done()
    mortal.kill()
    with pytest.raises(Unavailable):
        await reading


# An answer of the database in chunks, and an error, which has a length.
_QUERIES = {
    "chunks": "SELECT number AS n FROM numbers(3)",
    "error": "SELECT throwIf(1, 'full', 243::Int16) "
    "SETTINGS allow_custom_error_code_in_throwif = 1",
}


@pytest.mark.parametrize("kind", _QUERIES)
async def test_an_answer_that_is_cut_anywhere_is_whole_or_unavailable(
    mortal: Service, pair: tuple[Database, ClickHouseSink], kind: str
) -> None:
    del pair
    proxy = FaultProxy(mortal.port, "http")
    proxy.start()
    database = Database(database_url(proxy.port, "csv_processor"))
    await database.ping()
    whole = [{"n": 0}, {"n": 1}, {"n": 2}]
    answered: list[int] = []
    try:
        for sent in range(0, 700, 11):
            proxy.lose(1, after=sent)
            try:
                assert await database.query(_QUERIES[kind]) == whole
            except Unavailable:
                continue
            answered.append(sent)
    finally:
        await database.close()
        proxy.close()
    # The client asks again if the connection ends before it has an answer, and then it has all of it.
    assert (answered == []) == (kind == "error")


@pytest.mark.slow
async def test_what_was_acknowledged_is_there_after_a_kill(
    mortal: Service, pair: tuple[Database, ClickHouseSink]
) -> None:
    database, sink = pair
    grouped = GroupCommit(sink)
    acknowledged: set[str] = set()
    enough = asyncio.Event()
    draw = random.Random(3)

    async def upload(worker: int) -> None:
        number = 0
        while True:
            file_id = f"f-{worker}-{number}"
            await grouped.write(SinkBatch.of(new_file(file_id)))
            acknowledged.add(file_id)
            number += 1
            if len(acknowledged) >= target:
                enough.set()

    for round_ in range(3):
        enough.clear()
        target = len(acknowledged) + draw.randrange(40, 120)
        uploads = [asyncio.create_task(upload(10 * round_ + worker)) for worker in range(8)]
        await asyncio.wait_for(enough.wait(), 90)
        mortal.kill()
        ends = await asyncio.gather(*uploads, return_exceptions=True)
        assert {type(end) for end in ends} == {Unavailable}
        mortal.start()
    rows = await database.query(f"SELECT file_id FROM {database.view('files')}")
    found = [row["file_id"] for row in rows]
    assert len(found) == len(set(found))
    assert acknowledged <= set(found)


@pytest.mark.parametrize("kind", ["record", "arrow"])
async def test_a_table_that_is_missing_is_waited_for_with_what_to_do(
    pair: tuple[Database, ClickHouseSink], kind: str
) -> None:
    database, sink = pair
    with pytest.raises(NotSetUp, match=r"no_such_table.*csv-processor migrate") as refusal:
        await database.query("SELECT * FROM no_such_table")
    assert refusal.value.code == 60
    assert isinstance(refusal.value, Unavailable)
    with pytest.raises(Refused) as bug:
        await database.query("SELECT FROM WHERE")
    assert not isinstance(bug.value, Unavailable)
    await database.command("DROP TABLE file_records")
    await database.command("DROP TABLE invalid_row_rows")
    write = (
        sink.write(SinkBatch.of(new_file("f-1")))
        if kind == "record"
        else write_invalid(sink, new_file("f-1"), [refused(1)])
    )
    with pytest.raises(NotSetUp, match="UNKNOWN_TABLE"):
        await write


@pytest.mark.parametrize("place", ["first", "last"])
async def test_a_column_that_the_table_lacks_is_refused_not_dropped(
    pair: tuple[Database, ClickHouseSink], place: str
) -> None:
    _, sink = pair
    good = dict(new_file("f-1").row())
    rows = [good | {"fiel_id": "typo"}, good]
    with pytest.raises(Refused):
        await sink.write(SinkBatch(Table.FILE_RECORDS, rows if place == "first" else rows[::-1]))


async def test_an_overloaded_database_says_when_to_come_again(
    pair: tuple[Database, ClickHouseSink],
) -> None:
    database, _ = pair
    with pytest.raises(Unavailable) as away:
        await database.query(
            "SELECT uniqExact(number) FROM numbers(10000000) SETTINGS max_memory_usage = 1000000"
        )
    assert away.value.retry_after == 5.0


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DatabaseError("too many parts", code=252), Unavailable),
        (DatabaseError("table is read only", code=242), Unavailable),
        (DatabaseError("the CPU is overloaded", code=745), Unavailable),
        (DatabaseError("reached the limit of connections", code=762), Unavailable),
        (DatabaseError("client should retry", code=473), Unavailable),
        (DatabaseError("too many unfinished mutations", code=692), Unavailable),
        (DatabaseError("no address of the host", code=198), Unavailable),
        (DatabaseError("HTTP driver received HTTP status 503"), Unavailable),
        (OperationalError("HTTP driver received HTTP status 502"), Unavailable),
        (ConnectionResetError(), Unavailable),
        (ProtocolError("cut off"), Unavailable),
        (DatabaseError("no space left on device", code=75), Unavailable),
        (DatabaseError("filesystem error: in create_directories", code=1001), Unavailable),
        (DatabaseError("HTTP driver received HTTP status 500"), Unavailable),
        (DatabaseError("HTTP driver received HTTP status 404"), Refused),
        (DatabaseError("authentication failed", code=516), Unavailable),
        (DatabaseError("unknown database", code=81), NotSetUp),
        (DatabaseError("not enough privileges", code=497), NotSetUp),
        (DatabaseError("syntax error", code=62), Refused),
        (ProgrammingError("a statement without its parameters"), Refused),
    ],
    ids=repr,
)
def test_what_errors_mean(error: Exception, expected: type[Exception]) -> None:
    assert type(translate(error)) is expected


def test_what_is_no_error_of_the_database_stays_what_it_is() -> None:
    error = KeyError("a bug")
    assert translate(error) is error

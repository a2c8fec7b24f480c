"""Containers are summed up from the records of their members, in whichever order that is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from schemas.corrections import RowFilter
from schemas.file_ids import member_file_id
from schemas.file_record import FileRecord
from sinks import queries
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.containers import Containers
from sinks.queries import container_rows
from sinks.queries.container_rows import Place, first_rows_of_container
from sinks.queries.containers import extent_of_members
from tests.harness.stored_files import START, done, minutes, new_file, refused, sensor, write_file

PARENT = "11111111-2222-5333-8444-555555555555"
NEVER = datetime(1970, 1, 1, tzinfo=START.tzinfo)


def member(name: str, at: float = 0) -> FileRecord:
    upload = new_file(member_file_id(PARENT, name, 0), filename=f"a.zip/{name}", at=at)
    return replace(upload, parent_id=PARENT, parent_generation=1, member=name)


@pytest.fixture
def containers(database: Database, sink: ClickHouseSink) -> Containers:
    return Containers(sink, database, lambda: minutes(5))


async def unpacked(sink: ClickHouseSink, count: int, damage: str | None = None) -> FileRecord:
    record = new_file(PARENT, filename="a.zip")
    record = record.unpacked("zip", count, recorded_at=START, damage=damage)
    await sink.write(SinkBatch.of(record))
    return record


async def test_a_container_waits_for_its_last_member(
    database: Database, sink: ClickHouseSink, containers: Containers
) -> None:
    await sink.write(SinkBatch.of(new_file(PARENT, filename="a.zip")))
    await write_file(sink, member("a.csv"), [sensor("s", [1.0, 2.0])])
    assert await containers.sum_up(PARENT) is None  # not unpacked
    await unpacked(sink, 2)
    await sink.write(SinkBatch.of(member("b.csv")))
    assert await containers.sum_up(PARENT) is None
    progress = (await queries.progress_of(database, [PARENT]))[PARENT]
    assert (progress.batches_done, progress.batches_total, progress.rows_done) == (1, 2, 2)
    await write_file(sink, member("b.csv"), [sensor("t", [5.0])])
    ended = await containers.sum_up(PARENT)
    assert ended is not None
    assert ended.is_new
    record = await queries.file_by_id(database, PARENT)
    assert record == ended.record
    assert (record.status, record.row_count, record.error) == ("processed", None, None)
    summary = record.summary
    assert summary is not None
    assert (summary.row_count, summary.sensor_count) == (3, 2)
    assert (summary.min_value, summary.max_value) == (1.0, 5.0)
    again = await containers.sum_up(PARENT)
    assert again is not None
    assert not again.is_new


async def test_what_was_seen_later_holds_though_it_is_written_first(
    database: Database, sink: ClickHouseSink, containers: Containers
) -> None:
    await unpacked(sink, 2)
    await write_file(sink, member("a.csv"), [sensor("s", [1.0])])
    second = await write_file(sink, member("b.csv"), [sensor("s", [2.0])])
    first = await containers.sum_up(PARENT)
    assert first is not None
    replayed = second.next_generation(recorded_at=minutes(1))
    await write_file(sink, replayed, [sensor("s", [2.0, 3.0])])
    later = await containers.sum_up(PARENT)
    assert later is not None
    # A process that read the members before the replay writes what it saw only now.
    await sink.write(SinkBatch.of(first.record))
    record = await queries.file_by_id(database, PARENT)
    assert record == later.record
    assert record.summary is not None
    assert record.summary.row_count == 3
    # And its generation, begun by a replay, outranks both.
    begun = record.next_generation(recorded_at=minutes(2))
    await sink.write(SinkBatch.of(begun))
    await sink.write(SinkBatch.of(later.record))
    assert await queries.file_by_id(database, PARENT) == begun


async def test_a_change_that_was_not_summed_up_is_found(
    database: Database, sink: ClickHouseSink, containers: Containers
) -> None:
    await unpacked(sink, 2)
    await write_file(sink, member("a.csv"), [sensor("s", [1.0])])
    second = await write_file(sink, member("b.csv"), [sensor("s", [2.0])])
    await containers.sum_up(PARENT)
    assert await queries.stale_containers(database, since=NEVER) == []
    await sink.write(SinkBatch.of(second.deletion(recorded_at=minutes(3))))
    assert await queries.stale_containers(database, since=NEVER) == [PARENT]
    assert await queries.stale_containers(database, since=minutes(4)) == []
    ended = await containers.sum_up(PARENT)
    assert ended is not None
    assert ended.record.summary is not None
    assert ended.record.summary.row_count == 1
    assert await queries.stale_containers(database, since=NEVER) == []
    # What is purged is counted as before.
    await sink.write(SinkBatch.of(second.deletion(recorded_at=minutes(3)).purge()))
    assert await queries.stale_containers(database, since=NEVER) == []


async def test_a_container_that_could_not_be_unpacked_to_its_end_says_why(
    sink: ClickHouseSink, containers: Containers
) -> None:
    await unpacked(sink, 1, damage="container_damaged: cut off")
    await write_file(sink, member("a.csv"), [sensor("s", [1.0])])
    ended = await containers.sum_up(PARENT)
    assert ended is not None
    assert (ended.record.status, ended.record.error) == ("partial", "container_damaged: cut off")


async def test_a_container_without_members_fails(
    sink: ClickHouseSink, containers: Containers
) -> None:
    await unpacked(sink, 0, damage="container_empty: there is no file in it")
    ended = await containers.sum_up(PARENT)
    assert ended is not None
    assert (ended.record.status, ended.record.live_generation) == ("failed", 1)


async def test_lists_have_the_container_or_its_members(
    database: Database, sink: ClickHouseSink
) -> None:
    parent = await unpacked(sink, 2)
    other = await write_file(sink, new_file("f-1"), [sensor("s", [1.0])])
    members = [done(member(name, at=n), []) for n, name in enumerate(("a.csv", "b.csv"))]
    await sink.write(SinkBatch.of(*members))

    async def ids(**asked: object) -> set[str]:
        page = await queries.files_page(database, queries.file_list(**asked))  # type: ignore[arg-type]
        return {record.file_id for record in page.items}

    ids_of_members = {record.file_id for record in members}
    assert await ids() == {parent.file_id, other.file_id}
    assert await ids(parent_id=PARENT) == ids_of_members
    assert await ids(with_members=True) == {parent.file_id, other.file_id, *ids_of_members}
    assert await ids(q="b.csv") == {members[1].file_id}
    counts = await queries.file_counts(database)
    assert (counts.files, counts.processed, counts.row_count) == (3, 3, 1)


async def test_sensors_of_a_container_are_those_of_its_members_together(
    database: Database, sink: ClickHouseSink
) -> None:
    await unpacked(sink, 2)
    await write_file(sink, member("a.csv", at=1), [sensor("s", [1.0, 2.0]), sensor("t", [9.0])])
    await write_file(sink, member("b.csv", at=2), [sensor("s", [4.0]), sensor("u", [0.0])])
    await write_file(sink, new_file("f-1"), [sensor("s", [100.0], at=-9)])
    page = await queries.members_sensors_page(database, PARENT, limit=2)
    assert [(row["sensor_id"], row["row_count"]) for row in page.items] == [("s", 3), ("t", 1)]
    first = page.items[0]
    assert (first["min_value"], first["max_value"], first["mean_value"]) == (1.0, 4.0, 7 / 3)
    # Both members have a reading of the first minute: that of the member before is the first.
    assert (first["first_value"], first["last_value"]) == (1.0, 2.0)
    rest = await queries.members_sensors_page(database, PARENT, limit=2, after=page.next)
    assert [row["sensor_id"] for row in rest.items] == ["u"]
    most = await queries.members_sensors_page(database, PARENT, sort="row_count", descending=True)
    assert most.items[0] == first
    of_file = await queries.sensors_page(database, member("a.csv").file_id)
    assert of_file.items[0].keys() == first.keys()
    assert await queries.members_per_sensor_count(database, PARENT, 2) == {"s": 3, "t": 1}


async def rows_of(database: Database, **asked: Any) -> list[tuple[str, int]]:
    """(member, row) of the invalid rows of the container."""
    found: list[tuple[str, int]] = []
    async for block in queries.rows_of_container(database, PARENT, **asked):
        found += [(of.member or "", row["row"]) for of, row in block]
    return found


async def test_invalid_rows_of_a_container_are_those_of_its_live_members_in_its_order(
    database: Database, sink: ClickHouseSink
) -> None:
    await unpacked(sink, 5)
    last = await write_file(sink, member("z.csv", 1), [], [refused(1)])
    for n, name in enumerate(("c.csv", "a.csv", "b.csv")):
        rows = [refused(2), refused(30 + n, "timestamp_format")]
        ended = await write_file(sink, member(name, 2 + n), [sensor("s", [1.0])], rows)
        codes = {"value_format": 1, "timestamp_format": 1}
        await sink.write(SinkBatch.of(replace(ended, codes=codes)))
    await write_file(sink, member("good.csv", 9), [sensor("s", [1.0])])
    # Neither the rows of an earlier generation nor those of a file beside the container.
    again = last.next_generation(recorded_at=minutes(10))
    await write_file(sink, again, [], [refused(4), refused(5)])
    await write_file(sink, new_file("f-1", at=1), [], [refused(1)])

    order = [("z.csv", 4), ("z.csv", 5), ("c.csv", 2), ("c.csv", 30), ("a.csv", 2), ("a.csv", 31)]
    order += [("b.csv", 2), ("b.csv", 32)]
    assert await rows_of(database) == order
    first = await first_rows_of_container(database, PARENT, 3)
    assert [(row["member"], row["row"]) for row in first] == order[:3]
    assert first[0]["file_id"] == last.file_id
    only = RowFilter(code="timestamp_format")
    assert await rows_of(database, rows=only) == [("c.csv", 30), ("a.csv", 31), ("b.csv", 32)]
    assert await rows_of(database, corrected=True) == []
    assert await rows_of(database, corrected=False) == order

    # A page begins after any row, and also if its member was deleted meanwhile.
    places = [
        Place(of.upload_time, of.file_id, row["row"], row["cell"])
        async for block in queries.rows_of_container(database, PARENT)
        for of, row in block
    ]
    for n, place in enumerate(places, 1):
        assert await rows_of(database, after=place) == order[n:]
    gone = await queries.file_by_id(database, places[2].file_id)
    assert gone is not None
    await sink.write(SinkBatch.of(gone.deletion(recorded_at=minutes(11))))
    assert await rows_of(database, after=places[2]) == order[4:]


async def test_members_with_many_invalid_rows_are_read_in_blocks(
    database: Database, sink: ClickHouseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_rows, "_TOGETHER", 4)
    monkeypatch.setattr(container_rows, "_MEMBERS", 2)
    await unpacked(sink, 5)
    counts = {"a.csv": 1, "b.csv": 2, "c.csv": 9, "d.csv": 4, "e.csv": 1}
    for n, (name, count) in enumerate(counts.items()):
        await write_file(sink, member(name, n), [], [refused(r) for r in range(1, count + 1)])
    blocks = [len(block) async for block in queries.rows_of_container(database, PARENT)]
    assert max(blocks) == 4
    expected = [(name, r) for name, count in counts.items() for r in range(1, count + 1)]
    assert await rows_of(database) == expected


async def test_the_extent_of_a_container_is_that_of_its_live_members(
    database: Database, sink: ClickHouseSink
) -> None:
    await unpacked(sink, 2)
    assert await extent_of_members(database, PARENT, None) is None
    await write_file(sink, member("a.csv", 1), [sensor("s", [1.0, 2.0])])
    second = await write_file(sink, member("b.csv", 2), [sensor("t", [5.0], at=60)])
    extent = await extent_of_members(database, PARENT, None)
    assert extent is not None
    assert (extent.row_count, extent.first, extent.last) == (3, START, minutes(60))
    extent = await extent_of_members(database, PARENT, "t")
    assert extent is not None
    assert (extent.row_count, extent.first) == (1, minutes(60))
    await sink.write(SinkBatch.of(second.deletion(recorded_at=minutes(3))))
    assert await extent_of_members(database, PARENT, "t") is None

"""Readings: seen once and with their live generation, and over time as plain Python has them."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from rows.schema import READINGS
from schemas.arrow import READINGS as STORED
from schemas.arrow import reading_table
from schemas.file_record import FileRecord
from schemas.tables import Table
from sinks.base import Sink, SinkBatch
from sinks.clickhouse import native
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.group_commit import GroupCommit
from sinks.queries.live_totals import LiveTotals
from sinks.queries.readings import (
    Grid,
    extent_of_file,
    readings_of_file,
    stored_readings,
)
from sinks.queries.sensor_readings import extent_of_sensor, readings_of_sensor
from sinks.queries.sparklines import last_file_means, means_over_time
from tests.harness.sealing import seal_all
from tests.harness.stored_files import done, minutes, new_file, sensor, write_results

Reading = tuple[int, str, datetime, float]  # row, sensor, moment, value


def some(count: int, seed: int, sensors: int = 3) -> list[Reading]:
    """Readings of a few sensors, in no order of time."""
    draw = random.Random(seed)
    return [
        (
            row,
            f"s{draw.randrange(sensors)}",
            minutes(draw.uniform(0, 60)).replace(microsecond=draw.randrange(1_000_000)),
            draw.gauss(0, 1e3),
        )
        for row in range(1, count + 1)
    ]


async def write_readings(sink: Sink, record: FileRecord, readings: list[Reading]) -> None:
    names = ("row", "sensor_id", "timestamp", "value")
    rows = [dict(zip(names, reading, strict=True)) for reading in readings]
    batch = pa.RecordBatch.from_pylist(rows, schema=READINGS)
    table = reading_table(batch, record.file_id, record.generation)
    await sink.write(SinkBatch(Table.READINGS, table))


async def write_file(sink: Sink, record: FileRecord, readings: list[Reading]) -> FileRecord:
    """A whole file in the product's order; its terminal record."""
    await write_readings(sink, record, readings)
    of_sensor: dict[str, list[float]] = defaultdict(list)
    for _, name, _, value in readings:
        of_sensor[name].append(value)
    results = [sensor(name, values) for name, values in of_sensor.items()]
    for result in results:
        moments = [to_number(r[2]) for r in readings if r[1] == result["sensor_id"]]
        result |= {"first_timestamp": min(moments), "last_timestamp": max(moments)}
    await write_results(sink, record, results)
    terminal = done(record, results)
    await sink.write(SinkBatch.of(terminal))
    return terminal


def to_number(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


async def seen(database: Database, file_id: str) -> list[Reading]:
    rows = await database.query(
        f"SELECT row, sensor_id, timestamp, value FROM {database.view('readings')}"
        " WHERE file_id = {id:String} ORDER BY row",
        {"id": file_id},
    )
    return [(r["row"], r["sensor_id"], r["timestamp"], r["value"]) for r in rows]


async def test_a_reading_that_is_written_twice_is_seen_once(
    database: Database, sink: ClickHouseSink
) -> None:
    readings = some(500, seed=1)
    record = new_file("f-1")
    await write_readings(sink, record, readings[:300])
    assert await seen(database, "f-1") == [], "not before the file's end"
    await write_readings(sink, record, readings[200:])
    await write_file(sink, record, readings)
    assert await seen(database, "f-1") == readings
    count = await database.query(
        f"SELECT count() AS n, sum(row) AS s FROM {database.view('readings')}"
    )
    assert count == [{"n": 500, "s": 500 * 501 // 2}]


@pytest.mark.parametrize("sensors", [1, 256, 257, 70_000])
async def test_however_many_sensors_each_reading_has_its_own(
    database: Database, sink: ClickHouseSink, sensors: int
) -> None:
    readings = [
        (n + 1, f"sensor {n % sensors} é", minutes(n), n / 8) for n in range(max(300, sensors))
    ]
    assert native.fits(STORED)
    await write_readings(sink, new_file("f-1"), readings)
    await sink.write(SinkBatch.of(done(new_file("f-1"), [sensor("a", [1.0])])))
    assert await seen(database, "f-1") == readings


async def test_readings_of_a_file_that_counts_no_rows_are_withheld(
    database: Database, sink: ClickHouseSink
) -> None:
    await write_readings(sink, new_file("f-1"), some(5, seed=1))
    await sink.write(SinkBatch.of(done(new_file("f-1"), [])))
    assert await seen(database, "f-1") == []


async def test_of_generations_one_is_seen_and_of_a_deleted_file_none(
    database: Database, sink: ClickHouseSink
) -> None:
    old, new, other = some(50, seed=1), some(40, seed=2), some(30, seed=3)
    first = await write_file(sink, new_file("f-1"), old)
    await write_file(sink, new_file("f-2"), other)
    second = first.next_generation(recorded_at=minutes(8))
    await sink.write(SinkBatch.of(second))
    await write_readings(sink, second, new)
    assert await seen(database, "f-1") == old
    await write_file(sink, second, new)
    assert await seen(database, "f-1") == new
    await sink.write(SinkBatch.of(first.deletion(recorded_at=minutes(9))))
    assert await seen(database, "f-1") == []
    assert await seen(database, "f-2") == other
    assert await extent_of_file(database, "f-3", 1, None) is None


async def test_small_files_share_an_insert(database: Database, sink: ClickHouseSink) -> None:
    group = GroupCommit(sink)
    files = {f"f-{n}": some(20, seed=n, sensors=n + 1) for n in range(8)}
    import asyncio

    await asyncio.gather(
        *(write_readings(group, new_file(name), readings) for name, readings in files.items())
    )
    for name, readings in files.items():
        await write_file(sink, new_file(name), readings)
        assert await seen(database, name) == readings


@pytest.mark.parametrize("name", [None, "s1"])
@pytest.mark.parametrize("points", [1, 7, 300])
async def test_intervals_of_a_file(
    database: Database, sink: ClickHouseSink, name: str | None, points: int
) -> None:
    readings = some(2000, seed=5)
    record = await write_file(sink, new_file("f-1"), readings)
    await write_readings(sink, record, readings[100:900])
    await write_file(sink, new_file("f-2"), some(100, seed=6))
    begin, end = minutes(5), minutes(50)
    grid = Grid.over(begin, end, points)
    found = await readings_of_file(database, "f-1", 1, name, begin, end, grid)
    assert len(found) <= points
    wanted = in_intervals([r for r in readings if name in (None, r[1])], begin, end, grid)
    assert [(i.begin, i.row_count, i.min_value, i.max_value) for i in found] == [
        w[:4] for w in wanted
    ]
    for interval, (*_, mean) in zip(found, wanted, strict=True):
        assert interval.mean_value == pytest.approx(mean, rel=1e-12, abs=1e-9)
    assert await stored_readings(database, "f-1", 1) >= 2000


@pytest.mark.parametrize("sealed", ["nothing", "some", "all", "too much has changed"])
async def test_intervals_of_a_sensor_over_all_live_files(
    database: Database, sink: ClickHouseSink, sealed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"f-{n}": some(300, seed=n) for n in range(4)}
    records = [await write_file(sink, new_file(f"f-{n}"), some(200, seed=n + 50)) for n in (0, 1)]
    if sealed == "some":
        await seal_all(database)
    await sink.write(SinkBatch.of(records[0].deletion(recorded_at=minutes(9))))
    again = records[1].next_generation(recorded_at=minutes(9))
    await sink.write(SinkBatch.of(again))
    for record in (again, new_file("f-2"), new_file("f-3")):
        await write_file(sink, record, files[record.file_id])
    if sealed == "all":
        await seal_all(database)
    if sealed == "too much has changed":
        monkeypatch.setattr("sinks.queries.live_totals._MOST_RESULTS", 0)
    totals = LiveTotals(database)
    await write_readings(sink, new_file("f-9"), some(300, seed=9))  # still waiting
    live = [r for n in ("f-1", "f-2", "f-3") for r in files[n] if r[1] == "s2"]
    extent = await extent_of_sensor(totals, "s2")
    assert extent is not None
    moments = [r[2] for r in live]
    assert (extent.row_count, extent.first, extent.last) == (len(live), min(moments), max(moments))
    end = extent.last + timedelta(microseconds=1)
    grid = Grid.over(extent.first, end, 50)
    found = await readings_of_sensor(database, totals, "s2", extent.first, end, grid)
    wanted = in_intervals(live, extent.first, end, grid)
    assert [(i.begin, i.row_count, i.min_value, i.max_value) for i in found] == [
        w[:4] for w in wanted
    ]
    assert sum(i.row_count for i in found) == len(live)
    assert await extent_of_sensor(totals, "s7") is None


@pytest.mark.parametrize("sealed", ["nothing", "all", "too much has changed"])
async def test_means_over_time_of_many_sensors_at_once(
    database: Database, sink: ClickHouseSink, sealed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = some(300, seed=1)
    first = await write_file(sink, new_file("f-1"), some(50, seed=2))
    again = first.next_generation(recorded_at=minutes(9))
    await sink.write(SinkBatch.of(again))
    await write_file(sink, again, readings)
    await write_readings(sink, again, readings[:90])
    if sealed == "all":
        await seal_all(database)
    if sealed == "too much has changed":
        monkeypatch.setattr("sinks.queries.live_totals._MOST_RESULTS", 0)
    # However long names are, they fit a statement.
    monkeypatch.setattr("sinks.queries.sparklines._NAME_BYTES", 12)
    names = ["s0", "s1", "s2"]
    of_files = await last_file_means(database, LiveTotals(database), [*names, "s9"], 30)
    assert [len(of_files[name]) for name in [*names, "s9"]] == [1, 1, 1, 0]
    (one,) = of_files["s1"]
    assert (one.file_id, one.generation) == ("f-1", 2)
    found = await means_over_time(database, [of_files[name][0] for name in names], 4)
    assert list(found) == names
    for name, means in found.items():
        own = [r for r in readings if r[1] == name]
        begin, end = (to_number(pick(r[2] for r in own)) for pick in (min, max))
        width = -(-(end + 1 - begin) // 4)
        values: dict[int, list[float]] = defaultdict(list)
        for _, _, moment, value in own:
            values[(to_number(moment) - begin) // width].append(value)
        wanted = [math.fsum(v) / len(v) for _, v in sorted(values.items())]
        assert len(wanted) == 4
        assert means == pytest.approx(wanted, rel=1e-12, abs=1e-9)


def in_intervals(
    readings: list[Reading], begin: datetime, end: datetime, grid: Grid
) -> list[tuple[datetime, int, float, float, float]]:
    values: dict[datetime, list[float]] = defaultdict(list)
    length = timedelta(microseconds=grid.interval)
    for _, _, moment, value in readings:
        if begin <= moment < end:
            number = (to_number(moment) - grid.begin) // grid.interval
            values[grid.moment(0) + number * length].append(value)
    return [(b, len(v), min(v), max(v), math.fsum(v) / len(v)) for b, v in sorted(values.items())]


@pytest.mark.parametrize(
    ("seconds", "points", "interval"),
    [
        (1e-6, 1, 1e-6),
        (3e-6, 2, 2e-6),
        (60, 60, 1),
        (60, 59, 2),
        (3600, 300, 15),
        (86_400, 300, 300),
        (86_400, 24, 3600),
        (7 * 86_400, 3, 3 * 86_400),
        (400 * 365 * 86_400, 2000, 73 * 86_400),
        (400 * 365 * 86_400, 1, None),
    ],
)
def test_intervals_are_round_and_no_more_than_asked_for(
    seconds: float, points: int, interval: float | None
) -> None:
    begin = datetime(1900, 1, 1, tzinfo=UTC)
    end = begin + timedelta(seconds=seconds)
    grid = Grid.over(begin, end, points)
    assert grid.count <= points
    length = timedelta(microseconds=grid.interval)
    assert grid.moment(0) <= begin < grid.moment(1)
    assert grid.moment(grid.count - 1) < end <= grid.moment(0) + grid.count * length
    if interval is not None:
        assert grid.interval == round(interval * 1e6)

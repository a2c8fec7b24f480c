"""Readings with the sensor and the timestamp of readings of earlier files are counted exactly."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from schemas.file_record import FileRecord
from schemas.notices import Notice
from sinks import overlaps
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.overlaps import Overlaps
from sinks.queries import file_by_id
from sinks.queries.overlaps import overlap_notices
from tests.harness.sealing import seal_all
from tests.harness.stored_files import minutes, new_file
from tests.integration.sinks.test_readings import Reading, write_file

Stored = tuple[FileRecord, list[Reading]]


def rows(name: str, begin: float, count: int, *, step: float = 1) -> list[Reading]:
    """Readings of a sensor, one each `step` minutes from `begin` minutes on."""
    return [(n + 1, name, minutes(begin + n * step), float(n)) for n in range(count)]


async def notices(database: Database, *file_ids: str) -> dict[str, Notice]:
    """What is shown, by documents and by the view, once everything that changed was looked at."""
    await seal_all(database)
    await Overlaps(database).look()
    records = [await file_by_id(database, file_id) for file_id in file_ids]
    found = await overlap_notices(database, [record for record in records if record is not None])
    listed = await database.query(
        f"SELECT file_id, notices FROM {database.view('files')} WHERE file_id IN {{ids:Array(String)}}",
        {"ids": list(file_ids)},
    )
    for row in listed:
        of_view = [Notice.model_validate(n) for n in json.loads(row["notices"])]
        assert [n for n in of_view if n.code == "overlap"] == [
            found[i] for i in (row["file_id"],) if i in found
        ]
    return found


def counts(found: Mapping[str, Notice]) -> dict[str, int | None]:
    return {file_id: notice.count for file_id, notice in found.items()}


async def test_the_later_file_has_the_notice_with_the_count_and_the_earlier_file(
    database: Database, sink: ClickHouseSink
) -> None:
    await write_file(sink, new_file("f-1", at=1, filename="mon.csv"), rows("a", 0, 10))
    await write_file(sink, new_file("f-2", at=2, filename="tue.csv"), rows("a", 7, 10))
    found = await notices(database, "f-1", "f-2")
    assert set(found) == {"f-2"}
    notice = found["f-2"]
    assert (notice.count, notice.first_row, notice.file_ids) == (3, 1, ("f-1",))
    assert not notice.lower_bound
    assert "3 readings" in notice.message
    assert "mon.csv (3)" in notice.message


@pytest.mark.parametrize(
    "other",
    [
        rows("a", 10, 10),
        rows("b", 0, 10),
        [(row, name, moment + timedelta(microseconds=1), value)
         for row, name, moment, value in rows("a", 0, 9)],
    ],
    ids=["the next times", "another sensor", "times between"],
)  # fmt: skip
async def test_files_that_share_no_sensor_and_timestamp_have_none(
    database: Database, sink: ClickHouseSink, other: list[Reading]
) -> None:
    await write_file(sink, new_file("f-1", at=1), rows("a", 0, 10))
    await write_file(sink, new_file("f-2", at=2), other)
    assert await notices(database, "f-1", "f-2") == {}


async def test_of_two_files_the_one_uploaded_later_has_it_whichever_ends_first(
    database: Database, sink: ClickHouseSink
) -> None:
    await write_file(sink, new_file("f-1", at=2), rows("a", 0, 10))
    assert await notices(database, "f-1") == {}
    await write_file(sink, new_file("f-2", at=1), rows("a", 5, 10))
    assert counts(await notices(database, "f-1", "f-2")) == {"f-1": 5}


async def test_a_deleted_file_overlaps_nothing_and_the_file_before_it_is_named(
    database: Database, sink: ClickHouseSink
) -> None:
    first = await write_file(sink, new_file("f-1", at=1), rows("a", 0, 10))
    second = await write_file(sink, new_file("f-2", at=2), rows("a", 4, 10))
    await write_file(sink, new_file("f-3", at=3), rows("a", 0, 10))
    found = await notices(database, "f-1", "f-2", "f-3")
    assert counts(found) == {"f-2": 6, "f-3": 10}
    # Each reading counts once, with the file before: six with f-2, four with f-1.
    assert found["f-3"].file_ids == ("f-2", "f-1")
    await sink.write(SinkBatch.of(second.deletion(recorded_at=minutes(60))))
    found = await notices(database, "f-1", "f-2", "f-3")
    assert counts(found) == {"f-3": 10}
    assert found["f-3"].file_ids == ("f-1",)
    await sink.write(SinkBatch.of(first.deletion(recorded_at=minutes(61))))
    assert await notices(database, "f-1", "f-2", "f-3") == {}


@pytest.mark.slow
async def test_a_replay_of_either_file_counts_what_is_read_now(
    database: Database, sink: ClickHouseSink
) -> None:
    first = await write_file(sink, new_file("f-1", at=1), rows("a", 0, 10))
    second = await write_file(sink, new_file("f-2", at=2), rows("a", 8, 10))
    assert counts(await notices(database, "f-1", "f-2")) == {"f-2": 2}
    first = first.next_generation(recorded_at=minutes(50))
    await sink.write(SinkBatch.of(first))
    assert counts(await notices(database, "f-2")) == {"f-2": 2}, "as long as the replay runs"
    await write_file(sink, first, rows("a", 0, 15))
    assert counts(await notices(database, "f-1", "f-2")) == {"f-2": 7}
    second = second.next_generation(recorded_at=minutes(51))
    await write_file(sink, second, rows("b", 8, 10))
    record = await file_by_id(database, "f-2")
    assert record is not None
    assert await overlap_notices(database, [record]) == {}, "at once"
    assert await notices(database, "f-1", "f-2") == {}


@pytest.mark.slow
async def test_many_files_as_plain_python_counts_them(
    database: Database, sink: ClickHouseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So few that files, pairs and readings are all read in parts.
    monkeypatch.setattr(overlaps, "_FILES", 9)
    monkeypatch.setattr(overlaps, "_PAIRS", 60)
    monkeypatch.setattr(overlaps, "_READINGS", 150)
    draw = random.Random(5)
    files: dict[str, Stored] = {}
    expected: dict[str, int] = {}
    for number in range(24):
        file_id = f"f-{number:02d}"
        readings = [
            (row, f"s{draw.randrange(3)}", minutes(draw.randrange(80 * (1 + number % 4))), 1.0)
            for row in range(1, draw.randrange(2, 40))
        ]
        record = new_file(file_id, at=draw.randrange(10))
        files[file_id] = await write_file(sink, record, readings), readings
        if number % 12 == 11:
            await notices(database, file_id)
        if number % 7 == 6:
            gone = draw.choice(sorted(files))
            record, _ = files.pop(gone)
            await sink.write(SinkBatch.of(record.deletion(recorded_at=minutes(100))))
    known: set[tuple[str, datetime]] = set()
    for file_id, (_, readings) in sorted(files.items(), key=lambda f: (f[1][0].upload_time, f[0])):
        both = [(name, moment) for _, name, moment, _ in readings]
        if count := sum(reading in known for reading in both):
            expected[file_id] = count
        known |= set(both)
    assert len(expected) > 10
    assert counts(await notices(database, *files)) == expected


async def test_a_reading_that_was_stored_twice_or_repeats_in_its_file(
    database: Database, sink: ClickHouseSink
) -> None:
    record = new_file("f-1", at=1)
    await write_file(sink, record, rows("a", 0, 3))
    await write_file(sink, record, rows("a", 0, 3))
    repeated = [*rows("a", 0, 3), (4, "a", minutes(2), 7.0), (5, "a", minutes(9), 7.0)]
    await write_file(sink, new_file("f-2", at=2), repeated)
    assert counts(await notices(database, "f-1", "f-2")) == {"f-2": 4}


async def test_a_file_whose_readings_are_not_stored_or_withheld_has_none(
    database: Database, sink: ClickHouseSink
) -> None:
    await write_file(sink, new_file("f-1", at=1), rows("a", 0, 10))
    withheld = new_file("f-2", at=2)
    await write_file(sink, withheld, rows("a", 0, 10))
    await sink.write(
        SinkBatch.of(
            replace(withheld, generation=2).terminal(
                "failed", finished_at=minutes(9), processing_ms=1
            )
        )
    )
    assert await notices(database, "f-1", "f-2") == {}


async def test_more_earlier_files_than_are_compared_make_the_count_a_lower_bound(
    database: Database, sink: ClickHouseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlaps, "MOST_FILES", 2)
    for number in range(3):
        await write_file(sink, new_file(f"f-{number}", at=number), rows("a", 10 * number, 10))
    await write_file(sink, new_file("f-9", at=9), rows("a", 0, 30))
    notice = (await notices(database, "f-9"))["f-9"]
    assert (notice.count, notice.lower_bound) == (20, True)
    assert notice.message.startswith("at least 20 readings")
    assert notice.file_ids == ("f-1", "f-2")


async def test_a_round_continues_after_the_last_seal_that_was_looked_at(
    database: Database, sink: ClickHouseSink
) -> None:
    await write_file(sink, new_file("f-1", at=1), rows("a", 0, 10))
    await seal_all(database)
    assert await Overlaps(database).look() == 1
    assert await Overlaps(database).look() == 0
    await write_file(sink, new_file("f-2", at=2), rows("a", 0, 10))
    assert await Overlaps(database).look() == 0, "not before totals contain it"
    await seal_all(database)
    assert await Overlaps(database).look() == 1

"""Pages of files that are kept, against the same pages found again: no file is missing or twice."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from schemas.file_record import FileRecord
from sinks import queries
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database, Params, Rows
from sinks.clickhouse.sink import ClickHouseSink
from sinks.queries import file_lists, live_file_lists
from sinks.queries.file_lists import file_list, files_page
from sinks.queries.live_file_lists import FileChanges, LiveFileLists
from tests.harness.stored_files import START, done, minutes, new_file, sensor

_LISTS: dict[str, dict[str, Any]] = {
    "the latest": {},
    "the first": {"descending": False},
    "by size": {"sort": "size_bytes"},
    "by size from below": {"sort": "size_bytes", "descending": False},
    "by status": {"sort": "status"},
    "by status from below": {"sort": "status", "descending": False},
    "by rows": {"sort": "row_count"},
    "by duration": {"sort": "processing_ms"},
    "by name": {"sort": "filename", "descending": False},
    "of a name": {"q": "-1"},
    "of a name from below": {"q": "PLANT", "descending": False},
    "of a name by size": {"q": "plant", "sort": "size_bytes"},
    "of one name": {"q": "pLAnt 3-1"},
    "waiting": {"status": "waiting"},
    "processed": {"status": "processed"},
    "since": {"since": minutes(40)},
}


@dataclass
class _Asked(Database):
    """A database that counts what is asked of it."""

    database: Database
    statements: list[str] = field(default_factory=list)

    async def query(self, sql: str, params: Params | None = None) -> Rows:
        self.statements.append(sql)
        return await self.database.query(sql, params)


def _file(number: int, chosen: random.Random) -> FileRecord:
    # Ids are not in the order of upload.
    file_id = f"f-{number * 37 % 997:03}"
    record = new_file(file_id, at=number, filename=f"Plant {number % 7}-{number % 3}.csv")
    return replace(record, size_bytes=chosen.randrange(6))


def _ended(record: FileRecord, chosen: random.Random) -> FileRecord:
    readings = [sensor(f"s-{k}", [1.0] * (k + 1)) for k in range(chosen.randrange(3))]
    return done(record, readings, chosen.randrange(2), ms=chosen.randrange(4))


def _place(record: FileRecord, sort: str) -> tuple[Any, str]:
    value = record.shown_status if sort == "status" else getattr(record, sort)
    return value or 0, record.file_id


def _expected(
    files: Iterable[FileRecord],
    after: FileRecord | None,
    *,
    status: str | None = None,
    q: str = "",
    since: datetime | None = None,
    sort: str = "upload_time",
    descending: bool = True,
) -> list[FileRecord]:
    """The files of a list after one of them, in its order."""
    places = {
        _place(file, sort): file
        for file in files
        if not file.deleted
        and status in (None, file.shown_status)
        and q.lower() in file.filename.lower()
        and (since is None or file.upload_time >= since)
    }
    found = sorted(places, reverse=descending)
    if after is not None:
        last = _place(after, sort)
        found = [place for place in found if (place < last if descending else place > last)]
    return [places[place] for place in found]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
async def test_pages_have_each_file_once_while_files_come_and_go(
    database: Database, sink: ClickHouseSink, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # Few records are looked at first, so that there are more.
    monkeypatch.setattr(file_lists, "_LEAST", 1)
    chosen = random.Random(seed)
    lists, limit = LiveFileLists(database), 8
    files: dict[str, FileRecord] = {}
    cursors: dict[str, tuple[FileRecord, queries.After]] = {}

    async def write(*records: FileRecord) -> None:
        for record in records:
            files[record.file_id] = record
        await sink.write(SinkBatch.of(*records))

    async def compare() -> None:
        for name, asked in _LISTS.items():
            expected = _expected(files.values(), None, **asked)
            page = await lists.page(file_list(**asked), limit)
            assert page.items == expected[:limit], name
            assert (page.next is None) == (len(expected) <= limit)
            if name in cursors:
                last, after = cursors[name]
                expected = _expected(files.values(), last, **asked)
                second = file_list(**asked, after=after)
                for found in (lists.page, partial(files_page, database)):
                    assert (await found(second, limit)).items == expected[:limit], name
            elif page.next is not None:
                cursors[name] = page.items[-1], page.next

    await write(*(_file(number, chosen) for number in range(60)))
    await write(*(_ended(file, chosen) for file in chosen.sample([*files.values()], 45)))
    for turn in range(6):
        await compare()
        some = chosen.sample([f for f in files.values() if not f.deleted], 12)
        await write(*(_file(100 + turn * 10 + k, chosen) for k in range(chosen.randrange(1, 6))))
        await write(*(file.deletion(recorded_at=START) for file in some[:3]))
        for file in some[3:]:
            if file.status == "waiting":
                await write(_ended(file, chosen))
            else:
                replay = file.next_generation(recorded_at=minutes(1))
                await write(replay)
                if chosen.random() < 0.5:
                    await write(_ended(replay, chosen))
    # So many at once that pages fall short.
    await write(
        *(f.deletion(recorded_at=START) for f in files.values() if not f.deleted and f.row_count)
    )
    await compare()


async def test_a_kept_page_is_not_searched_for_again(
    database: Database, sink: ClickHouseSink
) -> None:
    await sink.write(SinkBatch.of(*(new_file(f"f-{n:02}", at=n) for n in range(50))))
    counting = _Asked(database)
    lists = LiveFileLists(counting)
    asked = file_list(sort="size_bytes")
    first = await lists.page(asked, 10)
    counting.statements.clear()
    assert await lists.page(asked, 10) == first
    assert len(counting.statements) == 1
    await sink.write(SinkBatch.of(new_file("f-60", at=60).deletion(recorded_at=START)))
    assert await lists.page(asked, 10) == first
    # Only which files changed, and the one that did.
    assert len(counting.statements) == 3
    assert "file_id IN" in counting.statements[-1]


async def test_of_more_new_files_than_are_kept_none_is_left_out(
    database: Database, sink: ClickHouseSink
) -> None:
    async def write(*numbers: int, gone: bool = False) -> None:
        files = [replace(new_file(f"f-{n:02}"), size_bytes=n) for n in numbers]
        records = [file.deletion(recorded_at=START) if gone else file for file in files]
        await sink.write(SinkBatch.of(*records))

    async def sizes() -> list[int]:
        return [file.size_bytes for file in (await lists.page(asked, 2)).items]

    lists, asked = LiveFileLists(database), file_list(sort="size_bytes")
    await write(*range(10))
    assert await sizes() == [9, 8]
    await write(*range(20, 30))
    assert await sizes() == [29, 28]
    # Twice three are kept. Others are before those that come now.
    await write(14, 15)
    await write(*range(25, 30), gone=True)
    assert await sizes() == [24, 23]


async def test_the_first_page_by_upload_does_not_read_all_files(
    database: Database, sink: ClickHouseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_lists, "_LEAST", 1)
    await sink.write(SinkBatch.of(*(new_file(f"f-{n:02}", at=n) for n in range(50))))
    counting = _Asked(database)
    for asked in (file_list(), file_list(descending=False), file_list(q="csv")):
        counting.statements.clear()
        page = await files_page(counting, asked, 5)
        assert len(page.items) == 5
        bound, candidates, files = counting.statements
        assert "read_overflow_mode" in bound
        assert "{bound:" in candidates
        assert "file_id IN {ids:" in files


async def test_a_page_is_found_again_after_a_while(
    database: Database, sink: ClickHouseSink
) -> None:
    await sink.write(SinkBatch.of(new_file("f-1")))
    now = 0.0
    counting = _Asked(database)
    lists = LiveFileLists(counting, clock=lambda: now)
    await lists.page(file_list(), 10)
    counting.statements.clear()
    now = 10_000.0
    await lists.page(file_list(), 10)
    assert any("min(k)" in text or "max(k)" in text for text in counting.statements)


@pytest.mark.parametrize(
    ("name", "most"),
    [("_MOST_RECORDS", 3), ("_MOST_CHANGES", 1), ("_MOST_LOOKED_UP", 1), ("_MOST_ROWS", 2)],
)
async def test_pages_are_right_if_more_changes_than_is_followed(
    database: Database,
    sink: ClickHouseSink,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    most: int,
) -> None:
    monkeypatch.setattr(live_file_lists, name, most)
    lists = LiveFileLists(database)
    one, other = file_list(sort="size_bytes"), file_list()
    for n in range(0, 12, 2):
        await sink.write(SinkBatch.of(new_file(f"f-{n:02}", at=n), new_file(f"f-{n + 1:02}", at=n)))
        for asked in (one, other, one):
            assert await lists.page(asked, 4) == await files_page(database, asked, 4)


async def test_changes_are_seen_once_and_in_their_order(
    database: Database, sink: ClickHouseSink
) -> None:
    now = 0.0
    changes = FileChanges(database, clock=lambda: now)
    start = await changes.look()
    assert start is not None
    await sink.write(SinkBatch.of(new_file("f-1")))
    now = 1.0
    first = await changes.look()
    assert first is not None
    assert changes.after(start) == (["f-1"], first)
    assert changes.after(first) == ([], first)
    # Looks begin later, and what was seen before is not seen again.
    now = 10.0
    assert await changes.look() == first
    await sink.write(SinkBatch.of(done(new_file("f-1"), []), new_file("f-2")))
    now = 20.0
    last = await changes.look()
    found = changes.after(first)
    assert found is not None
    assert ({*found[0]}, found[1]) == ({"f-1", "f-2"}, last)
    assert changes.after(start - 1) is None


async def test_after_the_clock_of_the_database_was_set_back_nothing_is_known(
    database: Database, sink: ClickHouseSink
) -> None:
    back = False

    class Back(_Asked):
        async def query(self, sql: str, params: Params | None = None) -> Rows:
            rows = await super().query(sql, params)
            return [row | {"now": START} for row in rows] if back and "AS now" in sql else rows

    changes = FileChanges(Back(database))
    start = await changes.look()
    assert start is not None
    back = True
    assert await changes.look() is None
    assert changes.after(start) is None
    again = await changes.look()
    assert again is not None
    assert changes.after(start) is None
    await sink.write(SinkBatch.of(new_file("f-1")))
    await changes.look()
    found = changes.after(again)
    assert found is not None
    assert found[0] == ["f-1"]

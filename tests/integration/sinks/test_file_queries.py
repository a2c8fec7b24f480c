"""The named queries of files, read from a real database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from schemas.errors import BadData
from schemas.events import ObjectRef
from schemas.file_record import FileRecord
from schemas.tables import Table
from sinks import queries
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.queries.file_lists import (
    FileFilter,
    PageRanges,
    file_list,
    files_page,
    first_rows,
    page_of_records,
)
from sinks.queries.matching_counts import CachedCounts, matching_counts
from tests.harness.stored_files import (
    START,
    done,
    minutes,
    new_file,
    progress,
    refused,
    sensor,
    write_file,
)

AWKWARD = ["a'b", "tab\t", "line\nend", "back\\slash", "%s {x:String}", "漢字 😀", "\\N", "a\x00b"]


async def test_a_record_written_before_the_json_column_is_read_unchanged(
    database: Database, sink: ClickHouseSink
) -> None:
    upload = replace(new_file("f-1", filename='a"b\\ 漢.csv'), size_bytes=(1 << 53) + 1)
    record = done(upload, [sensor("a", [-0.1, 40.0])], invalid=2)
    replay = done(record.next_generation(recorded_at=minutes(1)), [sensor("a", [1e300])])
    # Such records lack what later versions count and keep.
    for one in (record, replay, new_file("f-2")):
        written = replace(
            one, record_count=None, missing_count=None, excluded_count=None, profiles=None
        )
        columns = {name: value for name, value in written.row().items() if name != "record"}
        await sink.write(SinkBatch(Table.FILE_RECORDS, [columns]))
        assert await queries.file_by_id(database, written.file_id) == written


async def test_a_file_is_found_by_its_id_until_it_is_deleted(
    database: Database, sink: ClickHouseSink
) -> None:
    record = await write_file(sink, new_file("f-1"), [sensor("a", [1.0])], [refused(2)])
    await write_file(sink, new_file("f-2"), [])
    assert await queries.file_by_id(database, "f-1") == record
    assert await queries.file_by_id(database, "f-") is None
    await sink.write(SinkBatch.of(record.deletion(recorded_at=START)))
    assert await queries.file_by_id(database, "f-1") is None


@pytest.mark.parametrize("text", AWKWARD)
async def test_text_of_any_kind_is_looked_for_as_it_is(
    database: Database, sink: ClickHouseSink, text: str
) -> None:
    record = replace(new_file("f-1", filename=text), idempotency_key=text)
    await sink.write(SinkBatch.of(record, new_file("f-2")))
    content = record.sha256, text
    asked = queries.UploadIdentity("f-3", text, content)
    found = await queries.known_uploads(database, [asked])
    known = queries.KnownUpload(record, record, id_is_deleted=False, same_bytes=(record,))
    assert found == {asked: known}
    assert await queries.files_by_idempotency_key(database, [text]) == {text: record}
    page = await queries.files_page(database, queries.file_list(q=text))
    assert page.items == [record]


async def test_the_first_file_with_a_key_or_content_is_found(
    database: Database, sink: ClickHouseSink
) -> None:
    same = {"idempotency_key": "k", "sha256": "5" * 64, "filename": "s.csv"}
    first, second, third = (
        replace(new_file(f"f-{n}", at=at), **same)  # type: ignore[arg-type]
        for n, at in [(3, 1), (2, 2), (1, 3)]
    )
    await sink.write(SinkBatch.of(third, first, second, new_file("f-9", at=-5)))
    # A later state of the second does not make it newer or older.
    await sink.write(SinkBatch.of(done(second, [])))
    asked = queries.UploadIdentity("f-3", "k", ("5" * 64, "s.csv"))
    other = queries.UploadIdentity("f-8", "another", ("5" * 64, "other.csv"))
    forced = queries.UploadIdentity("f-7", None, None)
    for n, gone in enumerate((first, second, third)):
        found = await queries.known_uploads(database, [asked, other, forced])
        known = found[asked]
        assert known.by_key is not None
        assert known.by_content is not None
        assert known.by_key.file_id == known.by_content.file_id == gone.file_id
        assert known.id_is_deleted == (n > 0)
        nothing = queries.KnownUpload(None, None, id_is_deleted=False)
        # Known bytes under another name are no known upload, but what it may be a duplicate of.
        others = found[other].same_bytes
        assert {r.file_id for r in others} == {r.file_id for r in (first, second, third)[n:]}
        assert replace(found[other], same_bytes=()) == found[forced] == nothing
        by_key = await queries.files_by_idempotency_key(database, ["k", "another"])
        assert {key: record.file_id for key, record in by_key.items()} == {"k": gone.file_id}
        await sink.write(SinkBatch.of(gone.deletion(recorded_at=START)))
    found = await queries.known_uploads(database, [asked])
    assert found == {asked: queries.KnownUpload(None, None, id_is_deleted=True)}
    assert await queries.files_by_idempotency_key(database, ["k"]) == {}


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("raw_key = 'raw/i-0007'", "by_raw_key"),
        ("(status = 'waiting') = 1", "by_waiting"),
        (
            "(1 - purged) * (deleted + (raw_removed_at IS NOT NULL) + (generation > 1)) > 0",
            "by_purge",
        ),
        ("ended_at >= toDateTime64('2020-01-01', 6, 'UTC')", "by_ended_at"),
    ],
)
async def test_the_files_that_background_tasks_look_for_are_found_by_an_index(
    database: Database, sink: ClickHouseSink, condition: str, index: str
) -> None:
    files = [done(new_file(f"i-{n:04}"), []) for n in range(3_000)]
    await sink.write(SinkBatch.of(*files[:-1]))
    last = replace(files[-1], raw=ObjectRef(bucket="b", key="raw/i-0007"), generation=2)
    await sink.write(SinkBatch.of(last, replace(last, file_id="j", status="waiting")))
    explained = await database.query(
        f"EXPLAIN indexes = 1 SELECT file_id FROM file_records WHERE {condition}"
    )
    lines = [str(row["explain"]).strip() for row in explained]
    at = lines.index(f"Name: {index}")
    granules = next(line for line in lines[at:] if line.startswith("Granules: "))
    left, of = map(int, granules.removeprefix("Granules: ").split("/"))
    assert left <= 1 < of


async def test_files_that_are_deleted_do_not_hide_one_with_the_same_bytes(
    database: Database, sink: ClickHouseSink
) -> None:
    sha256 = "6" * 64
    for n in range(20):
        record = replace(new_file(f"g-{n}", at=n), sha256=sha256, filename=f"{n}.csv")
        ended = done(record, [])
        await sink.write(SinkBatch.of(record))
        await sink.write(SinkBatch.of(ended))
        deleted = ended.deletion(recorded_at=START)
        # The row of the deletion may be merged with that of the purge before the first one is.
        await sink.write(SinkBatch.of(deleted.purge() if n % 2 else deleted))
    kept = done(replace(new_file("g-kept", at=30), sha256=sha256, filename="kept.csv"), [])
    await sink.write(SinkBatch.of(kept))
    found = await queries.files_with_bytes(database, [sha256])
    assert [record.file_id for record in found[sha256]] == ["g-kept"]
    asked = queries.UploadIdentity("g-new", None, (sha256, "new.csv"))
    known = (await queries.known_uploads(database, [asked]))[asked]
    assert [record.file_id for record in known.same_bytes] == ["g-kept"]


async def test_files_that_failed_do_not_hide_one_with_the_same_bytes(
    database: Database, sink: ClickHouseSink
) -> None:
    sha256 = "7" * 64
    for n in range(100):
        record = replace(new_file(f"h-{n:02}", at=n), sha256=sha256, filename=f"{n}.csv")
        failed = record.terminal("failed", finished_at=START, processing_ms=1, error="e")
        await sink.write(SinkBatch.of(record, failed))
    # It is read again, so it may have readings now.
    again = failed.next_generation(recorded_at=START)
    kept = done(replace(new_file("h-kept", at=200), sha256=sha256, filename="kept.csv"), [])
    await sink.write(SinkBatch.of(again, kept))
    found = await queries.files_with_bytes(database, [sha256])
    assert [record.file_id for record in reversed(found[sha256])] == [again.file_id, "h-kept"]
    asked = queries.UploadIdentity("h-new", None, (sha256, "new.csv"))
    known = (await queries.known_uploads(database, [asked]))[asked]
    assert {record.file_id for record in known.same_bytes} == {again.file_id, "h-kept"}


async def test_a_record_of_bytes_that_could_not_be_stored_is_no_known_upload(
    database: Database, sink: ClickHouseSink
) -> None:
    asked = queries.UploadIdentity("f-1", "k", ("5" * 64, "s.csv"))
    accepted = replace(new_file("f-1"), idempotency_key="k", sha256="5" * 64, filename="s.csv")
    failed = replace(accepted, generation=0).terminal(
        "failed", finished_at=START, processing_ms=0, error="storage error"
    )
    await sink.write(SinkBatch.of(failed))
    found = await queries.known_uploads(database, [asked])
    assert found == {asked: queries.KnownUpload(None, None, id_is_deleted=False)}
    assert await queries.file_by_id(database, "f-1") == failed
    # The record of the repeated request takes its place, whichever is written last.
    await sink.write(SinkBatch.of(accepted))
    await sink.write(SinkBatch.of(failed))
    assert await queries.file_by_id(database, "f-1") == accepted
    assert (await queries.known_uploads(database, [asked]))[asked].by_key == accepted


@pytest.fixture
async def files(sink: ClickHouseSink) -> list[FileRecord]:
    """23 files in many states, with equal values in every column that lists sort by."""
    waiting = [
        replace(
            new_file(f"f-{n * 7 % 23:02}", at=n // 3, filename=f"{'Plant' * (n % 2)}{n % 4}"),
            size_bytes=n % 5,
        )
        for n in range(23)
    ]
    records = [
        done(record, [sensor(f"s-{k}", [1.0] * (n % 4 + 1)) for k in range(n % 3)], n % 2, ms=n % 6)
        if n % 3
        else record
        for n, record in enumerate(waiting)
    ]
    await sink.write(SinkBatch.of(*waiting))
    await sink.write(SinkBatch.of(*records))
    gone = new_file("f-gone").deletion(recorded_at=START)
    await sink.write(SinkBatch.of(gone))
    return records


@pytest.mark.slow
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_of_files_have_each_file_once_and_in_order(
    database: Database, files: list[FileRecord], descending: bool
) -> None:
    for sort, key in queries.FILE_SORTS.items():
        seen: list[FileRecord] = []
        after: queries.After | None = None
        while True:
            page = await queries.files_page(
                database, queries.file_list(sort=sort, descending=descending, after=after), limit=4
            )
            seen += page.items
            if page.next is None:
                break
            assert len(page.items) == 4
            after = queries.after_of(list(page.next), key)
        unknown = "" if key.type == "String" else 0
        assert seen == sorted(
            files,
            key=lambda f, by=sort, no=unknown: (getattr(f, by) or no, f.file_id),  # type: ignore[misc]
            reverse=descending,
        )


@pytest.mark.parametrize("descending", [False, True])
async def test_a_page_that_was_asked_for_a_moment_ago_is_that_of_now(
    database: Database, sink: ClickHouseSink, descending: bool
) -> None:
    def files(*numbers: int) -> list[FileRecord]:
        return [new_file(f"f-{n:03}", at=n, filename=f"{n:03}.csv") for n in numbers]

    now = 0.0
    ranges = PageRanges(clock=lambda: now)
    await sink.write(SinkBatch.of(*files(*range(100, 300))))

    async def same_as_without() -> list[str]:
        for sort in ("status", "size_bytes", "filename", "upload_time"):
            asked = file_list(sort=sort, descending=descending)
            page = page_of_records(await first_rows(database, asked, 21, ranges), 20)
            assert page == await files_page(database, asked, 20)
        return [record.file_id for record in page.items]

    before = await same_as_without()
    # New ones on both sides, and the first ones of both sides deleted or ended.
    await sink.write(SinkBatch.of(*files(*range(80, 100), *range(300, 320))))
    first = [*files(*range(80, 86)), *files(*range(314, 320))]
    await sink.write(SinkBatch.of(*(file.deletion(recorded_at=START) for file in first)))
    await sink.write(SinkBatch.of(*(done(file, []) for file in files(90, 91, 310, 311))))
    after = await same_as_without()
    assert before != after
    # So many that the end of the range is within what was deleted.
    gone = files(*range(86, 300)) if not descending else files(*range(100, 314))
    await sink.write(SinkBatch.of(*(file.deletion(recorded_at=START) for file in gone)))
    assert not {*after} & {*await same_as_without()}
    now = 100.0
    await same_as_without()


@pytest.mark.parametrize("status", ["waiting", "processed", "partial", "failed"])
async def test_files_are_filtered_by_their_latest_status(
    database: Database, files: list[FileRecord], status: Any
) -> None:
    page = await queries.files_page(database, queries.file_list(status=status))
    expected = {f.file_id for f in files if f.status == status}
    assert {f.file_id for f in page.items} == expected
    assert page.next is None


async def test_files_are_searched_by_name_or_id(
    database: Database, sink: ClickHouseSink, files: list[FileRecord]
) -> None:
    async def found(q: str, **more: Any) -> set[str]:
        return {
            f.file_id
            for f in (await queries.files_page(database, queries.file_list(q=q, **more))).items
        }

    assert await found("pLANt") == {f.file_id for f in files if "Plant" in f.filename}
    one = "0d9c1b2e-5a70-4c39-9d5c-3f6d1b5a7c11"
    await sink.write(SinkBatch.of(new_file(one)))
    for q in (one, one[:6], one[:9]):
        assert await found(q) == {one}
        assert await found(q, status="processed") == set()
    # Too short, not the beginning, or nothing that an id can have.
    for q in (one[:5], one[1:8], one[:6].upper() + "x"):
        assert await found(q) == set()


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "pLANt"},
        {"q": "f-05"},
        {"q": "f-0"},
        {"since": minutes(5)},
        {"since": minutes(5), "q": "plant"},
        {"with_members": True},
        {"parent_id": "none"},
    ],
    ids=str,
)
async def test_files_are_counted_as_they_are_listed(
    database: Database, sink: ClickHouseSink, files: list[FileRecord], asked: dict[str, Any]
) -> None:
    await sink.write(SinkBatch.of(files[3].deletion(recorded_at=minutes(99))))
    replayed = next(file for file in files if file.status == "processed")
    await sink.write(SinkBatch.of(replayed.next_generation(recorded_at=minutes(99))))
    listed = (await queries.files_page(database, queries.file_list(**asked), limit=1000)).items
    statuses: list[str] = [file.shown_status for file in listed]
    found = await matching_counts(database, FileFilter(**asked))
    assert found is not None
    assert found.document() == {
        "files": len(listed),
        **{name: statuses.count(name) for name in ("waiting", "processed", "partial", "failed")},
        "more": False,
    }


async def test_counting_files_is_bounded(database: Database, files: list[FileRecord]) -> None:
    everything = FileFilter()
    # One of them is deleted, which is found out when it is counted.
    exact = await matching_counts(database, everything, most=len(files) + 1)
    assert exact is not None
    assert (exact.files, exact.more) == (len(files), False)
    few = await matching_counts(database, everything, most=4)
    assert few is not None
    assert few.document() == {
        "files": 4,
        "waiting": 4,
        "processed": 4,
        "partial": 4,
        "failed": 0,
        "more": True,
    }
    assert await matching_counts(database, everything, records=5) is None


@pytest.mark.usefixtures("files")
async def test_counts_are_used_again_for_a_while(database: Database, sink: ClickHouseSink) -> None:
    now = 0.0
    cached = CachedCounts(database, clock=lambda: now)
    plant = FileFilter(q="plant")
    before = await asyncio.gather(*(cached.get(plant) for _ in range(3)))
    assert before[0] is before[1] is before[2]
    await sink.write(SinkBatch.of(new_file("f-new", filename="plant-new.csv")))
    assert await cached.get(plant) is before[0]
    assert await cached.get(FileFilter(q="plant-new")) is not before[0]
    now = 100.0
    after = await cached.get(plant)
    assert before[0] is not None
    assert after is not None
    assert after.files == before[0].files + 1


async def test_a_full_last_page_has_no_next(database: Database, files: list[FileRecord]) -> None:
    assert (await queries.files_page(database, queries.file_list(), limit=len(files))).next is None
    assert (
        await queries.files_page(database, queries.file_list(), limit=len(files) - 1)
    ).next is not None


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("filename", 5),
        ("filename", ["a"]),
        ("filename", ["a", 1]),
        ("filename", [1, "a"]),
        ("size_bytes", ["a", "b"]),
        ("size_bytes", [True, "b"]),
        ("size_bytes", [-1, "b"]),
        ("size_bytes", [1 << 70, "b"]),
        ("size_bytes", [1.5, "b"]),
        ("upload_time", [1 << 63, "b"]),
        ("upload_time", {"a": 1}),
        ("upload_time", None),
    ],
)
def test_a_cursor_from_elsewhere_is_bad_data(sort: str, value: object) -> None:
    with pytest.raises(BadData, match="bad_cursor"):
        queries.after_of(value, queries.FILE_SORTS[sort])


async def test_states_say_what_each_generation_is(database: Database, sink: ClickHouseSink) -> None:
    waiting = new_file("f-1")
    terminal = await write_file(sink, new_file("f-2"), [])
    replayed = terminal.next_generation(recorded_at=minutes(1))
    await sink.write(SinkBatch.of(waiting, replace(replayed, file_id="f-3")))
    await sink.write(SinkBatch.of(replace(terminal, file_id="f-4").deletion(recorded_at=START)))
    asked = ["f-1", "f-2", "f-3", "f-4", "unknown", *(f"no-{n}" for n in range(2500))]
    states = await queries.file_states(database, asked)
    verdicts = {(i, g): states[i].status_of(g) for i in sorted(states) for g in (1, 2)}
    assert verdicts == {
        ("f-1", 1): "waiting",
        ("f-1", 2): "waiting",
        ("f-2", 1): "terminal",
        ("f-2", 2): "waiting",
        ("f-3", 1): "superseded",
        ("f-3", 2): "waiting",
        ("f-4", 1): "deleted",
        ("f-4", 2): "deleted",
    }
    assert (states["f-2"].processing_ms, states["f-2"].finished_at) == (
        terminal.processing_ms,
        terminal.finished_at,
    )
    assert await queries.file_states(database, []) == {}


async def test_files_that_wait_without_progress_are_found(
    database: Database, sink: ClickHouseSink
) -> None:
    stuck = new_file("f-stuck", at=1)
    slow = new_file("f-slow", at=2)
    busy = new_file("f-busy", at=1)
    fresh = new_file("f-fresh", at=20)
    gone = new_file("f-gone", at=1).deletion(recorded_at=minutes(2))
    await write_file(sink, new_file("f-done", at=1), [])
    # A replay that waits is looked at from when it began, and by its own progress.
    replayed = (await write_file(sink, new_file("f-again"), [])).next_generation(
        recorded_at=minutes(5)
    )
    await sink.write(SinkBatch.of(stuck, slow, busy, fresh, gone, replayed))
    await sink.write(
        SinkBatch.of(
            progress(slow, 3, at=4),
            progress(busy, 3, at=4),
            progress(busy, 4, at=15),
            progress(new_file("f-again"), 9, at=15),
        )
    )
    found = await queries.waiting_files(database, before=minutes(10))
    assert found == [stuck, slow, replayed]
    assert await queries.waiting_files(database, before=minutes(10), limit=1) == [stuck]
    assert await queries.waiting_files(database, before=minutes(1)) == []


async def test_progress_is_that_of_the_latest_generation(
    database: Database, sink: ClickHouseSink
) -> None:
    record = new_file("f-1")
    later = progress(replace(record, generation=2), 1, at=3)
    await sink.write(SinkBatch.of(progress(record, 7, at=2)))
    await sink.write(SinkBatch.of(later))
    await sink.write(SinkBatch.of(progress(record, 2, at=1)))
    assert await queries.progress_of(database, ["f-1", "f-2"]) == {"f-1": later}

"""Which files the rules of retention are about."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schemas.events import ObjectRef
from schemas.file_ids import member_file_id
from schemas.file_record import FileRecord
from schemas.retention import What, retention_rules
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.queries.retention import RetentionQuery
from sinks.queries.webhooks import database_now, ends_since
from tests.harness.stored_files import minutes, new_file

NOW = minutes(60 * 24 * 100)
DAY = 60 * 24


def old(file_id: str, *, days: float = 50, **more: Any) -> FileRecord:
    """A file that ended so many days ago."""
    new = new_file(file_id, at=(100 - days) * DAY)
    ended = new.terminal(
        "processed", finished_at=new.upload_time, processing_ms=1, row_count=10, sensor_count=1
    )
    return replace(ended, **{"raw": ObjectRef(bucket="raw-files", key=file_id), **more})


def query(text: str, **more: Any) -> RetentionQuery:
    return RetentionQuery(
        retention_rules(text), NOW, ["raw-files", "inbox"], NOW - timedelta(minutes=5), **more
    )


class Files:
    """What is stored, and what the rules are about."""

    def __init__(self, database: Database, sink: ClickHouseSink) -> None:
        self.database, self.sink = database, sink

    async def store(self, *records: FileRecord) -> None:
        for record in records:
            await self.sink.write(SinkBatch.of(record))

    async def going(self, text: str, what: What = "results", **more: Any) -> list[str]:
        """Files that go; the dry run names and counts the same ones."""
        asked = query(text, **more)
        found = [r.file_id for r in await asked.files(self.database, what, limit=100)]
        if found:
            assert await asked.any_due(self.database, what)
        if not more:
            plans = [
                await asked.removable(self.database, rule, first=100)
                for rule in asked.rules
                if rule.what == what
            ]
            assert sorted(f.file_id for p in plans for f in p.first) == sorted(found)
            assert sum(p.files for p in plans) == len(found)
        return found


@pytest.fixture
def files(database: Database, sink: ClickHouseSink) -> Files:
    return Files(database, sink)


async def test_files_go_at_their_age_the_oldest_first(files: Files) -> None:
    await files.store(old("c", days=31), old("a", days=29), old("b", days=90))
    assert await files.going("results 30d") == ["b", "c"]
    assert await files.going("results 91d") == []
    assert not await query("results 91d").any_due(files.database, "results")


async def test_the_first_rule_that_matches_a_file_holds(files: Files) -> None:
    await files.store(
        old("sent"),
        old("dropped", source="notification", raw=ObjectRef(bucket="inbox", key="north/d.csv")),
        old("named", filename="up/Calib-7.CSV"),
        old("path", filename="calib-/x.csv"),
    )
    rules = (
        "results never name=calib-*; results 90d source=upload; results 10d object=inbox/south/;"
        "results 20d"
    )
    assert await files.going(rules) == ["dropped"]
    assert await files.going(rules.replace("90d", "40d")) == ["dropped", "path", "sent"]


async def test_files_that_are_processed_or_changed_lately_are_left_alone(files: Files) -> None:
    replayed = old("replayed")
    await files.store(
        new_file("waiting", at=0),
        replayed.next_generation(recorded_at=minutes(0)),
        replace(old("changed"), recorded_at=NOW - timedelta(minutes=1)),
        old("gone").deletion(recorded_at=minutes(9)),
    )
    for what in ("raw", "readings", "results"):
        assert await files.going(f"{what} 1d", what) == []


async def test_containers_go_as_a_whole_and_not_while_a_member_is_processed(files: Files) -> None:
    def container(file_id: str) -> tuple[FileRecord, FileRecord]:
        whole = replace(old(file_id), container="zip", row_count=None, member_count=1, revision=3)
        inside = member_file_id(file_id, "m.csv", 0)
        member = old(inside, days=50, parent_id=file_id, filename="a.zip/m.csv")
        return whole, member

    one, inside = container("00000000-0000-0000-1111-000000000001")
    two, other = container("00000000-0000-0000-2222-000000000002")
    await files.store(one, inside, two, other.next_generation(recorded_at=minutes(0)))
    assert await files.going("results 30d") == [one.file_id]
    (plan,) = [
        await query("raw 30d").removable(files.database, rule, first=1)
        for rule in query("raw 30d").rules
    ]
    assert (plan.files, plan.members, plan.size_bytes) == (1, 1, one.size_bytes + inside.size_bytes)
    assert await files.going("readings 30d", "readings") == [one.file_id]


async def test_an_original_stays_as_long_as_a_duplicate_of_it(files: Files) -> None:
    await files.store(
        old("original"),
        old("later", days=20, duplicate_of="original", row_count=0),
        old("alone"),
    )
    assert await files.going("results 30d") == ["alone"]
    assert await files.going("readings 30d", "readings") == ["alone"]
    assert await files.going("raw 30d", "raw") == ["alone", "original"]
    assert await files.going("results 10d") == ["alone", "original", "later"]


async def test_corrected_rows_stay_as_long_as_the_file_that_they_correct(files: Files) -> None:
    await files.store(
        old("first", source="inline"),
        old("fixed", days=40, resubmission_of="first"),
        old("lonely", days=40, resubmission_of="deleted long ago"),
    )
    assert await files.going("results 30d source=upload") == ["lonely"]
    assert await files.going("results 30d") == ["first", "fixed", "lonely"]


async def test_objects_in_buckets_of_others_are_never_removed(files: Files) -> None:
    theirs = ObjectRef(bucket="theirs", key="x.csv")
    dropped = ObjectRef(bucket="inbox", key="y.csv")
    await files.store(
        old("theirs", source="announced", raw=theirs),
        old("ours", source="notification", raw=dropped),
    )
    assert await files.going("raw 30d", "raw") == ["ours"]


async def test_what_is_removed_once_is_not_due_again(files: Files) -> None:
    at = NOW - timedelta(days=1)
    await files.store(
        old("a").without_raw(recorded_at=at),
        old("b").without_readings(recorded_at=at),
        old("empty", row_count=0),
    )
    assert await files.going("raw 30d", "raw") == ["b", "empty"]
    # Those of a file whose raw bytes are being removed go after that.
    assert await files.going("readings 30d", "readings") == []
    await files.store(old("a").without_raw(recorded_at=at).purge())
    assert await files.going("readings 30d", "readings") == ["a"]


async def test_what_goes_with_the_results_is_not_counted_by_other_rules(files: Files) -> None:
    await files.store(old("a", days=50), old("b", days=20))
    rules = "raw 10d; readings 10d; results 30d"
    assert await files.going(rules, "results") == ["a"]
    assert await files.going(rules, "raw") == ["b"]
    assert await files.going(rules, "readings") == ["b"]


async def test_a_later_look_is_about_the_files_that_became_old_enough_since(files: Files) -> None:
    await files.store(old("before", days=40), old("since", days=30.5))
    looked = NOW - timedelta(days=1)
    assert await files.going("results 30d", looked=looked) == ["since"]
    assert not await query("results 40d", looked=looked).any_due(files.database, "raw")


async def test_webhooks_are_not_notified_of_what_is_removed(files: Files) -> None:
    began = await database_now(files.database)
    end = old("a")
    await files.store(end)
    seen = await ends_since(files.database, (began, ""), (), 100)
    assert [record.file_id for record in seen.records] == ["a"]
    await files.store(end.without_readings(recorded_at=NOW), end.without_raw(recorded_at=NOW))
    assert (await ends_since(files.database, seen.after, (), 100)).records == []


@pytest.mark.parametrize("what", ["raw", "readings", "results"])
async def test_a_round_with_nothing_to_do_reads_few_of_the_records(
    files: Files, what: What
) -> None:
    """80 days of files, whose ids say nothing of their time."""
    await files.database.command(
        "INSERT INTO file_records (file_id, status, generation, live_generation, source, raw_bucket,"
        " upload_time, recorded_at, row_count, version)"
        " SELECT hex(cityHash64(number)), 'processed', 1, 1, 'upload', 'raw-files',"
        " {now:DateTime64(6, 'UTC')} - toIntervalMinute((20000 - number) * 5.76) AS at, at, 1, 5"
        " FROM numbers(20000)",
        {"now": NOW},
    )

    async def granules(asked: RetentionQuery) -> tuple[int, int]:
        plan = await files.database.query(
            f"EXPLAIN indexes = 1 {asked.question(what)}", asked.params
        )
        text = "\n".join(row["explain"] for row in plan)
        found = [tuple(map(int, one)) for one in re.findall(r"Granules: (\d+)/(\d+)", text)]
        assert found, text
        return found[-1][0], found[0][1]

    assert (await granules(query(f"{what} 90d")))[0] == 0
    # Of the files that became old enough since, which are some ten.
    read, of = await granules(query(f"{what} 30d", looked=NOW - timedelta(minutes=1)))
    assert read < of / 3

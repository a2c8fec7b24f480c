"""Queries about more files than a statement may name: ClickHouse takes parameters of up to 128 KiB."""

from __future__ import annotations

import pytest

from schemas.errors import Unavailable
from schemas.file_document import Corrections
from schemas.instants import utc_now
from schemas.webhooks import Webhook, delivery_of
from sinks import queries
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.queries.live_totals import LiveTotals
from sinks.queries.resubmissions import claimed_entries, live_resubmissions, row_corrections
from sinks.queries.webhooks import known_deliveries, write_deliveries
from tests.harness.stored_files import START, done, new_file, sensor

IDS = [f"{n:036}" for n in range(4_000)]
KNOWN = [IDS[0], IDS[1_999], IDS[-1]]


async def test_a_parameter_that_the_server_does_not_take_is_refused(database: Database) -> None:
    with pytest.raises(Unavailable, match="Field value too long"):
        await database.query("SELECT length({ids:Array(String)}) AS n", {"ids": IDS})


async def test_versions_and_records_of_many_files(database: Database, sink: ClickHouseSink) -> None:
    records = [new_file(name) for name in KNOWN]
    await sink.write(SinkBatch.of(*records, new_file("beside")))
    assert set(await queries.file_versions(database, file_ids=IDS)) == set(KNOWN)
    since = await queries.file_versions(database, file_ids=IDS, since=START)
    assert set(since) == {*KNOWN, "beside"}
    assert await queries.files_by_id(database, IDS) == {r.file_id: r for r in records}


async def test_many_deliveries(database: Database) -> None:
    webhook = Webhook(
        webhook_id="wh_1", url="https://a.example", secret="", created_at=START, since=START
    )
    deliveries = [delivery_of(webhook, done(new_file(name), []), {}, utc_now()) for name in IDS]
    stored = [deliveries[0], deliveries[-1]]
    await write_deliveries(database, stored)
    assert await known_deliveries(database, deliveries) == {d.delivery_id for d in stored}


async def test_totals_while_many_files_are_not_sealed(
    database: Database, sink: ClickHouseSink
) -> None:
    ended = [done(new_file(name), [sensor("a", [1.0])]) for name in IDS]
    await sink.write(SinkBatch.of(*ended))
    page = await LiveTotals(database).page()
    assert page.items == (await queries.sensor_totals_page(database)).items


async def test_one_file_that_many_others_correct(database: Database, sink: ClickHouseSink) -> None:
    await database.command(
        "INSERT INTO resubmitted_row_rows (file_id, row, resubmission_id, resubmission_row)"
        " SELECT 'corrected', number + 1, leftPad(toString(number), 36, '0'), 1"
        f" FROM numbers({len(IDS)})"
    )
    waiting = [new_file(name, at=place) for place, name in enumerate(KNOWN)]
    await sink.write(SinkBatch.of(done(new_file("corrected"), [], invalid=len(IDS)), *waiting))
    rows = [1, 2_000, len(IDS)]
    assert await live_resubmissions(database, "corrected") == KNOWN
    corrections = await queries.corrections_of(database, ["corrected"])
    assert corrections["corrected"] == Corrections(0, dict.fromkeys(KNOWN, 0))
    claims = await claimed_entries(database, ["corrected"])
    assert claims == {("corrected", row, 0): "waiting" for row in rows}
    of_rows = await row_corrections(database, "corrected", rows)
    assert of_rows == {(row, 0): ("waiting", name) for row, name in zip(rows, KNOWN, strict=True)}
    assert await queries.invalid_rows_page(database, "corrected", corrected=True) == []

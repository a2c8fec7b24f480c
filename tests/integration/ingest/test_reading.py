"""Lists, documents, sensors, invalid rows and raw bytes, as the real API answers them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyarrow as pa
import pytest

from runtime.version import VERSION
from schemas.arrow import INVALID_ROWS, SENSOR_RESULTS
from schemas.events import FileUploaded, ObjectRef
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from schemas.tables import Table
from sinks.base import SinkBatch
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.api_process import BUCKET
from tests.integration.ingest.test_uploads import new_csv, post, problem, raw

START = datetime(2024, 1, 1, tzinfo=UTC)
SENSORS = 12_500
FAULTS = 250
FILE = "reading-partial"


@pytest.fixture
async def partial(sink: ClickHouseSink) -> str:
    """A file with many sensors and invalid rows, as the stream would leave it."""
    record = waiting(FILE, "reading, some.csv")
    await sink.write(SinkBatch(Table.SENSOR_RESULTS, results()))
    await sink.write(SinkBatch(Table.INVALID_ROWS, faults()))
    terminal = record.terminal(
        "partial",
        finished_at=START + timedelta(seconds=3),
        processing_ms=3000,
        row_count=2 * SENSORS,
        invalid_count=FAULTS,
        sensor_count=SENSORS,
        min_value=0.0,
        max_value=2.0 * SENSORS,
        batches=3,
        codes={"value_not_a_number": FAULTS - 50, "fields_missing": 50},
    )
    await sink.write(SinkBatch.of(record, terminal))
    return FILE


def waiting(file_id: str, filename: str, at: datetime = START) -> FileRecord:
    upload = FileUploaded(
        file_id=file_id, source="upload", raw=ObjectRef(bucket=BUCKET, key=f"raw/{file_id}"),
        filename=filename, size_bytes=3, sha256=file_id, upload_time=at, batch_bytes=1 << 20,
    )  # fmt: skip
    return FileRecord.from_upload(upload, recorded_at=datetime.now(UTC))


def results() -> pa.Table:
    n = range(SENSORS)
    columns = {
        "file_id": [FILE for _ in n],
        "generation": [1 for _ in n],
        "sensor_id": [f"s{i:05d}" for i in n],
        "row_count": [2 for _ in n],
        "min_value": [float(i) for i in n],
        "max_value": [2.0 * i for i in n],
        "sum_hi": [3.0 * i for i in n],
        "sum_lo": [0.0 for _ in n],
        "first_timestamp": [START for _ in n],
        "first_value": [float(i) for i in n],
        "first_row": [i + 1 for i in n],
        "last_timestamp": [START + timedelta(seconds=1) for _ in n],
        "last_value": [2.0 * i for i in n],
        "missing_count": [0 for _ in n],
        "excluded_count": [0 for _ in n],
        "last_row": [i + 1 + SENSORS for i in n],
    }
    return pa.table(columns, schema=SENSOR_RESULTS)


def faults() -> pa.Table:
    n = range(FAULTS)
    columns = {
        "file_id": [FILE for _ in n],
        "generation": [1 for _ in n],
        "row": [10 * i + 1 for i in n],
        "line": [10 * i + 2 for i in n],
        "byte_offset": [100 * i for i in n],
        "column": [None if i % 5 == 0 else "value" for i in n],
        "code": ["fields_missing" if i % 5 == 0 else "value_not_a_number" for i in n],
        "error": [f'fault "{i}",\nas seen' for i in n],
        "raw": [f'a,"b,{i}' for i in n],
        "truncated": [i == 7 for i in n],
        "cell": [0 for _ in n],
        "cells": [1 for _ in n],
        "observed": [None for _ in n],
        "span_start": [None for _ in n],
        "span_end": [None for _ in n],
    }
    return pa.table(columns, schema=INVALID_ROWS)


async def get(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await client.get(f"/api/v1{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def all_pages(client: httpx.AsyncClient, path: str, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await get(client, path, cursor=cursor, **params)
        assert len(page["items"]) == params["limit"] or page["next_cursor"] is None
        items += page["items"]
        cursor = page["next_cursor"]
    return items


async def test_the_document_of_a_terminal_file(client: httpx.AsyncClient, partial: str) -> None:
    document = await get(client, f"/files/{partial}")
    assert document["status"] == "partial"
    assert document["processing_ms"] == 3000
    assert document["upload_time"] == "2024-01-01T00:00:00.000000Z"
    aggregations = document["aggregations"]
    assert aggregations["row_count"] == 2 * SENSORS
    assert aggregations["max_value"] == 2.0 * SENSORS
    assert len(aggregations["per_sensor_count"]) == 10_000
    assert aggregations["per_sensor_count"]["s00000"] == 2
    assert (document["sensor_count"], document["invalid_count"]) == (SENSORS, FAULTS)
    assert [row["row"] for row in document["invalid_rows"]] == list(range(1, 1001, 10))
    assert document["invalid_rows"][0] == {
        "row": 1,
        "line": 2,
        "byte": 0,
        "column": None,
        "code": "fields_missing",
        "error": 'fault "0",\nas seen',
        "raw": 'a,"b,0',
        "truncated": False,
        "cells": 1,
        "observed": None,
        "span_start": None,
        "span_end": None,
    }
    rows = 2 * SENSORS + FAULTS
    assert document["progress"] == {"batches_done": 3, "batches_total": 3, "rows_done": rows}


async def test_a_document_that_did_not_change_is_not_sent_again(
    client: httpx.AsyncClient, partial: str
) -> None:
    answer = await client.get(f"/api/v1/files/{partial}")
    etag = answer.headers["etag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await client.get(f"/api/v1/files/{partial}", headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = await client.get(f"/api/v1/files/{partial}", headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.headers["etag"]) == (200, etag)


async def test_the_document_of_a_waiting_file_shows_how_far_it_is(
    client: httpx.AsyncClient, sink: ClickHouseSink
) -> None:
    file_id = (await post(client, **raw(new_csv()))).json()["file_id"]
    before = await client.get(f"/api/v1/files/{file_id}")
    progress = FileProgress(
        file_id=file_id, generation=1, batches_done=2, batches_total=5, rows_done=77,
        updated_at=datetime.now(UTC),
    )  # fmt: skip
    await sink.write(SinkBatch.of(progress))
    after = await client.get(f"/api/v1/files/{file_id}")
    assert after.json()["progress"] == {"batches_done": 2, "batches_total": 5, "rows_done": 77}
    assert after.headers["etag"] != before.headers["etag"]
    (listed,) = (await get(client, "/files", q=file_id))["items"]
    assert listed["progress"] == after.json()["progress"]


async def test_files_in_pages(client: httpx.AsyncClient, sink: ClickHouseSink) -> None:
    names = [f"paged-{n:02d}.csv" for n in range(25)]
    # Several with the same time: pages must not lose or double any of them.
    times = [START + timedelta(hours=n // 10) for n in range(25)]
    records = [waiting(f"page-{n:02d}", names[n], times[n]) for n in range(25)]
    failed = [r.terminal("failed", finished_at=START, processing_ms=1, error="x") for r in records]
    await sink.write(SinkBatch.of(*records[:20], *failed[20:]))

    async def listed(**params: Any) -> list[str]:
        found = await all_pages(client, "/files", q="PAGED-", **params)
        return [item["filename"] for item in found]

    assert await listed(limit=7) == names[::-1]
    assert await listed(limit=25) == names[::-1]
    assert await listed(limit=10, sort="filename") == names
    assert await listed(limit=1, sort="-filename") == names[::-1]
    assert await listed(limit=4, sort="upload_time") == names
    assert await listed(limit=3, status="failed") == names[:19:-1]
    assert await listed(limit=3, status="processed") == []

    (item,) = (await get(client, "/files", q="paged-24"))["items"]
    assert item["error"] == "x"
    assert "invalid_rows" not in item
    assert item["aggregations"] == {"row_count": 0, "min_value": None, "max_value": None}
    await sink.write(SinkBatch.of(*(r.deletion(recorded_at=START) for r in records)))
    assert await listed(limit=7) == []


async def test_files_that_fit_are_counted_by_status(
    client: httpx.AsyncClient, sink: ClickHouseSink
) -> None:
    records = [waiting(f"counted-{n}", f"counted {n}.csv") for n in range(3)]
    await sink.write(SinkBatch.of(*records))
    found = await get(client, "/files/counts", q="COUNTED ")
    assert found["counts"] == {
        "files": 3,
        "waiting": 3,
        "processed": 0,
        "partial": 0,
        "failed": 0,
        "more": False,
    }
    counts = (await get(client, "/files/counts", q="counted ", since="2024-01-02"))["counts"]
    assert counts["files"] == 0


@pytest.mark.usefixtures("partial")
async def test_the_last_means_of_many_sensors_are_one_call(client: httpx.AsyncClient) -> None:
    names = ["s00002", "no such sensor", "s00001"]
    answer = await client.post("/api/v1/sparklines", json={"sensor_ids": names})
    assert answer.json() == {
        "items": [
            {"sensor_id": "s00002", "of": "files", "means": [3.0]},
            {"sensor_id": "no such sensor", "of": "files", "means": []},
            {"sensor_id": "s00001", "of": "files", "means": [1.5]},
        ]
    }
    for body, named in (
        ({"sensor_ids": []}, "sensor_ids"),
        ({"sensor_ids": names * 40}, "sensor_ids"),
        ({"sensor_ids": names, "points": 0}, "points"),
        ({"sensors": names}, "sensor"),
    ):
        answer = await client.post("/api/v1/sparklines", json=body)
        assert answer.status_code == 400
        assert named in answer.json()["detail"]


async def test_sensors_in_pages(client: httpx.AsyncClient, partial: str) -> None:
    path = f"/files/{partial}/sensors"
    sensors = await all_pages(client, path, limit=1000)
    assert [s["sensor_id"] for s in sensors] == [f"s{i:05d}" for i in range(SENSORS)]
    assert sensors[2] == {
        "sensor_id": "s00002",
        "row_count": 2,
        "min_value": 2.0,
        "max_value": 4.0,
        "mean_value": 3.0,
        "first_timestamp": "2024-01-01T00:00:00.000000Z",
        "first_value": 2.0,
        "last_timestamp": "2024-01-01T00:00:01.000000Z",
        "last_value": 4.0,
        "missing_count": 0,
        "excluded_count": 0,
    }
    top = (await get(client, path, limit=2, sort="-max_value"))["items"]
    assert [s["sensor_id"] for s in top] == ["s12499", "s12498"]
    by_count = await all_pages(client, path, limit=900, sort="row_count")
    assert len({s["sensor_id"] for s in by_count}) == len(by_count) == SENSORS


async def test_totals_per_sensor_over_all_files(client: httpx.AsyncClient, partial: str) -> None:
    assert partial
    page = await get(client, "/sensors", q="s1249", limit=3)
    assert [item["sensor_id"] for item in page["items"]] == ["s12490", "s12491", "s12492"]
    assert page["items"][0]["row_count"] == 2
    assert page["items"][0]["files"] == 1
    rest = await get(client, "/sensors", q="s1249", limit=100, cursor=page["next_cursor"])
    assert [item["sensor_id"] for item in rest["items"]] == [f"s1249{n}" for n in range(3, 10)]
    counts = await get(client, "/stats")
    assert counts["files"] == sum(
        counts[status] for status in ("waiting", "processed", "partial", "failed")
    )
    assert counts["partial"] >= 1
    assert counts["row_count"] >= 2 * SENSORS


async def test_invalid_rows_in_pages(client: httpx.AsyncClient, partial: str) -> None:
    path = f"/files/{partial}/invalid-rows"
    rows = await all_pages(client, path, limit=60)
    assert [row["row"] for row in rows] == [10 * n + 1 for n in range(FAULTS)]
    only = await all_pages(client, path, limit=20, code="fields_missing")
    assert [row["row"] for row in only] == [50 * n + 1 for n in range(50)]
    assert await all_pages(client, path, limit=20, code="no_such_code") == []


async def test_invalid_rows_as_csv(client: httpx.AsyncClient, partial: str) -> None:
    path = f"/api/v1/files/{partial}/invalid-rows"
    answer = await client.get(path, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [int(row["row"]) for row in rows] == [10 * n + 1 for n in range(FAULTS)]
    assert rows[7] == {
        "row": "71",
        "line": "72",
        "byte": "700",
        "column": "value",
        "code": "value_not_a_number",
        "error": 'fault "7",\nas seen',
        # The record says of no dialect how it is to be cut.
        "sensor_id": "",
        "timestamp": "",
        "value": "",
        "raw": 'a,"b,7',
        "truncated": "true",
        "cell": "0",
    }
    some = await client.get(path, headers={"Accept": "text/csv"}, params={"code": "fields_missing"})
    assert len(list(csv.DictReader(io.StringIO(some.text, newline="")))) == 50
    file_id = (await post(client, **raw(new_csv()))).json()["file_id"]
    none = await client.get(f"/api/v1/files/{file_id}/invalid-rows", headers={"Accept": "text/csv"})
    columns = "row,line,byte,column,code,error,sensor_id,timestamp,value,raw,truncated,cell"
    assert none.text == f"{columns}\r\n"


async def test_raw_bytes_come_as_they_were(client: httpx.AsyncClient) -> None:
    data = new_csv(100_000)
    file_id = (await post(client, **raw(data, name='wei"rd ü.csv'))).json()["file_id"]
    answer = await client.get(f"/api/v1/files/{file_id}/raw")
    assert answer.content == data
    assert answer.headers["content-length"] == str(len(data))
    assert answer.headers["x-content-type-options"] == "nosniff"
    disposition = answer.headers["content-disposition"]
    assert disposition == "attachment; filename*=UTF-8''wei%22rd%20%C3%BC.csv"


@pytest.mark.parametrize("what", ["", "/sensors", "/invalid-rows", "/raw"])
@pytest.mark.parametrize("file_id", ["no-such-file", "01a20c97-18b3-7884-bdd9-be2c74eda277", "%00"])
async def test_an_unknown_file_is_reported(
    client: httpx.AsyncClient, what: str, file_id: str
) -> None:
    answer = await client.get(f"/api/v1/files/{file_id}{what}")
    assert (answer.status_code, problem(answer)["code"]) == (404, "unknown_file")


@pytest.mark.parametrize(
    ("path", "params", "named"),
    [
        ("/files", {"limit": 0}, "limit"),
        ("/files", {"limit": 1001}, "limit"),
        ("/files", {"limit": "many"}, "limit"),
        ("/files", {"status": "done"}, "status"),
        ("/files", {"sort": "color"}, "sort"),
        ("/files", {"sort": "--filename"}, "sort"),
        ("/files", {"cursor": "%%%"}, "cursor"),
        ("/files", {"cursor": "bm90IGpzb24"}, "cursor"),
        ("/files", {"cursor": "W10"}, "cursor"),
        ("/files", {"cursor": "Ww" * 5000}, "cursor"),
        ("/sensors", {"sort": "batches"}, "sort"),
        (f"/files/{FILE}/sensors", {"sort": "first_value"}, "sort"),
        (f"/files/{FILE}/invalid-rows", {"cursor": "LTE"}, "cursor"),
        (f"/files/{FILE}/invalid-rows", {"cursor": "dHJ1ZQ"}, "cursor"),
    ],
)
async def test_a_parameter_that_cannot_be_is_named(
    client: httpx.AsyncClient, path: str, params: dict[str, Any], named: str
) -> None:
    answer = await client.get(f"/api/v1{path}", params=params)
    assert (answer.status_code, problem(answer)["code"]) == (400, "invalid_parameter")
    assert named in problem(answer)["detail"]


async def test_a_cursor_belongs_to_its_sort(client: httpx.AsyncClient, partial: str) -> None:
    path = f"/files/{partial}/sensors"
    cursor = (await get(client, path, limit=1))["next_cursor"]
    answer = await client.get(
        f"/api/v1{path}", params={"cursor": cursor, "sort": "row_count", "limit": 1}
    )
    assert (answer.status_code, problem(answer)["code"]) == (400, "invalid_parameter")


async def test_calls_that_do_not_exist_are_problems_too(client: httpx.AsyncClient) -> None:
    nothing = await client.get("/api/v1/nothing")
    assert (nothing.status_code, problem(nothing)["code"]) == (404, "not_found")
    wrong = await client.put("/api/v1/files")
    assert (wrong.status_code, problem(wrong)["code"]) == (405, "method_not_allowed")


async def test_health_metrics_and_description(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live", "version": VERSION}
    ready = (await client.get("/health/ready")).json()
    parts = {"kafka", "store", "clickhouse", "schema", "writable"}
    assert set(ready["parts"]) == {*parts, "workers"}
    assert {name for name, part in ready["parts"].items() if part["ready"]} == parts
    await post(client, **raw(new_csv()))
    metrics = (await client.get("/metrics")).text
    assert 'csv_processor_part_ready{part="kafka"} 1' in metrics
    assert 'csv_processor_uploads_total{outcome="accepted"}' in metrics
    description = (await client.get("/openapi.json")).json()
    assert {"/api/v1/files", "/api/v1/files/{file_id}/raw"} <= set(description["paths"])
    upload = description["paths"]["/api/v1/files"]["post"]
    assert set(upload["requestBody"]["content"]) == {
        "multipart/form-data",
        "application/octet-stream",
    }
    assert (await client.get("/docs")).status_code == 200

"""Queries of users: what they read, what they cannot do, and how they are cancelled."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from embedded.stack import Stack
from schemas.views import view_names
from tests.harness.client import Client
from tests.harness.waiting import eventually

# Longer than any test waits, and with no rows to read.
_ENDLESS = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash128(number))"


@pytest.fixture
def http(stack: Stack) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=stack.endpoints["CSV_PROCESSOR_API"], timeout=60)


async def ask(http: httpx.AsyncClient, query: str, **more: Any) -> Any:
    answer = await http.post("/api/v1/sql", json={"query": query, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(http: httpx.AsyncClient, query: str, **more: Any) -> tuple[int, str, str]:
    answer = await http.post("/api/v1/sql", json={"query": query, **more})
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    body = answer.json()
    return answer.status_code, body["code"], body["detail"]


async def test_a_query_reads_the_views(http: httpx.AsyncClient) -> None:
    found = await ask(http, "SELECT number AS n, toString(n) AS t, n / 0 AS i FROM numbers(3)")
    assert [column["name"] for column in found["columns"]] == ["n", "t", "i"]
    assert found["rows"][1] == ["1", "1", "inf"]
    assert found["truncated"] is False
    for view in view_names():
        assert (await ask(http, f"SELECT * FROM {view} LIMIT 1"))["columns"]


async def test_more_rows_than_the_limit_are_cut_and_reported(http: httpx.AsyncClient) -> None:
    found = await ask(http, "SELECT number FROM numbers(1000)", limit=10)
    assert (len(found["rows"]), found["truncated"]) == (10, True)
    found = await ask(http, "SELECT number FROM numbers(10)", limit=10)
    assert (len(found["rows"]), found["truncated"]) == (10, False)


async def test_all_rows_are_downloaded_as_csv_or_parquet(http: httpx.AsyncClient) -> None:
    query = {"query": "SELECT number AS n, 'a' AS t FROM numbers(20000)"}
    csv = await http.post("/api/v1/sql", json=query, headers={"Accept": "text/csv"})
    assert csv.headers["Content-Disposition"] == 'attachment; filename="query.csv"'
    lines = csv.text.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (20001, '"n","t"', '19999,"a"')
    kind = "application/vnd.apache.parquet"
    parquet = await http.post("/api/v1/sql", json=query, headers={"Accept": kind})
    assert parquet.headers["Content-Type"] == kind
    assert pq.read_table(io.BytesIO(parquet.content)).column("n").to_pylist()[-1] == 19999


@pytest.mark.parametrize(
    "query",
    [
        "DROP VIEW files",
        "CREATE TABLE mine (a UInt8) ENGINE = Memory",
        "ALTER TABLE csv_processor_internal.file_records DELETE WHERE 1",
        "SELECT * FROM file_records",
        "SELECT * FROM api_keys",
        "SELECT * FROM csv_processor_internal.api_keys",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1', 'system', 'one')",
        "SELECT 1; SELECT 2",
        "SET readonly = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 INTO OUTFILE 'x'",
        "SELECT 1 FORMAT CSV",
        "GRANT SELECT ON *.* TO reader",
        "SELEC 1",
    ],
)
async def test_a_query_cannot_do_more_than_read_the_views(
    http: httpx.AsyncClient, query: str
) -> None:
    status, code, detail = await refused(http, query)
    assert (status, code) == (400, "query_rejected"), detail
    assert "Stack trace" not in detail


async def test_internal_tables_are_not_shown(http: httpx.AsyncClient) -> None:
    found = await ask(http, "SELECT name FROM system.tables WHERE database = currentDatabase()")
    assert {row[0] for row in found["rows"]} == set(view_names())


async def test_a_query_ends_at_its_limit_of_time(http: httpx.AsyncClient) -> None:
    status, code, detail = await refused(http, _ENDLESS, seconds=1)
    assert (status, code) == (422, "query_limit_reached")
    assert "shorter" in detail


async def test_a_query_whose_client_leaves_is_cancelled(
    http: httpx.AsyncClient, client: Client
) -> None:
    marked = f"{_ENDLESS} /* leaves */"
    running = "SELECT count() AS n FROM system.processes WHERE query LIKE '%/* leaves ' || '*/%'"

    async def count() -> int:
        return int((await client.sql(running))[0]["n"])

    asking = asyncio.create_task(http.post("/api/v1/sql", json={"query": marked, "seconds": 60}))

    async def begun() -> bool:
        return await count() == 1

    async def ended() -> bool:
        return await count() == 0

    await eventually(begun, "the query runs")
    asking.cancel()
    await eventually(ended, "the query is cancelled")


async def test_views_and_columns_are_described(http: httpx.AsyncClient) -> None:
    described = (await http.get("/api/v1/sql/views")).json()
    assert [view["name"] for view in described["views"]] == view_names()
    for view in described["views"]:
        assert view["comment"]
        assert all(column["comment"] and column["type"] for column in view["columns"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_body"),
        (b"SELECT 1", "malformed_body"),
        (b"[]", "invalid_parameter"),
        (b"{}", "invalid_parameter"),
        (b'{"query": 1}', "invalid_parameter"),
        (b'{"query": "SELECT 1", "limit": 0}', "invalid_parameter"),
        (b'{"query": "SELECT 1", "second": 3}', "invalid_parameter"),
        (b'{"query": "' + b" " * (1 << 20) + b'"}', "body_too_large"),
    ],
)
async def test_a_body_that_is_no_query_is_refused(
    http: httpx.AsyncClient, body: bytes, code: str
) -> None:
    answer = await http.post("/api/v1/sql", content=body)
    assert (answer.status_code, answer.json()["code"]) == (413 if "large" in code else 400, code)

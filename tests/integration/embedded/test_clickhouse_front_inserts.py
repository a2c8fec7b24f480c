"""The ClickHouse front answers 200 to an INSERT only if its rows were written."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from embedded.stack import Stack
from tests.harness.small_disk import fill
from tests.harness.small_disk import small_disk as disk_of

# Sent as a block of its own in every format: rows of one column `a`.
ONE_ROW = {
    "CSV": b"%d\n",
    "JSONEachRow": b'{"a":%d}\n',
    "Values": b"(%d)",
}


def client(stack: Stack) -> httpx.Client:
    url = urlsplit(stack.endpoints["CLICKHOUSE_URL"])
    return httpx.Client(
        base_url=f"http://127.0.0.1:{url.port}",
        auth=(url.username or "", url.password or ""),
        timeout=60,
    )


@pytest.fixture(scope="module")
def web(services: Stack) -> Iterator[httpx.Client]:
    with client(services) as opened:
        yield opened


def run(web: httpx.Client, sql: str) -> str:
    answer = web.post("/", content=sql)
    assert answer.status_code == 200, answer.text
    return answer.text


def make(web: httpx.Client, definition: str) -> str:
    name = f"t_{uuid.uuid4().hex}"
    run(web, f"CREATE TABLE {name} {definition}")
    return name


def count(web: httpx.Client, table: str) -> int:
    return int(run(web, f"SELECT count() FROM {table}"))


def insert(web: httpx.Client, table: str, data: bytes, fmt: str = "CSV") -> httpx.Response:
    return web.post("/", params={"query": f"INSERT INTO {table} FORMAT {fmt}"}, content=data)


def assert_refused(answer: httpx.Response, code: int) -> None:
    assert answer.status_code != 200
    assert answer.headers["X-ClickHouse-Exception-Code"] == str(code), answer.text
    assert "X-ClickHouse-Summary" not in answer.headers


@pytest.mark.parametrize("fmt", ONE_ROW)
def test_a_violated_constraint_is_an_error(web: httpx.Client, fmt: str) -> None:
    table = make(web, "(a Int32, CONSTRAINT small CHECK a < 100) ENGINE = MergeTree ORDER BY a")
    good = insert(web, table, ONE_ROW[fmt] % 7, fmt)
    assert json.loads(good.headers["X-ClickHouse-Summary"])["written_rows"] == "1"
    assert_refused(insert(web, table, ONE_ROW[fmt] % 100, fmt), 469)
    assert count(web, table) == 1


def test_too_many_partitions_are_an_error(web: httpx.Client) -> None:
    table = make(web, "(a Int32) ENGINE = MergeTree PARTITION BY a ORDER BY a")
    assert_refused(insert(web, table, b"".join(b"%d\n" % n for n in range(200))), 252)
    assert count(web, table) == 0
    assert insert(web, table, b"".join(b"%d\n" % n for n in range(50))).status_code == 200
    assert count(web, table) == 50


def test_too_many_parts_are_an_error(web: httpx.Client) -> None:
    table = make(
        web,
        "(a Int32) ENGINE = MergeTree ORDER BY a SETTINGS parts_to_throw_insert = 5,"
        " parts_to_delay_insert = 1000",
    )
    run(web, f"SYSTEM STOP MERGES {table}")
    answers = [insert(web, table, b"%d\n" % n) for n in range(20)]
    stored = [answer for answer in answers if answer.status_code == 200]
    assert len(stored) == count(web, table) == 5
    for answer in answers[5:]:
        assert_refused(answer, 252)


def test_an_error_after_the_first_block_is_an_error(web: httpx.Client) -> None:
    table = make(web, "(a Int32, CONSTRAINT small CHECK a < 100) ENGINE = MergeTree ORDER BY a")
    answer = web.post(
        "/",
        params={
            "query": f"INSERT INTO {table} FORMAT CSV",
            "max_insert_block_size": "10",
            "min_insert_block_size_rows": "10",
            "min_insert_block_size_bytes": "0",
        },
        content=b"1\n" * 50 + b"100\n",
    )
    assert_refused(answer, 469)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {t} -- {{ serverError 469 }}\nFORMAT CSV\n100",
        "INSERT INTO {t} SETTINGS max_threads = 1 /* {{ serverError 469 }} */ FORMAT CSV\n100",
        "INSERT INTO {t} FORMAT CSV\n100 -- {{ serverError 469 }}\n",
        "INSERT INTO {t} SELECT 100 -- {{ serverError 469 }}",
        "INSERT INTO {t} VALUES (100) -- {{ serverError 469 }}",
    ],
)
def test_no_comment_hides_an_error(web: httpx.Client, statement: str) -> None:
    """chDB's parser takes such comments for instructions of a test."""
    table = make(web, "(a Int32, CONSTRAINT small CHECK a < 100) ENGINE = MergeTree ORDER BY a")
    answer = web.post("/", content=statement.format(t=table))
    assert answer.status_code != 200
    assert count(web, table) == 0


def test_data_is_never_run_as_a_statement(web: httpx.Client) -> None:
    table = make(web, "(a String) ENGINE = MergeTree ORDER BY a")
    rows = ["one", "", "", f"DROP TABLE {table}", "; SELECT 1", "-- { echo }"]
    body = "\n".join(rows) + "\n"
    assert insert(web, table, body.encode(), "LineAsString").status_code == 200
    assert count(web, table) == len(rows)


def test_a_large_body_is_held_on_disk_and_written_whole(web: httpx.Client) -> None:
    table = make(web, "(a UInt64) ENGINE = MergeTree ORDER BY a")
    block = b"".join(n.to_bytes(8, "little") for n in range(1 << 17))
    query = {"query": f"INSERT INTO {table} FORMAT RowBinary"}
    answer = web.post("/", params=query, content=(block for _ in range(40)))
    assert answer.status_code == 200, answer.text
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])
    assert int(summary["written_rows"]) == count(web, table) == 40 << 17


def test_files_of_the_machine_are_not_inserted(web: httpx.Client) -> None:
    table = make(web, "(a String) ENGINE = MergeTree ORDER BY a")
    answer = web.post(
        "/", content=f"INSERT INTO {table} FROM INFILE '/etc/passwd' FORMAT LineAsString"
    )
    assert_refused(answer, 78)
    assert count(web, table) == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 96 MB."""
    with disk_of(tmp_path / "disk", 96) as folder:
        yield folder


def test_a_full_disk_is_an_error(small_disk: Path) -> None:
    noise = [uuid.UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128) for n in range(2000)]
    data = "".join(f"{text}\n" for text in noise).encode()
    with Stack(small_disk / "data", parts=["clickhouse"]) as stack, client(stack) as web:
        table = make(web, "(a String) ENGINE = MergeTree ORDER BY a")
        assert insert(web, table, data).status_code == 200
        ballast = small_disk / "ballast"
        fill(ballast)
        refused = [insert(web, table, data) for _ in range(5)]
        for answer in refused:
            assert answer.status_code != 200
            assert "X-ClickHouse-Summary" not in answer.headers
        assert count(web, table) == len(noise)
        # Large bodies, which are held on that disk, too.
        large = insert(web, table, data * 500)
        assert_refused(large, 243)
        ballast.unlink()
        assert insert(web, table, data).status_code == 200
        assert count(web, table) == 2 * len(noise)

"""The ClickHouse front with an unmodified clickhouse-connect: what the product and others use."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError
from clickhouse_connect.driver.external import ExternalData

from embedded.stack import Stack


def connect(services: Stack, database: str, **options: Any) -> Client:
    url = urlsplit(services.endpoints["CLICKHOUSE_URL"])
    return clickhouse_connect.get_client(
        host="127.0.0.1",
        port=url.port or 0,
        username=url.username or "",
        password=url.password or "",
        database=database,
        **options,
    )


@pytest.fixture
def database(services: Stack) -> Iterator[str]:
    """A database of the test's own."""
    name = f"t_{uuid.uuid4().hex}"
    admin = connect(services, "default")
    admin.command(f"CREATE DATABASE {name}")
    yield name
    admin.command(f"DROP DATABASE {name} SYNC")
    admin.close()


@pytest.fixture
def client(services: Stack, database: str) -> Iterator[Client]:
    made = connect(services, database)
    yield made
    made.close()


TYPES = """
    a UInt64, b Nullable(Float64), c String, d DateTime64(6, 'UTC'), e Array(Int32),
    f LowCardinality(String), g Map(String, UInt8), h UUID, i Decimal(18, 4), j Bool, k Date
"""


def test_rows_of_many_types_come_back_as_they_went_in(client: Client) -> None:
    client.command(f"CREATE TABLE t ({TYPES}) ENGINE = MergeTree ORDER BY a")
    moment = dt.datetime(2024, 2, 29, 23, 59, 59, 123456, dt.UTC)
    day, some = dt.date(2024, 2, 29), uuid.UUID(int=7)
    rows: list[list[Any]] = [
        [
            2**64 - 1,
            None,
            "q'\t\n\\ü\0",
            moment,
            [1, -2],
            "x",
            {"k": 1},
            some,
            Decimal(12),
            True,
            day,
        ],
        [0, 0.1, "", moment, [], "", {}, some, Decimal(-3), False, day],
    ]
    summary = client.insert("t", rows, column_names=list("abcdefghijk"))
    assert summary.written_rows == 2
    back = client.query(
        "SELECT * FROM t ORDER BY a DESC", query_tz="UTC", tz_mode="aware"
    ).result_rows
    assert [list(row) for row in back] == rows


def test_bytes_that_are_no_text_survive(client: Client) -> None:
    client.command("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a")
    everything = bytes(range(256)) * 3
    client.insert("t", [[everything]], column_names=["a"])
    assert client.query("SELECT a FROM t", query_formats={"String": "bytes"}).first_row == (
        everything,
    )
    assert client.command("SELECT hex(a) FROM t") == everything.hex().upper()


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_compression_in_both_directions(services: Stack, database: str, compress: str) -> None:
    client = connect(services, database, compress=compress)
    client.command("CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a")
    rows = [[n, f"text {n}"] for n in range(50_000)]
    client.insert("t", rows, column_names=["a", "s"])
    back = client.query("SELECT * FROM t ORDER BY a").result_rows
    assert [list(row) for row in back] == rows
    client.close()


def test_arrow_in_and_out(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt64, v Float64, s String) ENGINE = MergeTree ORDER BY a")
    count = 200_000  # several blocks
    table = pa.table(
        {
            "a": pa.array(range(count), pa.uint64()),
            "v": pa.array([n / 7 for n in range(count)]),
            "s": pa.array([f"s{n % 100}" for n in range(count)]),
        }
    )
    client.insert_arrow("t", table)
    query = "SELECT * FROM t ORDER BY a"
    settings = {"output_format_arrow_string_as_string": 1}
    assert client.query_arrow(query, settings=settings).to_pydict() == table.to_pydict()
    with client.query_arrow_stream(query, settings=settings) as stream:
        batches = list(stream)
    assert len(batches) > 1
    assert pa.Table.from_batches(batches).to_pydict() == table.to_pydict()
    empty = "SELECT * FROM t WHERE a > 1e9"
    assert client.query_arrow(empty).column_names == ["a", "v", "s"]
    with client.query_arrow_stream(empty) as stream:
        assert sum(batch.num_rows for batch in stream) == 0


def test_streams_of_rows(client: Client) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(300000)") as stream:
        seen = [row[0] for block in stream for row in block]
    assert seen == list(range(300_000))


AWKWARD = ["", "o'clock", "back\\slash", "tab\there", "new\nline", "{x:String}", "ü漢", "\\N", "%s"]


@pytest.mark.parametrize("text", AWKWARD)
def test_parameters_are_bound_by_the_server(client: Client, text: str) -> None:
    sql = "SELECT {t:String}, length({t:String}), {n:UInt64}, {l:Array(String)}, {z:Nullable(Int8)}"
    values = {"t": text, "n": 2**63, "l": [text, "b"], "z": None}
    row = client.query(sql, parameters=values).first_row
    assert row == (text, len(text.encode()), 2**63, [text, "b"], None)


def test_long_parameters_travel_as_a_form(services: Stack, database: str) -> None:
    client = connect(services, database, form_encode_query_params=True)
    # More than a URL takes, and less than a server takes of a field.
    values = [f"k{n}" for n in range(12_000)]
    sql = "SELECT length({l:Array(String)}), {l:Array(String)}[12000]"
    assert client.query(sql, parameters={"l": values}).first_row == (12_000, "k11999")
    client.close()


def test_tables_that_come_with_a_query(client: Client) -> None:
    extra = ExternalData(
        file_name="ids.tsv", data=b"1\ta\n3\tc\n", fmt="TSV", structure=["id Int8", "s String"]
    )
    sql = "SELECT number, s FROM numbers(5) AS n JOIN ids ON number = id ORDER BY number"
    for _ in range(2):  # it is gone after the query
        assert client.query(sql, external_data=extra).result_rows == [(1, "a"), (3, "c")]


def test_commands_and_raw_queries(client: Client) -> None:
    assert client.command("SELECT 7") == 7
    assert client.raw_query("SELECT 1 AS a, 'x' AS b", fmt="CSVWithNames") == b'"a","b"\n1,"x"\n'
    client.command("CREATE TABLE t (a Int8) ENGINE = Memory")
    assert client.command("EXISTS t") == 1
    client.raw_insert("t", insert_block=b"1\n2\n", fmt="CSV")
    client.command("INSERT INTO t SELECT 3")
    assert client.query("SELECT sum(a) FROM t").first_row == (6,)
    assert [row[0] for row in client.query("SHOW TABLES").result_rows] == ["t"]


def test_settings_of_one_request_end_with_it(client: Client) -> None:
    read = "SELECT value FROM system.settings WHERE name = 'max_block_size'"
    before = client.query(read).first_row
    assert before != ("1234",)
    assert client.query(read, settings={"max_block_size": 1234}).first_row == ("1234",)
    assert client.query(read).first_row == before
    harmless = {
        "date_time_input_format": "best_effort",
        "async_insert": 1,
        "wait_for_async_insert": 0,
        "wait_end_of_query": 1,
        "send_progress_in_http_headers": 1,
    }
    assert client.query("SELECT 1", settings=harmless).first_row == (1,)


def test_an_asynchronous_insert_is_there_at_once(client: Client) -> None:
    client.command("CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a")
    settings = {"async_insert": 1, "wait_for_async_insert": 0}
    client.insert("t", [[1]], column_names=["a"], settings=settings)
    assert client.query("SELECT count() FROM t").first_row == (1,)


def test_a_session_keeps_what_was_set_and_others_do_not_see_it(
    services: Stack, database: str
) -> None:
    ours = connect(services, database, session_id=uuid.uuid4().hex)
    other = connect(services, database, autogenerate_session_id=False)
    read = "SELECT value FROM system.settings WHERE name = 'max_block_size'"
    ours.command("SET max_block_size = 4321")
    ours.command("CREATE TEMPORARY TABLE mine (a Int8)")
    ours.command("INSERT INTO mine VALUES (5)")
    assert ours.query(read).first_row == ("4321",)
    assert ours.query("SELECT a FROM mine").first_row == (5,)
    assert other.query(read).first_row != ("4321",)
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        other.query("SELECT a FROM mine")
    other.command("SET max_block_size = 5555")
    assert other.query(read).first_row != ("5555",)
    ours.close()
    other.close()


def test_a_session_survives_an_error(services: Stack, database: str) -> None:
    client = connect(services, database, session_id=uuid.uuid4().hex)
    client.command("SET max_block_size = 4321")
    with pytest.raises(DatabaseError):
        client.raw_query("SELECT throwIf(number = 150000) FROM numbers(200000)", fmt="JSON")
    read = "SELECT value FROM system.settings WHERE name = 'max_block_size'"
    assert client.query(read).first_row == ("4321",)
    client.close()


@pytest.mark.parametrize(
    ("sql", "code", "name"),
    [
        ("SELECT * FROM nowhere", 60, "UNKNOWN_TABLE"),
        ("SELECT nothing", 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT 1 FRM x y", 62, "SYNTAX_ERROR"),
        ("SELECT * FROM nodb.t", 81, "UNKNOWN_DATABASE"),
        ("SELECT nofunction(1)", 46, "UNKNOWN_FUNCTION"),
        ("SELECT 1 SETTINGS nosetting = 1", 115, "UNKNOWN_SETTING"),
        ("SELECT {absent:Int8}", 456, "UNKNOWN_QUERY_PARAMETER"),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
    ],
)
def test_errors_have_code_name_and_text(client: Client, sql: str, code: int, name: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.query(sql)
    assert f"code: {code}" in str(caught.value).lower()
    assert f"Code: {code}. DB::Exception: " in str(caught.value)
    assert name in str(caught.value)
    assert client.query("SELECT 1").first_row == (1,)


def test_an_error_in_the_middle_of_a_stream_is_raised(client: Client) -> None:
    sql = "SELECT throwIf(number = 4000000) FROM numbers(5000000)"
    seen = 0

    def count() -> None:
        nonlocal seen
        with client.query_row_block_stream(sql) as stream:
            for block in stream:
                seen += len(block)

    with pytest.raises(StreamFailureError, match="FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"):
        count()
    assert 0 < seen <= 4_000_000


def test_a_long_query_delays_no_other(services: Stack, database: str) -> None:
    slow = connect(services, database)
    quick = connect(services, database)
    quick.command("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    sql = "SELECT sum(sleepEachRow(0.5)) FROM numbers(6) SETTINGS max_block_size = 1"
    done = threading.Event()

    def wait() -> None:
        slow.query(sql)
        done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    for n in range(20):
        quick.insert("t", [[n]], column_names=["a"])
        assert quick.query("SELECT count() FROM t").first_row == (n + 1,)
    assert not done.is_set()
    thread.join()
    assert done.is_set()
    slow.close()
    quick.close()

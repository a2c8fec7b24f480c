"""The ClickHouse front with plain HTTP: what curl, scripts and SQL tools send."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import socket
import uuid
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import lz4.frame
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embedded.clickhouse.blocks import compress_block, decompress_blocks
from embedded.stack import Stack
from runtime.zstd import zstd
from tests.harness.waiting import wait_until


@pytest.fixture(scope="module")
def base(services: Stack) -> str:
    return f"http://127.0.0.1:{urlsplit(services.endpoints['CLICKHOUSE_URL']).port}"


@pytest.fixture(scope="module")
def owner(services: Stack) -> tuple[str, str]:
    """User and password of the product."""
    url = urlsplit(services.endpoints["CLICKHOUSE_URL"])
    return url.username or "", url.password or ""


@pytest.fixture(scope="module")
def web(base: str, owner: tuple[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base, timeout=30, auth=owner) as client:
        yield client


@pytest.fixture(scope="module")
def head(owner: tuple[str, str]) -> str:
    """Lines of every head that is written by hand."""
    user, password = owner
    return f"Host: localhost\r\nX-ClickHouse-User: {user}\r\nX-ClickHouse-Key: {password}\r\n"


@pytest.fixture
def table(web: httpx.Client) -> Iterator[str]:
    """A table (a UInt32, s String) of the test's own."""
    name = f"t_{uuid.uuid4().hex}"
    run(web, f"CREATE TABLE {name} (a UInt32, s String) ENGINE = MergeTree ORDER BY a")
    yield name
    run(web, f"DROP TABLE {name} SYNC")


def run(web: httpx.Client, sql: str, **params: str) -> str:
    answer = web.post("/", content=sql.encode(), params=params)
    assert answer.status_code == 200, answer.text
    return answer.text


def rows(web: httpx.Client, table: str) -> list[tuple[int, str]]:
    lines = run(web, f"SELECT a, s FROM {table} ORDER BY a FORMAT JSONCompactEachRow")
    return [(a, s) for a, s in map(json.loads, lines.splitlines())]


@pytest.mark.parametrize("path", ["/ping", "/", "/replicas_status"])
def test_it_says_that_it_is_there(web: httpx.Client, path: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer.text) == (200, "Ok.\n")


def test_a_query_in_the_address(web: httpx.Client) -> None:
    answer = web.get("/", params={"query": "SELECT 1, 'a\tb'"})
    assert answer.text == "1\ta\\tb\n"
    assert answer.headers["X-ClickHouse-Format"] == "TabSeparated"
    assert answer.headers["Content-Type"].startswith("text/tab-separated-values")
    assert uuid.UUID(answer.headers["X-ClickHouse-Query-Id"])
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["result_rows"] == "1"


def test_a_query_in_address_and_body(web: httpx.Client) -> None:
    answer = web.post("/", params={"query": "SELECT 1", "query_id": "mine"}, content=b"+ 1")
    assert answer.text == "2\n"
    assert answer.headers["X-ClickHouse-Query-Id"] == "mine"


@pytest.mark.parametrize(
    ("sql", "params", "headers", "expected"),
    [
        ("SELECT 1 AS a", {"default_format": "CSVWithNames"}, {}, '"a"\n1\n'),
        ("SELECT 1 AS a", {}, {"X-ClickHouse-Format": "JSONEachRow"}, '{"a":1}\n'),
        ("SELECT 1 AS a FORMAT Values", {"default_format": "CSV"}, {}, "(1)"),
        ("SELECT 1 AS a FORMAT CSV -- the end", {}, {}, "1\n"),
        ("SELECT 1 AS a FORMAT TSVWithNames;", {}, {}, "a\n1\n"),
        ("SELECT 1 AS format;", {"default_format": "TSVWithNames"}, {}, "format\n1\n"),
        ("SHOW DATABASES LIKE 'system'", {"default_format": "CSV"}, {}, '"system"\n'),
        ("SELECT number FROM numbers(3) WHERE 0 FORMAT CSVWithNames", {}, {}, '"number"\n'),
        ("SELECT {x:UInt8} + 1", {"param_x": "4"}, {}, "5\n"),
        ("SELECT currentDatabase()", {"database": "system"}, {}, "system\n"),
        ("SELECT currentDatabase()", {}, {"X-ClickHouse-Database": "system"}, "system\n"),
        ("SELECT 1 FORMAT Null", {}, {}, ""),
    ],
)
def test_formats_and_parameters(
    web: httpx.Client, sql: str, params: dict[str, str], headers: dict[str, str], expected: str
) -> None:
    answer = web.post("/", content=sql, params=params, headers=headers)
    assert (answer.status_code, answer.text) == (200, expected)


@pytest.mark.parametrize("rows_count", [10, 200_000])
@pytest.mark.parametrize("wait", ["0", "1"])
def test_a_large_result_is_one_document(web: httpx.Client, rows_count: int, wait: str) -> None:
    """chDB streams documents of one block each; a client must get one of the whole."""
    sql = f"SELECT number AS n, toString(n) AS s FROM numbers({rows_count}) FORMAT "
    expected = list(range(rows_count))

    def fetch(fmt: str) -> bytes:
        answer = web.post("/", content=sql + fmt, params={"wait_end_of_query": wait})
        assert answer.status_code == 200
        return answer.content

    document = json.loads(fetch("JSONCompact"))
    assert document["rows"] == rows_count
    assert [row[1] for row in document["data"]] == [str(n) for n in expected]
    assert fetch("CSVWithNames").decode().splitlines()[1:] == [f'{n},"{n}"' for n in expected]
    assert pa.ipc.open_stream(fetch("ArrowStream")).read_all()["n"].to_pylist() == expected
    assert pa.ipc.open_file(fetch("Arrow")).read_all()["n"].to_pylist() == expected
    assert pq.read_table(io.BytesIO(fetch("Parquet")))["n"].to_pylist() == expected
    assert fetch("TSV").decode() == "".join(f"{n}\t{n}\n" for n in expected)


SOME = [(1, "one"), (2, "ü'\n")]
ARROW = pa.table({"a": pa.array([1, 2], pa.uint32()), "s": ["one", "ü'\n"]})


def _arrow_file() -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, ARROW.schema) as writer:
        writer.write_table(ARROW)
    return sink.getvalue()


def _arrow_stream() -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, ARROW.schema) as writer:
        writer.write_table(ARROW)
    return sink.getvalue()


def _parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(ARROW, sink)
    return sink.getvalue()


def _row_binary() -> bytes:
    texts = [(a, s.encode()) for a, s in SOME]
    return b"".join(a.to_bytes(4, "little") + bytes([len(s)]) + s for a, s in texts)


def _native() -> bytes:
    texts = b"".join(bytes([len(s.encode())]) + s.encode() for _, s in SOME)
    numbers = b"".join(a.to_bytes(4, "little") for a, _ in SOME)
    return b"\x02\x02\x01a\x06UInt32" + numbers + b"\x01s\x06String" + texts


DATA = {
    "Native": _native(),
    "CSV": '1,one\n2,"ü\'\n"\n'.encode(),
    "CSVWithNames": 's,a\none,1\n"ü\'\n",2\n'.encode(),
    "TabSeparated": "1\tone\n2\tü'\\n\n".encode(),
    "JSONEachRow": '{"a":1,"s":"one"}\n{"s":"ü\'\\n","a":2}'.encode(),
    "Values": "(1,'one'), (2,'ü\\'\\n')".encode(),
    "RowBinary": _row_binary(),
    "Arrow": _arrow_file(),
    "ArrowStream": _arrow_stream(),
    "Parquet": _parquet(),
}


@pytest.mark.parametrize("fmt", DATA)
@pytest.mark.parametrize("place", ["body", "after the query", "chunks"])
def test_data_of_every_format(web: httpx.Client, table: str, fmt: str, place: str) -> None:
    query = f"INSERT INTO {table} (a, s) FORMAT {fmt}"
    if place == "body":
        answer = web.post("/", params={"query": query}, content=DATA[fmt])
    elif place == "after the query":
        answer = web.post("/", content=query.encode() + b"\n" + DATA[fmt])
    else:
        whole = query.encode() + b"\n" + DATA[fmt]
        pieces = (whole[n : n + 3] for n in range(0, len(whole), 3))
        answer = web.post("/", content=pieces)
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert rows(web, table) == SOME


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO {t} VALUES (1,'one'),(2,'ü\\'\\n')",
        "insert into table {t} (s, a) values ('one', 1) ('ü\\'\\n', 2)",
        "/* FORMAT CSV */ INSERT INTO {t} -- VALUES\n SETTINGS max_insert_threads=1 FORMAT CSV\n"
        '1,one\n2,"ü\'\n"',
        "INSERT INTO {t} SELECT toUInt32(number + 1), ['one', 'ü\\'\\n'][number + 1] FROM numbers(2)",
        "INSERT INTO {t} (SELECT * FROM values((1,'one'),(2,'ü\\'\\n')))",
        "INSERT INTO {t} WITH 1 AS x SELECT x, 'one' UNION ALL SELECT 2, 'ü\\'\\n'",
    ],
)
def test_ways_to_write_an_insert(web: httpx.Client, table: str, sql: str) -> None:
    run(web, sql.replace("{t}", table))
    assert rows(web, table) == SOME


ENCODERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("encoding", ENCODERS)
def test_compressed_bodies(web: httpx.Client, table: str, encoding: str) -> None:
    plain = f"INSERT INTO {table} FORMAT CSV\n".encode() + DATA["CSV"]
    encode = ENCODERS[encoding]
    body = encode(plain[:20]) + encode(plain[20:])  # two consecutive frames
    answer = web.post("/", content=body, headers={"Content-Encoding": encoding})
    assert answer.status_code == 200, answer.text
    assert rows(web, table) == SOME
    broken = web.post("/", content=body[:-5], headers={"Content-Encoding": encoding})
    assert (broken.status_code, broken.headers["X-ClickHouse-Exception-Code"]) == (500, "271")


@pytest.mark.parametrize("accept", ["gzip", "deflate", "gzip, lz4;q=0.5", "zstd"])
@pytest.mark.parametrize("wait", ["0", "1"])
def test_compressed_results(web: httpx.Client, accept: str, wait: str) -> None:
    sql = "SELECT number FROM numbers(300000)"
    params = {"enable_http_compression": "1", "wait_end_of_query": wait}
    headers = {"Accept-Encoding": accept}
    with web.stream("POST", "/", content=sql, params=params, headers=headers) as answer:
        encoding = answer.headers["Content-Encoding"]
        raw = b"".join(answer.iter_raw())
    decoders = {
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
        "lz4": lz4.frame.decompress,
        "zstd": zstd.decompress,
    }
    assert len(raw) < 1_500_000
    assert decoders[encoding](raw) == b"".join(b"%d\n" % n for n in range(300_000))


def test_blocks_of_clickhouse_in_both_directions(web: httpx.Client, table: str) -> None:
    body = compress_block(f"INSERT INTO {table} FORMAT CSV\n".encode()) + compress_block(
        DATA["CSV"]
    )
    answer = web.post("/", params={"decompress": "1"}, content=body)
    assert answer.status_code == 200, answer.text
    assert rows(web, table) == SOME
    sql = "SELECT number FROM numbers(300000)"
    for wait in ("0", "1"):
        answer = web.post("/", params={"compress": "1", "wait_end_of_query": wait}, content=sql)
        assert "Content-Encoding" not in answer.headers
        plain = b"".join(decompress_blocks(iter([answer.content])))
        assert plain == b"".join(b"%d\n" % n for n in range(300_000))
    error = web.post("/", params={"compress": "1"}, content="SELECT nothing")
    assert error.headers["X-ClickHouse-Exception-Code"] == "47"
    assert b"".join(decompress_blocks(iter([error.content]))).startswith(b"Code: 47. DB::Exc")
    broken = web.post("/", params={"decompress": "1"}, content=body[:-1])
    assert broken.headers["X-ClickHouse-Exception-Code"] == "271"


def test_many_idle_connections_are_in_nobodys_way(base: str, web: httpx.Client) -> None:
    at = urlsplit(base)
    clients = [http.client.HTTPConnection(at.hostname or "", at.port) for _ in range(300)]
    try:
        for client in clients:
            client.request("GET", "/ping")
            assert client.getresponse().read() == b"Ok.\n"
        assert run(web, "SELECT 1") == "1\n"
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELECT * FROM nowhere", 404, "60"),
        ("SELECT * FROM nodb.t", 404, "81"),
        ("INSERT INTO nowhere FORMAT CSV\n1", 404, "60"),
        ("SELECT nothing", 404, "47"),
        ("SELECT 1 FRM x y", 400, "62"),
        ("", 400, "62"),
        ("SELECT toUInt8('x')", 400, "6"),
        ("SELECT 1 FORMAT Nothing", 404, "73"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", 500, "358"),
        (
            "SELECT sum(sipHash64(number)) FROM numbers(1e12) SETTINGS max_execution_time = 0.3",
            408,
            "159",
        ),
    ],
)
def test_errors(web: httpx.Client, sql: str, status: int, code: str) -> None:
    answer = web.post("/", content=sql)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert answer.text.endswith("(official build))\n")
    assert answer.text.count("Code: ") == 1


def test_unknown_settings_are_refused_as_a_server_does(web: httpx.Client) -> None:
    answer = web.post("/", content="SELECT 1", params={"no_such_setting": "1"})
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (404, "115")


def test_get_changes_nothing(web: httpx.Client, table: str) -> None:
    for sql in (f"DROP TABLE {table}", f"INSERT INTO {table} VALUES (1,'x')"):
        answer = web.get("/", params={"query": sql})
        assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (500, "164")
    assert rows(web, table) == []


@pytest.mark.parametrize("way", ["basic", "headers", "address"])
def test_ways_to_give_user_and_password(base: str, owner: tuple[str, str], way: str) -> None:
    user, password = owner
    ways: dict[str, dict[str, Any]] = {
        "basic": {"auth": owner},
        "headers": {"headers": {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}},
        "address": {"params": {"user": user, "password": password}},
    }
    answer = httpx.post(base, content="SELECT currentRoles()", **ways[way])
    assert answer.text == "['owner','reader']\n"


def test_an_error_leaves_nothing_to_the_next_query(web: httpx.Client) -> None:
    """chDB keeps the rows before an error for the next query of the connection."""
    sql = "SELECT throwIf(number = 150000) FROM numbers(200000) SETTINGS max_threads = 1 FORMAT "
    for fmt in ("JSON", "TSV", "Native", "ArrowStream"):
        failed = web.post("/", content=sql + fmt)
        assert failed.headers["X-ClickHouse-Exception-Code"] == "395"
        for _ in range(3):
            assert run(web, "SELECT 1") == "1\n"


def test_a_client_that_leaves_in_the_middle_of_a_result(web: httpx.Client) -> None:
    for _ in range(3):
        with web.stream("POST", "/", content="SELECT number FROM numbers(50000000)") as answer:
            assert next(answer.iter_raw())
        assert run(web, "SELECT 1") == "1\n"


def test_the_query_of_a_client_that_left_is_cancelled(
    base: str, web: httpx.Client, head: str
) -> None:
    sql = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"
    at = urlsplit(base)
    client = socket.create_connection((at.hostname or "", at.port or 0))
    client.sendall(f"POST / HTTP/1.1\r\n{head}Content-Length: {len(sql)}\r\n\r\n{sql}".encode())
    look = "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%processes%'"
    wait_until(lambda: run(web, look) == "1\n", "the query runs")
    client.close()
    wait_until(lambda: run(web, look) == "0\n", "the query is cancelled")


def test_an_insert_that_ends_early_inserts_nothing(
    base: str, web: httpx.Client, table: str, head: str
) -> None:
    at = urlsplit(base)
    query = urlencode({"query": f"INSERT INTO {table} FORMAT CSV"})
    for length in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
        client = socket.create_connection((at.hostname or "", at.port or 0))
        client.sendall(f"POST /?{query} HTTP/1.1\r\n{head}{length}\r\n\r\n".encode())
        client.sendall(b"6\r\n1,one\n\r\n" if "chunked" in length else b"1,one\n")
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass
        client.close()
    assert rows(web, table) == []
    run(web, f"INSERT INTO {table} VALUES (1, 'one')")
    assert rows(web, table) == [(1, "one")]


def test_an_error_that_quotes_bytes_that_are_no_text(web: httpx.Client, table: str) -> None:
    body = f"INSERT INTO {table} FORMAT CSV\n".encode() + b"\xff\xfe,x\n"
    answer = web.post("/", content=body)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "27")
    answer = web.post("/", content=b"SELECT '\xff' AS x, nothing_\xff")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "62"
    assert run(web, "SELECT 1") == "1\n"


def test_an_insert_with_a_bad_row_inserts_nothing(web: httpx.Client, table: str) -> None:
    answer = web.post("/", content=f"INSERT INTO {table} FORMAT CSV\n1,one\nx,two\n")
    assert answer.status_code == 400
    assert "row 2" in answer.text
    assert rows(web, table) == []


def test_one_connection_serves_many_requests(base: str, owner: tuple[str, str]) -> None:
    at = urlsplit(base)
    client = http.client.HTTPConnection(at.hostname or "", at.port)
    client.connect()
    own = client.sock.getsockname()
    for n in range(50):
        body = b"SELECT nothing" if n % 5 == 0 else b"SELECT 1"
        user = {"X-ClickHouse-User": owner[0], "X-ClickHouse-Key": owner[1]}
        client.request("POST", "/", body=body, headers=user)
        answer = client.getresponse()
        answer.read()
        assert answer.status == (404 if n % 5 == 0 else 200)
        assert client.sock.getsockname() == own
    client.close()


def test_curl_asks_before_it_sends_much(
    base: str, table: str, web: httpx.Client, head: str
) -> None:
    at = urlsplit(base)
    query = urlencode({"query": f"INSERT INTO {table} FORMAT CSV"})
    client = socket.create_connection((at.hostname or "", at.port or 0))
    client.sendall(
        f"POST /?{query} HTTP/1.1\r\n{head}Content-Length: 6\r\nExpect: 100-continue\r\n\r\n".encode()
    )
    assert client.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"1,one\n")
    assert client.recv(4096).startswith(b"HTTP/1.1 200 OK")
    client.close()
    assert rows(web, table) == [(1, "one")]


def test_old_clients_get_a_body_that_ends_with_the_connection(base: str, head: str) -> None:
    at = urlsplit(base)
    client = socket.create_connection((at.hostname or "", at.port or 0))
    sql = urlencode({"query": "SELECT number FROM numbers(500000)"})
    client.sendall(f"GET /?{sql} HTTP/1.0\r\n{head}\r\n".encode())
    answer = client.makefile("rb").read()
    client.close()
    first, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in first
    assert body.endswith(b"\n499999\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/3.0\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"DELETE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"501"),
        (b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"404"),
    ],
)
def test_what_is_no_request_is_refused(base: str, sent: bytes, status: bytes) -> None:
    at = urlsplit(base)
    client = socket.create_connection((at.hostname or "", at.port or 0))
    client.sendall(sent)
    assert client.makefile("rb").read().split(b" ")[1] == status
    client.close()

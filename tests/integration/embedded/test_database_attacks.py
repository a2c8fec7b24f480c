"""The SQL port, as an attacker sees it: with the printed address, without one, and from a browser."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import psutil
import pytest

from embedded.clickhouse.access import closed_system_tables
from embedded.endpoints import FILE
from embedded.stack import Stack
from schemas.views import view_names
from sinks.clickhouse.client import Database
from sinks.clickhouse.migrations import migrate, problems, table_names

SECRET = "content of a file that is nobody's business"


@dataclass(frozen=True)
class Port:
    """The SQL port of a stack, and who may use it."""

    stack: Stack
    url: str
    owner: tuple[str, str]
    reader: tuple[str, str]

    def ask(
        self, sql: str | bytes, *, user: tuple[str, str] | None = None, **arguments: Any
    ) -> httpx.Response:
        """POST `sql`, as the reader unless `user` is given."""
        return httpx.post(self.url, content=sql, auth=user or self.reader, timeout=60, **arguments)

    def own(self, sql: str) -> str:
        """The answer to the owner."""
        answer = self.ask(sql, user=self.owner)
        assert answer.status_code == 200, answer.text
        return answer.text

    def raw(self, request: bytes) -> bytes:
        """Everything that comes back for bytes of our own."""
        at = urlsplit(self.url)
        with socket.create_connection((at.hostname or "", at.port or 0), timeout=20) as client:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            return client.makefile("rb").read()

    def fingerprint(self) -> str:
        """What an attack must not change."""
        return self.own(
            "SELECT database, name, uuid, engine, create_table_query, total_rows FROM system.tables"
            " WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')"
            " ORDER BY ALL"
        )


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    """A migrated database with a row in every place that is closed."""
    with Stack(tmp_path_factory.mktemp("attacked"), parts=["clickhouse"]) as stack:
        owner = urlsplit(stack.endpoints["CLICKHOUSE_URL"])
        reader = urlsplit(stack.endpoints["SQL_URL"])

        async def prepare() -> None:
            database = Database(stack.endpoints["CLICKHOUSE_URL"])
            await migrate(database)
            await database.command("INSERT INTO api_keys (key_id, name) VALUES ('k', 'a name')")
            await database.command("CREATE DATABASE other")
            await database.command("CREATE TABLE other.t (a Int8) ENGINE = MergeTree ORDER BY a")
            await database.close()

        asyncio.run(prepare())
        yield Port(
            stack,
            f"http://127.0.0.1:{owner.port}/",
            (owner.username or "", owner.password or ""),
            (reader.username or "", reader.password or ""),
        )


@pytest.fixture(scope="module")
def secret_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "secret.csv"
    path.write_text(f"{SECRET}\n")
    return path


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code >= 400, answer.text
    assert "X-ClickHouse-Exception-Code" in answer.headers
    assert SECRET not in answer.text


# --- What the printed address shows


def test_the_printed_address_shows_the_views_and_nothing_else(port: Port) -> None:
    assert port.ask("SHOW TABLES").text.split() == view_names()
    assert port.ask("SHOW DATABASES").text.split() == ["csv_processor"]
    for view in view_names():
        assert port.ask(f"SELECT * FROM csv_processor.{view}").status_code == 200
        assert port.ask(f"DESCRIBE {view}").status_code == 200
    hidden = [*table_names(), "schema_migrations", "csv_processor.api_keys", "other.t"]
    for table in hidden:
        for sql in (
            f"SELECT * FROM {table}",
            f"SELECT count() FROM {table}",
            f"DESCRIBE {table}",
            f"SHOW CREATE TABLE {table}",
            f"SELECT * FROM files WHERE file_id IN (SELECT toString(count()) FROM {table})",
            f"EXPLAIN ESTIMATE SELECT * FROM {table}",
            f"CHECK TABLE {table}",
            f"SELECT * FROM loop({table})",
            f"SELECT * FROM mergeTreeIndex('csv_processor', '{table}')",
        ):
            assert_refused(port.ask(sql))
    assert port.ask("SELECT * FROM merge('csv_processor', '^api_keys$')").status_code >= 400
    assert "a name" not in port.ask("SELECT * FROM merge('csv_processor', '.*')").text


def test_system_tables_show_a_reader_what_it_may_see_and_no_more(port: Port) -> None:
    names = port.own("SELECT name FROM system.tables WHERE database = 'system'").split()
    closed = closed_system_tables(names)
    assert {"processes", "parts", "errors", "query_cache", "users", "server_settings"} <= {*closed}
    for name in closed:
        answer = port.ask(f"SELECT * FROM system.{name}")
        assert answer.status_code >= 400 or answer.text == "", f"{name}: {answer.text[:200]}"
    tables = port.ask(
        "SELECT name FROM system.tables WHERE database NOT IN"
        " ('system', 'INFORMATION_SCHEMA', 'information_schema') ORDER BY name"
    )
    assert tables.text.split() == view_names()
    columns = port.ask("SELECT DISTINCT table FROM system.columns WHERE database = 'csv_processor'")
    assert sorted(columns.text.split()) == view_names()
    listed = port.ask(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'csv_processor'"
    )
    assert sorted(listed.text.split()) == view_names()


def test_a_tool_that_people_use_works_with_the_printed_address(port: Port) -> None:
    import clickhouse_connect

    client = clickhouse_connect.get_client(dsn=port.stack.endpoints["SQL_URL"])
    assert client.query("SELECT count() FROM files").first_row == (0,)
    assert client.query_arrow("SELECT file_id FROM files").num_rows == 0
    client.close()


# --- What it changes

CHANGES = [
    "DROP VIEW files",
    "DROP VIEW IF EXISTS csv_processor.files SYNC",
    "DROP TABLE file_records",
    "DROP DATABASE csv_processor",
    "DETACH VIEW files",
    "DETACH TABLE file_records PERMANENTLY",
    "DETACH TABLE file_records PARALLEL WITH DROP TABLE api_keys",
    "SELECT 1 PARALLEL WITH DROP VIEW files",
    "TRUNCATE TABLE file_records",
    "TRUNCATE ALL TABLES FROM csv_processor",
    "RENAME TABLE files TO f",
    "EXCHANGE TABLES files AND sensors",
    "CREATE TABLE x (a Int8) ENGINE = MergeTree ORDER BY a",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "CREATE VIEW x AS SELECT 1",
    "CREATE OR REPLACE VIEW files AS SELECT 1",
    "CREATE MATERIALIZED VIEW x ENGINE = Memory AS SELECT 1",
    "CREATE DATABASE x",
    "CREATE FUNCTION x AS (a) -> a",
    "CREATE USER x",
    "CREATE ROLE x",
    "CREATE QUOTA x",
    "CREATE ROW POLICY x ON files USING 1",
    "CREATE SETTINGS PROFILE x",
    "CREATE NAMED COLLECTION x AS a = 1",
    "CREATE DICTIONARY x (a Int8) PRIMARY KEY a SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)",
    "ATTACH TABLE x (a Int8) ENGINE = MergeTree ORDER BY a",
    "ALTER TABLE file_records DELETE WHERE 1",
    "ALTER TABLE file_records DROP COLUMN status",
    "ALTER TABLE files MODIFY QUERY SELECT 1",
    "ALTER USER default IDENTIFIED BY 'x'",
    "DELETE FROM file_records WHERE 1",
    "UPDATE file_records SET status = 'x' WHERE 1",
    "INSERT INTO file_records (file_id) VALUES ('x')",
    "INSERT INTO files (file_id) VALUES ('x')",
    "INSERT INTO file_records (file_id) SELECT 'x'",
    "INSERT INTO file_records (file_id) FORMAT CSV\nx",
    "INSERT INTO FUNCTION null('a Int8') VALUES (1)",
    "INSERT INTO TABLE FUNCTION file('x.csv', 'CSV', 'a Int8') VALUES (1)",
    "EXPLAIN INSERT INTO file_records (file_id) VALUES ('x'); DROP VIEW files",
    "OPTIMIZE TABLE file_records FINAL",
    "GRANT SELECT ON *.* TO default",
    "REVOKE reader FROM default",
    "SET ROLE owner; DROP VIEW files",
    "SET ROLE ALL",
    "SET DEFAULT ROLE owner TO default",
    "SET readonly = 0",
    "SET profile = 'default'",
    "SET allow_ddl = 1",
    "USE other",
    "EXECUTE AS default DROP VIEW files",
    "KILL QUERY WHERE 1",
    "KILL MUTATION WHERE 1",
    "SYSTEM SHUTDOWN",
    "SYSTEM STOP MERGES",
    "SYSTEM RELOAD CONFIG",
    "SYSTEM DROP MARK CACHE",
    "SYSTEM FLUSH LOGS",
    "BACKUP DATABASE csv_processor TO File('backup')",
    "RESTORE DATABASE csv_processor FROM File('backup')",
    "BEGIN TRANSACTION",
    "SELECT 1; DROP VIEW files",
    "DROP VIEW files; nonsense (",
    "SELECT 1; SET ROLE owner; DROP VIEW files; nonsense (",
    "SELECT 1; \\i /etc/passwd",
    "SELECT 1;\n\nDROP VIEW files;",
    "SELECT 1 FORMAT TSV; DROP VIEW files",
    "SELECT 1 FORMAT JSON; DROP VIEW files",
    "SELECT 1 SETTINGS max_threads = 1; DROP VIEW files",
    "SELECT '\\'; DROP VIEW files --'; DROP VIEW files",
    "SELECT $$ ' $$; DROP VIEW files -- '",
    "SELECT $a$ ; $a$ FORMAT JSON; DROP VIEW files",
    "/* SELECT */ DROP VIEW files",
    "-- SELECT 1\nDROP VIEW files",
    "# SELECT 1\nDROP VIEW files",
    "drop/**/view/**/files",
    "\ufeffDROP VIEW files",
    " \n\t;DROP VIEW files",
    "(SELECT 1); DROP VIEW files",
    "WITH 1 AS x DROP VIEW files",
    "FROM files SELECT 1; DROP VIEW files",
    "\\i /etc/passwd",
    " \\i /etc/passwd ;",
    "?? drop the view files",
    "ls",
    "clear",
    "exit",
    "quit",
]


@pytest.fixture(scope="module")
def untouched(port: Port) -> Iterator[None]:
    """The database is at the end of the module's attacks as it was at their beginning."""
    before = port.fingerprint()
    yield
    assert port.fingerprint() == before


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("sql", CHANGES)
def test_nothing_is_changed_with_the_printed_address(port: Port, sql: str) -> None:
    assert_refused(port.ask(sql))
    by_address = httpx.get(port.url, params={"query": sql}, auth=port.reader, timeout=60)
    assert_refused(by_address)
    split = port.ask(sql[3:], params={"query": sql[:3]})
    assert split.status_code >= 400


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "params",
    [
        {"readonly": "0"},
        {"readonly": "2"},
        {"profile": "default"},
        {"role": "owner"},
        {"allow_introspection_functions": "0"},
        {"dialect": "kusto"},
        {"dialect": "prql"},
        {"format_schema": "/etc/passwd:x"},
        {"format_template_resultset": "/etc/passwd"},
        {"format_template_row": "/etc/passwd"},
        {"output_format_schema": "/tmp/x"},
        {"implicit_select": "0"},
        {"max_memory_usage": "0"},
        {"max_execution_time": "0"},
        {"max_execution_time": "100000"},
        {"max_result_bytes": "0"},
        {"max_threads": "1000"},
        {"send_logs_level": "trace"},
        {"allow_experimental_eval_table_function": "1"},
        {"no_such_setting": "1"},
        {"readonly = 0, max_threads": "1"},
        {"max_threads": "1'; SET readonly = 0; SELECT '"},
    ],
)
def test_no_setting_opens_a_door(port: Port, params: dict[str, str]) -> None:
    assert_refused(port.ask("SELECT 1", params=params))
    (name, value), *_ = params.items()
    if name not in ("role", "profile"):
        assert_refused(port.ask(f"SELECT 1 SETTINGS {name} = '{value}'"))
    # In the query a profile may be named, but changes nothing that matters.
    answer = port.ask("SELECT getSetting('readonly') SETTINGS profile = 'default'")
    assert answer.text in ("1\n", "") or answer.status_code >= 400


@pytest.mark.usefixtures("untouched")
def test_nothing_is_kept_from_one_query_of_a_reader_to_the_next(port: Port) -> None:
    session = {"session_id": "mine", "session_timeout": "600"}
    port.ask("SET ROLE owner", params=session)
    port.ask("SET ROLE DEFAULT", params=session)
    for _ in range(5):
        roles = port.ask("SELECT currentRoles(), getSetting('readonly')", params=session)
        assert roles.text == "['reader']\t1\n"
    assert port.ask("SELECT currentRoles()").text == "['reader']\n"
    # A session of the owner is not a reader's to take over.
    port.ask("SET max_block_size = 77", user=port.owner, params=session)
    taken = port.ask("SELECT currentRoles(), getSetting('max_block_size')", params=session)
    assert taken.text.startswith("['reader']")
    assert "77" not in taken.text


@pytest.mark.usefixtures("untouched")
def test_get_never_writes_whoever_asks(port: Port) -> None:
    for sql in CHANGES:
        if sql in ("clear", "ls", "exit", "quit"):
            continue
        answer = httpx.get(port.url, params={"query": sql}, auth=port.owner, timeout=60)
        assert answer.status_code >= 400, f"{sql}: {answer.text}"
    reading = httpx.get(port.url, params={"query": "SELECT 1"}, auth=port.owner)
    assert reading.text == "1\n"
    settings = {"query": "DROP VIEW files", "readonly": "0"}
    assert httpx.get(port.url, params=settings, auth=port.owner).status_code >= 400
    body = httpx.request(
        "GET", f"{port.url}?database=csv_processor", content="DROP VIEW files", auth=port.owner
    )
    assert body.status_code >= 400
    head = httpx.head(port.url, params={"query": "DROP VIEW files"}, auth=port.owner)
    assert head.status_code >= 400


# --- Files


def file_reads(path: Path) -> list[str]:
    at = str(path)
    return [
        f"SELECT file('{at}')",
        f"SELECT `file`('{at}')",
        f"SELECT * APPLY(file) FROM (SELECT '{at}')",
        f"SELECT arrayMap(file, ['{at}'])",
        f"WITH (x -> file(x)) AS f SELECT f('{at}')",
        f"SELECT throwIf(1, concat(file('{at}'), ''))",
        f"SELECT 1 WHERE file('{at}') = ''",
        f"SHOW COLUMNS FROM files WHERE file('{at}') != ''",
        f"EXPLAIN SELECT file('{at}')",
        f"SELECT * FROM file('{at}', LineAsString)",
        f"SELECT * FROM file('{at}', CSV, 'a String')",
        f"SELECT * FROM `{at}`",
        f"SELECT * FROM default.`{at}`",
        f'SELECT * FROM "default"."{at}"',
        f"DESCRIBE file('{at}')",
        f"SELECT * FROM filesystem('{at}')",
        f"SELECT * FROM sqlite('{at}', 't')",
        f"SELECT * FROM executable('cat {at}', TSV, 'a String')",
        f"SELECT * FROM deltaLakeLocal('{at}')",
        f"SELECT * FROM icebergLocal('{at}')",
        f"SELECT * FROM url('file://{at}', LineAsString)",
        f"SELECT * FROM format(Template, 'x') SETTINGS format_template_row = '{at}'",
        f"SELECT 1 FORMAT Template SETTINGS format_template_resultset = '{at}'",
        f"SELECT 1 FORMAT Protobuf SETTINGS format_schema = '{at}:M'",
        f"INSERT INTO files FROM INFILE '{at}' FORMAT LineAsString",
        f"SELECT * FROM input('a String') FORMAT CSV\n{at}",
        f"SELECT catboostEvaluate('{at}', 1)",
        f"\\i {at}",
        f"SELECT dictGet(dictionary('{at}'), 'a', 1)",
        "SELECT * FROM Python(SECRET)",
        "SELECT * FROM Python(password)",
        "SELECT * FROM arrowstream(password)",
    ]


def test_no_query_of_a_reader_reads_a_file(port: Port, secret_file: Path) -> None:
    for sql in file_reads(secret_file):
        answer = port.ask(sql)
        assert answer.status_code >= 400 or answer.text == "", f"{sql}: {answer.text}"
        assert SECRET not in answer.text
    name = port.ask(
        "SELECT arrayMap({f:Identifier}, [{p:String}])",
        params={"param_f": "file", "param_p": str(secret_file)},
    )
    assert_refused(name)
    own = port.stack.data_dir / FILE
    assert_refused(port.ask(f"SELECT file('{own}')"))
    assert_refused(port.ask("SELECT file('/proc/self/environ')"))


def test_the_owner_reads_no_files_either(port: Port, secret_file: Path) -> None:
    for sql in file_reads(secret_file):
        answer = port.ask(sql, user=port.owner)
        assert SECRET not in answer.text, sql


def test_no_query_of_a_reader_writes_a_file(port: Port, tmp_path: Path) -> None:
    at = tmp_path / "out"
    for sql in (
        f"SELECT 1 INTO OUTFILE '{at}'",
        f"SELECT 1 INTO OUTFILE '{at}' FORMAT JSON",
        f"SELECT 1 INTO OUTFILE '{at}' AND STDOUT",
        f"SELECT 1 INTO OUTFILE '{at}' TRUNCATE",
        f"SELECT 1 INTO OUTFILE '{at}' APPEND",
        f"SELECT 1 into/**/outfile '{at}'",
        f"SELECT 1 INTO OUTFILE '{at}'; nonsense (",
        f"SHOW TABLES INTO OUTFILE '{at}'; nonsense (",
        f"SELECT 1 INTO -- x\nOUTFILE '{at}' COMPRESSION 'gzip'",
        f"SELECT $$'$$ INTO OUTFILE '{at}' -- '",
        f"EXPLAIN SELECT 1 INTO OUTFILE '{at}'",
        f"SHOW TABLES INTO OUTFILE '{at}'",
        f"DESCRIBE files INTO OUTFILE '{at}'",
        f"EXISTS files INTO OUTFILE '{at}'",
        f"INSERT INTO FUNCTION file('{at}', 'CSV', 'a Int8') VALUES (1)",
        f"INSERT INTO FUNCTION file('{at}', 'CSV', 'a Int8') SELECT 1",
        f"BACKUP DATABASE csv_processor TO File('{at}')",
        f"SELECT 1 FORMAT Protobuf SETTINGS output_format_schema = '{at}'",
    ):
        assert_refused(port.ask(sql))
    assert list(tmp_path.iterdir()) == []


def test_tables_that_come_with_a_query_are_not_a_way_in(port: Port) -> None:
    files = {"x": ("x.tsv", b"1\n")}
    for structure in ("a Int8", "a Int8) ENGINE = Memory; SET ROLE owner; DROP VIEW files; --"):
        params = {"query": "SELECT * FROM x", "x_structure": structure}
        assert_refused(httpx.post(port.url, params=params, files=files, auth=port.reader))
    params["x_structure"] = "a Int8) ENGINE = Memory; DROP VIEW files; SELECT (1"
    assert_refused(httpx.post(port.url, params=params, files=files, auth=port.owner))
    assert port.ask("EXISTS files").text == "1\n"


SWEEP = """
import sys
from pathlib import Path
from embedded.clickhouse.access import Role
from embedded.clickhouse.engine import Engine
from embedded.clickhouse.errors import QueryError

folder, path, url, secret = sys.argv[1:]
engine = Engine(Path(folder), {"max_threads": "1"}, "d", ["v"])
with engine.link(None, {}) as link:
    names = link.run("SELECT name FROM system.functions WHERE NOT is_aggregate").decode().split()
found = []
with engine.reading_link(Role.READER, None, {}) as link:
    for name in names:
        if name.lower() in ("sleep", "sleepeachrow"):
            continue
        for arguments in (f"'{path}'", f"'{url}', '{path}'"):
            try:
                text = link.run(f"SELECT `{name}`({arguments})").decode("utf-8", "replace")
            except QueryError as exc:
                text = str(exc)
            if secret in text:
                found.append(name)
print(len(names), *found)
"""


def test_no_function_of_the_engine_reads_a_file_or_calls_an_address(
    tmp_path: Path, secret_file: Path
) -> None:
    """All of them are tried: a version of the engine with a new one fails here."""
    with listener() as (at, calls):
        arguments = [str(tmp_path), str(secret_file), f"http://127.0.0.1:{at}/", SECRET]
        done = subprocess.run(
            [sys.executable, "-c", SWEEP, *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
    count, *found = done.stdout.split()
    assert int(count) > 1000
    assert found == []
    assert calls == []


# --- Other addresses


@contextmanager
def listener() -> Iterator[tuple[int, list[str]]]:
    """A port that notes who calls."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    client, where = server.accept()
                except OSError:
                    return
                calls.append(f"{where}")
                client.close()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], calls
        server.shutdown(socket.SHUT_RDWR)


def test_no_query_of_a_reader_calls_an_address(port: Port) -> None:
    with listener() as (at, calls):
        host = f"127.0.0.1:{at}"
        for source in (
            f"url('http://{host}/x', LineAsString)",
            f"url('http://{host}/x')",
            f"urlCluster('c', 'http://{host}/x', CSV)",
            f"s3('http://{host}/b/x.csv', 'a', 'b', CSV, 'a Int8')",
            f"gcs('http://{host}/b/x.csv')",
            f"azureBlobStorage('http://{host}', 'c', 'x', CSV)",
            f"hdfs('hdfs://{host}/x', CSV, 'a Int8')",
            f"remote('{host}', system.one)",
            f"remoteSecure('{host}', system.one)",
            "cluster('x', system.one)",
            f"mysql('{host}', 'd', 't', 'u', 'p')",
            f"postgresql('{host}', 'd', 't', 'u', 'p')",
            f"mongodb('{host}', 'd', 't', 'u', 'p', 'a Int8')",
            f"redis('{host}', 'k', 'k String, v String')",
            "odbc('DSN=x', 'd', 't')",
            f"jdbc('jdbc:mysql://{host}', 'd', 't')",
            f"iceberg('http://{host}/x')",
            f"deltaLake('http://{host}/x')",
            f"hudi('http://{host}/x')",
            f"format(Avro, '') SETTINGS format_avro_schema_registry_url = 'http://{host}/'",
            f"prometheusQuery('http://{host}', 'x', 1)",
            f"ytsaurus('http://{host}', '//x', 't', 'a Int8')",
        ):
            assert_refused(port.ask(f"SELECT * FROM {source}"))
        for sql in (
            f"SELECT AIGenerate('http://{host}', 'x')",
            f"SELECT * FROM files WHERE file_id IN url('http://{host}/x', CSV, 'a String')",
            f"EXPLAIN SELECT * FROM url('http://{host}/x', LineAsString)",
            f"DESCRIBE url('http://{host}/x')",
        ):
            assert_refused(port.ask(sql))
        assert calls == []


# --- Browsers


FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:8123",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.1@evil.example",
    "evil.example#127.0.0.1",
    "0.0.0.0",
    "169.254.169.254",
    "[::ffff:8.8.8.8]",
    "[",
    "",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_name_that_leads_here_is_refused(port: Port, host: str) -> None:
    """DNS rebinding: the page's own name resolves to 127.0.0.1, so it is the same origin."""
    for method, path in (("GET", "/?query=SELECT+1"), ("POST", "/"), ("GET", "/ping")):
        answer = httpx.request(
            method, f"{port.url.rstrip('/')}{path}", headers={"Host": host}, auth=port.reader
        )
        assert answer.status_code in (400, 403), answer.text


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.0.0.1:1", "[::1]:8123", "LOCALHOST"]
)
def test_names_of_this_machine_are_answered(port: Port, host: str) -> None:
    answer = port.ask("SELECT 1", headers={"Host": host.lower()})
    assert answer.text == "1\n"


def test_requests_of_pages_are_refused_whatever_they_carry(port: Port) -> None:
    at = urlsplit(port.url).netloc
    crossing = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": f"https://{at}"},
        {"Origin": f"http://{at}.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    ]
    for headers in crossing:
        for user in (port.owner, port.reader):
            answer = port.ask("SELECT 1", user=user, headers=headers)
            assert answer.status_code == 403, headers
            assert "access-control-allow-origin" not in answer.headers
        image = httpx.get(port.url, params={"query": "SELECT 1"}, headers=headers, auth=port.owner)
        assert image.status_code == 403
        preflight = httpx.options(port.url, headers=headers)
        assert preflight.status_code >= 400
        assert "access-control-allow-origin" not in preflight.headers
    own = port.ask("SELECT 1", headers={"Origin": f"http://{at}", "Sec-Fetch-Site": "none"})
    assert own.text == "1\n"
    assert "access-control-allow-origin" not in own.headers


# --- Passwords


def test_nobody_gets_in_without_the_right_password(port: Port) -> None:
    owner, reader = port.owner, port.reader
    wrong: list[dict[str, Any]] = [
        {},
        {"auth": ("", "")},
        {"auth": ("default", "")},
        {"auth": (owner[0], "")},
        {"auth": (owner[0], "wrong")},
        {"auth": (owner[0], reader[1])},
        {"auth": (owner[0].upper(), owner[1])},
        {"auth": (owner[0], owner[1] + "\0")},
        {"auth": (owner[0], owner[1][:-1])},
        {"auth": ("reader' OR '1'='1", "x")},
        {"params": {"user": owner[0]}},
        {"params": {"user": owner[0], "password": "x"}},
        {"params": {"password": owner[1]}},
        {"auth": reader, "params": {"user": owner[0]}},
        {"auth": reader, "headers": {"X-ClickHouse-User": owner[0]}},
        {"params": {"user": reader[0], "password": reader[1]}, "headers": {"X-ClickHouse-Key": ""}},
        {"headers": {"X-ClickHouse-User": owner[0]}},
        {"headers": {"Authorization": "Basic"}},
        {"headers": {"Authorization": "Basic !!!"}},
        {"headers": {"Authorization": "Bearer x"}},
        {"headers": {"Authorization": "never"}},
        {"headers": {"X-ClickHouse-SSL-Certificate-Auth": "on", "X-ClickHouse-User": owner[0]}},
    ]
    for arguments in wrong:
        for method in ("GET", "POST"):
            more = dict(arguments)
            more["params"] = {"query": "SELECT 1", **more.get("params", {})}
            answer = httpx.request(method, port.url, **more)
            assert answer.status_code == 403, arguments
            assert answer.headers["X-ClickHouse-Exception-Code"] == "516"
            assert owner[1] not in answer.text
            assert reader[1] not in answer.text
    form = httpx.post(port.url, data={"query": "SELECT 1", "user": owner[0]}, files={}, auth=reader)
    assert form.status_code >= 400


def test_a_key_is_needed_for_the_api_and_a_password_for_the_database(tmp_path: Path) -> None:
    """REQUIRE_KEYS=1 closes the API; the SQL port has no open state at all."""
    with Stack(tmp_path / "data", parts=["clickhouse"], env={"REQUIRE_KEYS": "1"}) as stack:
        at = urlsplit(stack.endpoints["CLICKHOUSE_URL"])
        url = f"http://127.0.0.1:{at.port}/"
        assert httpx.post(url, content="SELECT 1").status_code == 403
        assert httpx.post(url, content="SELECT 1", auth=("default", "")).status_code == 403


# --- Raw HTTP


def head(port: Port, method: str = "POST", path: str = "/", *lines: str) -> bytes:
    user, password = port.reader
    fixed = ("Host: localhost", f"X-ClickHouse-User: {user}", f"X-ClickHouse-Key: {password}")
    return "\r\n".join((f"{method} {path} HTTP/1.1", *fixed, *lines, "", "")).encode("latin-1")


HIDDEN = b"POST /?query=SELECT+%27smuggled%27 HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 8", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 8"),
        ("Content-Length: 8", "Content-Length: 9"),
        ("Content-Length: 8, 9",),
        ("Content-Length: +8",),
        ("Content-Length: -1",),
        ("Content-Length: 0x8",),
        ("Content-Length: 8 8",),
        ("Content-Length: 99999999999999999999999",),
        ("Content-Length : 8",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: identity", "Content-Length: 8"),
        ("Transfer-Encoding:\x0bchunked",),
        ("X: y\r\n Content-Length: 8",),
        ("X: a\x00b",),
        ("X\r\nContent-Length: 8",),
        ("Upgrade: h2c", "Connection: Upgrade"),
    ],
)
def test_requests_that_can_be_read_in_two_ways_are_refused(
    port: Port, lines: tuple[str, ...]
) -> None:
    answer = port.raw(head(port, "POST", "/", *lines) + b"SELECT 1" + HIDDEN)
    assert b"smuggled" not in answer.replace(HIDDEN, b"")
    first, _, rest = answer.partition(b"\r\n")
    assert first.split(b" ")[1] in (b"400", b"403", b"500"), answer
    assert b" 200 " not in rest


def test_a_request_that_follows_another_has_to_say_who_asks_itself(port: Port) -> None:
    answer = port.raw(head(port, "POST", "/", "Content-Length: 8") + b"SELECT 1" + HIDDEN)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 403 " in answer
    assert b"516" in answer


def test_headers_cannot_be_added_to_an_answer(port: Port) -> None:
    injected = quote("x\r\nSet-Cookie: a=b\r\n\r\n<script>")
    for name in ("query_id", "default_format", "database", "session_id"):
        answer = port.raw(head(port, "GET", f"/?query=SELECT+1&{name}={injected}"))
        assert b"\r\nSet-Cookie" not in answer.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize("name", ["dataframe", "DataStore", "arrowtable", "Debug", "Nothing", "\0"])
def test_a_format_that_is_none_is_an_error_and_no_crash(port: Port, name: str) -> None:
    for how in (
        {"params": {"default_format": name}},
        {"headers": {"X-ClickHouse-Format": "DataFrame"}},
    ):
        answer = port.ask("SELECT 1", **how)  # type: ignore[arg-type]
        assert answer.headers["X-ClickHouse-Exception-Code"] == "73"


def test_a_head_without_end_is_given_up(port: Port) -> None:
    answer = port.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * (2 << 20))
    assert answer.split(b" ")[1] in (b"431", b"400")


# --- Exhaustion


def test_a_result_is_bounded(port: Port) -> None:
    small = {"max_result_bytes": "1000000"}
    for fmt in ("TSV", "JSON", "Parquet"):
        answer = port.ask(f"SELECT * FROM numbers(10000000) FORMAT {fmt}", params=small)
        # What began to stream ends with the error; the connection says that it is not whole.
        assert answer.status_code >= 400 or "396" in answer.text


def test_readers_do_not_keep_the_product_from_working(port: Port) -> None:
    slow = "SELECT sum(sleepEachRow(0.1)) FROM numbers(20)"
    one_by_one = {"params": {"max_block_size": "1"}}
    threads = [
        threading.Thread(target=port.ask, args=(slow,), kwargs=one_by_one) for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for _ in range(20):
        assert port.own("SELECT 1") == "1\n"
    assert any(thread.is_alive() for thread in threads), "the product waited for readers"
    for thread in threads:
        thread.join()


# --- Other users of the machine


def test_other_users_of_the_machine_read_nothing(port: Port) -> None:
    folder = port.stack.data_dir
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink() or path.parent.name == "logs" or path.name == "logs":
            continue
        assert not stat.S_IMODE(path.lstat().st_mode) & 0o077, path
    pid = port.stack.pid("clickhouse")
    assert pid is not None
    line = " ".join(psutil.Process(pid).cmdline())
    assert port.owner[1] not in line
    assert port.reader[1] not in line


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to run as another user")
def test_another_user_cannot_enter_the_data_folder(port: Port) -> None:
    nobody = pwd.getpwnam("nobody")
    for path in (FILE, "clickhouse/config/users.xml", "logs/runner.log"):
        done = subprocess.run(
            ["cat", str(port.stack.data_dir / path)],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, b"")


# --- And afterwards


async def test_after_all_of_this_the_database_is_whole(port: Port) -> None:
    database = Database(port.stack.endpoints["CLICKHOUSE_URL"])
    assert await problems(database) == []
    await database.close()

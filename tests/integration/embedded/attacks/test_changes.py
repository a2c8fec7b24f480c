"""The printed address changes nothing."""

from __future__ import annotations

import httpx
import pytest

from schemas.clickhouse_settings import NOT_COMPILED
from tests.integration.embedded.attacks.sql_port import Port, assert_refused

CHANGES = [
    "DROP VIEW files",
    "DROP VIEW IF EXISTS csv_processor.files SYNC",
    "DROP TABLE csv_processor_internal.file_records",
    "DROP DATABASE csv_processor",
    "DROP DATABASE csv_processor_internal",
    "DETACH VIEW files",
    "DETACH TABLE csv_processor_internal.file_records PERMANENTLY",
    "DETACH TABLE csv_processor_internal.file_records PARALLEL WITH DROP TABLE csv_processor_internal.api_keys",
    "SELECT 1 PARALLEL WITH DROP VIEW files",
    "TRUNCATE TABLE csv_processor_internal.file_records",
    "TRUNCATE ALL TABLES FROM csv_processor_internal",
    "RENAME TABLE files TO f",
    "RENAME TABLE csv_processor_internal.api_keys TO csv_processor.api_keys",
    "EXCHANGE TABLES files AND sensors",
    "CREATE TABLE x (a Int8) ENGINE = MergeTree ORDER BY a",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "CREATE VIEW x AS SELECT 1",
    "CREATE VIEW x SQL SECURITY NONE AS SELECT * FROM csv_processor_internal.api_keys",
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
    "ALTER TABLE csv_processor_internal.file_records DELETE WHERE 1",
    "ALTER TABLE csv_processor_internal.file_records DROP COLUMN status",
    "ALTER TABLE files MODIFY QUERY SELECT 1",
    "ALTER USER default IDENTIFIED BY 'x'",
    "DELETE FROM csv_processor_internal.file_records WHERE 1",
    "UPDATE csv_processor_internal.file_records SET status = 'x' WHERE 1",
    "INSERT INTO csv_processor_internal.file_records (file_id) VALUES ('x')",
    "INSERT INTO files (file_id) VALUES ('x')",
    "INSERT INTO csv_processor_internal.file_records (file_id) SELECT 'x'",
    "INSERT INTO csv_processor_internal.file_records (file_id) FORMAT CSV\nx",
    "INSERT INTO FUNCTION null('a Int8') VALUES (1)",
    "INSERT INTO TABLE FUNCTION file('x.csv', 'CSV', 'a Int8') VALUES (1)",
    "EXPLAIN INSERT INTO csv_processor_internal.file_records (file_id) VALUES ('x'); DROP VIEW files",
    "OPTIMIZE TABLE csv_processor_internal.file_records FINAL",
    "GRANT SELECT ON *.* TO default",
    "REVOKE reader FROM default",
    "SET ROLE owner; DROP VIEW files",
    "SET ROLE ALL",
    "SET DEFAULT ROLE owner TO default",
    "SET readonly = 0",
    "SET profile = 'default'",
    "SET allow_ddl = 1",
    "USE other",
    "USE csv_processor_internal",
    "EXECUTE AS default DROP VIEW files",
    "KILL QUERY WHERE 1",
    "KILL MUTATION WHERE 1",
    "SYSTEM SHUTDOWN",
    "SYSTEM STOP MERGES",
    "SYSTEM RELOAD CONFIG",
    "SYSTEM DROP MARK CACHE",
    "SYSTEM FLUSH LOGS",
    "BACKUP DATABASE csv_processor_internal TO File('backup')",
    "RESTORE DATABASE csv_processor_internal FROM File('backup')",
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


def test_no_query_of_a_reader_is_compiled(port: Port) -> None:
    for name in NOT_COMPILED:
        assert port.ask(f"SELECT toUInt8(getSetting('{name}'))").text == "0\n", name


@pytest.mark.usefixtures("untouched")
def test_get_never_writes_for_any_user(port: Port) -> None:
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

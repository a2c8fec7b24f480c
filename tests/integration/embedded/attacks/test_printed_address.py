"""The address that `make up` prints shows the views and nothing else."""

from __future__ import annotations

import pytest

from embedded.clickhouse.access import closed_system_tables
from schemas.databases import internal_database
from schemas.views import view_names
from sinks.clickhouse.migrations import table_names
from tests.integration.embedded.attacks.sql_port import Port, assert_refused

INTERNAL = internal_database("csv_processor")


@pytest.mark.slow
def test_the_printed_address_shows_the_views_and_nothing_else(port: Port) -> None:
    assert port.ask("SHOW TABLES").text.split() == view_names()
    assert port.ask("SHOW DATABASES").text.split() == ["csv_processor"]
    for view in view_names():
        assert port.ask(f"SELECT * FROM csv_processor.{view}").status_code == 200
        assert port.ask(f"DESCRIBE {view}").status_code == 200
    tables = [*table_names(), "schema_migrations"]
    hidden = [*tables, *(f"{INTERNAL}.{table}" for table in tables), "other.t"]
    assert port.ask(f"SHOW TABLES FROM {INTERNAL}").text == ""
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
            f"SELECT * FROM mergeTreeIndex('{INTERNAL}', '{table.rpartition('.')[2]}')",
        ):
            assert_refused(port.ask(sql))
    assert port.ask(f"SELECT * FROM merge('{INTERNAL}', '^api_keys$')").status_code >= 400
    assert "a name" not in port.ask(f"SELECT * FROM merge('{INTERNAL}', '.*')").text


def test_who_may_see_everything_finds_the_views_alone_in_the_public_database(port: Port) -> None:
    listed = port.own("SHOW TABLES FROM csv_processor").split()
    assert listed == view_names()
    assert port.own(
        "SELECT DISTINCT engine FROM system.tables WHERE database = 'csv_processor'"
    ) == ("View\n")
    assert {*port.own(f"SHOW TABLES FROM {INTERNAL}").split()} == {
        *table_names(),
        "schema_migrations",
    }


@pytest.mark.slow
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

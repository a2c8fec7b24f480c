"""deploy/clickhouse/users.sql: statements that ClickHouse understands, on tables that there are."""

from __future__ import annotations

import re
from pathlib import Path

from schemas.clickhouse_settings import NOT_COMPILED
from schemas.databases import internal_database
from schemas.tables import Table
from schemas.views import view_names
from sinks.clickhouse import reader_user
from sinks.clickhouse.client import Database
from sinks.clickhouse.migrations import migrations

USERS = Path(__file__).parents[3] / "deploy" / "clickhouse" / "users.sql"
STATEMENTS = [
    statement.strip()
    for statement in re.sub(r"^--.*$", "", USERS.read_text(), flags=re.MULTILINE).split(";\n")
    if statement.strip()
]
INTERNAL = internal_database("csv_processor")
TABLES = {
    name
    for migration in migrations()
    for name in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", migration.sql)
} | {"schema_migrations"}


def may(user: str, right: str, table: str) -> bool:
    """What the grants and revocations of the file come to, in the database that has `table`."""
    allowed, database = False, INTERNAL if table in TABLES else "csv_processor"
    for statement in STATEMENTS:
        found = re.fullmatch(
            rf"(GRANT|REVOKE) (.+) ON {database}\.(\S+) (?:TO|FROM) (\w+)", statement
        )
        if found and found[4] == user and found[2] in (right, "ALL") and found[3] in ("*", table):
            allowed = found[1] == "GRANT"
    return allowed


async def test_clickhouse_understands_every_statement(database: Database) -> None:
    assert len(STATEMENTS) > 15
    for statement in STATEMENTS:
        # The embedded engine has no users, but parses as the server does.
        filled = re.sub(r"\{\w+:String\}", "'a password'", statement)
        assert await database.query(f"EXPLAIN AST {filled}"), statement


def test_every_table_it_names_is_there() -> None:
    text = "\n".join(STATEMENTS)
    assert {*re.findall(r"\bcsv_processor\.(\w+)", text)} == {*view_names()}
    internal = {*re.findall(rf"\b{INTERNAL}\.(\w+)", text)}
    assert "api_keys" in internal <= TABLES
    created = re.findall(r"CREATE DATABASE IF NOT EXISTS (\w+)", text)
    assert created == ["csv_processor", INTERNAL]


def test_no_user_has_more_rights_than_needed() -> None:
    for table in TABLES:
        for user in ("csv_processor_api", "csv_processor_worker"):
            assert not may(user, "ALL", table)
        assert not may("reader", "INSERT", table)
        assert not may("csv_processor_worker", "ALTER DELETE", table)
        assert not may("reader", "SELECT", table)
        assert may("csv_processor_api", "SELECT", table)
    for table in Table:
        assert may("csv_processor_worker", "INSERT", table.value)
    assert not may("csv_processor_worker", "SELECT", "api_keys")
    for view in view_names():
        for user in ("reader", "csv_processor_api", "csv_processor_owner"):
            assert may(user, "SELECT", view)
        assert may("csv_processor_owner", "CREATE VIEW", view)
        assert not may("csv_processor_api", "INSERT", view)
        assert not may("csv_processor_worker", "SELECT", view)
    for user in ("csv_processor_api", "csv_processor_worker"):
        assert not may(user, "INSERT", "api_keys")
        assert not may(user, "INSERT", "schema_migrations")
    assert may("csv_processor_api", "INSERT", "api_key_usage")
    assert may("csv_processor_owner", "INSERT", "api_keys")


def test_no_query_of_the_reader_is_compiled() -> None:
    (made,) = (s for s in STATEMENTS if s.startswith("CREATE USER IF NOT EXISTS reader"))
    for name, value in NOT_COMPILED.items():
        assert f"{name} = {value}" in made


async def test_the_reader_gets_the_views_and_nothing_else(database: Database) -> None:
    views = view_names()
    made = reader_user.statements(database.public, views, "it's secret")
    for statement in made:
        # The embedded engine manages no users by SQL, but parses as the server does.
        assert await database.query(f"EXPLAIN AST {statement}"), statement
        assert "secret" not in statement
    granted = re.findall(r"GRANT (.+) ON \S+\.(\w+) TO (\w+)", "\n".join(made))
    assert granted == [("SELECT", view, "reader") for view in views]

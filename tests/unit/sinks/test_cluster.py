"""Statements for a cluster, and none of them without one."""

from __future__ import annotations

import re
from typing import Any

import chdb
import pytest

from runtime.settings import ServiceSettings, load
from schemas.views import view_names
from sinks.clickhouse import cluster as cluster_module
from sinks.clickhouse.client import Database
from sinks.clickhouse.cluster import SHARDING, Cluster, NoClusterForm, local_name
from sinks.clickhouse.connection import Connection
from sinks.clickhouse.migrations import Migration, migrations, table_names, views
from sinks.clickhouse.purge import ALL_GENERATIONS, delete_generations
from sinks.clickhouse.reader_user import statements as reader_statements

CLUSTER = Cluster("sensors", "csv_processor", "owner")
EVERYWHERE = " ON CLUSTER `sensors`"
# The last key of each table; a later migration may add columns to it.
ORDER = re.compile(r"\b(?:ORDER BY|MODIFY ORDER BY) (\((?:[^()]|\([^()]*\))*\)|\w+)")


def of(migration: Migration) -> list[str]:
    return [s for statement in migration.statements for s in CLUSTER.statements(statement)]


def keys() -> dict[str, str]:
    """The key of each table, without the functions in it."""
    found = {}
    for migration in migrations():
        for statement in migration.statements:
            name = re.search(r"(?:CREATE TABLE IF NOT EXISTS|ALTER TABLE) (\w+)", statement)
            if name and (order := ORDER.findall(statement)):
                found[name[1]] = order[-1].strip("()")
    return found


class Recorded(Database):
    """Keeps the statements that would be sent."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.sent: list[str] = []
        sent = self.sent

        class Client:
            def command(self, sql: str, **_: Any) -> None:
                sent.append(sql)

        async def run(work: Any) -> Any:
            return work(Client())

        self._connection.run = run  # type: ignore[method-assign]


def parsed(statements: list[str]) -> None:
    """Run ClickHouse's parser alone over statements."""
    texts = ", ".join("'" + s.replace("\\", "\\\\").replace("'", "\\'") + "'" for s in statements)
    chdb.query(f"SELECT formatQuery(arrayJoin([{texts}]))")


def test_each_statement_on_a_cluster_is_one_that_clickhouse_parses() -> None:
    parsed([s for migration in [*migrations(), *views()] for s in of(migration)])
    with pytest.raises(RuntimeError, match="Syntax error"):
        parsed(["CREATE TABLE a ON CLUSTER"])


@pytest.mark.parametrize("migration", [*migrations(), *views()], ids=lambda m: m.name)
def test_each_change_of_the_schema_is_made_on_all_servers(migration: Migration) -> None:
    for statement in of(migration):
        assert statement.startswith("INSERT INTO ") or EVERYWHERE in statement, statement


def test_each_table_is_replicated_with_a_distributed_one_over_it() -> None:
    text = "\n".join(s for migration in migrations() for s in of(migration))
    for name in table_names():
        assert f"CREATE TABLE IF NOT EXISTS `csv_processor_internal`.`{local_name(name)}`" in text
        assert (
            f"CREATE OR REPLACE TABLE `csv_processor_internal`.`{name}`{EVERYWHERE}"
            f" AS `csv_processor_internal`.`{local_name(name)}` ENGINE = Distributed('sensors',"
            f" 'csv_processor_internal', '{local_name(name)}', {SHARDING[name]})" in text
        )
    assert not re.search(r"ENGINE = (?!Distributed|Replicated)", text)


def test_parameters_of_engines_are_kept() -> None:
    (create, _) = CLUSTER.statements(
        "CREATE TABLE IF NOT EXISTS webhooks\n(\n    a Int8\n)\nENGINE = ReplacingMergeTree(version)\n"
        "ORDER BY a\nSETTINGS fsync_after_insert = 1"
    )
    assert create == (
        "CREATE TABLE IF NOT EXISTS `csv_processor_internal`.`webhooks_local` ON CLUSTER `sensors`\n"
        "(\n    a Int8\n)\nENGINE = ReplicatedReplacingMergeTree("
        "'/clickhouse/tables/{shard}/csv_processor/{table}', '{replica}', version)\n"
        "ORDER BY a\nSETTINGS fsync_after_insert = 1"
    )


def test_each_table_has_a_sharding_key() -> None:
    assert SHARDING.keys() == {*table_names(), "schema_migrations"}


@pytest.mark.parametrize("table", table_names())
def test_all_versions_of_a_row_are_on_one_shard(table: str) -> None:
    # FINAL merges within a shard.
    columns = set(re.findall(r"[a-z]\w*", SHARDING[table].removeprefix("sipHash64")))
    assert columns <= set(re.findall(r"\w+", keys()[table]))


def test_tokens_of_inserts_are_remembered_as_long_as_on_one_server() -> None:
    for migration in migrations():
        for statement in migration.statements:
            if found := re.search(r"non_replicated_deduplication_window = (\d+)", statement):
                create = CLUSTER.statements(statement)[0]
                assert f"    replicated_deduplication_window = {found[1]}," in create
                assert "replicated_deduplication_window_seconds = 315360000" in create


@pytest.mark.parametrize("name", view_names())
def test_a_view_reads_all_shards_on_both_sides_of_a_join(name: str) -> None:
    (view,) = (v for v in views() if v.name == f"views/{name}")
    (statement,) = CLUSTER.statements(
        view.statements[0].replace(f"VIEW {name} ", f"VIEW `csv_processor`.`{name}` ")
    )
    assert re.findall(r"(?<!GLOBAL )(?<!GLOBAL NOT )\bIN\s*\(\s*SELECT", statement) == []
    assert re.findall(r"(?<!GLOBAL )(?:INNER|LEFT) JOIN", statement) == []
    assert "DEFINER = `owner`" in statement
    assert "CURRENT_USER" not in statement
    tables = "|".join(table_names())
    assert re.findall(rf"(?:FROM|JOIN) (?:{tables})\b", statement) == []
    assert f" VIEW `csv_processor`.`{name}`{EVERYWHERE}" in statement
    assert f"FROM `{CLUSTER.database}`." in statement


def test_a_table_is_moved_on_all_servers_that_have_not_moved_it() -> None:
    made = CLUSTER.statements(
        "RENAME TABLE IF EXISTS `csv_processor`.`seals` TO `csv_processor_internal`.`seals`"
    )
    parsed(made)
    assert [re.sub(r" AS .*", "", statement) for statement in made] == [
        "RENAME TABLE IF EXISTS `csv_processor`.`seals_local`"
        f" TO `csv_processor_internal`.`seals_local`{EVERYWHERE}",
        f"CREATE OR REPLACE TABLE `csv_processor_internal`.`seals`{EVERYWHERE}",
        f"DROP TABLE IF EXISTS `csv_processor`.`seals`{EVERYWHERE} SYNC",
    ]


async def test_rows_are_deleted_on_all_shards() -> None:
    database = Recorded("http://owner:x@127.0.0.1:1/csv_processor?cluster=sensors")
    await delete_generations(database, {"a": ALL_GENERATIONS})
    assert database.sent
    for statement in database.sent:
        assert re.match(
            r"DELETE FROM `csv_processor_internal`.`\w+_local` ON CLUSTER `sensors` WHERE",
            statement,
        )


def test_the_reader_is_made_on_all_servers() -> None:
    plain = reader_statements("csv_processor", ["files"], "secret")
    made = [s for statement in plain for s in CLUSTER.statements(statement)]
    assert all(EVERYWHERE in statement for statement in made)
    parsed(made)


def test_a_statement_of_another_kind_is_rejected() -> None:
    with pytest.raises(NoClusterForm, match="OPTIMIZE TABLE file_records"):
        CLUSTER.statements("OPTIMIZE TABLE file_records FINAL")


async def test_without_a_cluster_each_statement_is_sent_as_it_is() -> None:
    database = Recorded("http://owner:x@127.0.0.1:1/csv_processor")
    statements = [s for m in [*migrations(), *views()] for s in m.statements]
    for statement in statements:
        await database.command(statement)
    assert database.sent == statements
    assert Connection("http://owner:x@127.0.0.1:1/csv_processor")._on_cluster is False


def test_the_cluster_goes_with_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICKHOUSE_URL", "http://owner:secret-word@db:8123/readings?ca_cert=/a.pem")
    monkeypatch.setenv("CLICKHOUSE_CLUSTER", "two_shards")
    for name, value in {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
        "STORE_URL": "file:///tmp/bucket",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load(ServiceSettings)
    assert Cluster.of(settings.clickhouse_url) == Cluster("two_shards", "readings", "owner")
    assert settings.clickhouse_database == "readings"
    monkeypatch.delenv("CLICKHOUSE_CLUSTER")
    assert load(ServiceSettings).clickhouse_url.endswith("/readings?ca_cert=/a.pem")


def test_an_insert_is_on_all_replicas_when_it_is_answered() -> None:
    settings = cluster_module.settings()
    assert settings["distributed_foreground_insert"] == 1
    assert settings["insert_quorum"] == "auto"
    # An insert waits within the time that its client waits for an answer.
    assert settings["insert_quorum_timeout"] < 60_000

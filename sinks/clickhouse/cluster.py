"""Statements for a ClickHouse cluster.

On a cluster each table NAME is two: `NAME_local`, replicated within a shard, and NAME, a Distributed
table over all shards, which everything reads and inserts through. What cannot be done through a
Distributed table (ALTER, DELETE, TRUNCATE) is done to `NAME_local` ON CLUSTER. Both are in the internal
database, and the public one has the views.

All versions of a row have to be on one shard, because FINAL merges within a shard, and so does a
deduplication token. So the sharding key is made of columns of the table's key. See
docs/decisions/0026-clusters.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from schemas.databases import internal_database, public_database

# Rows of files are on the shard of their file.
_BY_FILE: Final = "sipHash64(file_id)"
# Small tables are on the first shard as a whole: leases, plans and whatever is found by its number.
_ON_FIRST: Final = "0"
SHARDING: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            *("file_records", "file_progress", "sensor_result_rows", "invalid_row_rows"),
            *("resubmitted_row_rows", "reading_rows", "readings_by_sensor", "sealed_files"),
            *("sealed_results", "counted_files", "overlap_rows", "bulk_files", "bulk_outcomes"),
        ),
        _BY_FILE,
    ),
    "file_operations": "sipHash64(family)",
    "sensor_totals": "sipHash64(sensor_id)",
    "dead_letter_rows": "sipHash64(topic, partition, offset)",
    **dict.fromkeys(
        (
            *("schema_migrations", "api_keys", "api_key_usage", "suspect_rows", "leases"),
            *("profile_changes", "seal_plans", "seals", "count_plans", "count_seals"),
            *("webhooks", "webhook_deliveries", "webhook_cursor", "bulk_operations"),
            *("dead_letter_announcements", "overlap_rounds"),
        ),
        _ON_FIRST,
    ),
}
_TABLES: Final = "|".join(sorted(SHARDING, key=len, reverse=True))

_CREATE_TABLE: Final = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)\n")
_ENGINE: Final = re.compile(r"\nENGINE = ((?:Replacing)?MergeTree)(?:\((\w+)\))?\n")
_ALTER_TABLE: Final = re.compile(r"ALTER TABLE (\w+)\b")
_CHANGE_ROWS: Final = re.compile(r"(TRUNCATE TABLE|DELETE FROM) (\w+)\b")
_CREATE_VIEW: Final = re.compile(
    r"(CREATE (?:OR REPLACE )?VIEW (?:IF NOT EXISTS )?)(\w+|`\w+`\.`\w+`)(?=\s)"
)
_MOVE_TABLE: Final = re.compile(r"RENAME TABLE IF EXISTS `(\w+)`\.`(\w+)` TO `\w+`\.`\2`")
_USER: Final = re.compile(r"((?:CREATE USER IF NOT EXISTS|ALTER USER) \w+)")
_READ: Final = re.compile(rf"\b(FROM|JOIN) ({_TABLES})\b")
_IN: Final = re.compile(r"\b(NOT )?IN(?=\s*\(\s*(?:SELECT|WITH)\b)")
_JOIN: Final = re.compile(r"\b(INNER|LEFT) JOIN\b")
_COMMENT: Final = re.compile(r"^--.*\n?", re.MULTILINE)
# Of a token that was inserted before, the number is what bounds them, as on one server.
_TOKENS: Final = ("non_replicated_deduplication_window", "replicated_deduplication_window")
_TOKEN_SECONDS: Final = "replicated_deduplication_window_seconds = 315360000"

# Seconds that a statement ON CLUSTER and the replicas of an insert are waited for, within the time
# that the client waits for an answer.
_WAIT: Final = 45


def settings() -> dict[str, Any]:
    """Settings of every query on a cluster."""
    return {
        # An insert is answered when it is in the tables of its shards, on all replicas of each
        # (a majority of at most two): the next read finds it on any replica.
        "distributed_foreground_insert": 1,
        "insert_quorum": "auto",
        "insert_quorum_timeout": _WAIT * 1000,
        # As on one server, only rows with a token are dropped if they are there: a row may come again
        # after it was deleted.
        "insert_deduplicate": 0,
        # What a subquery or the right side of a join selects is selected from all shards, once.
        "distributed_product_mode": "global",
        "prefer_global_in_and_join": 1,
        # What an INSERT selects is put on the shards that the sharding key says: by default it may stay on
        # the shard that it was read from.
        "parallel_distributed_insert_select": 0,
        # The next statement finds what is altered on all replicas.
        "alter_sync": 2,
        "distributed_ddl_task_timeout": _WAIT,
        # Users may be replicated by the servers themselves.
        "ignore_on_cluster_for_replicated_access_entities_queries": 1,
    }


class NoClusterForm(ValueError):  # noqa: N818
    """A statement that has no form for a cluster: `sinks.clickhouse.cluster` lacks it."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster `name`, the product's public database on it, and the user who owns the views."""

    name: str
    public: str
    definer: str

    @classmethod
    def of(cls, url: str) -> Cluster | None:
        """That of CLICKHOUSE_URL, as settings have it; None if there is none."""
        parts = urlsplit(url)
        name = dict(parse_qsl(parts.query)).get("cluster")
        if not name:
            return None
        return cls(name, public_database(url), unquote(parts.username or "default"))

    @property
    def database(self) -> str:
        """The database of the tables."""
        return internal_database(self.public)

    def statements(self, sql: str) -> list[str]:
        """What to run in place of a statement that changes something.

        Raises:
            NoClusterForm: a statement of a kind that is not known.
        """
        sql = _COMMENT.sub("", sql).strip()
        if found := _CREATE_TABLE.match(sql):
            return self._create_table(found[1], sql)
        if found := _ALTER_TABLE.match(sql):
            body = sql[found.end() :].replace("mutations_sync = 1", "mutations_sync = 2")
            return [
                f"ALTER TABLE {self._local(found[1])}{self._everywhere}{self._settings(body)}",
                self._distributed(found[1]),
            ]
        if found := _CHANGE_ROWS.match(sql):
            body = self._globally(sql[found.end() :])
            return [f"{found[1]} {self._local(found[2])}{self._everywhere}{body}"]
        if found := _CREATE_VIEW.match(sql):
            return [self._view(found, sql)]
        if found := _MOVE_TABLE.fullmatch(sql):
            return self._move(*found.groups())
        if sql.startswith("CREATE DATABASE IF NOT EXISTS "):
            return [sql + self._everywhere]
        if _USER.match(sql):
            return [_USER.sub(rf"\1{self._everywhere}", sql, count=1)]
        if sql.startswith("GRANT "):
            return [sql.replace("GRANT", f"GRANT{self._everywhere}", 1)]
        if sql.startswith(("INSERT INTO ", "ATTACH TABLE ")):
            return [sql]
        raise NoClusterForm(f"a statement without a form for a cluster: {sql[:60]}")

    @property
    def _everywhere(self) -> str:
        return f" ON CLUSTER `{self.name}`"

    def _table(self, name: str) -> str:
        return f"`{self.database}`.`{name}`"

    def _local(self, name: str) -> str:
        return self._table(local_name(name))

    def _create_table(self, name: str, sql: str) -> list[str]:
        sql = _CREATE_TABLE.sub(
            f"CREATE TABLE IF NOT EXISTS {self._local(name)}{self._everywhere}\n", sql, count=1
        )
        sql, count = _ENGINE.subn(self._replicated, f"{sql}\n", count=1)
        if not count or name not in SHARDING:
            raise NoClusterForm(f"the table {name} has no engine or sharding key for a cluster")
        sql = re.sub(rf"\b{_TOKENS[0]} = (\d+)", rf"{_TOKENS[1]} = \1,\n    {_TOKEN_SECONDS}", sql)
        return [sql.strip(), self._distributed(name)]

    def _replicated(self, engine: re.Match[str]) -> str:
        version = f", {engine[2]}" if engine[2] else ""
        # Not by UUID: a server that lost its disk joins the others again when tables are created. With the
        # public database, which the tables were in before: a path stays when its table is moved.
        path = f"/clickhouse/tables/{{shard}}/{self.public}/{{table}}"
        return f"\nENGINE = Replicated{engine[1]}('{path}', '{{replica}}'{version})\n"

    def _move(self, database: str, name: str) -> list[str]:
        """Move a table out of `database`. Servers that have moved it already do nothing."""
        local = f"`{database}`.`{local_name(name)}`"
        return [
            f"RENAME TABLE IF EXISTS {local} TO {self._local(name)}{self._everywhere}",
            self._distributed(name),
            f"DROP TABLE IF EXISTS `{database}`.`{name}`{self._everywhere} SYNC",
        ]

    def _settings(self, body: str) -> str:
        return re.sub(rf"\b{_TOKENS[0]} = ", f"{_TOKENS[1]} = ", body)

    def _distributed(self, name: str) -> str:
        """Columns as those of the local table, also after they changed."""
        return (
            f"CREATE OR REPLACE TABLE {self._table(name)}{self._everywhere} AS {self._local(name)}"
            f" ENGINE = Distributed('{self.name}', '{self.database}', '{local_name(name)}',"
            f" {SHARDING[name]})"
        )

    def _view(self, found: re.Match[str], sql: str) -> str:
        head, name = found.groups()
        name = name if "." in name else self._table(name)
        # The user by name: servers run a statement ON CLUSTER as themselves.
        body = sql[found.end() :].replace(
            "DEFINER = CURRENT_USER", f"DEFINER = `{self.definer}`", 1
        )
        body = _READ.sub(lambda read: f"{read[1]} {self._table(read[2])}", self._globally(body))
        return f"{head}{name}{self._everywhere}{body}"

    def _globally(self, sql: str) -> str:
        return _JOIN.sub(r"GLOBAL \1 JOIN", _IN.sub(r"GLOBAL \1IN", sql))


def local_name(table: str) -> str:
    """The name of the replicated table under the Distributed one."""
    return f"{table}_local"

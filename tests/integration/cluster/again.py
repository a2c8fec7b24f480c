"""Runs the tests of a module once more, with the fixtures of this folder."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from sinks.clickhouse.client import Database, Params
from sinks.clickhouse.cluster import NoClusterForm, local_name


def again(module: ModuleType, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The tests and fixtures of `module`, for the namespace of another one."""
    absent = set(without) - vars(module).keys()
    assert not absent, f"{module.__name__} has no {absent}"
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and name not in without and name != "pytestmark"
    }


class TestedDatabase(Database):
    """Takes what only tests do, for the one engine that all shards are."""

    async def command(self, sql: str, params: Params | None = None) -> None:
        """See `Database.command`."""
        if sql.startswith("SYSTEM "):  # of one table
            sql = local_name(sql)
        assert self.cluster is not None
        try:
            self.cluster.statements(sql)
        except NoClusterForm:
            await self._connection.run(lambda client: client.command(sql))
        else:
            await super().command(sql, params)

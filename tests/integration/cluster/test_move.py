"""Tables of a cluster that were beside the views are moved with what they hold.

Without the row policies of the harness both simulated shards have all rows, before and after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from schemas.views import view_names
from sinks.clickhouse.client import Database, Params
from sinks.clickhouse.cluster import local_name
from sinks.clickhouse.migrations import migrate, problems
from tests.harness.old_layout import TABLES, OldDatabase, fill, make, places, seen


class Interrupted(Exception):  # noqa: N818
    """The process ended here."""


class Interruptible(Database):
    """Ends after the first statement of a kind that is sent to the servers."""

    def __init__(self, url: str, last: str) -> None:
        super().__init__(url, threads=1)
        self._last = last

    async def command(self, sql: str, params: Params | None = None) -> None:
        """See `Database.command`."""
        assert self.cluster is not None
        statements = self.cluster.statements(sql)

        def work(client: Any) -> None:
            for statement in statements:
                client.command(statement, parameters=dict(params or {}))
                if statement.startswith(self._last):
                    raise Interrupted(statement)

        await self._connection.run(work)


@pytest.fixture
async def old(migrated: str) -> AsyncIterator[OldDatabase]:
    """An installation of the version before, with rows in every view."""
    opened = OldDatabase(urlsplit(migrated)._replace(path="/before").geturl())
    await make(opened)
    await fill(opened)
    yield opened
    await opened.close()


@pytest.mark.slow
async def test_what_was_stored_is_seen_as_before_though_processes_died(old: OldDatabase) -> None:
    before = await seen(old)
    assert all(rows for rows in before.values()), "a view is empty"
    for last in ("RENAME TABLE", "CREATE OR REPLACE TABLE", "DROP TABLE"):
        process = Interruptible(old.url, last)
        with pytest.raises(Interrupted):
            await migrate(process)
        await process.close()
    new = Database(old.url, threads=1)
    await migrate(new)
    assert await problems(new) == []
    assert await seen(new) == before
    assert await places(new) == {
        **{name: [new.public] for name in view_names()},
        **{name: [new.name] for table in TABLES for name in (table, local_name(table))},
    }
    assert await migrate(new) == []
    await new.close()

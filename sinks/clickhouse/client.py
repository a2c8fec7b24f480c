"""Reading from ClickHouse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import orjson
from clickhouse_connect.driver.client import Client

from runtime.metrics import DATABASE_SECONDS, timed
from schemas.tables import Row
from sinks.clickhouse.cluster import Cluster
from sinks.clickhouse.connection import JSON_LINES, Connection

Params = Mapping[str, Any]
Rows = list[dict[str, Any]]
# Bytes of a stream that are read at once.
_PIECE: Final = 1 << 20

# Reads are small and many of them run side by side: more threads cost each a third more.
_SETTINGS: Final = {"max_threads": 1}


class Database:
    """Reads (and commands) over one ClickHouse address.

    Values reach a statement only as parameters, bound by the server: `{name:Type}` in the SQL.
    Every method raises `Unavailable` if the database is unavailable or overloaded.
    """

    def __init__(self, url: str, *, threads: int = 4, timeout: int = 60) -> None:
        self._connection = Connection(url, threads=threads, timeout=timeout)
        self.url: Final = url
        self.cluster: Final = Cluster.of(url)

    @property
    def name(self) -> str:
        """The database that unqualified names are in: that of the tables."""
        return self._connection.database

    @property
    def public(self) -> str:
        """The database of the public views."""
        return self._connection.public

    def view(self, name: str) -> str:
        """How a statement names a public view."""
        return f"`{self.public}`.`{name}`"

    @timed(DATABASE_SECONDS, "read")
    async def query(self, sql: str, params: Params | None = None) -> Rows:
        """All rows of a query, by column name. DateTime64 come as datetimes in UTC."""

        def work(client: Client) -> Rows:
            result = client.query(sql, parameters=dict(params or {}), settings=_SETTINGS)
            return list(result.named_results())

        return await self._connection.run(work)

    async def stream(
        self, sql: str, params: Params, fmt: str, settings: Params | None = None
    ) -> AsyncIterator[bytes]:
        """The result of a query as the database writes it in a format, in pieces.

        A result that breaks off raises `Unavailable`.
        """

        def begin(client: Client) -> Any:
            return client.raw_stream(
                sql, parameters=dict(params), settings=dict(settings or {}), fmt=fmt
            )

        body = await self._connection.run(begin)
        try:
            while piece := await self._connection.run(lambda _: body.read(_PIECE)):
                yield piece
        finally:
            body.close()

    @timed(DATABASE_SECONDS, "command")
    async def command(self, sql: str, params: Params | None = None) -> None:
        """A statement that answers nothing; on a cluster, what takes its place there."""
        statements = [sql] if self.cluster is None else self.cluster.statements(sql)

        def work(client: Client) -> None:
            for statement in statements:
                client.command(statement, parameters=dict(params or {}))

        await self._connection.run(work)

    @timed(DATABASE_SECONDS, "write")
    async def insert_first(self, table: str, row: Row, *, token: str) -> None:
        """Insert a row, unless one was inserted with the same token before; whose row is there has
        to be read. The table has a deduplication window."""
        settings = JSON_LINES | {"insert_deduplicate": 1, "insert_deduplication_token": token}

        def work(client: Client) -> None:
            client.raw_insert(
                table, list(row), orjson.dumps(row), settings=settings, fmt="JSONEachRow"
            )

        await self._connection.run(work)

    @timed(DATABASE_SECONDS, "write")
    async def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Insert a few rows with the same columns durably."""
        lines = b"\n".join(orjson.dumps(row) for row in rows)

        def work(client: Client) -> None:
            client.raw_insert(table, list(rows[0]), lines, settings=JSON_LINES, fmt="JSONEachRow")

        await self._connection.run(work)

    async def ping(self) -> None:
        """Check that the database responds; raises `Unavailable` if it does not."""
        await self.query("SELECT 1")

    async def close(self) -> None:
        """Let go of threads and connections."""
        await self._connection.close()

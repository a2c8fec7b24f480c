"""Seals on a cluster: what a statement selects from one table is inserted into another one."""

from __future__ import annotations

from sinks import seals
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.sealing import CHAINS
from tests.harness.stored_files import new_file, sensor, write_file


async def test_a_seal_is_committed(database: Database, sink: ClickHouseSink) -> None:
    await write_file(sink, new_file("f-1"), [sensor("a", [1.0])])
    for chain in CHAINS:
        assert await seals.seal_changes(database, chain, wait=0) == 1
        assert (await seals.last_seal(database, chain)).number == 1

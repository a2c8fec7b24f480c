"""Leases in a real database."""

from __future__ import annotations

from sinks.clickhouse.client import Database
from sinks.leases import Lease


async def test_one_holds_it_though_numbers_are_used_and_have_no_row(database: Database) -> None:
    name = "used numbers"
    mine, other = (Lease(database, name, holder, 60.0) for holder in ("mine", "other"))
    assert await mine.take()
    assert not await other.take()
    # What is left if the database ends between the token of an insert and its row.
    await database.command("DELETE FROM leases WHERE name = {name:String}", {"name": name})
    assert await other.take()
    assert not await mine.take()
    (row,) = await database.query(
        "SELECT groupArray((number, holder)) AS held FROM leases WHERE name = {name:String}",
        {"name": name},
    )
    assert row["held"] == [(2, "other")]

"""Moves the tables of an installation of version 0.2 or before out of the public database.

Tables and views were in one database then. RENAME moves a table as it is, without copying; it is done
whole or not at all. Tables are moved one by one and `schema_migrations` last, so that a process which
begins after another one died, or beside it, finds what is left to move. No table is created in the
internal database while one of ours is in the public one: it would take the place of that with the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schemas.databases import public_of
from schemas.views import view_names
from sinks.clickhouse.client import Database
from sinks.clickhouse.cluster import local_name

# How many tables an error names.
_SHOWN: Final = 3


class MixedDatabases(Exception):  # noqa: N818
    """Which rows are those of the product cannot be known: its tables are in both databases, or
    CLICKHOUSE_URL names the internal database."""


async def tables_to_move(database: Database, tables: Sequence[str]) -> list[str]:
    """Those of `tables` that are in the public database, in the same order.

    Raises:
        MixedDatabases: one of them is in the internal database too.
    """
    # First what was moved: of a table that another process moves meanwhile, nothing is left then.
    moved = await _names(database, database.name, tables)
    left = await _names(database, database.public, tables)
    if left:
        await _check_name(database)
    if twice := [t for t in tables if _stored(database, t) in moved & left]:
        more = f" and {len(twice) - _SHOWN} more" if len(twice) > _SHOWN else ""
        raise MixedDatabases(
            f"Tables are in {database.public} and in {database.name}: {', '.join(twice[:_SHOWN])}{more}."
            " An earlier version was started on this database after the upgrade. Stop it, and drop the"
            f" tables in {database.public} if what it stored is not needed."
        )
    return [t for t in tables if {t, _stored(database, t)} & left]


async def move_tables(database: Database, tables: Sequence[str]) -> None:
    """Move `tables` into the internal database. Those that were moved already stay where they are.

    Raises:
        Refused: the database cannot move them, such as one whose engine is not Atomic.
    """
    for table in tables:
        await database.command(
            f"RENAME TABLE IF EXISTS `{database.public}`.`{table}` TO `{database.name}`.`{table}`"
        )


def _stored(database: Database, table: str) -> str:
    """The name of the table that has the rows."""
    return table if database.cluster is None else local_name(table)


async def _names(database: Database, within: str, tables: Sequence[str]) -> set[str]:
    rows = await database.query(
        "SELECT name FROM system.tables WHERE database = {database:String}"
        " AND name IN {names:Array(String)}",
        {"database": within, "names": [*tables, *(_stored(database, t) for t in tables)]},
    )
    return {row["name"] for row in rows}


async def _check_name(database: Database) -> None:
    """Check that the public database is not the internal one of another.

    Raises:
        MixedDatabases: it is.
    """
    other = public_of(database.public)
    if other is None:
        return
    views = await database.query(
        "SELECT name FROM system.tables WHERE database = {database:String}"
        " AND engine = 'View' AND name IN {names:Array(String)}",
        {"database": other, "names": view_names()},
    )
    if views:
        raise MixedDatabases(
            f"CLICKHOUSE_URL names {database.public}, which has the tables of {other}: name {other}."
        )

"""Deleting rows that no view shows any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.tables import IDENTITY, Table
from sinks.clickhouse.client import Database

# Tables with rows of one generation of a file.
_TABLES: Final = tuple(table for table, key in IDENTITY.items() if "generation" in key)
# A generation that is greater than any.
ALL_GENERATIONS: Final = (1 << 32) - 1


async def delete_generations(
    database: Database, below: Mapping[str, int], tables: tuple[Table, ...] = _TABLES
) -> None:
    """Delete the rows of each file of `below` whose generation is less than its number.

    Lightweight deletes: marks of a few bytes, while the space is given back when parts are merged.
    The server records each one before it responds and executes it in the background, also
    after a restart. Repeating it changes nothing. Rows of other files and generations are
    seen by every reader as before, during it and after.
    """
    deleted = [file_id for file_id, generation in below.items() if generation == ALL_GENERATIONS]
    if deleted:
        await database.command(
            f"DELETE FROM {Table.RESUBMITTED_ROWS.value} WHERE file_id IN {{ids:Array(String)}}"
            " OR resubmission_id IN {ids:Array(String)} SETTINGS lightweight_deletes_sync = 0",
            {"ids": deleted},
        )
    for table in tables:
        await database.command(
            f"DELETE FROM {table.value} WHERE file_id IN {{ids:Array(String)}} AND generation <"
            " transform(file_id, {ids:Array(String)}, {below:Array(UInt32)}, toUInt32(0))"
            " SETTINGS lightweight_deletes_sync = 0",
            {"ids": list(below), "below": list(below.values())},
        )

"""The operations on files that must not happen twice or beside each other, in order.

ClickHouse has no compare-and-set but one: of the inserts with one deduplication token the first
one is done, and the others are dropped without an error. So an operation takes the next number of
its family, and reads afterwards whose it has become.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.file_record import FileRecord
from sinks.batched_lookup import DataLoader
from sinks.clickhouse.client import Database

_TABLE: Final = "file_operations"


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation `number` of a family: it begins a generation of a file, by writing `record`."""

    number: int
    record: FileRecord


class OperationLog:
    """The log in ClickHouse.

    Args:
        clock: the time in UTC, which is part of no identity.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        # Operations on many files ask about many families at once.
        self._last: DataLoader[str, Operation] = DataLoader(self._find_last)
        self._first: DataLoader[tuple[str, int], FileRecord] = DataLoader(self._find_first)

    async def last(self, family: str) -> Operation | None:
        """The last operation of a family that is remembered."""
        return await self._last.get(family)

    async def _find_last(self, families: Sequence[str]) -> dict[str, Operation]:
        rows = await self._database.query(
            f"SELECT family, number, record FROM {_TABLE} WHERE family IN {{families:Array(String)}}"
            " ORDER BY family, number DESC, requested_at LIMIT 1 BY family",
            {"families": list(families)},
        )
        return {
            row["family"]: Operation(row["number"], FileRecord.from_json(row["record"]))
            for row in rows
        }

    async def _find_first(
        self, places: Sequence[tuple[str, int]]
    ) -> dict[tuple[str, int], FileRecord]:
        """The record of each operation, by its family and number."""
        rows = await self._database.query(
            f"SELECT family, number, record FROM {_TABLE} WHERE family IN {{families:Array(String)}}"
            " AND (family, number) IN arrayZip({families:Array(String)}, {numbers:Array(UInt64)})"
            " ORDER BY family, number, requested_at LIMIT 1 BY family, number",
            {"families": [one for one, _ in places], "numbers": [number for _, number in places]},
        )
        return {(row["family"], row["number"]): FileRecord.from_json(row["record"]) for row in rows}

    async def has(self, family: str, key: str) -> bool:
        """Whether an operation of a family that is remembered was begun for that key."""
        rows = await self._database.query(
            f"SELECT 1 FROM {_TABLE} WHERE family = {{family:String}}"
            " AND key = {key:String} LIMIT 1",
            {"family": family, "key": key},
        )
        return bool(rows)

    async def append(
        self, family: str, number: int, record: FileRecord, key: str = ""
    ) -> FileRecord | None:
        """Let `record` be the operation `number`, if that is free.

        Args:
            key: of the request or message that it is begun for; empty if it has none.

        Returns:
            The record of that operation now: `record`, or the one that was first. None if the
            number was used before and is forgotten: the next one has to be tried.

        Raises:
            Unavailable: it may be done nevertheless.
        """
        row = {
            "family": family,
            "number": number,
            "record": record.row()["record"],
            "key": key,
            "requested_at": self._clock(),
        }
        await self._database.insert_first(_TABLE, row, token=f"{family} {number}")
        return await self._first.get((family, number))

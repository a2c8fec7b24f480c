"""Leases: which of several processes does what one of them should do.

A lease is a help, not a lock: a process that is suspended may go on for a moment after its lease
has passed to another. What is done under one has to be harmless if it is done twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sinks.clickhouse.client import Database

_KEPT: Final = 1000
# Numbers that are tried. One is used and has no row if the database ended in the middle of its insert.
_TRIES: Final = 20


class Lease:
    """The lease `name`, for one process.

    Args:
        holder: name of the process. One that is started again under the same name, at the address
            that it had, takes over at once.
        seconds: how long it holds. It is renewed when half of that is over.
    """

    def __init__(self, database: Database, name: str, holder: str, seconds: float) -> None:
        self._database, self._name, self._holder = database, name, holder
        self._seconds = seconds

    async def take(self) -> bool:
        """Whether this process holds it, taking or renewing it if that is possible.

        Raises:
            Unavailable: the database is unavailable.
        """
        (last,) = await self._database.query(
            "SELECT max(l.number) AS number, argMax(l.holder, l.number) AS holder,"
            " dateDiff('millisecond', now64(6, 'UTC'), argMax(l.until, l.number)) AS left"
            " FROM leases AS l WHERE l.name = {name:String}",
            {"name": self._name},
        )
        left = last["left"] / 1000 if last["number"] else 0.0
        if left > 0 and last["holder"] != self._holder:
            return False
        if left > self._seconds / 2:
            return True
        (moment,) = await self._database.query(
            "SELECT addMilliseconds(now64(6, 'UTC'), {ms:UInt32}) AS until",
            {"ms": round(self._seconds * 1000)},
        )
        first = int(last["number"]) + 1
        for number in range(first, first + _TRIES):
            holder = await self._insert(number, moment["until"])
            if holder is not None:
                break
        if number % _KEPT == 0:
            await self._database.command(
                "DELETE FROM leases WHERE name = {name:String} AND number < {number:UInt64}"
                " SETTINGS lightweight_deletes_sync = 0",
                {"name": self._name, "number": number - _KEPT},
            )
        return holder == self._holder

    async def _insert(self, number: int, until: datetime) -> str | None:
        """Take the lease with a number; its holder now, None if the number has no row."""
        row = {"name": self._name, "number": number, "holder": self._holder, "until": until}
        await self._database.insert_first("leases", row, token=f"{self._name} {number}")
        rows = await self._database.query(
            "SELECT l.holder AS holder FROM leases AS l WHERE name = {name:String}"
            " AND number = {number:UInt64} LIMIT 1",
            {"name": self._name, "number": number},
        )
        return str(rows[0]["holder"]) if rows else None

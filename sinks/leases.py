"""Leases: which of several processes does what one of them should do.

A lease is a help, not a lock: a process that is suspended may go on for a moment after its lease
has passed to another. What is done under one has to be harmless if it is done twice.
"""

from __future__ import annotations

from typing import Final

from sinks.clickhouse.client import Database

_KEPT: Final = 1000


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
        number = int(last["number"]) + 1
        (moment,) = await self._database.query(
            "SELECT addMilliseconds(now64(6, 'UTC'), {ms:UInt32}) AS until",
            {"ms": round(self._seconds * 1000)},
        )
        row = {
            "name": self._name,
            "number": number,
            "holder": self._holder,
            "until": moment["until"],
        }
        await self._database.insert_first("leases", row, token=f"{self._name} {number}")
        (got,) = await self._database.query(
            "SELECT any(l.holder) AS holder FROM leases AS l WHERE name = {name:String}"
            " AND number = {number:UInt64}",
            {"name": self._name, "number": number},
        )
        if number % _KEPT == 0:
            await self._database.command(
                "DELETE FROM leases WHERE name = {name:String} AND number < {number:UInt64}"
                " SETTINGS lightweight_deletes_sync = 0",
                {"name": self._name, "number": number - _KEPT},
            )
        return bool(got["holder"] == self._holder)

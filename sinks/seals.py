"""Seals: what is kept of all files, so that reading it costs the same with more files.

Records carry the moment when the database inserted them. A seal looks at those since the one before,
in three steps:

1. Insert its plan: the files whose records say something else than what is sealed, and the moment from
   which on the next seal has to look. The plan has a deduplication token of its number, so of several
   processes one wins, and the others carry out the same plan.
2. Write what follows from the plan. It depends on the plan and the seal before it alone: twice is as
   good as once. Nothing of it is written after the commit, so a process that was held up does no harm.
3. Commit: a row in the table of seals. Until then, and for a moment longer, readers use the seal
   before.

A process that ends between any two steps leaves a plan that the next one carries out. There are two
chains of seals: totals of sensors (`sinks.total_seals`) and counts of files (`sinks.count_seals`).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from runtime.periodic import run_every
from schemas.totals_sql import REPLACED_AFTER
from sinks.clickhouse.client import Database
from sinks.insert_time import INSERT_TAKES

_LOG = logging.getLogger(__name__)

# Records that a plan looks at: what a seal holds in memory follows from them.
_RECORDS: Final = 20_000
# A stalled disk may hold up an insert for longer than `INSERT_TAKES`. So records of the last hour that
# seals passed are compared with what is sealed, this many seconds after the comparison before.
_INSERT_TAKES_AT_MOST: Final = timedelta(hours=1)
_AUDIT_EVERY: Final = 600.0
# New records at which the next seal is made at once; with fewer it is made when the seal before is so
# many seconds old. A seal costs as much as some requests, and a request a little more for each of them.
_SOON_AT: Final = 3_000
_LATER: Final = 30.0
# Records that are looked at again and again without a change, until a seal says that they need not be.
_SAME_AT: Final = 2_000
# Seconds from one look at new records to the next, with and without any at the last one, and until those
# that have not changed anything are looked at again.
_EVERY: Final = 4.0
_IDLE: Final = 16.0
_QUIET: Final = 60.0
# Plans and commits of so many seals are kept.
_KEPT_SEALS: Final = 1000
# Numbers that are tried for a plan. One is used and has no plan if the database ended between the
# deduplication token and the row.
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Seal:
    """The last one that is committed; number 0 if there is none."""

    number: int
    log_from: datetime
    seconds: float  # since its commit
    now: datetime  # by the clock of the database


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seal will contain. `row` has the columns of the chain's table of plans but for number and
    log_from; the first record that it leaves to the next seal was inserted at `left`."""

    files: int
    row: dict[str, Any]
    left: datetime | None = None


class Chain(Protocol):
    """One kind of seals. `plans` and `seals` are its tables."""

    plans: str
    seals: str

    async def plan(self, database: Database, last: Seal, window: str, params: Any) -> Plan:
        """The files with records in a window, a condition on inserted_at, that seals lack."""
        ...

    async def steps(self, database: Database, number: int) -> list[str]:
        """The statements that carry out a plan, in their order; the last one commits it."""
        ...


class Sealer:
    """Seals what changes, as long as the process lives. Several processes may do so.

    Records that need not be looked at again are counted from the round before: an
    insert that a suspended machine or a stopped database interrupted has seconds to end.

    Args:
        task: its name among the background tasks.
    """

    def __init__(self, database: Database, chain: Chain, task: str) -> None:
        self._database, self._chain, self._task = database, chain, task
        self._quiet: tuple[object, float] = (None, 0.0)
        self._round_before: datetime | None = None
        self._audited_at = time.monotonic()
        self._waiting = False

    async def run(self) -> None:
        """Round after round."""
        await run_every(self._task, self._look, _EVERY, _IDLE)

    async def _look(self) -> bool:
        """A round; whether anything was to be sealed, or is soon."""
        return bool(await self.round()) or self._waiting

    async def round(self) -> int:
        """Seal what has changed, if it is time; how many files.

        Raises:
            Unavailable: the database does not answer.
        """
        last = await last_seal(self._database, self._chain)
        (new,) = await self._database.query(
            "SELECT count() AS records, max(inserted_at) AS latest,"
            " countIf(inserted_at >= {committed:DateTime64(6, 'UTC')}) AS new"
            " FROM file_records PREWHERE inserted_at >= {since:DateTime64(6, 'UTC')}",
            {"since": last.log_from, "committed": last.now - timedelta(seconds=last.seconds)},
        )
        before, self._round_before = self._round_before or last.now, last.now
        seen, at = self._quiet
        new["seal"] = last.number
        quiet = seen == new and time.monotonic() - at < _QUIET
        self._waiting = bool(new["records"]) and not quiet
        if last.seconds >= REPLACED_AFTER and time.monotonic() - self._audited_at >= _AUDIT_EVERY:
            self._audited_at = time.monotonic()
            if files := await seal_late_records(self._database, self._chain):
                return files
        if not self._waiting:
            return 0
        soon = new["new"] >= _SOON_AT or new["records"] >= _RECORDS
        wait = REPLACED_AFTER if soon else _LATER
        if last.number and last.seconds < wait:
            return 0
        complete_until = before - INSERT_TAKES
        files = await seal_changes(self._database, self._chain, complete_until=complete_until)
        if files is None:
            self._quiet = new, time.monotonic()
        return files or 0


async def seal_changes(
    database: Database,
    chain: Chain,
    *,
    wait: float = REPLACED_AFTER,
    complete_until: datetime | None = None,
) -> int | None:
    """Carry out the next seal; how many files it adds, None if there is none to carry out yet.

    Args:
        wait: seconds after which the seal before it is the one that every reader uses.
        complete_until: records that carry an earlier moment are all seen; None for some time ago.

    Raises:
        Unavailable: the database does not answer; the next call continues the same seal.
    """
    last = await last_seal(database, chain)
    if last.number and last.seconds < wait:
        return None
    number = await next_plan(database, chain, last)
    if number is None:
        number = await plan_seal(database, chain, last, complete_until)
    return None if number is None else await _carry_out(database, chain, last, number)


async def seal_late_records(database: Database, chain: Chain) -> int | None:
    """As `seal_changes`, of records that the database inserted so slowly that seals passed them.

    Until then what is kept lacks them. None if there are none, as is usual.
    """
    last = await last_seal(database, chain)
    if last.number == 0 or last.seconds < REPLACED_AFTER:
        return None
    number = await next_plan(database, chain, last)
    if number is None:
        late = await chain.plan(
            database,
            last,
            "inserted_at >= {since:DateTime64(6, 'UTC')}"
            " AND inserted_at < {until:DateTime64(6, 'UTC')}",
            {"since": last.log_from - _INSERT_TAKES_AT_MOST, "until": last.log_from},
        )
        if not late.files:
            return None
        _LOG.warning(
            "%s lacked at least %d files whose records took the database more than %d seconds to"
            " insert; they are added now",
            chain.seals,
            late.files,
            INSERT_TAKES.seconds,
        )
        number = await _insert_plan(database, chain, last, late, last.log_from)
    return None if number is None else await _carry_out(database, chain, last, number)


async def _carry_out(database: Database, chain: Chain, last: Seal, number: int) -> int:
    """Carry out plan `number`, the one after `last`; how many files it adds."""
    files = await planned_files(database, chain, number)
    for statement in await chain.steps(database, number):
        await database.command(statement)
    if number // _KEPT_SEALS != last.number // _KEPT_SEALS:
        await _forget(database, chain, number - _KEPT_SEALS)
    return files or 0


async def plan_seal(
    database: Database, chain: Chain, last: Seal, complete_until: datetime | None = None
) -> int | None:
    """Plan the seal after `last`; its number, None if nothing has changed. Of several plans the first
    one holds."""
    complete_until = complete_until or last.now - INSERT_TAKES
    since, until = "{since:DateTime64(6, 'UTC')}", "{until:DateTime64(6, 'UTC')}"
    (window,) = await database.query(
        "SELECT max(inserted_at) AS until, count() AS records,"
        " countIf(inserted_at < {complete_until:DateTime64(6, 'UTC')}) AS complete FROM ("
        f"SELECT inserted_at FROM file_records PREWHERE inserted_at >= {since}"
        " ORDER BY inserted_at LIMIT {limit:UInt64})",
        {"since": last.log_from, "limit": _RECORDS, "complete_until": complete_until},
    )
    if not window["records"]:
        return None
    whole = window["records"] < _RECORDS
    params = {"since": last.log_from, "until": window["until"]}
    plan = await chain.plan(
        database, last, f"inserted_at >= {since} AND inserted_at <= {until}", params
    )
    log_from = (
        complete_until
        if whole
        else min(window["until"] + timedelta(microseconds=1), complete_until)
    )
    if plan.left is not None:
        log_from = min(log_from, plan.left)
    log_from = max(log_from, last.log_from)
    same = log_from == last.log_from or (whole and window["complete"] < _SAME_AT)
    if not plan.files and same:
        return None
    return await _insert_plan(database, chain, last, plan, log_from)


async def _insert_plan(
    database: Database, chain: Chain, last: Seal, plan: Plan, log_from: datetime
) -> int | None:
    """Insert the plan after `last`; its number. Of several plans of a number the first one holds.

    None if all numbers that were tried are used: `last` is not the last seal any more.
    """
    for number in range(last.number + 1, last.number + 1 + _TRIES):
        row = plan.row | {"number": number, "log_from": log_from}
        await database.insert_first(chain.plans, row, token=f"{number}")
        if await planned_files(database, chain, number) is not None:
            return number
        _LOG.warning("%s %d is used and has no row; the next number is taken", chain.plans, number)
    return None


async def _forget(database: Database, chain: Chain, number: int) -> None:
    """Delete plans and commits before `number`."""
    for table in (chain.plans, chain.seals):
        await database.command(
            f"DELETE FROM {table} WHERE number < {number} SETTINGS lightweight_deletes_sync = 0"
        )


async def last_seal(database: Database, chain: Chain) -> Seal:
    """The last seal."""
    (row,) = await database.query(
        "SELECT max(s.number) AS number, argMax(s.log_from, s.number) AS log_from,"
        " now64(6, 'UTC') AS now,"
        " toUnixTimestamp64Milli(now64(3, 'UTC'))"
        " - toUnixTimestamp64Milli(toDateTime64(max(s.committed_at), 3, 'UTC')) AS ms"
        f" FROM {chain.seals} AS s"
    )
    return Seal(row["number"], row["log_from"], row["ms"] / 1000, row["now"])


async def next_plan(database: Database, chain: Chain, last: Seal) -> int | None:
    """The number of the plan after `last`; None if there is none."""
    rows = await database.query(
        f"SELECT number FROM {chain.plans} WHERE number > {last.number} ORDER BY number LIMIT 1"
    )
    return int(rows[0]["number"]) if rows else None


async def planned_files(database: Database, chain: Chain, number: int) -> int | None:
    """How many files plan `number` has; None if there is none."""
    rows = await database.query(
        f"SELECT length(file_ids) AS files FROM {chain.plans} WHERE number = {number} LIMIT 1"
    )
    return rows[0]["files"] if rows else None

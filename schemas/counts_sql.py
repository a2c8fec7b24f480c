"""The SQL of counts over all files: what is sealed, plus what has changed since.

What a record adds to each count is an array of Int64 in the order of `NAMES`. The record with the
highest version of a file holds, so a file is counted again if it has a higher one than what is sealed.
See docs/decisions/0021-counts-are-sealed.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from schemas.totals_sql import READ_AFTER

# What a file that is listed by itself shows; of `counted` files the statuses and all sums.
_STATUSES: Final = ("waiting", "processed", "partial", "failed")
_SUMS: Final = (
    *("size_bytes", "row_count", "invalid_count", "record_count", "missing_count"),
    "excluded_count",
)
NAMES: Final = (
    *("files", *_STATUSES, *_SUMS),
    *("listed_files", *(f"listed_{status}" for status in _STATUSES)),
)


def _added() -> str:
    status = "ifNull(r.live_status, r.status)"
    # A container is counted by its members, if it has any, and listed in place of them.
    counted = "(r.deleted = 0 AND ifNull(r.member_count, 0) = 0)"
    listed = "(r.deleted = 0 AND r.parent_id IS NULL)"
    statuses = ["1", *(f"{status} = '{name}'" for name in _STATUSES)]
    # As the view `files` has them.
    sums = {name: f"ifNull(r.{name}, 0)" for name in _SUMS}
    sums["record_count"] = "ifNull(ifNull(r.record_count, r.row_count + r.invalid_count), 0)"
    sums |= {
        name: f"if(r.row_count IS NULL, 0, ifNull(r.{name}, 0))"
        for name in ("missing_count", "excluded_count")
    }

    def if_so(condition: str, values: Iterable[str]) -> str:
        return f"arrayMap(x -> x * {condition}, CAST([{', '.join(values)}], 'Array(Int64)'))"

    # To plan a condition per value would take longer than to read a thousand records.
    return f"arrayConcat({if_so(counted, [*statuses, *sums.values()])}, {if_so(listed, statuses)})"


_ADDED: Final = _added()


def last_count(seconds: int) -> str:
    """Scalar subquery, Tuple(number, log_from, counts): the last seal that is older than `seconds`."""
    return (
        "(SELECT (max(number), argMax(log_from, number), argMax(counts, number)) FROM count_seals"
        f" WHERE committed_at <= now64(6, 'UTC') - toIntervalSecond({seconds}))"
    )


def changed_counts(seal: str, window: str) -> str:
    """SELECT of the files with records in a window that seals up to `seal` do not count: file_id,
    `version`, what its record with that version adds (`now`), and what is counted of it (`before`,
    empty if nothing is).

    Args:
        seal: an SQL expression.
        window: a condition on inserted_at.
    """
    return f"""
    SELECT file_id, maxIf(v, new) AS version, argMaxIf(a, v, new) AS now,
        argMaxIf(a, v, NOT new) AS before
    FROM
    (
        SELECT r.file_id AS file_id, r.version AS v, {_ADDED} AS a, true AS new
        FROM file_records AS r
        PREWHERE {window}
        UNION ALL
        SELECT file_id, version, added, false
        FROM counted_files
        PREWHERE file_id IN (SELECT file_id FROM file_records PREWHERE {window})
        WHERE seal <= {seal}
    )
    GROUP BY file_id
    HAVING version > maxIf(v, NOT new)"""


# What `added` needs of a record.
ADDED_BY: Final = (
    *("status", "live_status", "deleted", "member_count", "parent_id"),
    *("size_bytes", "row_count", "invalid_count", "record_count", "missing_count"),
    "excluded_count",
)


def added(record: Mapping[str, Any]) -> list[int]:
    """What a record, with the columns `ADDED_BY`, adds to each count: as the statements have it, but
    they take longer to be planned than a page of records to be read."""
    if record["deleted"]:
        return [0] * len(NAMES)
    status = record["live_status"] or record["status"]
    statuses = [1, *(int(status == name) for name in _STATUSES)]
    counted = [0] * (len(statuses) + len(_SUMS))
    if not record["member_count"]:
        sums = {name: record[name] or 0 for name in _SUMS}
        if record["row_count"] is None:
            sums["missing_count"] = sums["excluded_count"] = 0
        if record["record_count"] is None:
            known = record["row_count"] is not None and record["invalid_count"] is not None
            sums["record_count"] = sums["row_count"] + sums["invalid_count"] if known else 0
        counted = [*statuses, *sums.values()]
    return counted + (statuses if record["parent_id"] is None else [0] * len(statuses))


def counted() -> str:
    """SELECT of what seals up to {seal:UInt64} count of the files {ids:Array(String)}: file_id, the
    `version` of its record, and what that adds (`before`)."""
    return (
        "SELECT file_id, max(c.version) AS version, argMax(c.added, c.version) AS before"
        " FROM counted_files AS c PREWHERE file_id IN {ids:Array(String)}"
        " WHERE seal <= {seal:UInt64} GROUP BY file_id"
    )


def with_changes(counts: str, changed: str) -> str:
    """Expression: `counts` with those that `changed`, a SELECT as `changed_counts`, adds."""
    size = len(NAMES)
    return (
        f"(SELECT arrayMap((sealed, now, before) -> sealed + now - before, arrayResize({counts}, {size}),"
        f" arrayResize(sumForEach(now), {size}), arrayResize(sumForEach(before), {size}))"
        f" FROM ({changed}))"
    )


def counts_select() -> str:
    """SELECT of one row with the array `counts`, of all files."""
    changed = changed_counts("last_count.1", "inserted_at >= last_count.2")
    return (
        f"WITH {last_count(READ_AFTER)} AS last_count"
        f" SELECT {with_changes('last_count.3', changed)} AS counts"
    )


def not_counted(number: int) -> str:
    """Condition that holds until seal `number` is committed; see `schemas.totals_sql.not_committed`."""
    return f"(SELECT max(number) FROM count_seals) < {number}"


def count_steps(number: int) -> list[str]:
    """The statements that carry out plan `number`, in their order; the last one commits it."""
    return [
        "INSERT INTO counted_files (file_id, version, added, seal)"
        f" SELECT file_id, version, one, {number} FROM count_plans"
        " ARRAY JOIN file_ids AS file_id, versions AS version, added AS one"
        f" WHERE number = {number} AND {not_counted(number)}",
        "INSERT INTO count_seals (number, counts, log_from) SELECT number, counts, log_from"
        f" FROM count_plans WHERE number = {number} AND {not_counted(number)} LIMIT 1",
    ]

"""What the limit on dead letters needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sinks.clickhouse.client import Database

_SQL: Final = """
SELECT
    (
        SELECT uniqExact(coalesce(key, concat(topic, '/', toString(partition), '/', toString(offset))))
        FROM dead_letter_rows
        WHERE code = {code:String} AND received_at > now() - {seconds:UInt32}
    ) AS failed,
    (
        SELECT count() FROM file_records FINAL
        WHERE finished_at > now() - {seconds:UInt32} AND status != 'waiting'
        AND NOT startsWith(coalesce(error, ''), {prefix:String})
    ) AS others
"""


@dataclass(frozen=True, slots=True)
class RecentEnds:
    """Files of the last while: those that became dead letters with a code, and all others that ended."""

    failed: int
    others: int


async def recent_ends(database: Database, *, code: str, prefix: str, seconds: int) -> RecentEnds:
    """How files ended in the last `seconds`, on the database's clock.

    Args:
        code: of the dead letters; a file that has several counts once.
        prefix: what the errors of such files begin with.
    """
    (row,) = await database.query(_SQL, {"code": code, "prefix": prefix, "seconds": seconds})
    return RecentEnds(row["failed"], row["others"])

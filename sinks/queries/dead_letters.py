"""Dead letters: how many there are of late, lists of them, and one with its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sinks.clickhouse.client import Database
from sinks.queries.pagination import SORT_VALUE, After, Keyset, Page, Sorts, moment, page_of

LETTER_SORTS: Final[Sorts] = {"received_at": moment("received_at")}
# Of a letter's bytes, what a list shows.
_PREVIEW_BYTES: Final = 400
_COLUMNS: Final = (
    "letter_id, topic, partition, offset, code, reason, key, headers, received_at, announced_at,"
    f" length(value) AS size_bytes, toValidUTF8(substring(value, 1, {_PREVIEW_BYTES})) AS preview"
)
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


async def dead_letters_page(
    database: Database,
    *,
    open_only: bool = False,
    sort: str = "received_at",
    descending: bool = True,
    limit: int = 100,
    after: After | None = None,
) -> Page[dict[str, Any]]:
    """A page of dead letters: columns of the view, with the beginning of the bytes as `preview`.

    Args:
        open_only: only those that were not announced again.
        sort: one of `LETTER_SORTS`.
        after: `next` of the page before.
    """
    keyset = Keyset(LETTER_SORTS[sort], "letter_id", descending, after)
    only = " AND announced_at IS NULL" if open_only else ""
    rows = await database.query(
        f"SELECT {_COLUMNS}, {keyset.sort.expression} AS {SORT_VALUE}"
        f" FROM {database.view('dead_letters')}"
        f" WHERE {keyset.condition}{only} ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
        keyset.params | {"limit": limit + 1},
    )
    return page_of(rows, limit, "letter_id")


@dataclass(frozen=True, slots=True)
class LetterCounts:
    """How many dead letters there are, how many were not announced again, and the last one's time."""

    total: int
    not_announced: int
    last_received_at: datetime | None


async def letter_counts(database: Database) -> LetterCounts:
    """Counts of all dead letters."""
    (row,) = await database.query(
        "SELECT count() AS total, countIf(announced_at IS NULL) AS not_announced,"
        f" maxOrNull(received_at) AS last_received_at FROM {database.view('dead_letters')}"
    )
    return LetterCounts(**row)


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as it was: what it takes to publish it again."""

    letter_id: str
    topic: str
    code: str
    key: bytes | None
    value: bytes
    headers: Mapping[str, str]


async def dead_letter(database: Database, letter_id: str) -> Letter | None:
    """One letter; None if there is none with that id."""
    parts = letter_id.rsplit(".", 3)
    if len(parts) != 4 or not (_is_number(parts[1], 32) and _is_number(parts[2], 64)):
        return None
    rows = await database.query(
        "SELECT letter_id, topic, code, hex(ifNull(key, '')) AS key, key IS NULL AS has_no_key,"
        f" hex(value) AS value, headers FROM {database.view('dead_letters')}"
        " WHERE topic = {topic:String} AND partition = {partition:UInt32}"
        " AND offset = {offset:UInt64} AND letter_id = {letter_id:String}",
        {
            "topic": parts[0],
            "partition": int(parts[1]),
            "offset": int(parts[2]),
            "letter_id": letter_id,
        },
    )
    if not rows:
        return None
    row = rows[0]
    return Letter(
        row["letter_id"],
        row["topic"],
        row["code"],
        None if row["has_no_key"] else bytes.fromhex(row["key"]),
        bytes.fromhex(row["value"]),
        row["headers"],
    )


def _is_number(text: str, bits: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 21 and int(text) < 1 << bits


async def record_announcement(
    database: Database, letter_id: str, at: datetime, file_id: str | None
) -> None:
    """Record that a letter was announced again; `file_id` if that was the replay of a file."""
    row = {"letter_id": letter_id, "announced_at": at, "file_id": file_id}
    await database.insert_first("dead_letter_announcements", row, token=f"{letter_id} {at}")

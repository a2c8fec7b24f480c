"""Webhooks, their deliveries, and the ends of files that they are about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from schemas.file_record import FileRecord
from schemas.webhooks import Delivery, DeliveryState, Webhook
from sinks.clickhouse.client import Database
from sinks.queries.chunks import chunks
from sinks.queries.pagination import SORT_VALUE, After, Keyset, Page, moment, page_of

# What is not due any more has this moment, which an index can leave out.
_NEVER: Final = "2200-01-01 00:00:00"
_DELIVERY: Final = (
    "webhook_id, begun_at, delivery_id, event, file_id, filename, generation, status, payload,"
    " state, attempts, planned_at, next_attempt_at, last_attempt_at, response_status, response_ms,"
    " error, version"
)
_CURSOR: Final = "files"
_BEGUN: Final = moment("begun_at")


@dataclass(frozen=True, slots=True)
class Ends:
    """Records that show how files ended, and up to which record they were looked for."""

    records: list[FileRecord]
    looked_at: int
    after: tuple[datetime, str]


async def read_webhooks(database: Database) -> list[Webhook]:
    """Webhooks that are not deleted, the oldest first."""
    rows = await database.query(
        "SELECT * FROM webhooks FINAL WHERE NOT deleted ORDER BY created_at, webhook_id"
    )
    return [_webhook(row) for row in rows]


async def write_webhook(database: Database, webhook: Webhook) -> None:
    """Store a state of a webhook."""
    row = asdict(webhook)
    row["enabled"], row["deleted"] = int(webhook.enabled), int(webhook.deleted)
    await database.insert("webhooks", [row])


async def write_deliveries(database: Database, deliveries: Sequence[Delivery]) -> None:
    """Store states of deliveries; writing one again, or an earlier one, changes nothing."""
    rows = []
    for delivery in deliveries:
        row = asdict(delivery)
        if delivery.state != DeliveryState.DUE:
            row["next_attempt_at"] = _NEVER
        rows.append(row)
    if rows:
        await database.insert("webhook_deliveries", rows)


async def due_deliveries(
    database: Database, webhook_ids: Collection[str], now: datetime, limit: int
) -> list[Delivery]:
    """Deliveries that are due, the longest due first, up to `limit` of each webhook."""
    # The index leads to those that were due at some time; FINAL then looks at these alone.
    rows = await database.query(
        f"SELECT {_DELIVERY} FROM webhook_deliveries FINAL"
        " PREWHERE (webhook_id, begun_at, delivery_id) IN ("
        "SELECT webhook_id, begun_at, delivery_id FROM webhook_deliveries"
        " PREWHERE next_attempt_at <= {now:DateTime64(6, 'UTC')}"
        " WHERE webhook_id IN {ids:Array(String)})"
        " WHERE state = 'due' AND next_attempt_at <= {now:DateTime64(6, 'UTC')}"
        " ORDER BY next_attempt_at, delivery_id LIMIT {limit:UInt32} BY webhook_id",
        {"now": now, "ids": list(webhook_ids), "limit": limit},
    )
    return [_delivery(row) for row in rows]


async def known_deliveries(database: Database, deliveries: Sequence[Delivery]) -> set[str]:
    """Ids of those deliveries that are stored already, in any state."""
    known: set[str] = set()
    for some in chunks(deliveries):
        rows = await database.query(
            "SELECT DISTINCT delivery_id FROM webhook_deliveries"
            " PREWHERE webhook_id IN {webhooks:Array(String)}"
            " AND begun_at IN {begun:Array(DateTime64(6, 'UTC'))}"
            " AND delivery_id IN {ids:Array(String)}",
            {
                "webhooks": sorted({d.webhook_id for d in some}),
                "begun": sorted({_sql(d.begun_at) for d in some}),
                "ids": [d.delivery_id for d in some],
            },
        )
        known |= {row["delivery_id"] for row in rows}
    return known


async def deliveries_page(
    database: Database,
    *,
    webhook_id: str,
    state: str | None = None,
    limit: int,
    after: After | None = None,
) -> Page[Delivery]:
    """A page of the deliveries of a webhook, those of the latest files first."""
    keyset = Keyset(_BEGUN, "delivery_id", True, after)
    rows = await database.query(
        f"SELECT {_DELIVERY}, {_BEGUN.expression} AS {SORT_VALUE} FROM webhook_deliveries FINAL"
        " PREWHERE webhook_id = {webhook_id:String}"
        f" WHERE {keyset.condition} AND ({{state:String}} = '' OR state = {{state:String}})"
        f" ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
        keyset.params | {"webhook_id": webhook_id, "state": state or "", "limit": limit + 1},
    )
    page = page_of(rows, limit, "delivery_id")
    return Page([_delivery(row) for row in page.items], page.next)


async def delivery_by_id(database: Database, webhook_id: str, delivery_id: str) -> Delivery | None:
    """A delivery of a webhook; None if there is none."""
    rows = await database.query(
        f"SELECT {_DELIVERY} FROM webhook_deliveries FINAL PREWHERE webhook_id = {{webhook:String}}"
        " AND delivery_id = {id:String}",
        {"webhook": webhook_id, "id": delivery_id},
    )
    return _delivery(rows[0]) if rows else None


async def delivery_counts(database: Database) -> dict[str, dict[str, int]]:
    """How many deliveries of the last day each webhook has, by state."""
    rows = await database.query(
        "SELECT webhook_id, state, count() AS n FROM webhook_deliveries FINAL"
        " WHERE planned_at >= now() - INTERVAL 1 DAY GROUP BY webhook_id, state"
    )
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row["webhook_id"], {})[row["state"]] = row["n"]
    return counts


async def ends_since(
    database: Database, after: tuple[datetime, str], seen: Collection[tuple[str, int]], limit: int
) -> Ends:
    """Records that were inserted after a record (moment of its insert, file_id) and show how a file
    ended: terminal ones, and those of files that are replayed. Deleted files are left out, and those
    of which retention removed something.

    Args:
        seen: (file_id, version) of records that were returned before.
    """
    params: dict[str, Any] = {"since": after[0], "id": after[1], "limit": limit}
    window = await database.query(
        "SELECT file_id, version, inserted_at FROM file_records"
        " PREWHERE inserted_at >= {since:DateTime64(6, 'UTC')}"
        " WHERE (inserted_at, file_id) > ({since:DateTime64(6, 'UTC')}, {id:String})"
        " AND NOT deleted AND (status != 'waiting' OR live_status IS NOT NULL)"
        " AND raw_removed_at IS NULL AND readings_removed_at IS NULL"
        " ORDER BY inserted_at, file_id LIMIT {limit:UInt32}",
        params,
    )
    new = [row for row in window if (row["file_id"], row["version"]) not in seen]
    records: list[FileRecord] = []
    if new:
        rows = await database.query(
            "SELECT record FROM file_records PREWHERE file_id IN {ids:Array(String)}"
            " AND version IN {versions:Array(UInt64)}"
            " WHERE NOT deleted AND (status != 'waiting' OR live_status IS NOT NULL)"
            " ORDER BY version DESC LIMIT 1 BY file_id, version",
            {
                "ids": sorted({row["file_id"] for row in new}),
                "versions": sorted({row["version"] for row in new}),
            },
        )
        records = [FileRecord.from_json(row["record"]) for row in rows]
    last = (window[-1]["inserted_at"], window[-1]["file_id"]) if window else after
    return Ends(records, len(window), last)


async def database_now(database: Database) -> datetime:
    """The database's clock, which records are inserted by."""
    (row,) = await database.query("SELECT now64(6, 'UTC') AS now")
    moment_: datetime = row["now"]
    return moment_


async def read_cursor(database: Database) -> datetime | None:
    """Up to when the ends of files were looked at; None if they never were."""
    rows = await database.query(
        "SELECT max(c.since) AS since, count() AS n FROM webhook_cursor AS c"
        " WHERE name = {name:String}",
        {"name": _CURSOR},
    )
    return rows[0]["since"] if rows[0]["n"] else None


async def write_cursor(database: Database, since: datetime) -> None:
    """Everything before `since` was looked at."""
    await database.insert("webhook_cursor", [{"name": _CURSOR, "since": since}])


def _sql(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f")


def _webhook(row: dict[str, Any]) -> Webhook:
    row = {**row, "statuses": tuple(row["statuses"])}
    row["enabled"], row["deleted"] = bool(row["enabled"]), bool(row["deleted"])
    return Webhook(**row)


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(**{**row, "state": DeliveryState(row["state"])})

"""Results of files as JSON, cached without expiry: live results never change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import orjson

from ingest.cache.store import Cache
from ingest.http.pagination import Order, encode, read_member_row_cursor, read_row_cursor
from ingest.http.responses import page_bytes
from rows.invalid.fields import rejected_row
from schemas.corrections import RowFilter
from schemas.file_document import MAX_INVALID_ROWS, MAX_SENSORS, invalid_row, sensor_result
from schemas.file_record import FileRecord
from schemas.instants import micros_of
from schemas.invalid_codes import COLUMNS
from sinks.clickhouse.client import Database
from sinks.queries import (
    Page,
    invalid_rows_page,
    members_per_sensor_count,
    members_sensors_page,
    per_sensor_count,
    resubmission_ids,
    row_corrections,
    rows_of_container,
    sensors_page,
)
from sinks.queries.container_rows import MemberRow, first_rows_of_container


def sensors_bytes(page: Page[dict[str, Any]], order: Order) -> bytes:
    """A page of results per sensor, as JSON."""
    return page_bytes([sensor_result(row) for row in page.items], order.cursor(page.next))


def _with_fields(row: Mapping[str, Any], record: FileRecord) -> dict[str, Any]:
    """An invalid row with its cells as the export has them: corrections are compared with these."""
    cells = rejected_row(row, record.dialect).cells
    return {
        **invalid_row(row),
        "cell": row["cell"],
        "correction": None,
        "fields": dict(zip(COLUMNS, cells, strict=True)),
    }


class Results:
    """Sensors and invalid rows of files, by the record that says which generation is live."""

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database, self._cache = database, cache

    async def per_sensor_count(self, record: FileRecord) -> bytes:
        """Valid rows by sensor, as many as a document shows."""

        async def read() -> bytes:
            return orjson.dumps(await per_sensor_count(self._database, record, MAX_SENSORS))

        if record.container is not None:
            counts = await members_per_sensor_count(self._database, record.file_id, MAX_SENSORS)
            return orjson.dumps(counts)
        return b"{}" if not record.sensor_count else await self._kept(record, "counts", read)

    async def first_invalid_rows(self, record: FileRecord) -> bytes:
        """Invalid rows, as many as a document shows."""

        async def read() -> bytes:
            rows = await invalid_rows_page(self._database, record, limit=MAX_INVALID_ROWS)
            return orjson.dumps([invalid_row(row) for row in rows])

        if record.container is not None:  # they change with its members
            if record.summary is None or not record.summary.invalid_count:
                return b"[]"
            found = await first_rows_of_container(self._database, record.file_id, MAX_INVALID_ROWS)
            return orjson.dumps([invalid_row(row) for row in found])
        return b"[]" if not record.invalid_count else await self._kept(record, "invalid", read)

    async def sensors(self, record: FileRecord, q: str | None, order: Order, limit: int) -> bytes:
        """A page of sensors."""

        async def read() -> bytes:
            page = await sensors_page(
                self._database,
                record,
                q=q,
                limit=limit,
                **order.paging,
            )
            return sensors_bytes(page, order)

        if record.container is not None:  # it changes with its members
            page = await members_sensors_page(
                self._database, record.file_id, q=q, limit=limit, **order.paging
            )
            return sensors_bytes(page, order)
        return await self._kept(record, f"sensors {order.name} {limit} {order.after} {q!r}", read)

    async def invalid_rows(
        self,
        record: FileRecord,
        only: RowFilter,
        cursor: str | None,
        limit: int,
        *,
        corrected: bool | None = None,
    ) -> bytes:
        """A page of invalid rows, each with the file that corrects it.

        Raises:
            Problem: 400, if the cursor is none of this list.
        """
        if record.container is not None:  # it changes with its members
            return await self._invalid_rows_of_members(record, only, cursor, limit, corrected)
        after = read_row_cursor(cursor)

        async def read() -> bytes:
            rows = await invalid_rows_page(
                self._database,
                record,
                rows=only,
                corrected=corrected,
                after=after,
                limit=limit + 1,
            )
            items = [_with_fields(row, record) for row in rows[:limit]]
            last = rows[limit - 1] if len(rows) > limit else None
            return page_bytes(items, encode([last["row"], last["cell"]]) if last else None)

        if not record.invalid_count:
            return page_bytes([], None)
        if only.text or corrected is not None:
            page = await read()
        else:
            what = f"invalid with fields {after} {limit} {only.code!r} {only.column!r}"
            page = await self._kept(record, what, read)
        return await self._marked(record, page)

    async def _invalid_rows_of_members(
        self,
        container: FileRecord,
        only: RowFilter,
        cursor: str | None,
        limit: int,
        corrected: bool | None,
    ) -> bytes:
        after = read_member_row_cursor(cursor)
        found: list[MemberRow] = []
        blocks = rows_of_container(
            self._database, container.file_id, rows=only, corrected=corrected, after=after
        )
        async with aclosing(blocks):
            async for block in blocks:
                found += block
                if len(found) > limit:
                    break
        shown = found[:limit]
        items = [
            {**_with_fields(row, member), "file_id": member.file_id, "member": member.member}
            for member, row in shown
        ]
        claimed = await resubmission_ids(self._database, {member.file_id for member, _ in shown})
        for file_id in claimed:
            await self._mark([item for item in items if item["file_id"] == file_id], file_id)
        last = None
        if len(found) > limit:
            member, row = shown[-1]
            last = [micros_of(member.upload_time), member.file_id, row["row"], row["cell"]]
        return page_bytes(items, encode(last) if last else None)

    async def _marked(self, record: FileRecord, page: bytes) -> bytes:
        """A page of invalid rows with what corrects them now."""
        if not await resubmission_ids(self._database, [record.file_id]):
            return page
        document = orjson.loads(page)
        await self._mark(document["items"], record.file_id)
        return orjson.dumps(document)

    async def _mark(self, items: Sequence[dict[str, Any]], file_id: str) -> None:
        """Add to invalid rows of a file what corrects them now."""
        found = await row_corrections(self._database, file_id, [item["row"] for item in items])
        for item in items:
            claim = found.get((item["row"], item["cell"]))
            if claim is not None:
                status, by = claim
                item["correction"] = {
                    "file_id": by,
                    "status": "waiting" if status == "waiting" else "corrected",
                }

    async def _kept(
        self, record: FileRecord, what: str, read: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        if record.live_generation == 0:
            return await read()
        # The same file in another database, or in one that was begun with again, ended at another time.
        ended, through = record.finished_at, record.invalid_kept_through
        return await self._cache.get(
            f"{record.file_id} {record.live_generation} {ended} {through} {what}", read
        )

"""Containers and their members.

The ids of members begin like that of their container, so their records, and all rows of them, are
neighbours in the tables: a question about a container reads a range of the key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from schemas.file_ids import members_prefix
from schemas.file_record import FileRecord
from sinks.clickhouse.client import Database
from sinks.queries.details import SENSOR_SORTS
from sinks.queries.pagination import SORT_VALUE, After, Keyset, Page, page_of
from sinks.queries.readings import Extent

_OF_PARENT: Final = (
    "PREWHERE startsWith(file_id, {prefix:String}) WHERE parent_id = {parent:String}"
)
_SHOWN: Final = "ifNull(live_status, status)"
_SUMMED: Final = (
    "live_generation, deleted, status, live_status, row_count, invalid_count, record_count,"
    " missing_count, excluded_count, min_value, max_value, codes, member, error"
)
# Members of which the error of the container speaks, and records that are read at once.
_NAMED: Final = 3
_PAGE: Final = 500
# Members with the same bytes that one is compared with.
_EQUAL: Final = 16


@dataclass(frozen=True, slots=True)
class KnownMember:
    """What is recorded of a member of a container."""

    file_id: str
    generation: int
    # The generation of the container that began it.
    parent_generation: int
    is_waiting: bool
    is_deleted: bool
    # 0 if its bytes were not stored.
    size_bytes: int


@dataclass(frozen=True, slots=True)
class MemberTotals:
    """The members of a container that are recorded, at one moment; deleted ones are left out of all
    but `changes`."""

    # Grows with every end, replay and deletion of a member.
    changes: int
    # Members in their first or a later generation, and members that were never terminal.
    waiting: int
    unread: int
    # How many have each status that is shown.
    statuses: dict[str, int]
    row_count: int
    invalid_count: int
    record_count: int
    missing_count: int
    excluded_count: int
    min_value: float | None
    max_value: float | None
    codes: dict[str, int]
    # The first that failed, with their errors.
    failed: list[tuple[str, str]]


async def known_members(database: Database, parent_id: str) -> dict[str, KnownMember]:
    """The members of a container that are recorded, deleted ones too, by file_id."""
    rows = await database.query(
        "SELECT file_id, generation, parent_generation, status = 'waiting' AS is_waiting,"
        f" deleted, size_bytes FROM file_records FINAL {_OF_PARENT}",
        _params(parent_id),
    )
    return {
        row["file_id"]: KnownMember(
            row["file_id"],
            row["generation"],
            row["parent_generation"],
            bool(row["is_waiting"]),
            bool(row["deleted"]),
            row["size_bytes"],
        )
        for row in rows
    }


async def member_totals(database: Database, parent_id: str) -> MemberTotals:
    """What the members of a container sum up to now."""
    (row,) = await database.query(
        "SELECT sum(2 * live_generation + deleted) AS changes,"
        " countIf(deleted = 0 AND status = 'waiting') AS waiting,"
        " countIf(deleted = 0 AND live_generation = 0) AS unread,"
        + ", ".join(
            f" countIf(deleted = 0 AND {_SHOWN} = '{status}') AS {status}"
            for status in ("processed", "partial", "failed")
        )
        + ", "
        + ", ".join(
            f"sumIf(ifNull({name}, 0), deleted = 0) AS {name}s"
            for name in (
                *("row_count", "invalid_count", "record_count"),
                *("missing_count", "excluded_count"),
            )
        )
        + ", minIf(min_value, deleted = 0) AS smallest, maxIf(max_value, deleted = 0) AS greatest,"
        " sumMapIf(codes, deleted = 0) AS all_codes,"
        f" groupArrayIf({_NAMED})((ifNull(member, ''), ifNull(error, '')),"
        f" deleted = 0 AND {_SHOWN} = 'failed') AS failures"
        f" FROM (SELECT {_SUMMED} FROM file_records FINAL {_OF_PARENT} ORDER BY upload_time)",
        _params(parent_id),
    )
    statuses = {name: row[name] for name in ("processed", "partial", "failed") if row[name]}
    if row["unread"]:
        statuses["waiting"] = row["unread"]
    return MemberTotals(
        changes=row["changes"],
        waiting=row["waiting"],
        unread=row["unread"],
        statuses=statuses,
        row_count=row["row_counts"],
        invalid_count=row["invalid_counts"],
        record_count=row["record_counts"],
        missing_count=row["missing_counts"],
        excluded_count=row["excluded_counts"],
        min_value=row["smallest"],
        max_value=row["greatest"],
        codes=dict(row["all_codes"]),
        failed=[(name, error) for name, error in row["failures"]],
    )


async def member_statuses(
    database: Database, parent_ids: Collection[str]
) -> dict[str, dict[str, int]]:
    """How many members of each container have each status; for containers that wait."""
    if not parent_ids:
        return {}
    rows = await database.query(
        f"SELECT parent_id, {_SHOWN} AS shown, count() AS members FROM file_records FINAL"
        " PREWHERE substring(file_id, 1, {length:UInt8}) IN {prefixes:Array(String)}"
        " WHERE parent_id IN {parents:Array(String)} AND deleted = 0 GROUP BY parent_id, shown",
        {
            "parents": list(parent_ids),
            "prefixes": [members_prefix(parent_id) for parent_id in parent_ids],
            "length": len(members_prefix("-" * 36)),
        },
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["parent_id"], {})[row["shown"]] = row["members"]
    return found


async def members(database: Database, parent_id: str) -> AsyncIterator[list[FileRecord]]:
    """Records of the members of a container that are not deleted, some at a time."""
    after = ""
    while True:
        rows = await database.query(
            f"SELECT file_id, record FROM file_records FINAL {_OF_PARENT} AND deleted = 0"
            " AND file_id > {after:String} ORDER BY file_id LIMIT {limit:UInt64}",
            _params(parent_id) | {"after": after, "limit": _PAGE},
        )
        if rows:
            yield [FileRecord.from_json(row["record"]) for row in rows]
        if len(rows) < _PAGE:
            return
        after = rows[-1]["file_id"]


async def members_with_bytes(
    database: Database, parent_id: str, sha256: str, before: tuple[datetime, str]
) -> list[FileRecord]:
    """The first members of a container with these bytes, of those before a place (upload_time, file_id)
    in it; whatever became of them, unless they are deleted."""
    rows = await database.query(
        "SELECT record FROM file_records FINAL PREWHERE file_id IN"
        " (SELECT file_id FROM file_records"
        " WHERE startsWith(file_id, {prefix:String}) AND sha256 = {sha256:String})"
        " WHERE parent_id = {parent:String} AND deleted = 0"
        " AND (upload_time, file_id) < ({at:DateTime64(6, 'UTC')}, {id:String})"
        " ORDER BY upload_time, file_id LIMIT {limit:UInt64}",
        _params(parent_id) | {"sha256": sha256, "at": before[0], "id": before[1], "limit": _EQUAL},
    )
    return [FileRecord.from_json(row["record"]) for row in rows]


async def member_ids(database: Database, parent_id: str) -> list[str]:
    """Ids of the members of a container that are not deleted, in their order in the container."""
    rows = await database.query(
        f"SELECT file_id FROM file_records FINAL {_OF_PARENT} AND deleted = 0"
        " ORDER BY upload_time, file_id",
        _params(parent_id),
    )
    return [row["file_id"] for row in rows]


async def members_sensor_count(database: Database, parent_id: str) -> int:
    """How many sensors have readings in the members of a container, or missing or excluded ones."""
    (row,) = await database.query(
        f"SELECT uniqExact(r.sensor_id) AS sensors FROM {_LIVE_RESULTS}", _params(parent_id)
    )
    return int(row["sensors"])


async def members_per_sensor_count(
    database: Database, parent_id: str, limit: int
) -> dict[str, int]:
    """Readings of each sensor in all members of a container, the first `limit` by sensor_id."""
    rows = await database.query(
        f"SELECT r.sensor_id AS sensor_id, sum(r.row_count) AS readings FROM {_LIVE_RESULTS}"
        " GROUP BY sensor_id ORDER BY sensor_id LIMIT {limit:UInt64}",
        _params(parent_id) | {"limit": limit},
    )
    return {row["sensor_id"]: row["readings"] for row in rows}


async def extent_of_members(
    database: Database, parent_id: str, sensor_id: str | None
) -> Extent | None:
    """The valid rows of the members of a container, of one sensor or of all; None if there are none."""
    only = "1" if sensor_id is None else "sensor_id = {sensor_id:String}"
    (row,) = await database.query(
        "SELECT sum(r.row_count) AS row_count, min(r.first_timestamp) AS first,"
        f" max(r.last_timestamp) AS last FROM {_RESULTS.replace('__ONLY__', only)}",
        _params(parent_id) | {"sensor_id": sensor_id or ""},
    )
    return Extent(row["row_count"], row["first"], row["last"]) if row["row_count"] else None


async def members_sensors_page(
    database: Database,
    parent_id: str,
    *,
    q: str | None = None,
    sort: str = "sensor_id",
    descending: bool = False,
    limit: int = 100,
    after: After | None = None,
) -> Page[dict[str, Any]]:
    """Per sensor over all members of a container, as `sensors_page` has them for a file.

    Args:
        q: part of the sensor_id.
        sort: one of `SENSOR_SORTS`.
        after: `next` of the page before.
    """
    keyset = Keyset(SENSOR_SORTS[sort], "sensor_id", descending, after)
    params = keyset.params | _params(parent_id) | {"limit": limit + 1}
    only = keyset.condition
    if q:
        only, params["q"] = f"{only} AND position(sensor_id, {{q:String}}) > 0", q
    rows = await database.query(
        f"SELECT *, {keyset.sort.expression} AS {SORT_VALUE} FROM ({_SENSORS})"
        f" WHERE {only} ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
        params,
    )
    return page_of(rows, limit, "sensor_id")


async def stale_containers(database: Database, *, since: datetime) -> list[str]:
    """Containers whose record does not have the last change of their members, of those with a
    member that changed since a moment."""
    rows = await database.query(
        "SELECT p.file_id AS file_id FROM ("
        "SELECT parent_id, sum(2 * live_generation + deleted) AS changes,"
        " countIf(deleted = 0 AND live_generation = 0) AS unread"
        " FROM file_records FINAL WHERE parent_id IN"
        " (SELECT parent_id FROM file_records WHERE parent_id IS NOT NULL"
        " AND recorded_at >= {since:DateTime64(6, 'UTC')})"
        " GROUP BY parent_id) AS m"
        " INNER JOIN (SELECT file_id, revision, status FROM file_records FINAL"
        " WHERE member_count IS NOT NULL AND deleted = 0) AS p ON p.file_id = m.parent_id"
        " WHERE m.unread = 0 AND p.status != 'waiting' AND p.revision < m.changes + 2",
        {"since": since},
    )
    return [row["file_id"] for row in rows]


_RESULTS: Final = (
    f"(SELECT file_id, live_generation FROM file_records FINAL {_OF_PARENT} AND deleted = 0) AS f"
    " INNER JOIN (SELECT file_id, generation, sensor_id, row_count, first_timestamp, last_timestamp"
    " FROM sensor_result_rows FINAL PREWHERE startsWith(file_id, {prefix:String}) WHERE __ONLY__) AS r"
    " ON r.file_id = f.file_id AND r.generation = f.live_generation"
)
_LIVE_RESULTS: Final = _RESULTS.replace("__ONLY__", "1")


# As the view `sensors`, of the members of one container. Among readings of the same time that of the
# member before others is the first; `f.place` is its rank.
_ORDER: Final = "toInt128(toUnixTimestamp64Micro(r.{}_timestamp)) * toInt128(4294967296) + f.place"
_SENSORS: Final = (
    "SELECT r.sensor_id AS sensor_id, sum(r.row_count) AS row_count,"
    " if(row_count = 0, NULL, min(r.min_value)) AS min_value,"
    " if(row_count = 0, NULL, max(r.max_value)) AS max_value,"
    " if(row_count > 0 AND isFinite(sumKahanArray([r.sum_hi, r.sum_lo])),"
    " sumKahanArray([r.sum_hi, r.sum_lo]) / row_count, NULL) AS mean_value,"
    " if(row_count = 0, NULL, min(r.first_timestamp)) AS first_timestamp,"
    f" if(row_count = 0, NULL, argMin(r.first_value, {_ORDER.format('first')})) AS first_value,"
    " if(row_count = 0, NULL, max(r.last_timestamp)) AS last_timestamp,"
    f" if(row_count = 0, NULL, argMax(r.last_value, {_ORDER.format('last')})) AS last_value,"
    " sum(r.missing_count) AS missing_count, sum(r.excluded_count) AS excluded_count"
    " FROM (SELECT file_id, live_generation,"
    " row_number() OVER (ORDER BY upload_time, file_id) AS place"
    f" FROM file_records FINAL {_OF_PARENT} AND deleted = 0) AS f"
    " INNER JOIN (SELECT * FROM sensor_result_rows FINAL"
    " PREWHERE startsWith(file_id, {prefix:String})) AS r"
    " ON r.file_id = f.file_id AND r.generation = f.live_generation GROUP BY r.sensor_id"
)


def _params(parent_id: str) -> dict[str, Any]:
    return {"parent": parent_id, "prefix": members_prefix(parent_id)}

"""Files that a profile is about: read with it, or like those that it is for."""

from __future__ import annotations

import re
from typing import Any, Final

from schemas.file_record import FileRecord
from schemas.profiles import TOPIC_OF, ProfileMatch
from sinks.clickhouse.client import Database
from sinks.queries.file_lists import FILE_SORTS
from sinks.queries.pagination import SORT_VALUE, After, Keyset, Page, page_of

_CLASS: Final = re.compile(r"\[[^\]]*\]")


async def files_of_profile(
    database: Database, name: str, match: ProfileMatch, *, limit: int, after: After | None = None
) -> Page[FileRecord]:
    """A page of terminal files, the latest first, that were read with a profile, or that have all
    that `match` asks for besides the bytes. Containers and resubmissions are left out: what they
    have is read as other files are.

    What is in the files is not looked at, and globs are compared loosely, so there may be more.
    """
    keyset = Keyset(FILE_SORTS["upload_time"], "file_id", True, after)
    found, matching = _conditions(match)
    about = [
        "JSONExtractString(ifNull(dialect, ''), 'profile') = {name:String}",
        "JSONExtractString(options, 'profile') = {name:String}",
    ]
    if matching:
        about.append(f"({matching})")
    rows = await database.query(
        f"SELECT file_id, record, {keyset.sort.expression} AS {SORT_VALUE} FROM file_records FINAL"
        " PREWHERE file_id IN (SELECT file_id FROM file_records FINAL"
        " WHERE deleted = 0 AND status != 'waiting' AND resubmission_of IS NULL"
        f" AND container IS NULL AND {keyset.condition} AND ({' OR '.join(about)})"
        f" ORDER BY {keyset.order} LIMIT {{limit:UInt64}}"
        f") WHERE deleted = 0 ORDER BY {keyset.order}",
        keyset.params | found | {"name": name, "limit": limit + 1},
    )
    page = page_of(rows, limit, "file_id")
    return Page([FileRecord.from_json(row["record"]) for row in page.items], page.next)


def _conditions(match: ProfileMatch) -> tuple[dict[str, Any], str]:
    """Parameters, and a condition that all files have that match; empty if none do."""
    if match.is_empty:
        return {}, ""
    params: dict[str, Any] = {}
    conditions = ["1"]
    if match.filename:
        params["globs"] = [_like(glob) for glob in match.filename]
        conditions.append("arrayExists(glob -> filename ILIKE glob, {globs:Array(String)})")
    if match.api_key:
        params["keys"] = list(match.api_key)
        conditions.append("owner IN {keys:Array(String)}")
    if match.topic:
        params["from"] = [source for source, topic in TOPIC_OF.items() if topic in match.topic]
        conditions.append("source IN {from:Array(String)}")
    if match.object_prefix:
        params["prefixes"] = list(match.object_prefix)
        conditions.append(
            "arrayExists(p -> startsWith(concat(raw_bucket, '/', raw_key), p),"
            " {prefixes:Array(String)})"
        )
    return params, " AND ".join(conditions)


def _like(glob: str) -> str:
    """A pattern of LIKE that matches each name that a glob does, whatever its folder."""
    plain = _CLASS.sub("?", glob)
    escaped = re.sub(r"([%_\\])", r"\\\1", plain)
    return "%" + escaped.replace("*", "%").replace("?", "_")

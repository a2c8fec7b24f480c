"""The profiles of users in ClickHouse: a log of their changes, in one order for all processes.

A change takes the next number of the log, as operations on files do (`sinks.operation_log`), and
reads afterwards whose it has become. Nothing is ever taken out of the log, so the profiles of any
revision stay known.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import ValidationError

from schemas.errors import Service, Unavailable
from schemas.events import describe
from schemas.profiles import ProfileContent, SavedProfile
from sinks.clickhouse.client import Database

_TABLE: Final = "profile_changes"
# Others that may be first, one after the other, before a caller is asked to come again.
_TRIES: Final = 20
_COLUMNS: Final = "revision, name, version, content, deleted, changed_at, changed_by, attempt"


@dataclass(frozen=True, slots=True)
class Change:
    """What a profile is to become; without content it is deleted."""

    content: ProfileContent | None
    by: str | None


# Looks at the latest change of a profile, and says what to change; None: nothing.
Decide = Callable[[SavedProfile | None], Awaitable[Change | None]]


class ProfileLog:
    """Reads and appends changes.

    Args:
        clock: the time in UTC, which is part of no identity.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def revision(self) -> int:
        """How many changes there are."""
        rows = await self._database.query(f"SELECT max(revision) AS last FROM {_TABLE}")
        return int(rows[0]["last"])

    async def at(self, revision: int) -> list[SavedProfile]:
        """The profiles that there were after a change, by name; deleted ones left out."""
        rows = await self._database.query(
            f"SELECT * FROM (SELECT {_COLUMNS} FROM {_TABLE} WHERE revision <= {{revision:UInt64}}"
            " ORDER BY revision DESC, changed_at LIMIT 1 BY name) WHERE NOT deleted ORDER BY name",
            {"revision": revision},
        )
        return [_saved(row) for row in rows]

    async def latest(self, name: str) -> SavedProfile | None:
        """The latest change of a profile, a deletion too; None if there never was one."""
        found = await self.versions(name, before=None, limit=1)
        return found[0] if found else None

    async def versions(self, name: str, *, before: int | None, limit: int) -> list[SavedProfile]:
        """The versions of a profile before a version, the latest first; deletions too."""
        rows = await self._database.query(
            f"SELECT {_COLUMNS} FROM {_TABLE} WHERE name = {{name:String}}"
            " AND version < {before:UInt64}"
            " ORDER BY revision DESC, changed_at LIMIT 1 BY revision LIMIT {limit:UInt32}",
            {"name": name, "before": 1 << 63 if before is None else before, "limit": limit},
        )
        return [_saved(row) for row in rows]

    async def change(self, name: str, decide: Decide) -> SavedProfile | None:
        """Change a profile as `decide` says, after all changes that were first; its latest change
        then.

        Args:
            decide: may be called several times; what it raises comes out here.

        Raises:
            Unavailable: it may be done nevertheless; the same call finds it.
        """
        used = 0
        for _ in range(_TRIES):
            # The revision is read first: what is decided from is not older. A revision is used and
            # has no row if the database ended between the deduplication token and the row.
            revision = max(await self.revision(), used)
            latest = await self.latest(name)
            change = await decide(latest)
            if change is None:
                return latest
            row = {
                "revision": revision + 1,
                "name": name,
                "version": 1 if latest is None else latest.version + 1,
                "content": orjson.dumps(change.content.document).decode() if change.content else "",
                "deleted": int(change.content is None),
                "changed_at": self._clock(),
                "changed_by": change.by,
                "attempt": uuid.uuid4().hex,
            }
            await self._database.insert_first(_TABLE, row, token=f"profiles {revision + 1}")
            rows = await self._database.query(
                f"SELECT {_COLUMNS} FROM {_TABLE} WHERE revision = {{revision:UInt64}}"
                " ORDER BY changed_at LIMIT 1",
                {"revision": revision + 1},
            )
            used = revision + 1
            if rows and rows[0]["attempt"] == row["attempt"]:
                return _saved(rows[0])
        raise Unavailable(Service.CLICKHOUSE, "too many changes of profiles at once")


def _saved(row: dict[str, Any]) -> SavedProfile:
    """A row as a profile.

    Raises:
        Unavailable: a later version saved it, with what this one does not know. Files wait for
            that version: read without it they would be read differently.
    """
    # Stored contents were checked when they were saved. A stricter rule of a later version must not
    # make what is stored unreadable, but an option of a later version is not to be left out.
    try:
        content = ProfileContent.model_validate(orjson.loads(row["content"] or "{}"))
    except ValidationError as exc:
        raise Unavailable(
            Service.CLICKHOUSE,
            f"version {row['version']} of the profile {row['name']} needs a later version of the "
            f"product: {describe(exc)}",
            retry_after=10.0,
        ) from exc
    return SavedProfile(
        name=row["name"],
        version=int(row["version"]),
        revision=int(row["revision"]),
        content=content,
        deleted=bool(row["deleted"]),
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
    )

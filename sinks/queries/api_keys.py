"""API keys and what they used, in ClickHouse."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from schemas.api_keys import ApiKey, Quotas, Scope, new_key, token_of
from schemas.instants import utc_now
from sinks.clickhouse.client import Database

# The name of the key that is created if there is none.
_FIRST: Final = "first"
_INSERT_KEY: Final = """
INSERT INTO api_keys
SELECT {key_id:String}, {name:String}, {scopes:Array(String)}, {secret_sha256:String},
    {previous_sha256:String}, {previous_until:Nullable(DateTime64(6, 'UTC'))},
    {files_per_day:Nullable(UInt64)}, {bytes_per_day:Nullable(UInt64)},
    {requests_per_minute:Nullable(UInt64)}, {created_at:DateTime64(6, 'UTC')},
    {expires_at:Nullable(DateTime64(6, 'UTC'))}, {revoked_at:Nullable(DateTime64(6, 'UTC'))},
    {version:UInt64}
"""
# Together in one statement, so that a refresh costs one question.
_USED: Final = """
SELECT key_id, sum(files) AS files, sum(bytes) AS bytes,
    sumIf(requests, minute = {minute:DateTime('UTC')}) AS requests
FROM api_key_usage FINAL
WHERE minute >= {day:DateTime('UTC')} AND process != {process:String}
GROUP BY key_id
"""
_INSERT_USAGE: Final = """
INSERT INTO api_key_usage (key_id, minute, process, requests, files, bytes, version)
SELECT t.1, toDateTime(t.2, 'UTC'), t.3, t.4, t.5, t.6, t.7
FROM (SELECT arrayJoin(arrayZip(
    {key_ids:Array(String)}, {minutes:Array(UInt32)}, {processes:Array(String)},
    {requests:Array(UInt64)}, {files:Array(UInt64)}, {bytes:Array(UInt64)},
    {versions:Array(UInt64)})) AS t)
"""


@dataclass(slots=True)
class Used:
    """What a key used: files and bytes of a day (or minute), requests of a minute."""

    files: int = 0
    bytes: int = 0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class MinuteUsage:
    """What a key used in one minute by one API process, as far as it is known."""

    key_id: str
    minute: datetime
    process: str
    used: Used
    version: int


async def read_keys(database: Database) -> list[ApiKey]:
    """Every key there ever was, the oldest first."""
    rows = await database.query("SELECT * FROM api_keys FINAL ORDER BY created_at, key_id")
    return [_key(row) for row in rows]


async def write_key(database: Database, key: ApiKey, *, version: int) -> None:
    """Store a state of a key; the one with the highest `version` holds."""
    await database.command(
        _INSERT_KEY,
        {
            "key_id": key.key_id,
            "name": key.name,
            "scopes": sorted(key.scopes),
            "secret_sha256": key.secret_sha256,
            "previous_sha256": key.previous_sha256,
            "previous_until": _text(key.previous_until),
            "files_per_day": key.quotas.files_per_day,
            "bytes_per_day": key.quotas.bytes_per_day,
            "requests_per_minute": key.quotas.requests_per_minute,
            "created_at": _text(key.created_at),
            "expires_at": _text(key.expires_at),
            "revoked_at": _text(key.revoked_at),
            "version": version,
        },
    )


async def create_first_key(database: Database) -> str | None:
    """Create a key with the scope admin if there is no key at all; returns what a client sends.

    None if there are keys, even revoked or expired ones: revoking the last key must not create
    another. Two processes at the same moment may each create one.
    """
    if await read_keys(database):
        return None
    key, secret = new_key(_FIRST, [Scope.ADMIN], utc_now())
    await write_key(database, key, version=time.time_ns())
    return token_of(key.key_id, secret)


async def used_by_others(
    database: Database, *, day: datetime, minute: datetime, process: str
) -> dict[str, Used]:
    """By key: files and bytes since `day`, requests of `minute`, of all processes but one."""
    params = {"day": _seconds(day), "minute": _seconds(minute), "process": process}
    rows = await database.query(_USED, params)
    return {
        row["key_id"]: Used(int(row["files"]), int(row["bytes"]), int(row["requests"]))
        for row in rows
    }


async def write_usage(database: Database, usage: Sequence[MinuteUsage]) -> None:
    """Store sums of minutes; the same minute with a higher version replaces the one before."""
    await database.command(
        _INSERT_USAGE,
        {
            "key_ids": [u.key_id for u in usage],
            "minutes": [int(u.minute.timestamp()) for u in usage],
            "processes": [u.process for u in usage],
            "requests": [u.used.requests for u in usage],
            "files": [u.used.files for u in usage],
            "bytes": [u.used.bytes for u in usage],
            "versions": [u.version for u in usage],
        },
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _seconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _key(row: dict[str, Any]) -> ApiKey:
    return ApiKey(
        key_id=row["key_id"],
        name=row["name"],
        # A scope of a later version means nothing to this one.
        scopes=frozenset(Scope(name) for name in row["scopes"] if name in set(Scope)),
        secret_sha256=row["secret_sha256"],
        previous_sha256=row["previous_sha256"],
        previous_until=row["previous_until"],
        quotas=Quotas(
            files_per_day=row["files_per_day"],
            bytes_per_day=row["bytes_per_day"],
            requests_per_minute=row["requests_per_minute"],
        ),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )

"""What an API process checks to say whether it is ready, beyond whether its services answer.

| check | required | what fails it |
|---|---|---|
| `kafka`, `store`, `clickhouse` | yes | the service does not answer |
| `schema` | yes | tables or views are missing |
| `writable` | yes | a disk is full, or store or database are read-only |
| `workers` | no | no worker is there, or one does not answer |

Required is what an upload, or a question about one, cannot be answered without. Without workers
uploads are taken all the same and wait; every process of the API would say the same, so taking them
out of a load balancer would make an outage of a delay.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

from broker.groups import members
from runtime.readiness import Check, CheckFailed
from runtime.settings import ApiSettings
from schemas.events import ObjectRef
from schemas.object_keys import HEALTH
from schemas.topics import WORKER_GROUP
from sinks.clickhouse.connection import Refused
from sinks.clickhouse.migrations import missing

# A disk with less than this, or this part of it, is full: the database needs room to write parts
# before it can free any.
_FREE_BYTES: Final = 64 << 20
_FREE_PART: Final = 0.05
# It takes a write to see whether one is possible.
_WRITABLE_SECONDS: Final = 10.0
_SCHEMA_SECONDS: Final = 10.0
_WORKERS_SECONDS: Final = 2.0
_WORKER_TIMEOUT: Final = 2.0
_SHOWN: Final = 5

_DISKS: Final = "SELECT name, free_space, total_space FROM system.disks WHERE total_space > 0"
_READ_ONLY: Final = "SELECT value FROM system.settings WHERE name = 'readonly' AND value != '0'"
# Of system tables that this user may not read.
_ACCESS_DENIED: Final = 497


class Queries(Protocol):
    """A database that is asked."""

    @property
    def name(self) -> str: ...

    async def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Any]: ...


class Writes(Protocol):
    """A store that small objects are written to."""

    async def put_bytes(self, ref: ObjectRef, data: bytes) -> None: ...

    async def delete(self, ref: ObjectRef) -> None: ...


def checks(settings: ApiSettings, store: Writes, database: Any) -> list[Check]:
    """The checks of an API process beside those of its services."""
    return [
        Check("schema", lambda: schema(database), max_age=_SCHEMA_SECONDS),
        Check(
            "writable",
            Writable(store, settings.bucket, database, local_folder(settings)),
            max_age=_WRITABLE_SECONDS,
        ),
        Check("workers", workers(settings), required=False, max_age=_WORKERS_SECONDS),
    ]


def local_folder(settings: ApiSettings) -> Path | None:
    """The folder on this machine that holds the objects, if there is one."""
    if settings.s3_local_folder is not None:
        return settings.s3_local_folder
    parts = urlsplit(settings.store_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


async def schema(database: Any) -> None:
    """Raises `CheckFailed` if the database lacks a table or a view that this version needs."""
    if lacking := await missing(database):
        more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
        raise CheckFailed(
            f"the database lacks {', '.join(lacking[:_SHOWN])}{more}: run `csv-processor migrate`"
        )


class Writable:
    """Whether what an upload writes can be written.

    Args:
        folder: where the store keeps its objects, if that is on this machine.
    """

    def __init__(self, store: Writes, bucket: str, database: Queries, folder: Path | None) -> None:
        self._store, self._database, self._folder = store, database, folder
        # Each process has an object of its own: another one may delete its own at any moment.
        self._probe = ObjectRef(bucket=bucket, key=f"{HEALTH}{uuid.uuid4()}")

    async def __call__(self) -> None:
        """Raises `CheckFailed` or `Unavailable` with the first thing that is in the way."""
        if self._folder is not None:
            await asyncio.to_thread(_require_space, self._folder)
        await self._require_database()
        await self._store.put_bytes(self._probe, b"written to see whether it can be")
        await self._store.delete(self._probe)

    async def _require_database(self) -> None:
        try:
            for disk in await self._database.query(_DISKS):
                _require(
                    f"disk {disk['name']} of the database", disk["free_space"], disk["total_space"]
                )
        except Refused as exc:
            # Its free space is shown to clients with access.
            if exc.code != _ACCESS_DENIED:
                raise
        if await self._database.query(_READ_ONLY):
            raise CheckFailed("the database is read-only for this user")


def _require_space(folder: Path) -> None:
    usage = shutil.disk_usage(folder)
    _require(f"disk of {folder}", usage.free, usage.total)


def _require(what: str, free: int, total: int) -> None:
    if free < min(_FREE_BYTES, _FREE_PART * total):
        raise CheckFailed(f"the {what} is full: {free / 1e6:.1f} MB are free")


def workers(settings: ApiSettings) -> Callable[[], Awaitable[str]]:
    """Asks whether workers are there: each by its address, or the broker how many read."""
    urls = settings.worker_addresses
    if urls:
        return lambda: answering(urls)
    return lambda: reading(settings.bootstrap_servers, settings.kafka_security)


async def reading(bootstrap_servers: Sequence[str], security: Mapping[str, Any]) -> str:
    """How many workers the broker knows of; raises `CheckFailed` if there are none."""
    count = await members(bootstrap_servers, WORKER_GROUP, security)
    if count == 0:
        raise CheckFailed("no worker is running: uploads are accepted, and wait")
    return f"{count} of {count} running"


async def answering(urls: Sequence[str]) -> str:
    """How many workers are ready; raises `CheckFailed` with those that are not."""
    reasons = await asyncio.gather(*(asyncio.to_thread(_why_not, url) for url in urls))
    failing = [f"{url} {why}" for url, why in zip(urls, reasons, strict=True) if why is not None]
    if failing:
        there = len(urls) - len(failing)
        raise CheckFailed(f"{there} of {len(urls)} workers are ready: {'; '.join(failing)}")
    return f"{len(urls)} of {len(urls)} ready"


def _why_not(url: str) -> str | None:
    """Why a worker is not ready; None if it is."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_WORKER_TIMEOUT)
    try:
        connection.request("GET", "/health/ready")
        response = connection.getresponse()
        body = response.read(64 << 10)
    except (OSError, http.client.HTTPException) as exc:
        return f"does not answer ({exc or type(exc).__name__})"
    finally:
        connection.close()
    if response.status == 200:
        return None
    try:
        parts: dict[str, Any] = json.loads(body)["parts"]
        why = [f"{name}: {part['reason']}" for name, part in parts.items() if not part["ready"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        why = [f"status {response.status}"]
    return f"is not ready ({', '.join(why)})"

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
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

from ingest.workers import Workers
from runtime.readiness import Check, CheckFailed
from runtime.settings import ApiSettings
from schemas.events import ObjectRef
from schemas.object_keys import HEALTH
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


def checks(settings: ApiSettings, store: Writes, database: Any, workers: Workers) -> list[Check]:
    """The checks of an API process beside those of its services."""
    return [
        Check("schema", lambda: schema(database), max_age=_SCHEMA_SECONDS),
        Check(
            "writable",
            Writable(store, settings.bucket, database, local_folder(settings)),
            max_age=_WRITABLE_SECONDS,
        ),
        Check("workers", workers.check, required=False, max_age=_WORKERS_SECONDS),
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
            _require(await asyncio.to_thread(folder_disk, self._folder))
        try:
            for disk in await database_disks(self._database):
                _require(disk)
        except Refused as exc:
            # Its free space is shown to clients with access.
            if exc.code != _ACCESS_DENIED:
                raise
        if await self._database.query(_READ_ONLY):
            raise CheckFailed("the database is read-only for this user")
        await self._store.put_bytes(self._probe, b"written to see whether it can be")
        await self._store.delete(self._probe)


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk that the product's data is on; sizes in bytes."""

    name: str
    free_bytes: int
    total_bytes: int

    @property
    def full(self) -> bool:
        """Whether less is free than the database needs to work."""
        return self.free_bytes < min(_FREE_BYTES, _FREE_PART * self.total_bytes)


async def database_disks(database: Queries) -> list[Disk]:
    """The disks of the database.

    Raises:
        Refused: this user may not see them (code 497), or something else is wrong.
    """
    return [
        Disk(f"disk {disk['name']} of the database", disk["free_space"], disk["total_space"])
        for disk in await database.query(_DISKS)
    ]


def folder_disk(folder: Path) -> Disk:
    """The disk that a folder of this machine is on."""
    usage = shutil.disk_usage(folder)
    return Disk(f"disk of {folder}", usage.free, usage.total)


def _require(disk: Disk) -> None:
    if disk.full:
        raise CheckFailed(f"the {disk.name} is full: {disk.free_bytes / 1e6:.1f} MB are free")

"""The checks of an API process, without services."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ingest.readiness_checks import Writable
from runtime.readiness import CheckFailed
from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from sinks.clickhouse.connection import Refused

_Usage = namedtuple("_Usage", "total used free")
_GB = 10**9


class Store:
    """Takes objects, or not."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.keys: set[str] = set()

    async def put_bytes(self, ref: ObjectRef, data: bytes) -> None:
        assert data
        if self.failure is not None:
            raise self.failure
        self.keys.add(ref.key)

    async def delete(self, ref: ObjectRef) -> None:
        self.keys.remove(ref.key)


class Database:
    """Answers with its disks, and whether it is read-only."""

    name = "csv_processor"

    def __init__(
        self, free: int = 500 * _GB, total: int = 1000 * _GB, read_only: bool = False
    ) -> None:
        self.free, self.total, self.read_only = free, total, read_only
        self.denied = False

    async def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Any]:
        assert params is None
        if "system.disks" in sql:
            if self.denied:
                raise Refused("not enough privileges", 497)
            return [{"name": "default", "free_space": self.free, "total_space": self.total}]
        return [{"value": "1"}] if self.read_only else []


async def test_a_probe_leaves_nothing_in_the_store() -> None:
    store = Store()
    await Writable(store, "raw-files", Database(), None)()
    assert store.keys == set()


@pytest.mark.parametrize(
    ("free", "total", "full"),
    [
        (63 << 20, 1000 * _GB, True),
        (65 << 20, 1000 * _GB, False),
        # On a small disk a smaller part is enough.
        (20_000_000, 200_000_000, False),
        (9_000_000, 200_000_000, True),
        (0, 200_000_000, True),
    ],
)
async def test_a_full_disk_is_not_writable(
    monkeypatch: pytest.MonkeyPatch, free: int, total: int, full: bool
) -> None:
    usage = _Usage(total, total - free, free)
    monkeypatch.setattr("ingest.readiness_checks.shutil.disk_usage", lambda _: usage)
    local = Writable(Store(), "raw-files", Database(), Path("/store"))
    remote = Writable(Store(), "raw-files", Database(free, total), None)
    if not full:
        await local()
        await remote()
        return
    with pytest.raises(CheckFailed, match="disk of /store is full"):
        await local()
    with pytest.raises(CheckFailed, match="disk default of the database is full"):
        await remote()


async def test_a_user_that_may_not_see_the_disks_is_not_asked_for_more() -> None:
    database = Database()
    database.denied = True
    await Writable(Store(), "raw-files", database, None)()


async def test_a_read_only_user_is_not_writable() -> None:
    with pytest.raises(CheckFailed, match="read-only"):
        await Writable(Store(), "raw-files", Database(read_only=True), None)()


async def test_a_store_that_takes_nothing_is_not_writable() -> None:
    away = Unavailable(Service.STORE, "it refused the object: XMinioStorageFull")
    with pytest.raises(Unavailable, match="XMinioStorageFull"):
        await Writable(Store(away), "raw-files", Database(), None)()

"""Resumable uploads of many small pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.http.errors import Problem
from ingest.uploads.tus import Announced, ResumableUploads
from storage.base import ObjectInfo
from storage.filesystem import FilesystemObjects

PIECES = 40


class Listings(FilesystemObjects):
    """A store that counts the objects that it lists."""

    listed = 0

    async def list(self, bucket: str, prefix: str) -> AsyncIterator[ObjectInfo]:
        async for info in super().list(bucket, prefix):
            self.listed += 1
            yield info


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Listings]:
    opened = Listings(tmp_path)
    await opened.ensure_bucket("raw-files")
    yield opened
    await opened.close()


def process(store: Listings) -> ResumableUploads:
    """A process of the API; nothing is taken in here."""
    uploads: Any = None
    return ResumableUploads(
        store=store, bucket="raw-files", uploads=uploads, keep=timedelta(days=1),
        clock=lambda: datetime.now(UTC),
    )  # fmt: skip


async def piece(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def begin(api: ResumableUploads) -> str:
    return (await api.create(Announced(length=1_000, filename="a.csv"))).upload_id


async def test_many_small_pieces_are_not_listed_for_each_of_them(store: Listings) -> None:
    api = process(store)
    upload_id = await begin(api)
    for n in range(PIECES):
        assert (await api.append(upload_id, 3 * n, piece(b"a,b"))).offset == 3 * n + 3
        assert (await api.find(upload_id)).offset == 3 * n + 3
    # The first of them alone is looked for.
    assert store.listed == 1
    # What is remembered is what another process finds.
    assert (await process(store).find(upload_id)).offset == 3 * PIECES


async def test_an_upload_that_another_process_went_on_with_is_where_that_left_it(
    store: Listings,
) -> None:
    api, other = process(store), process(store)
    upload_id = await begin(api)
    for n, taking in enumerate((api, api, other, other, api)):
        assert (await taking.append(upload_id, 3 * n, piece(b"a,b"))).offset == 3 * n + 3
    with pytest.raises(Problem, match="wrong_offset"):
        await other.append(upload_id, 12, piece(b"a,b"))
    assert (await other.find(upload_id)).offset == 15
    await other.delete(upload_id)
    for forgotten in (api, other):
        with pytest.raises(Problem, match="unknown_upload"):
            await forgotten.append(upload_id, 15, piece(b"a,b"))

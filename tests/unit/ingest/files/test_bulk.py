"""Operations that others left are carried out whatever one of them is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.files.bulk import BulkOperations
from schemas.bulk import BulkOperation


async def test_an_operation_that_cannot_be_read_keeps_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    async def resting(_: object, *, seconds: float) -> list[BulkOperation]:
        del seconds
        return [left("a", "not the JSON of a request"), left("b", '{"files": {"q": "x"}}')]

    async def nothing(_: object, operation_id: str, *, limit: int) -> list[str]:
        del limit
        done.append(operation_id)
        return []

    class Sink:
        async def write(self, _: object) -> None: ...

    monkeypatch.setattr("ingest.files.bulk._LOOK_EVERY", 0.001)
    monkeypatch.setattr("ingest.files.bulk.resting_operations", resting)
    monkeypatch.setattr("ingest.files.bulk.files_to_do", nothing)
    nowhere: Any = None
    operations = BulkOperations(
        database=nowhere, sink=Sink(), lifecycle=nowhere, resubmissions=nowhere, clock=now
    )
    await operations.round()
    assert done == ["b"]


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def left(name: str, request: str) -> BulkOperation:
    return BulkOperation(
        id=name, kind="reprocessing", request=request, owner=None, of_admin=True, files=1,
        requested_at=now(),
    )  # fmt: skip

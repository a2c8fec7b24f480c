"""Operations that others left are carried out whatever one of them is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.files.bulk import BulkOperations
from schemas.bulk import BulkOperation
from schemas.file_record import FileRecord
from sinks.base import SinkBatch
from tests.harness.stored_files import new_file


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


async def test_each_file_of_an_operation_is_begun_for_a_key_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Files that correct rows of one file share a log, in which a key is known once."""
    keys: dict[str, str] = {}
    rest = [["f-1", "f-2"], []]

    async def to_do(_: object, operation_id: str, *, limit: int) -> list[str]:
        del operation_id, limit
        return rest.pop(0)

    class Lifecycle:
        async def known(self, file_id: str) -> FileRecord:
            return new_file(file_id)

        async def reprocess(self, file_id: str, parameters: object, key: str) -> bool:
            assert parameters == {}
            begun = key not in keys.values()
            keys[file_id] = key
            return begun

    class Sink:
        async def write(self, batch: SinkBatch) -> None:
            rows.extend(batch.rows)

    rows: list[Any] = []
    monkeypatch.setattr("ingest.files.bulk.files_to_do", to_do)
    nowhere: Any = None
    lifecycle: Any = Lifecycle()
    operations = BulkOperations(
        database=nowhere, sink=Sink(), lifecycle=lifecycle, resubmissions=nowhere, clock=now
    )
    await operations.carry_out(left("a", '{"files": {"q": "x"}}'))
    assert set(keys) == {"f-1", "f-2"}
    assert [row["result"] for row in rows if "result" in row] == ["reprocessing"] * 2


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def left(name: str, request: str) -> BulkOperation:
    return BulkOperation(
        id=name, kind="reprocessing", request=request, owner=None, of_admin=True, files=1,
        requested_at=now(),
    )  # fmt: skip

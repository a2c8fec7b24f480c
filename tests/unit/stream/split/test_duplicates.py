"""Which files a file with known bytes can be a duplicate of, when it is split."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from schemas.file_record import FileRecord
from sinks.duplicates import is_original, originals, same_bytes
from stream.split.duplicates import DuplicateFiles
from tests.harness.records import waiting

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Files:
    """Earlier files as they are recorded when a later one is split."""

    def __init__(self, record: FileRecord | None) -> None:
        self.record = record

    async def file(self, _: str) -> FileRecord | None:
        return self.record


async def retry(_: str, call: Callable[[], Awaitable[Any]]) -> Any:
    return await call()


async def test_an_earlier_file_that_failed_meanwhile_or_is_gone_has_no_duplicates() -> None:
    first = waiting()
    later = replace(first, file_id="later", filename="later.csv")
    compared = later.upload().model_copy(update={"same_bytes": originals(later.upload(), [first])})
    assert [same.file_id for same in compared.same_bytes] == [first.file_id]
    failed = first.terminal("failed", finished_at=NOW, processing_ms=1, error="worker error: x")
    for record in (failed, None):
        # It is known before anything is read: there is no store.
        files = DuplicateFiles(
            store=cast("Any", None),
            files=Files(record),
            profiles=cast("Any", None),
            cpu_pool=cast("Any", None),
            limits=cast("Any", None),
            expansion=cast("Any", None),
            end=cast("Any", None),
            retry=cast("Any", retry),
        )
        assert await files.end(compared) is False
    assert originals(later.upload(), [failed]) == ()


def test_of_members_that_are_not_decided_yet_the_earlier_one_counts() -> None:
    known = waiting()
    first = replace(
        known, file_id="first", parent_id="zip", same_bytes=(same_bytes(known),), upload_time=NOW
    )
    later = replace(first, file_id="later")
    assert is_original(first, later.upload())
    assert not is_original(later, first.upload())
    # Of another container, or of none, either may be recorded first.
    for parent_id in ("other", None):
        other = replace(later, parent_id=parent_id).upload()
        assert not is_original(first, other)
    # None of two is a duplicate of the other if each is compared with the other one.
    compared = replace(first, same_bytes=(same_bytes(later),))
    assert not is_original(compared, later.upload())

"""Ids of files sort by time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from ingest.uploads.file_ids import new_file_id

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def test_file_ids_are_uuids_that_sort_by_time() -> None:
    ids = [new_file_id(NOW + timedelta(milliseconds=n)) for n in range(200)]
    assert ids == sorted(ids)
    assert len({new_file_id(NOW) for _ in range(1000)}) == 1000
    parsed = uuid.UUID(ids[0])
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == int(NOW.timestamp() * 1000)

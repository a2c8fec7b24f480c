"""What the client makes of documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from csv_processor.client.models import File

DOCUMENT: dict[str, Any] = {
    "file_id": "a", "filename": "a.csv", "status": "processed", "generation": 1,
    "upload_time": "2026-03-01T00:00:00Z",
}  # fmt: skip


def test_a_file_says_when_retention_removed_its_bytes_and_readings() -> None:
    removed = {"raw_removed_at": "2026-03-02T00:00:00Z", "readings_removed_at": None}
    file = File.of({**DOCUMENT, **removed})
    assert file.raw_removed_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert file.readings_removed_at is None
    assert File.of(DOCUMENT).raw_removed_at is None

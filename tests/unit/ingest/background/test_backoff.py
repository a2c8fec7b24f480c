"""Pauses between publications of a waiting file."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from ingest.background.backoff import Backoff
from schemas.events import FileUploaded, ObjectRef
from schemas.file_record import FileRecord

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def waiting(file_id: str) -> FileRecord:
    upload = FileUploaded(
        file_id=file_id, source="upload", raw=ObjectRef(bucket="b", key="k"), filename="f",
        size_bytes=1, sha256="", upload_time=NOW, batch_bytes=1,
    )  # fmt: skip
    return FileRecord.from_upload(upload, recorded_at=NOW)


def test_pauses_between_announcements_grow_and_are_bounded() -> None:
    backoff, record = Backoff(60), waiting("a")
    moments, now = [], 0.0
    while now < 20_000:
        if backoff.due([record], now):
            moments.append(now)
            backoff.announced(record, now)
        now += 1
    pauses = [b - a for a, b in itertools.pairwise(moments)]
    assert pauses[:5] == [120, 240, 480, 960, 1920]
    assert set(pauses[5:]) == {3600}


def test_terminal_files_are_forgotten() -> None:
    backoff = Backoff(60)
    a, b = waiting("a"), waiting("b")
    for record in (a, b):
        backoff.announced(record, 0)
    assert backoff.due([a], 1) == []
    assert backoff.due([a, b], 2) == [b]
    backoff.forget()
    assert backoff.due([a, b], 3) == [a, b]

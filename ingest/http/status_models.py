"""Shapes of the answers about the service itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from ingest.http import examples
from ingest.http.health_models import Ready


class WorkerStatus(BaseModel):
    """A worker."""

    name: str = Field(description="Its address, or without WORKER_URLS its name at the broker.")
    ready: bool
    reason: str | None = Field(description="Why it is not ready.")


class FileStatusCounts(BaseModel):
    """Files by status."""

    files: int
    waiting: int
    processed: int
    partial: int
    failed: int


class WaitingFile(BaseModel):
    """The file that has been waiting longest."""

    file_id: str
    filename: str
    upload_time: datetime
    waiting_seconds: float


class DeadLetterCounts(BaseModel):
    """How many dead letters there are."""

    total: int
    not_announced: int = Field(description="Those that were not announced again.")
    last_received_at: datetime | None


class Disk(BaseModel):
    """A disk that data of the service is on."""

    name: str
    free_bytes: int
    total_bytes: int
    full: bool = Field(description="Too little is free: uploads are not taken.")


class ServiceStatus(Ready):
    """The service: what `/health/ready` says, and what an operator asks next. A section that cannot
    be read is null; the part that is not ready says why."""

    version: str
    checked_at: datetime
    lost_tasks: dict[str, str] = Field(
        description="Background tasks of this API process that fail again and again."
    )
    workers: list[WorkerStatus] | None
    lag: dict[str, int] | None = Field(
        description="Messages that workers have not completed, by topic."
    )
    files: FileStatusCounts | None
    oldest_waiting: WaitingFile | None
    dead_letters: DeadLetterCounts | None
    disks: list[Disk] | None


class DeadLetter(BaseModel):
    """A message that could not be processed."""

    letter_id: str
    topic: str
    partition: int
    offset: int
    code: str
    reason: str
    key: str | None
    headers: dict[str, str]
    size_bytes: int
    preview: str = Field(description="The first 400 bytes, as UTF-8.")
    received_at: datetime
    announced_at: datetime | None = Field(description="When it was announced again, if it was.")
    action: Literal["publish", "replay"] = Field(
        description="What announcing it does: publish the message on its topic again, or process "
        "the file of its key again."
    )


class Announced(BaseModel):
    """What was done with a dead letter."""

    letter_id: str
    action: Literal["publish", "replay"]
    file_id: str | None = Field(description="The file that is processed again, if that was done.")


STATUS: dict[str, Any] = {
    "status": "ready",
    "parts": {
        "kafka": examples.PART,
        "store": examples.PART,
        "clickhouse": examples.PART,
        "workers": examples.WORKERS,
    },
    "version": "1.0.0",
    "checked_at": "2024-05-01T12:00:00.000000Z",
    "lost_tasks": {},
    "workers": [
        {"name": "http://127.0.0.1:9101", "ready": True, "reason": None},
        {"name": "http://127.0.0.1:9102", "ready": True, "reason": None},
    ],
    "lag": {"files.uploaded": 3, "files.batches": 12, "files.partials": 0},
    "files": {"files": 120, "waiting": 1, "processed": 110, "partial": 8, "failed": 1},
    "oldest_waiting": {
        "file_id": "0190d5a4c3f27b6e8d1f4a5b6c7d8e9f",
        "filename": "plant-7.csv",
        "upload_time": "2024-05-01T11:59:58.000000Z",
        "waiting_seconds": 2.0,
    },
    "dead_letters": {
        "total": 1,
        "not_announced": 1,
        "last_received_at": "2024-05-01T11:00:00.000000Z",
    },
    "disks": [
        {
            "name": "disk default of the database",
            "free_bytes": 52428800000,
            "total_bytes": 107374182400,
            "full": False,
        }
    ],
}
LETTER: dict[str, Any] = {
    "letter_id": "files.announced.2.17.5f0c3a1b2c3d4e5f",
    "topic": "files.announced",
    "partition": 2,
    "offset": 17,
    "code": "object_missing",
    "reason": "there is no object plant/may.csv in the bucket incoming",
    "key": "plant",
    "headers": {},
    "size_bytes": 50,
    "preview": '{"bucket":"incoming","object_key":"plant/may.csv"}',
    "received_at": "2024-05-01T11:00:00.000000Z",
    "announced_at": None,
    "action": "publish",
}
ANNOUNCED: dict[str, Any] = {
    "letter_id": LETTER["letter_id"],
    "action": "publish",
    "file_id": None,
}

"""Shapes of the answers about retention."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field

from schemas.retention import What


class RemovableFile(BaseModel):
    """A file that something would be removed of."""

    file_id: str
    filename: str
    upload_time: datetime


class RemovableByRule(BaseModel):
    """What a rule would remove now."""

    rule: str = Field(description="The rule, as it is written in `RETENTION`.")
    what: What
    age_seconds: float | None = Field(description="The age that it asks for; null for `never`.")
    files: int = Field(description="Files, members of containers left out.")
    members: int = Field(description="Members of these files.")
    size_bytes: int = Field(description="Raw bytes of both that go.")
    row_count: int = Field(description="Valid rows whose results or stored readings go.")
    first: list[RemovableFile] = Field(description="The files that were uploaded first.")


class RetentionPlan(BaseModel):
    """What the rules would remove now."""

    at: datetime = Field(description="The moment that ages are counted to.")
    rules: list[RemovableByRule] = Field(description="In their order; empty without rules.")


PLAN: Final[dict[str, Any]] = {
    "at": "2026-03-31T08:00:00.000000Z",
    "rules": [
        {
            "rule": "raw 30d source=upload",
            "what": "raw",
            "age_seconds": 2592000.0,
            "files": 1,
            "members": 0,
            "size_bytes": 482,
            "row_count": 0,
            "first": [
                {
                    "file_id": "0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f",
                    "filename": "plant-7.csv",
                    "upload_time": "2026-03-01T06:00:00.000000Z",
                }
            ],
        }
    ],
}

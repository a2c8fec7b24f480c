"""What the API answers about operations on many files, described for OpenAPI, with examples."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field

from ingest.http.invalid_row_models import RowFields
from schemas.bulk import Kind, Result


class CorrectedRow(BaseModel):
    """An invalid row before and after the changes."""

    file_id: str
    filename: str
    row: int
    line: int
    code: str
    before: RowFields
    after: RowFields


class CorrectionPreview(BaseModel):
    """What a correction would do. `matched` is the sum of the counts after it."""

    files: int = Field(description="Files with rows that fit.")
    changed_files: int = Field(description="Files with rows that would be corrected.")
    more_files: bool = Field(
        description="Whether there are more files than were looked at, 10,000; the correction is of "
        "all of them."
    )
    matched: int = Field(description="Invalid rows that fit; of wide files, invalid cells.")
    corrected: int = Field(description="Rows whose faulty cells would all be changed.")
    unchanged: int = Field(description="Rows that the rule does not change.")
    still_invalid: int = Field(description="Rows that change, but not in every faulty cell.")
    corrected_before: int = Field(
        description="Rows that another file corrects already, or will once it is processed."
    )
    examples: list[CorrectedRow] = Field(description="The first rows that would be corrected.")
    left: list[CorrectedRow] = Field(description="The first rows that would stay invalid.")


class FilesPreview(BaseModel):
    """How many files a selection has, and the first of them."""

    files: int
    examples: list[str] = Field(description="The first names, by file_id.")


class Operation(BaseModel):
    """An operation on many files."""

    id: str
    kind: Kind
    status: str = Field(description="`running` or `done`.")
    requested_at: datetime
    ended_at: datetime | None
    request: dict[str, Any] = Field(description="What was asked for.")
    files: int
    files_done: int
    results: dict[str, int] = Field(
        description="Files by what became of them: corrected, reprocessing, nothing_to_do, rejected."
    )
    corrected: int = Field(description="Invalid rows that were corrected in new files.")
    unchanged: int = Field(description="Invalid rows that no change fitted.")
    rejected: int = Field(description="Invalid rows that could not be corrected.")
    links: dict[str, str]


class OperationFile(BaseModel):
    """What became of a file of an operation."""

    file_id: str
    filename: str
    result: Result
    detail: str = Field(description="Why it was rejected; else empty.")
    new_file_id: str = Field(description="The file of its corrected rows; empty if there is none.")
    corrected: int
    unchanged: int
    rejected: int


CORRECTION: Final[dict[str, Any]] = {
    "files": {"profile": "klima-2026"},
    "rows": {"code": "value_format"},
    "changes": [{"kind": "replace", "column": "value", "find": ",", "replacement": "."}],
}
REPROCESSING: Final[dict[str, Any]] = {
    "files": {"status": "failed", "q": "klima"},
    "options": {"timestamp_format": "%d.%m.%Y %H:%M"},
}
_EXAMPLE: Final[dict[str, Any]] = {
    "file_id": "0190d5a4c3f27b6e8d1f4a5b6c7d8e9f",
    "filename": "klima-07.csv",
    "row": 12,
    "line": 13,
    "code": "value_format",
    "before": {"sensor_id": "t-1", "timestamp": "2026-03-01T06:10:00Z", "value": "21,5"},
    "after": {"sensor_id": "t-1", "timestamp": "2026-03-01T06:10:00Z", "value": "21.5"},
}
PREVIEW: Final[dict[str, Any]] = {
    "files": 500,
    "changed_files": 498,
    "more_files": False,
    "matched": 100_000,
    "corrected": 99_990,
    "unchanged": 10,
    "still_invalid": 0,
    "corrected_before": 0,
    "examples": [_EXAMPLE],
    "left": [],
}
FILES: Final[dict[str, Any]] = {"files": 2, "examples": ["klima-07.csv", "klima-08.csv"]}
OPERATION: Final[dict[str, Any]] = {
    "id": "4f1c9d2e8b7a60512f3e4d5c6b7a8990",
    "kind": "correction",
    "status": "running",
    "requested_at": "2026-03-01T06:12:00.000000Z",
    "ended_at": None,
    "request": CORRECTION,
    "files": 500,
    "files_done": 120,
    "results": {"corrected": 119, "reprocessing": 0, "nothing_to_do": 1, "rejected": 0},
    "corrected": 23_800,
    "unchanged": 10,
    "rejected": 0,
    "links": {
        "self": "/api/v1/operations/4f1c9d2e8b7a60512f3e4d5c6b7a8990",
        "files": "/api/v1/operations/4f1c9d2e8b7a60512f3e4d5c6b7a8990/files",
    },
}
OPERATION_FILE: Final[dict[str, Any]] = {
    "file_id": "0190d5a4c3f27b6e8d1f4a5b6c7d8e9f",
    "filename": "klima-07.csv",
    "result": "corrected",
    "detail": "",
    "new_file_id": "0c7bdfb0a1f25e7a9b1c2d3e4f506172",
    "corrected": 200,
    "unchanged": 0,
    "rejected": 0,
}

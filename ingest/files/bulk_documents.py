"""Operations on many files as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from schemas.bulk import RESULTS, BulkOperation, BulkProgress
from schemas.file_document import timestamp


def operation_document(begun: BulkOperation, progress: BulkProgress) -> dict[str, Any]:
    """An operation and how far it is."""
    path = f"/api/v1/operations/{begun.id}"
    return {
        "id": begun.id,
        "kind": begun.kind,
        "status": "running" if begun.ended_at is None else "done",
        "requested_at": timestamp(begun.requested_at),
        "ended_at": begun.ended_at and timestamp(begun.ended_at),
        "request": _given(orjson.loads(begun.request)),
        "files": begun.files,
        "files_done": progress.done,
        "results": {name: progress.results.get(name, 0) for name in RESULTS},
        "corrected": progress.corrected,
        "unchanged": progress.unchanged,
        "rejected": progress.rejected,
        "links": {"self": path, "files": f"{path}/files"},
    }


def file_of_operation(row: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a file."""
    names = ("file_id", "filename", "result", "detail", "new_file_id")
    return {name: row[name] for name in (*names, "corrected", "unchanged", "rejected")}


def _given(request: Any) -> Any:
    """A request without what was not given."""
    if not isinstance(request, dict):
        return request
    found = {name: _given(value) for name, value in request.items()}
    return {name: value for name, value in found.items() if value not in (None, [], False, {})}

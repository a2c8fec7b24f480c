"""What is done to a file after its first run: replay, delete."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ingest import examples
from ingest.access import ADMIN, UPLOAD
from ingest.answers import json_answer
from ingest.describing import answer, errors, nothing
from ingest.services import NEEDED, Use
from ingest.upload_options import NAMES
from schemas import answers
from schemas.document import begun_document

router = APIRouter(prefix="/api/v1/files", tags=["files"])

_AWAY = ("broker_unavailable", "database_unavailable", "store_unavailable")
_OPTION_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": name,
        "in": "query",
        "schema": {"type": "string"},
        "description": f"`{name}` given anew; `auto` has it found out. Stays as it was unless told.",
    }
    for name in NAMES
]


@router.post(
    "/{file_id}/replay",
    status_code=202,
    summary="Process a file anew",
    dependencies=[UPLOAD],
    responses={
        **answer(
            answers.FileDocument,
            examples.REPLAYING,
            "The generation that has begun.",
            status=202,
            headers=["Location"],
        ),
        **errors("raw_missing", "file_waiting", "replay_under_way", *_AWAY),
    },
    openapi_extra={"parameters": _OPTION_PARAMETERS},
)
async def replay(file_id: str, request: Request, use: Use) -> Response:
    """Begin a new generation, and answer its document.

    The file goes on showing what it came to before, its status included, until the new generation
    is terminal and takes its place at once; `replay` in its document says that it is under way.
    """
    await use.readiness.require(*NEEDED)
    record = await use.lifecycle.replay(file_id, request.query_params)
    document = begun_document(record)
    found = json_answer(document, 202)
    found.headers["Location"] = document["links"]["self"]
    return found


@router.delete(
    "/{file_id}",
    status_code=204,
    summary="Delete a file",
    dependencies=[ADMIN],
    responses=nothing(204, "It is gone, by now or by an earlier call."),
)
async def delete(file_id: str, use: Use) -> Response:
    """Take a file out of every list and total; its raw bytes go too. Doing it twice is no error."""
    await use.lifecycle.delete(file_id)
    return Response(status_code=204)

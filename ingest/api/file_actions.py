"""What is done to a file after its first run: replay, resubmit, delete."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ingest.api.uploads import body_of, length_of, refuse
from ingest.auth.quotas import Reservation
from ingest.auth.scopes import ADMIN, UPLOAD, CallerDep
from ingest.dependencies import NEEDED, Deps
from ingest.files.documents import whole_document
from ingest.http import examples, file_models
from ingest.http.errors import Problem, missing_file, unavailable
from ingest.http.openapi import OCTETS, answer, errors, nothing
from ingest.http.responses import json_answer
from ingest.uploads.idempotency import read_idempotency_key
from ingest.uploads.options import query_parameters, texts_of
from schemas.errors import Unavailable
from schemas.file_document import begun_document, file_document

router = APIRouter(prefix="/api/v1/files", tags=["files"])

_AWAY = ("broker_unavailable", "database_unavailable", "store_unavailable")
_OPTION_PARAMETERS: list[dict[str, Any]] = [
    {**parameter, "description": f"{parameter['description']} `auto` takes it back."}
    for parameter in query_parameters()
]


_RESUBMIT: dict[str, Any] = {
    "parameters": [
        {
            "name": "filename",
            "in": "query",
            "schema": {"type": "string"},
            "description": "Name of the new file. Default: `corrected-` and the name of the first.",
        },
        {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string"},
            "description": "A repeated request with the same key is the same resubmission.",
        },
    ],
    "requestBody": {
        "required": True,
        "content": {
            OCTETS: {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    },
}


@router.post(
    "/{file_id}/replay",
    status_code=202,
    summary="Process a file again",
    dependencies=[UPLOAD],
    responses={
        **answer(
            file_models.FileDocument,
            examples.REPLAYING,
            "The generation that has begun.",
            status=202,
            headers=["Location"],
        ),
        **errors(
            "raw_file_missing",
            "raw_file_removed",
            "not_owner",
            "file_waiting",
            "replay_in_progress",
            "has_resubmissions",
            *_AWAY,
        ),
    },
    openapi_extra={"parameters": _OPTION_PARAMETERS},
)
async def replay_file(file_id: str, request: Request, deps: Deps, caller: CallerDep) -> Response:
    """Begin a new generation, and answer its document.

    The file shows its previous results, including its status, until the new generation
    is terminal and takes its place at once; `replay` in its document shows that it is in progress.
    """
    await deps.readiness.require(*NEEDED)
    caller.check_owner(await deps.lifecycle.known(file_id))
    record = await deps.lifecycle.replay(file_id, texts_of(request.query_params.multi_items()))
    document = begun_document(record)
    found = json_answer(document, 202)
    found.headers["Location"] = document["links"]["self"]
    return found


@router.post(
    "/{file_id}/resubmit",
    status_code=202,
    summary="Resubmit corrected rows",
    dependencies=[UPLOAD],
    responses={
        **answer(
            file_models.ResubmittedFile,
            examples.RESUBMITTED,
            "The new file, and what became of the rows that were sent.",
            status=202,
            headers=["Location"],
        ),
        **answer(
            file_models.FileDocument,
            examples.FILE,
            "The same was sent before; this is the document of that file.",
            headers=["Location"],
        ),
        **errors(
            "missing_file",
            "malformed_body",
            "invalid_resubmission",
            "no_rows_accepted",
            "not_owner",
            "file_waiting",
            "replay_in_progress",
            "unsupported_encoding",
            "idempotency_key_reused",
            "client_too_slow",
            "body_too_large",
            *_AWAY,
        ),
    },
    openapi_extra=_RESUBMIT,
)
async def resubmit_rows(file_id: str, request: Request, deps: Deps, caller: CallerDep) -> Response:
    """Accept corrected rows of the export as a new file that is linked to this one.

    A row is identified by its `row`, and is corrected if it is valid in the new file. Unchanged rows
    stay invalid rows of this file; rows that are corrected already, or that are not invalid rows of
    this file, are rejected and listed.
    """
    reservation: Reservation | None = None
    taken: int | None = None
    try:
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise Problem(
                "unsupported_encoding",
                "Corrected rows are accepted without a Content-Encoding only.",
            )
        key = read_idempotency_key(request.headers.get("idempotency-key"), caller.holder)
        if caller.key is not None:
            reservation = deps.keys.usage.upload(caller.key, length_of(request) or 0)
        await deps.readiness.require(*NEEDED)
        caller.check_owner(await deps.lifecycle.known(file_id))
        body = body_of(request, deps, reservation, unnamed="")
        part = await body.find_file()
        if part is None:
            raise missing_file()
        done = await deps.resubmissions.receive(
            file_id,
            body.chunks(),
            filename=part.filename or None,
            idempotency_key=key,
            owner=caller.holder,
        )
        if done.taken is not None:
            taken = done.record.size_bytes
    except Unavailable as exc:
        return await refuse(request, deps, unavailable(exc))
    except Problem as problem:
        return await refuse(request, deps, problem)
    finally:
        if reservation is not None:
            reservation.commit(taken)
    if done.taken is None:
        found = json_answer(await whole_document(deps.additions, deps.results, done.record))
    else:
        found = json_answer(
            {**file_document(done.record), "resubmission": done.taken.document()}, 202
        )
    found.headers["Location"] = f"{router.prefix}/{done.record.file_id}"
    return found


@router.delete(
    "/{file_id}",
    status_code=204,
    summary="Delete a file",
    dependencies=[ADMIN],
    responses=nothing(204, "It is gone, by now or by an earlier call."),
)
async def delete_file(file_id: str, deps: Deps) -> Response:
    """Take a file out of every list and total; its raw bytes go too. Doing it twice is no error."""
    await deps.lifecycle.delete(file_id)
    return Response(status_code=204)

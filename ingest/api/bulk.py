"""Operations on many files: corrections of invalid rows, and reprocessing with other options."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from ingest.api.files import Cursor, Limit
from ingest.auth.scopes import READ, UPLOAD, CallerDep
from ingest.dependencies import NEEDED, Deps
from ingest.files.bulk_documents import file_of_operation, operation_document
from ingest.files.correction_preview import preview_correction
from ingest.files.lifecycle import with_changes
from ingest.http import bulk_models, examples, models
from ingest.http.errors import Problem, invalid_parameter
from ingest.http.json_body import read_json
from ingest.http.openapi import answer, errors
from ingest.http.pagination import decode, encode
from ingest.http.responses import json_answer, page_answer
from ingest.uploads.idempotency import read_idempotency_key
from ingest.uploads.options import NAMES
from schemas.bulk import BulkOperation, Result
from schemas.corrections import (
    BadRequest,
    Correction,
    Reprocessing,
    correction_from,
    reprocessing_from,
)
from schemas.read_options import ReadOptions
from sinks.queries.bulk import (
    latest_operations,
    operation,
    outcomes,
    progress_of_operations,
    selected,
    selected_files,
    to_reprocess,
)

router = APIRouter(prefix="/api/v1", tags=["operations"])

_KEY: Final[list[dict[str, Any]]] = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string"},
        "description": "A repeated request with the same key is the same operation. Without one, "
        "the same request is, as long as its files are the same.",
    }
]
_EXAMPLE_NAMES: Final = 10


def _body(model: type[BaseModel], example: object) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


_CORRECTION: Final = _body(Correction, bulk_models.CORRECTION)
_REPROCESSING: Final = _body(Reprocessing, bulk_models.REPROCESSING)
_BAD: Final = ("invalid_parameter", "malformed_body", "body_too_large")
_BEGUN: Final = {
    **answer(
        bulk_models.Operation,
        bulk_models.OPERATION,
        "The operation, which goes on by itself.",
        status=202,
        headers=["Location"],
    ),
    **errors(*_BAD, "idempotency_key_reused", "database_unavailable", "broker_unavailable"),
}


@router.post(
    "/corrections/preview",
    dependencies=[READ],
    summary="Preview a correction",
    responses={
        **answer(bulk_models.CorrectionPreview, bulk_models.PREVIEW, "Counts and examples."),
        **errors(*_BAD),
    },
    openapi_extra={"requestBody": _CORRECTION},
)
async def preview_correction_of_files(request: Request, deps: Deps) -> Response:
    """What changes would do to the invalid rows of files; nothing is stored."""
    correction = await _correction_of(request)
    return json_answer((await preview_correction(deps.database, correction)).document())


@router.post(
    "/corrections",
    status_code=202,
    dependencies=[UPLOAD],
    summary="Correct the invalid rows of files",
    responses=_BEGUN,
    openapi_extra={"requestBody": _CORRECTION, "parameters": _KEY},
)
async def correct_files(request: Request, deps: Deps, caller: CallerDep) -> Response:
    """Change cells of invalid rows, over many files.

    The rows of each file that become other ones are a new file, as if they had been resubmitted: it
    has `resubmission_of`, and a row is corrected if it is valid there. A row of which a faulty cell
    stays as it is stays invalid. A row is corrected once, and so is what is asked for twice.
    """
    correction = await _correction_of(request)
    return await _begin(request, deps, caller, correction)


@router.post(
    "/reprocessings/preview",
    dependencies=[READ],
    summary="Which files would be processed again",
    responses={
        **answer(bulk_models.FilesPreview, bulk_models.FILES, "How many files, and the first."),
        **errors(*_BAD),
    },
    openapi_extra={"requestBody": _REPROCESSING},
)
async def preview_reprocessing(request: Request, deps: Deps) -> Response:
    """How many files a selection has; nothing is begun."""
    reprocessing = await _reprocessing_of(request)
    where, params = to_reprocess(reprocessing.files)
    found = await selected(deps.database, where, params)
    first = await selected_files(deps.database, where, params, limit=_EXAMPLE_NAMES)
    return json_answer({"files": found.files, "examples": [one.filename for one in first]})


@router.post(
    "/reprocessings",
    status_code=202,
    dependencies=[UPLOAD],
    summary="Process files again",
    responses=_BEGUN,
    openapi_extra={"requestBody": _REPROCESSING, "parameters": _KEY},
)
async def reprocess_files(request: Request, deps: Deps, caller: CallerDep) -> Response:
    """Begin a new generation of many files, with changed read options or without.

    Each file shows its previous results until its new ones are there. With options, a file that is
    read with them already is left alone. Files with corrected rows are rejected, as by a replay.
    """
    reprocessing = await _reprocessing_of(request)
    return await _begin(request, deps, caller, reprocessing)


@router.get(
    "/operations",
    dependencies=[READ],
    summary="List operations",
    responses=answer(
        models.Page[bulk_models.Operation], examples.page(bulk_models.OPERATION), "The latest."
    ),
)
async def list_operations(deps: Deps, limit: Limit = 20) -> Response:
    """The latest operations on many files, of the last 30 days."""
    found = await latest_operations(deps.database, limit=limit)
    return page_answer(await _documents(deps, found), None)


@router.get(
    "/operations/{operation_id}",
    dependencies=[READ],
    summary="Show an operation",
    responses={
        **answer(bulk_models.Operation, bulk_models.OPERATION, "How far it is."),
        **errors("unknown_operation"),
    },
)
async def show_operation(operation_id: str, deps: Deps) -> Response:
    """How far an operation is, and its counts."""
    (document,) = await _documents(deps, [await _known(deps, operation_id)])
    return json_answer(document)


@router.get(
    "/operations/{operation_id}/files",
    dependencies=[READ],
    summary="List the files of an operation",
    responses={
        **answer(
            models.Page[bulk_models.OperationFile],
            examples.page(bulk_models.OPERATION_FILE),
            "A page of files that are done.",
        ),
        **errors("unknown_operation"),
    },
)
async def list_operation_files(
    operation_id: str,
    deps: Deps,
    result: Annotated[Result | None, Query(description="Only files with this.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """What became of the files that are done, by file_id."""
    await _known(deps, operation_id)
    after = decode(cursor) if cursor else ""
    if not isinstance(after, str):
        raise invalid_parameter("The cursor belongs to another list.")
    rows = await outcomes(deps.database, operation_id, result=result, after=after, limit=limit + 1)
    following = encode(rows[limit - 1]["file_id"]) if len(rows) > limit else None
    return page_answer([file_of_operation(row) for row in rows[:limit]], following)


async def _correction_of(request: Request) -> Correction:
    try:
        return correction_from(await read_json(request, "A correction"))
    except BadRequest as exc:
        raise invalid_parameter(f"{exc}.") from None


async def _reprocessing_of(request: Request) -> Reprocessing:
    try:
        found = reprocessing_from(await read_json(request, "A request"))
    except BadRequest as exc:
        raise invalid_parameter(f"{exc}.") from None
    texts = found.texts()
    if unknown := sorted(set(texts) - set(NAMES)):
        raise invalid_parameter(f"options: there is no read option {unknown[0]!r}.")
    with_changes(ReadOptions(), texts)
    return found


async def _begin(
    request: Request, deps: Deps, caller: CallerDep, asked: Correction | Reprocessing
) -> Response:
    key = read_idempotency_key(request.headers.get("idempotency-key"), caller.holder)
    await deps.readiness.require(*NEEDED)
    begun = await deps.bulk.begin(asked, key=key, owner=caller.holder, of_admin=caller.is_admin)
    (document,) = await _documents(deps, [begun])
    found = json_answer(document, 202)
    found.headers["Location"] = document["links"]["self"]
    return found


async def _known(deps: Deps, operation_id: str) -> BulkOperation:
    found = await operation(deps.database, operation_id)
    if found is None:
        raise Problem(
            "unknown_operation",
            f"There is no operation {operation_id[:60]}. GET /api/v1/operations lists them.",
        )
    return found


async def _documents(deps: Deps, found: list[BulkOperation]) -> list[dict[str, Any]]:
    progress = await progress_of_operations(deps.database, [one.id for one in found])
    return [operation_document(one, progress[one.id]) for one in found]

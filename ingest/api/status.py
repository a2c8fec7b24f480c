"""The service itself: its parts, what waits, and messages that could not be processed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from ingest.api.files import Cursor, Limit
from ingest.auth.scopes import ADMIN, READ
from ingest.dead_letters import action_for
from ingest.dependencies import NEEDED, Deps
from ingest.http import examples, models, status_models
from ingest.http.openapi import answer, errors
from ingest.http.pagination import read_order
from ingest.http.responses import json_answer, page_answer
from schemas.file_document import timestamp
from sinks.queries.dead_letters import LETTER_SORTS, dead_letters_page

router = APIRouter(prefix="/api/v1", tags=["service"])


@router.get(
    "/status",
    dependencies=[READ],
    summary="Status of the service",
    responses=answer(status_models.ServiceStatus, status_models.STATUS, "The status."),
)
async def show_status(deps: Deps) -> Response:
    """Parts, workers, lag, the oldest waiting file, dead letters and disks. It is answered with 200
    whatever the status is; a worker that stops is reported within ten seconds."""
    return json_answer(await deps.status.document())


@router.get(
    "/dead-letters",
    dependencies=[READ],
    summary="Messages that could not be processed",
    responses=answer(
        models.Page[status_models.DeadLetter], examples.page(status_models.LETTER), "A page."
    ),
)
async def list_dead_letters(
    deps: Deps,
    not_announced: Annotated[
        bool, Query(description="Only those that were not announced again.")
    ] = False,
    sort: Annotated[str, Query(description="`received_at` or `-received_at`.")] = "-received_at",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Each with its reason and the beginning of its bytes; the view `dead_letters` has all bytes."""
    order = read_order(LETTER_SORTS, sort, cursor)
    page = await dead_letters_page(
        deps.database, open_only=not_announced, limit=limit, **order.paging
    )
    return page_answer([_document(row) for row in page.items], order.cursor(page.next))


@router.post(
    "/dead-letters/{letter_id}/announce",
    status_code=202,
    summary="Announce a dead letter again",
    dependencies=[ADMIN],
    responses={
        **answer(status_models.Announced, status_models.ANNOUNCED, "It is announced.", status=202),
        **errors(
            "unknown_dead_letter",
            "unknown_file",
            "raw_file_missing",
            "raw_file_removed",
            "file_waiting",
            "replay_in_progress",
            "has_resubmissions",
            "broker_unavailable",
            "database_unavailable",
            "store_unavailable",
        ),
    },
)
async def announce_dead_letter(letter_id: str, deps: Deps) -> Response:
    """Publish the message on its topic again, byte by byte; or, if it was a message of the product
    itself, process its file again. Do it once the cause is fixed."""
    await deps.readiness.require(*NEEDED)
    return json_answer(asdict(await deps.dead_letters.announce(letter_id)), 202)


def _document(row: dict[str, Any]) -> dict[str, Any]:
    announced = row["announced_at"]
    return {
        **row,
        "received_at": timestamp(row["received_at"]),
        "announced_at": None if announced is None else timestamp(announced),
        "action": action_for(row["topic"]),
    }

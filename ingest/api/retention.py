"""Retention: what the rules would remove now, and a round of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from ingest.auth.scopes import ADMIN, READ
from ingest.dependencies import NEEDED, Deps
from ingest.http import retention_models
from ingest.http.openapi import answer, errors
from ingest.http.responses import json_answer
from schemas.file_document import timestamp
from schemas.instants import utc_now
from sinks.queries.retention import Removable

router = APIRouter(prefix="/api/v1/retention", tags=["service"])


@router.get(
    "",
    dependencies=[READ],
    summary="What retention would remove",
    responses=answer(retention_models.RetentionPlan, retention_models.PLAN, "The dry run."),
)
async def show_retention(deps: Deps) -> Response:
    """What each rule of `RETENTION` would remove now: a dry run. It looks at all files.

    A file that is processed or was changed within `PURGE_AFTER_SECONDS` is left alone, and so is one
    that a file which stays depends on.
    """
    return json_answer(await _plan(deps))


@router.post(
    "/apply",
    status_code=202,
    dependencies=[ADMIN],
    summary="Apply retention now",
    responses={
        **answer(
            retention_models.RetentionPlan,
            retention_models.PLAN,
            "What is being removed.",
            status=202,
        ),
        **errors("database_unavailable"),
    },
)
async def apply_retention(deps: Deps) -> Response:
    """Begin a round now instead of within a minute, and answer with what it removes."""
    await deps.readiness.require(*NEEDED)
    plan = await _plan(deps)
    deps.retention.ask()
    return json_answer(plan, 202)


async def _plan(deps: Deps) -> dict[str, Any]:
    at = utc_now()
    return {"at": timestamp(at), "rules": [_rule(one) for one in await deps.retention.dry_run()]}


def _rule(removable: Removable) -> dict[str, Any]:
    rule = removable.rule
    return {
        "rule": rule.text,
        "what": rule.what,
        "age_seconds": None if rule.age is None else rule.age.total_seconds(),
        "files": removable.files,
        "members": removable.members,
        "size_bytes": removable.size_bytes,
        "row_count": removable.row_count,
        "first": [
            {
                "file_id": file.file_id,
                "filename": file.filename,
                "upload_time": timestamp(file.upload_time),
            }
            for file in removable.first
        ],
    }

"""Whether the process lives, whether it can work, and what it has done."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from ingest.auth.scopes import ANYONE, READ
from ingest.dependencies import Deps
from ingest.http import examples, health_models
from ingest.http.openapi import answer, other
from ingest.http.responses import json_answer
from runtime import metrics
from runtime.version import VERSION
from schemas.errors import Service

router = APIRouter(tags=["health"])

_PARTS = {
    **{service.value: examples.PART for service in Service},
    "schema": examples.PART,
    "writable": examples.PART,
    "workers": examples.WORKERS,
}
_READY = {"status": "ready", "parts": _PARTS}
_NOT_READY = {"status": "not ready", "parts": {**_PARTS, Service.KAFKA.value: examples.AWAY}}

_LOST = {
    "status": "not live",
    "version": VERSION,
    "lost_tasks": {"reconciler": "KeyError: 'a bug'"},
}


@router.get(
    "/health/live",
    dependencies=[ANYONE],
    summary="Whether the process is healthy",
    responses={
        **answer(health_models.Live, {"status": "live", "version": VERSION}, "It is."),
        **answer(
            health_models.Live,
            _LOST,
            "A background task fails again and again: restart.",
            status=503,
        ),
    },
)
async def check_liveness(deps: Deps) -> Response:
    """200 if the process answers and its background tasks run; services do not matter here."""
    lost = deps.tasks.lost()
    if not lost:
        return json_answer({"status": "live", "version": VERSION})
    return json_answer({"status": "not live", "version": VERSION, "lost_tasks": lost}, 503)


@router.get(
    "/health/ready",
    dependencies=[ANYONE],
    summary="Whether uploads can be taken",
    responses={
        **answer(health_models.Ready, _READY, "They can."),
        **answer(
            health_models.Ready,
            _NOT_READY,
            "A part is unavailable; `parts` says which and why.",
            status=503,
        ),
    },
)
async def check_readiness(deps: Deps) -> Response:
    """200 where broker, store and database all answer; what each says is at most a second old."""
    all_ready, document = await deps.readiness.document()
    response = json_answer(document, 200 if all_ready else 503)
    if not all_ready:
        response.headers["Retry-After"] = "1"
    return response


@router.get(
    "/metrics",
    dependencies=[READ],
    summary="Counters for Prometheus",
    response_class=PlainTextResponse,
    responses=other("text/plain", examples.METRICS, "The counters."),
)
async def show_metrics(deps: Deps) -> Response:
    """What this process counts since it started, and how many files there are, in Prometheus'
    text format."""
    for part, failure in (await deps.readiness.failures()).items():
        metrics.PART_READY.labels(part).set(failure is None)
    await deps.figures.refresh()
    return Response(metrics.text(metrics.API), media_type=metrics.CONTENT_TYPE)

"""Whether the process lives, whether it can work, and what it has done."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from ingest import examples
from ingest.access import READ
from ingest.answers import json_answer
from ingest.describing import answer, other
from ingest.services import Use
from monitoring import metrics
from schemas import answers

router = APIRouter(tags=["health"])

_PARTS = {"kafka": examples.PART, "store": examples.PART, "clickhouse": examples.PART}
_READY = {"status": "ready", "parts": _PARTS}
_NOT_READY = {"status": "not ready", "parts": {**_PARTS, "kafka": examples.AWAY}}


@router.get(
    "/health/live",
    summary="Whether the process answers",
    responses=answer(answers.Live, {"status": "live"}, "It does."),
)
async def live() -> Response:
    """Always 200: that there is an answer is the answer."""
    return json_answer({"status": "live"})


@router.get(
    "/health/ready",
    summary="Whether uploads can be taken",
    responses={
        **answer(answers.Ready, _READY, "They can."),
        **answer(
            answers.Ready, _NOT_READY, "A part is away; `parts` says which and why.", status=503
        ),
    },
)
async def ready(use: Use) -> Response:
    """200 where broker, store and database all answer; what each says is at most a second old."""
    all_ready, document = await use.readiness.document()
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
async def show_metrics(use: Use) -> Response:
    """What this process counts since it started, and how many files there are, in Prometheus'
    text format."""
    for part, state in (await use.readiness.parts()).items():
        metrics.PART_READY.labels(part).set(state is None)
    await use.figures.refresh()
    return Response(metrics.text(metrics.API), media_type=metrics.CONTENT_TYPE)

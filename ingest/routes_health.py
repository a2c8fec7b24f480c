"""Whether the process lives, whether it can work, and what it has done."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from ingest.answers import json_answer
from ingest.services import Use

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="Whether the process answers")
async def live() -> Response:
    """Always 200: that there is an answer is the answer."""
    return json_answer({"status": "live"})


@router.get(
    "/health/ready",
    summary="Whether uploads can be taken",
    responses={503: {"description": "A part is away; `parts` says which and why."}},
)
async def ready(use: Use) -> Response:
    """200 where broker, store and database all answer; what each says is at most a second old."""
    all_ready, document = await use.readiness.document()
    answer = json_answer(document, 200 if all_ready else 503)
    if not all_ready:
        answer.headers["Retry-After"] = "1"
    return answer


@router.get("/metrics", summary="Counters for Prometheus")
async def metrics(use: Use) -> Response:
    """Counters since the process started, in Prometheus' text format."""
    states = await use.readiness.parts()
    text = use.metrics.text({name: state is None for name, state in states.items()})
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

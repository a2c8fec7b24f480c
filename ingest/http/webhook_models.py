"""What the API answers about webhooks, described for OpenAPI, with examples."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from schemas.file_state import Terminal
from schemas.webhooks import DeliveryState


class DeliveryCounts(BaseModel):
    """How many messages of the last 24 hours are in each state."""

    due: int
    delivered: int
    failed: int


class Webhook(BaseModel):
    """An address that is notified of files."""

    webhook_id: str
    url: str
    title: str
    statuses: list[Terminal]
    min_invalid_share: float
    profile: str | None
    api_key: str | None
    enabled: bool
    disabled_reason: str | None = Field(description="Why the product disabled it.")
    created_at: datetime
    deliveries: DeliveryCounts
    links: dict[str, str]


class WebhookWithSecret(Webhook):
    """A webhook, with the secret that is shown once."""

    secret: str = Field(description="Signs messages; it is not shown again.")


class Delivery(BaseModel):
    """A message to a webhook."""

    delivery_id: str = Field(description="`webhook-id` of the message, the same at every attempt.")
    webhook_id: str
    event: Literal["file.processed", "file.partial", "file.failed", "webhook.test"]
    state: DeliveryState
    file_id: str | None
    filename: str | None
    generation: int | None
    attempts: int
    planned_at: datetime
    next_attempt_at: datetime | None = Field(description="null if it is not due any more.")
    last_attempt_at: datetime | None
    response_status: int | None
    response_ms: int | None
    error: str | None = Field(description="Why the last attempt failed.")
    payload: dict[str, Any] = Field(description="The body of the message.")


WEBHOOK: Final[dict[str, Any]] = {
    "webhook_id": "wh_3f2a9c01b7de4455",
    "url": "https://alerts.example.com/csv",
    "title": "Night shift",
    "statuses": ["partial", "failed"],
    "min_invalid_share": 0.05,
    "profile": "klima",
    "api_key": None,
    "enabled": True,
    "disabled_reason": None,
    "created_at": "2026-03-01T06:10:00.000000Z",
    "deliveries": {"due": 0, "delivered": 12, "failed": 0},
    "links": {
        "self": "/api/v1/webhooks/wh_3f2a9c01b7de4455",
        "deliveries": "/api/v1/webhooks/wh_3f2a9c01b7de4455/deliveries",
    },
}
SECRET: Final[dict[str, Any]] = {**WEBHOOK, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
CONTENT: Final[dict[str, Any]] = {
    "url": "https://alerts.example.com/csv",
    "title": "Night shift",
    "statuses": ["partial", "failed"],
    "min_invalid_share": 0.05,
    "profile": "klima",
}
DELIVERY: Final[dict[str, Any]] = {
    "delivery_id": "msg_5cbb8a3f0f6c4ad2a9d1b6a2f7f3c1e0",
    "webhook_id": "wh_3f2a9c01b7de4455",
    "event": "file.partial",
    "state": "due",
    "file_id": "0190d5a4c3f27b6e8d1f4a5b6c7d8e9f",
    "filename": "klima-2026-03.csv",
    "generation": 1,
    "attempts": 2,
    "planned_at": "2026-03-01T06:10:00.000000Z",
    "next_attempt_at": "2026-03-01T06:11:25.000000Z",
    "last_attempt_at": "2026-03-01T06:11:05.000000Z",
    "response_status": 503,
    "response_ms": 41,
    "error": "HTTP 503",
    "payload": {
        "type": "file.partial",
        "timestamp": "2026-03-01T06:10:00.000000Z",
        "data": {"file_id": "0190d5a4c3f27b6e8d1f4a5b6c7d8e9f", "status": "partial"},
    },
}

"""Documents of webhooks and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from schemas.file_document import timestamp
from schemas.webhooks import Delivery, DeliveryState, Webhook

ROOT: Final = "/api/v1/webhooks"
Document = dict[str, Any]


def webhook_document(
    webhook: Webhook, counts: Mapping[str, int] | None = None, *, with_secret: bool = False
) -> Document:
    """A webhook as the API shows it; its secret only if it is new."""
    counts = counts or {}
    path = f"{ROOT}/{webhook.webhook_id}"
    return {
        "webhook_id": webhook.webhook_id,
        "url": webhook.url,
        "title": webhook.title,
        "statuses": list(webhook.statuses),
        "min_invalid_share": webhook.min_invalid_share,
        "profile": webhook.profile,
        "api_key": webhook.api_key,
        "enabled": webhook.enabled,
        "disabled_reason": webhook.disabled_reason or None,
        "created_at": timestamp(webhook.created_at),
        "deliveries": {state.value: counts.get(state, 0) for state in DeliveryState},
        "links": {"self": path, "deliveries": f"{path}/deliveries"},
        **({"secret": webhook.secret} if with_secret else {}),
    }


def delivery_document(delivery: Delivery) -> Document:
    """A delivery as the API shows it."""
    due, last = delivery.state == DeliveryState.DUE, delivery.last_attempt_at
    return {
        "delivery_id": delivery.delivery_id,
        "webhook_id": delivery.webhook_id,
        "event": delivery.event,
        "state": delivery.state,
        "file_id": delivery.file_id or None,
        "filename": delivery.filename or None,
        "generation": delivery.generation or None,
        "attempts": delivery.attempts,
        "planned_at": timestamp(delivery.planned_at),
        "next_attempt_at": timestamp(delivery.next_attempt_at) if due else None,
        "last_attempt_at": None if last is None else timestamp(last),
        "response_status": delivery.response_status,
        "response_ms": delivery.response_ms,
        "error": delivery.error or None,
        "payload": orjson.Fragment(delivery.payload),
    }

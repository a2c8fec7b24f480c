"""`/api/v1/webhooks`: addresses that are notified of files, and what was sent to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from ingest.api.files import Cursor, Limit
from ingest.auth.scopes import ADMIN
from ingest.dependencies import Deps
from ingest.http import examples, models, webhook_models
from ingest.http.openapi import answer, errors, nothing
from ingest.http.pagination import read_order
from ingest.http.responses import json_answer, page_answer
from ingest.webhooks.body import NewWebhook, WebhookChange, change_of, new_webhook_of
from ingest.webhooks.documents import ROOT, delivery_document, webhook_document
from schemas.webhooks import DeliveryState
from sinks.queries.pagination import moment
from sinks.queries.webhooks import deliveries_page, delivery_counts

router = APIRouter(prefix=ROOT, tags=["webhooks"])
_SORTS = {"begun_at": moment("begun_at")}
_BAD = ("invalid_webhook", "malformed_body", "body_too_large")


def _body(model: type[NewWebhook | WebhookChange], example: object) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


@router.get(
    "",
    dependencies=[ADMIN],
    summary="List webhooks",
    responses=answer(
        models.Page[webhook_models.Webhook], examples.page(webhook_models.WEBHOOK), "All of them."
    ),
)
async def list_webhooks(deps: Deps) -> Response:
    """All webhooks, the oldest first, with how many messages they had in the last 24 hours."""
    webhooks = await deps.webhooks.all()
    counts = await delivery_counts(deps.database) if webhooks else {}
    return page_answer(
        [webhook_document(one, counts.get(one.webhook_id)) for one in webhooks], None
    )


@router.post(
    "",
    dependencies=[ADMIN],
    status_code=201,
    summary="Create a webhook",
    responses={
        **answer(
            webhook_models.WebhookWithSecret,
            webhook_models.SECRET,
            "It is notified of files that end from now on.",
            status=201,
            headers=["Location"],
        ),
        **errors(*_BAD, "too_many_webhooks"),
    },
    openapi_extra=_body(NewWebhook, webhook_models.CONTENT),
)
async def create_webhook(request: Request, deps: Deps) -> Response:
    """Notify an address of files that become terminal, by the rules of Standard Webhooks.

    Each message is a POST of `{type, timestamp, data}`; `data` is the file as lists show it. Any
    answer of 2xx means that it was received; otherwise it is sent again, with the same `webhook-id`,
    with growing pauses for about three days. 410 disables the webhook.
    """
    content = await new_webhook_of(request)
    webhook = await deps.webhooks.create(content)
    found = json_answer(webhook_document(webhook, with_secret=True), 201)
    found.headers["Location"] = f"{ROOT}/{webhook.webhook_id}"
    return found


@router.get(
    "/{webhook_id}",
    dependencies=[ADMIN],
    summary="Show a webhook",
    responses={
        **answer(webhook_models.Webhook, webhook_models.WEBHOOK, "The webhook."),
        **errors("unknown_webhook"),
    },
)
async def show_webhook(webhook_id: str, deps: Deps) -> Response:
    """A webhook, without its secret."""
    webhook = await deps.webhooks.get(webhook_id)
    counts = await delivery_counts(deps.database)
    return json_answer(webhook_document(webhook, counts.get(webhook_id)))


@router.patch(
    "/{webhook_id}",
    dependencies=[ADMIN],
    summary="Change a webhook",
    responses={
        **answer(webhook_models.Webhook, webhook_models.WEBHOOK, "As it is now."),
        **errors(*_BAD, "unknown_webhook"),
    },
    openapi_extra=_body(WebhookChange, {"statuses": ["failed"], "enabled": True}),
)
async def change_webhook(webhook_id: str, request: Request, deps: Deps) -> Response:
    """Change what is given and leave the rest. One that is enabled again is notified of files that
    end from then on."""
    changes = await change_of(request)
    webhook = await deps.webhooks.change(webhook_id, changes)
    counts = await delivery_counts(deps.database)
    return json_answer(webhook_document(webhook, counts.get(webhook_id)))


@router.delete(
    "/{webhook_id}",
    dependencies=[ADMIN],
    status_code=204,
    summary="Delete a webhook",
    responses={
        **nothing(204, "Nothing is sent to it any more."),
        **errors("unknown_webhook"),
    },
)
async def delete_webhook(webhook_id: str, deps: Deps) -> Response:
    """Send nothing to it any more, messages that are due included."""
    await deps.webhooks.delete(webhook_id)
    return Response(status_code=204)


@router.post(
    "/{webhook_id}/rotate",
    dependencies=[ADMIN],
    summary="Give a webhook a new secret",
    responses={
        **answer(webhook_models.WebhookWithSecret, webhook_models.SECRET, "With its new secret."),
        **errors("unknown_webhook"),
    },
)
async def rotate_webhook_secret(webhook_id: str, deps: Deps) -> Response:
    """For 24 hours messages are signed with the former secret too, so that receivers can change."""
    webhook = await deps.webhooks.rotate(webhook_id)
    return json_answer(webhook_document(webhook, with_secret=True))


@router.post(
    "/{webhook_id}/test",
    dependencies=[ADMIN],
    status_code=202,
    summary="Send a test message",
    responses={
        **answer(webhook_models.Delivery, webhook_models.DELIVERY, "It is sent soon.", status=202),
        **errors("unknown_webhook", "webhook_disabled"),
    },
)
async def test_webhook(webhook_id: str, deps: Deps) -> Response:
    """Send a message of the type `webhook.test`; its delivery shows whether it was received."""
    return json_answer(delivery_document(await deps.webhooks.test(webhook_id)), 202)


@router.get(
    "/{webhook_id}/deliveries",
    dependencies=[ADMIN],
    summary="Messages of a webhook",
    responses={
        **answer(
            models.Page[webhook_models.Delivery], examples.page(webhook_models.DELIVERY), "A page."
        ),
        **errors("unknown_webhook"),
    },
)
async def list_deliveries(
    webhook_id: str,
    deps: Deps,
    state: Annotated[
        DeliveryState | None, Query(description="Only messages in this state.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Messages of the last 30 days, those about the latest files first."""
    await deps.webhooks.get(webhook_id)
    order = read_order(_SORTS, "-begun_at", cursor)
    page = await deliveries_page(
        deps.database, webhook_id=webhook_id, state=state, limit=limit, after=order.after
    )
    return page_answer([delivery_document(one) for one in page.items], order.cursor(page.next))


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/retry",
    dependencies=[ADMIN],
    status_code=202,
    summary="Send a message again",
    responses={
        **answer(webhook_models.Delivery, webhook_models.DELIVERY, "It is sent soon.", status=202),
        **errors("unknown_webhook", "unknown_delivery", "webhook_disabled"),
    },
)
async def retry_delivery(webhook_id: str, delivery_id: str, deps: Deps) -> Response:
    """Send a message again, with the same `webhook-id`, whatever became of it before."""
    return json_answer(delivery_document(await deps.webhooks.retry(webhook_id, delivery_id)), 202)

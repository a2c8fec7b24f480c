"""Creating, changing and deleting webhooks, and looking at what was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ingest.http.errors import Problem
from ingest.webhooks.addresses import Allowed, Forbidden
from ingest.webhooks.body import NewWebhook, invalid_webhook
from schemas.webhooks import (
    MAX_WEBHOOKS,
    ROTATION,
    BadWebhook,
    Delivery,
    DeliveryState,
    Webhook,
    check_secret,
    check_url,
    is_mail,
    new_secret,
    new_webhook_id,
    trial_delivery,
)
from sinks.clickhouse.client import Database
from sinks.queries.webhooks import (
    delivery_by_id,
    read_webhooks,
    write_deliveries,
    write_webhook,
)


class Webhooks:
    """The webhooks of the service.

    Args:
        sends_mail: whether there is a mail server.
    """

    def __init__(
        self,
        database: Database,
        allowed: Allowed,
        clock: Callable[[], datetime],
        *,
        sends_mail: bool,
    ) -> None:
        self._database, self._allowed, self._clock = database, allowed, clock
        self._sends_mail = sends_mail

    async def all(self) -> list[Webhook]:
        """All of them, the oldest first."""
        return await read_webhooks(self._database)

    async def get(self, webhook_id: str) -> Webhook:
        """A webhook.

        Raises:
            Problem: 404 `unknown_webhook`.
        """
        for webhook in await self.all():
            if webhook.webhook_id == webhook_id:
                return webhook
        raise Problem(
            "unknown_webhook",
            f"There is no webhook {webhook_id[:80]!r}. GET /api/v1/webhooks lists them.",
        )

    async def create(self, content: NewWebhook) -> Webhook:
        """Save a new webhook: it is notified of files that become terminal from now on.

        Raises:
            Problem: 400 `invalid_webhook`, 409 `too_many_webhooks`.
        """
        if len(await self.all()) >= MAX_WEBHOOKS:
            raise Problem(
                "too_many_webhooks", f"There are {MAX_WEBHOOKS} webhooks. Delete one first."
            )
        await self._check_url(content.url)
        try:
            secret = new_secret() if content.secret is None else check_secret(content.secret)
        except BadWebhook as exc:
            raise invalid_webhook(exc) from None
        now = self._clock()
        values = content.model_dump(exclude={"secret", "statuses"})
        webhook = Webhook(
            webhook_id=new_webhook_id(),
            statuses=tuple(content.statuses),
            secret=secret,
            created_at=now,
            since=now,
            **values,
        )
        await write_webhook(self._database, webhook)
        return webhook

    async def change(self, webhook_id: str, changes: Mapping[str, Any]) -> Webhook:
        """Save changes; one that is enabled again is notified of what ends from then on.

        Raises:
            Problem: 400 `invalid_webhook`, 404.
        """
        webhook = await self.get(webhook_id)
        if "url" in changes:
            await self._check_url(changes["url"])
        values = dict(changes)
        if "statuses" in values:
            values["statuses"] = tuple(values["statuses"])
        changed = replace(webhook, **values, version=webhook.version + 1)
        if changed.enabled and not webhook.enabled:
            changed = replace(changed, since=self._clock())
        if changed.enabled:
            changed = replace(changed, disabled_reason="")
        await write_webhook(self._database, changed)
        return changed

    async def rotate(self, webhook_id: str) -> Webhook:
        """Give it a new secret; the former one signs too, for a day.

        Raises:
            Problem: 404.
        """
        webhook = await self.get(webhook_id)
        rotated = replace(
            webhook,
            secret=new_secret(),
            previous_secret=webhook.secret,
            previous_until=self._clock() + ROTATION,
            version=webhook.version + 1,
        )
        await write_webhook(self._database, rotated)
        return rotated

    async def delete(self, webhook_id: str) -> None:
        """Send nothing to it any more.

        Raises:
            Problem: 404.
        """
        webhook = await self.get(webhook_id)
        await write_webhook(
            self._database, replace(webhook, deleted=True, version=webhook.version + 1)
        )

    async def test(self, webhook_id: str) -> Delivery:
        """Plan a message that only shows that messages arrive.

        Raises:
            Problem: 404, or 409 `webhook_disabled`.
        """
        webhook = await self._enabled(webhook_id)
        delivery = trial_delivery(webhook, self._clock())
        await write_deliveries(self._database, [delivery])
        return delivery

    async def retry(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Send a message again, with the same id.

        Raises:
            Problem: 404, or 409 `webhook_disabled`.
        """
        await self._enabled(webhook_id)
        delivery = await delivery_by_id(self._database, webhook_id, delivery_id)
        if delivery is None:
            raise Problem(
                "unknown_delivery",
                f"The webhook has no delivery {delivery_id[:80]!r}; they are kept for 30 days.",
            )
        again = replace(
            delivery,
            state=DeliveryState.DUE,
            attempts=0,
            next_attempt_at=self._clock(),
            version=delivery.version + 1,
        )
        await write_deliveries(self._database, [again])
        return again

    async def _enabled(self, webhook_id: str) -> Webhook:
        webhook = await self.get(webhook_id)
        if not webhook.enabled:
            raise Problem(
                "webhook_disabled", f"The webhook {webhook_id} is disabled; enable it first."
            )
        return webhook

    async def _check_url(self, url: str) -> None:
        try:
            if is_mail(check_url(url)):
                if not self._sends_mail:
                    raise BadWebhook(
                        "url: there is no mail server; set SMTP_URL and SMTP_FROM of the API"
                    )
                return
            await self._allowed.check_url(url)
        except BadWebhook as exc:
            raise invalid_webhook(exc) from None
        except Forbidden as exc:
            raise Problem("invalid_webhook", f"url: {exc}.") from None

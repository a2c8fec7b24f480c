"""Notifies webhooks of files that became terminal, at least once each.

Where messages come from is the table of file records, so nothing that a process forgets is lost:

1. Plan: the ends of files that were recorded since the cursor become deliveries, one for each webhook
   that wants them, with ids that follow from what they are about. Then the cursor moves on, as far as
   every insert that began before has ended.
2. Send: each delivery that is due is sent and its outcome is stored. A process that ends between the
   two sends the message again, with the same id.

One of several API processes does so, under a lease; if two do for a moment, receivers get messages
twice, with the same ids.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ingest.files.documents import list_document
from ingest.webhooks.outcome import Outcome
from ingest.webhooks.sender import Sender
from runtime.metrics import TASK_FAILURES, WEBHOOK_ATTEMPTS
from runtime.periodic import run_every
from schemas.file_record import FileRecord
from schemas.webhooks import Delivery, DeliveryState, Webhook, delivery_of, retry_after
from sinks.clickhouse.client import Database
from sinks.insert_time import INSERT_TAKES
from sinks.leases import Lease
from sinks.queries.webhooks import (
    database_now,
    due_deliveries,
    ends_since,
    known_deliveries,
    read_cursor,
    read_webhooks,
    write_cursor,
    write_deliveries,
    write_webhook,
)

_LOG = logging.getLogger(__name__)
# Its name among the background tasks, and of its lease.
TASK: Final = "webhooks"
_EVERY: Final = 1.0
# How long another process waits for one that holds the lease and is gone.
LEASE_SECONDS: Final = 15.0
# Without webhooks it is looked for them this often.
_IDLE: Final = 3.0
# Files planned in one statement, and those that are remembered as planned.
_PAGE, _REMEMBERED = 1000, 50_000
# Deliveries of a webhook that are sent in one go, and how many of them at once.
_SENT, _AT_ONCE = 200, 8
_ERROR_LENGTH: Final = 500


class Notifier:
    """Plans and sends as long as the process lives.

    Args:
        first_retry: seconds until a failed delivery is tried again; the pauses grow from there.
    """

    def __init__(
        self,
        *,
        database: Database,
        lease: Lease,
        sender: Sender,
        clock: Callable[[], datetime],
        first_retry: float,
    ) -> None:
        self._database, self._lease, self._sender = database, lease, sender
        self._clock, self._first_retry = clock, first_retry
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._planned: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._round_before: datetime | None = None
        self._pause = 0.0

    async def run(self) -> None:
        """Round after round."""
        try:
            await run_every(TASK, self.round, _EVERY)
        finally:
            for task in self._sending.values():
                task.cancel()
            await asyncio.gather(*self._sending.values(), return_exceptions=True)
            # It may be run again.
            self._sending.clear()
            await self._sender.close()

    async def round(self) -> None:
        """Plan what is new, and begin to send what is due."""
        self._raise_failures()
        if self._pause > 0:
            self._pause -= _EVERY
            return
        webhooks = await read_webhooks(self._database)
        if not webhooks or not await self._lease.take():
            self._pause = _IDLE
            return
        enabled = [webhook for webhook in webhooks if webhook.enabled]
        if not enabled:
            self._pause = _IDLE
            return
        await self.plan(enabled)
        free = {w.webhook_id: w for w in enabled if w.webhook_id not in self._sending}
        due = await due_deliveries(self._database, free, self._clock(), _SENT) if free else []
        for webhook_id, webhook in free.items():
            own = [delivery for delivery in due if delivery.webhook_id == webhook_id]
            if own:
                self._sending[webhook_id] = asyncio.create_task(self._send_all(webhook, own))

    async def plan(self, webhooks: Sequence[Webhook]) -> int:
        """Make deliveries of the ends of files since the cursor; how many are new."""
        now = await database_now(self._database)
        before, self._round_before = self._round_before or now, now
        # Webhooks that are new, after a time without any, have nothing to do with what was before.
        oldest = min(webhook.since for webhook in webhooks) - 2 * INSERT_TAKES
        cursor = max(await read_cursor(self._database) or oldest, oldest)
        after, count = (cursor, ""), 0
        while True:
            ends = await ends_since(self._database, after, self._planned, _PAGE)
            deliveries = [d for r in ends.records for d in self._deliveries_of(r, webhooks)]
            known = await known_deliveries(self._database, deliveries)
            new = {d.delivery_id: d for d in deliveries if d.delivery_id not in known}
            await write_deliveries(self._database, list(new.values()))
            count += len(new)
            self._remember([(r.file_id, r.version) for r in ends.records])
            if ends.looked_at < _PAGE:
                break
            after = ends.after
        if before - INSERT_TAKES > cursor + INSERT_TAKES:
            await write_cursor(self._database, before - INSERT_TAKES)
        return count

    def _deliveries_of(self, record: FileRecord, webhooks: Sequence[Webhook]) -> list[Delivery]:
        """The messages about the end of a file. If a bug keeps them from being made, there are none,
        and those about other files are sent."""
        try:
            wanting = [webhook for webhook in webhooks if webhook.wants(record)]
            document = list_document(record) if wanting else {}
            now = self._clock()
            return [delivery_of(webhook, record, document, now) for webhook in wanting]
        except Exception:  # noqa: BLE001 - it costs this file only
            _LOG.exception("no message about a file", extra={"file_id": record.file_id})
            return []

    def _remember(self, planned: Sequence[tuple[str, int]]) -> None:
        self._planned.update(dict.fromkeys(planned))
        while len(self._planned) > _REMEMBERED:
            self._planned.popitem(last=False)

    def _raise_failures(self) -> None:
        """Forget what has ended; a failure is one of this task."""
        for webhook_id, task in list(self._sending.items()):
            if task.done():
                del self._sending[webhook_id]
                task.result()

    async def _send_all(self, webhook: Webhook, deliveries: Sequence[Delivery]) -> None:
        """Send deliveries of one webhook, a few at once, and store the outcomes of each group."""
        for first in range(0, len(deliveries), _AT_ONCE):
            group = deliveries[first : first + _AT_ONCE]
            outcomes = await asyncio.gather(*(self._send(webhook, one) for one in group))
            await write_deliveries(
                self._database,
                [self._after(d, o) for d, o in zip(group, outcomes, strict=True)],
            )
            if any(outcome.gone for outcome in outcomes):
                await self._disable(webhook)
                return
            if not any(outcome.delivered for outcome in outcomes):
                return  # the others wait for the next round

    async def _send(self, webhook: Webhook, delivery: Delivery) -> Outcome:
        secrets = webhook.signing_secrets(self._clock())
        try:
            outcome = await self._sender.send(
                webhook.url, delivery.delivery_id, delivery.payload, secrets
            )
        except Exception as exc:  # noqa: BLE001 - a bug costs this message, and no other
            TASK_FAILURES.labels(TASK).inc()
            _LOG.critical("a message could not be sent", exc_info=exc, extra={"task": TASK})
            reason = f"internal error: {type(exc).__name__}: {exc}"[:_ERROR_LENGTH]
            outcome = Outcome(None, 0, reason)
        WEBHOOK_ATTEMPTS.labels("delivered" if outcome.delivered else "failed").inc()
        return outcome

    def _after(self, delivery: Delivery, outcome: Outcome) -> Delivery:
        """The delivery after an attempt."""
        now, attempts = self._clock(), delivery.attempts + 1
        tried = replace(
            delivery,
            attempts=attempts,
            last_attempt_at=now,
            response_status=outcome.status,
            response_ms=outcome.ms,
            error=outcome.error,
            version=delivery.version + 1,
        )
        if outcome.delivered:
            return replace(tried, state=DeliveryState.DELIVERED)
        pause = retry_after(attempts, self._first_retry)
        if pause is None or outcome.gone:
            _LOG.warning(
                "a message to the webhook %s was given up: %s", delivery.webhook_id, outcome.error
            )
            return replace(tried, state=DeliveryState.FAILED)
        return replace(tried, next_attempt_at=now + pause)

    async def _disable(self, webhook: Webhook) -> None:
        _LOG.warning("the webhook %s is disabled: its receiver is gone", webhook.webhook_id)
        latest = {one.webhook_id: one for one in await read_webhooks(self._database)}
        if (now := latest.get(webhook.webhook_id)) is not None and now.url == webhook.url:
            reason = "the receiver answered 410 Gone"
            await write_webhook(
                self._database,
                replace(now, enabled=False, disabled_reason=reason, version=now.version + 1),
            )

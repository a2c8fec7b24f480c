"""A message that cannot be sent keeps no other from being sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.webhooks.notifier import Notifier
from ingest.webhooks.outcome import Outcome
from schemas.file_record import FileRecord
from schemas.webhooks import Delivery, Webhook, new_secret, trial_delivery
from sinks.queries.webhooks import Ends
from tests.harness.stored_files import START, done, new_file
from tests.harness.waiting import until

NOW = datetime(2026, 3, 1, tzinfo=UTC)
URLS = ("https://a.example/", "https://b.example/")


class Database:
    """Two webhooks, each with a message that is due until it was tried."""

    def __init__(self) -> None:
        self.webhooks = [
            Webhook(webhook_id=url[8], url=url, secret=new_secret(), created_at=NOW, since=NOW)
            for url in URLS
        ]
        self.deliveries = {w.webhook_id: trial_delivery(w, NOW) for w in self.webhooks}
        self.stored: dict[str, dict[str, Any]] = {}

    async def insert(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        assert table == "webhook_deliveries"
        self.stored |= {row["webhook_id"]: row for row in rows}

    async def read(self, _: object) -> list[Webhook]:
        return self.webhooks

    async def due(
        self, _database: object, ids: Sequence[str], _now: object, _limit: int
    ) -> list[Delivery]:
        return [d for name, d in self.deliveries.items() if name in ids and name not in self.stored]


class Sender:
    def __init__(self) -> None:
        self.hold = asyncio.Event()
        self.hold.set()

    async def send(
        self, url: str, _message: str, _payload: str, _secrets: Sequence[str]
    ) -> Outcome:
        await self.hold.wait()
        if url == URLS[0]:
            raise RuntimeError("a bug")
        return Outcome(204, 1)

    async def close(self) -> None: ...


class Lease:
    async def take(self) -> bool:
        return True


@pytest.fixture
def notifier(monkeypatch: pytest.MonkeyPatch) -> tuple[Notifier, Database, Sender]:
    async def plan(_: Notifier, _webhooks: object) -> int:
        return 0

    database, sender = Database(), Sender()
    monkeypatch.setattr("ingest.webhooks.notifier.read_webhooks", database.read)
    monkeypatch.setattr("ingest.webhooks.notifier.due_deliveries", database.due)
    monkeypatch.setattr(Notifier, "plan", plan)
    made = Notifier(
        database=database,  # type: ignore[arg-type]
        lease=Lease(),  # type: ignore[arg-type]
        sender=sender,  # type: ignore[arg-type]
        clock=lambda: NOW,
        first_retry=1,
    )
    return made, database, sender


async def test_a_bug_costs_the_attempt_of_its_own_message(
    notifier: tuple[Notifier, Database, Sender],
) -> None:
    made, database, _ = notifier
    await made.round()
    await until(lambda: len(database.stored) == 2, "both were tried")
    assert database.stored["a"]["state"] == "due"
    assert database.stored["a"]["attempts"] == 1
    assert "a bug" in database.stored["a"]["error"]
    assert database.stored["b"]["state"] == "delivered"
    await made.round()


async def test_the_task_goes_on_after_it_was_ended_while_messages_were_sent(
    notifier: tuple[Notifier, Database, Sender],
) -> None:
    made, database, sender = notifier
    sender.hold.clear()
    running = asyncio.create_task(made.run())
    await until(lambda: len(made._sending) == 2, "messages are being sent")
    running.cancel()
    await asyncio.wait([running])
    sender.hold.set()
    await made.round()
    await until(lambda: len(database.stored) == 2, "both were tried")


async def test_a_file_that_has_no_message_because_of_a_bug_keeps_no_other_from_having_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[Delivery] = []

    async def now(_: object) -> datetime:
        return NOW

    async def nothing(*_: object) -> None: ...

    async def none_known(*_: object) -> set[str]:
        return set()

    async def ends(*_: object) -> Ends:
        return Ends([done(new_file(name), []) for name in ("bad", "good")], 2, (NOW, "good"))

    def document(record: FileRecord) -> dict[str, Any]:
        if record.file_id == "bad":
            raise RuntimeError("a bug")
        return {}

    async def write(_: object, deliveries: Sequence[Delivery]) -> None:
        written.extend(deliveries)

    for name, made in (
        ("database_now", now),
        ("read_cursor", nothing),
        ("write_cursor", nothing),
        ("ends_since", ends),
        ("known_deliveries", none_known),
        ("write_deliveries", write),
        ("list_document", document),
    ):
        monkeypatch.setattr(f"ingest.webhooks.notifier.{name}", made)
    unused: Any = None
    notifier = Notifier(
        database=unused, lease=unused, sender=unused, clock=lambda: NOW, first_retry=1
    )
    webhooks = [replace(webhook, since=START) for webhook in Database().webhooks]
    assert await notifier.plan(webhooks) == 2
    assert {delivery.file_id for delivery in written} == {"good"}

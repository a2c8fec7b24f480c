"""Webhooks of an API with its real services: who is notified of what, and what is tried again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.events import DialectSpec
from schemas.file_record import FileRecord
from schemas.file_state import Terminal
from schemas.instants import utc_now
from sinks.base import SinkBatch
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.api_process import Stack
from tests.harness.mail_server import MailServer, mail_server
from tests.harness.records import waiting
from tests.harness.waiting import eventually, until
from tests.harness.webhook_receiver import Receiver, receiver

# Of the 1,000 messages and 50 kills a part is done each time; WEBHOOK_KILLS=50 does the whole.
KILLS = int(os.environ.get("WEBHOOK_KILLS", "4"))
PER_KILL = 20


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def webhook_stack(tmp_path_factory: pytest.TempPathFactory, mails: MailServer) -> Iterator[Stack]:
    """A stack that may send to this machine, and is quick to try again."""
    stack = Stack(
        tmp_path_factory.mktemp("webhooks"),
        WEBHOOK_NETWORKS="127.0.0.1/32",
        WEBHOOK_RETRY_SECONDS="0.2",
        SMTP_URL=f"smtp://127.0.0.1:{mails.port}",
        SMTP_FROM="csv@example.com",
    )
    try:
        asyncio.run(stack.start())
        yield stack
    finally:
        stack.kill()


@pytest.fixture
async def api(webhook_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The API, with no webhook left of other tests."""
    async with webhook_stack.client() as client:
        yield client
        for one in (await client.get("/api/v1/webhooks")).json()["items"]:
            await client.delete(one["links"]["self"])


@pytest.fixture
async def received() -> AsyncIterator[Receiver]:
    async with receiver() as running:
        yield running


@pytest.fixture
async def files(webhook_stack: Stack) -> AsyncIterator[ClickHouseSink]:
    """Where records of files are written to, as workers do."""
    sink = ClickHouseSink(webhook_stack.env["CLICKHOUSE_URL"])
    yield sink
    await sink.close()


def ended(file_id: str, status: Terminal, *, invalid: int = 0, **change: Any) -> FileRecord:
    """A file that has just ended."""
    now = utc_now()
    begun = replace(waiting(), file_id=file_id, upload_time=now, recorded_at=now, **change)
    return begun.terminal(
        status,
        finished_at=now,
        processing_ms=10,
        row_count=100 - invalid,
        invalid_count=invalid,
        dialect=DialectSpec(delimiter=",", header=True, width=3, data_line=2),
    )


async def create(api: httpx.AsyncClient, url: str, **content: Any) -> dict[str, Any]:
    answer = await api.post("/api/v1/webhooks", json={"url": url, **content})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def deliveries(api: httpx.AsyncClient, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await api.get(webhook["links"]["deliveries"], params={"limit": 1000})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.slow
async def test_a_file_that_ends_is_an_email_and_one_that_is_refused_is_tried_again(
    api: httpx.AsyncClient, mails: MailServer, files: ClickHouseSink
) -> None:
    mails.answers = {"RCPT": ["451 try again later"]}
    webhook = await create(api, "mailto:ops@example.com", statuses=["failed"])
    await files.write(
        SinkBatch.of(ended("mailed-1", "processed"), ended("mailed-2", "failed", filename="b.csv"))
    )
    await until(lambda: mails.mails, "an e-mail")
    (mail,) = mails.mails
    assert mail["Subject"] == "CSV Processor: b.csv failed"
    assert mail["To"] == "ops@example.com"

    async def stored() -> bool:
        (one,) = await deliveries(api, webhook)
        return bool(one["state"] == "delivered")

    await eventually(stored, "the delivery is stored")
    (one,) = await deliveries(api, webhook)
    assert (one["attempts"], one["response_status"]) == (2, 250)
    assert mail["Message-ID"] == f"<{one['delivery_id']}@csv-processor>"


async def test_a_file_that_ends_is_one_signed_message(
    api: httpx.AsyncClient, received: Receiver, files: ClickHouseSink
) -> None:
    await files.write(SinkBatch.of(ended("before-1", "processed")))
    webhook = await create(api, f"{received.url}/a")
    await files.write(SinkBatch.of(ended("signed-1", "partial", invalid=7)))
    await until(lambda: received.messages, "a message")
    (message,) = received.messages
    assert message.is_signed_with(webhook["secret"])
    assert message.document["type"] == "file.partial"
    assert message.document["data"]["file_id"] == "signed-1"
    assert message.document["data"]["invalid_count"] == 7

    async def stored() -> bool:
        return [one["state"] for one in await deliveries(api, webhook)] == ["delivered"]

    await eventually(stored, "the delivery is stored")
    (delivery,) = await deliveries(api, webhook)
    assert delivery["delivery_id"] == message.message_id
    assert delivery["payload"] == message.document
    assert (delivery["attempts"], delivery["response_status"]) == (1, 204)
    shown = (await api.get(webhook["links"]["self"])).json()
    assert "secret" not in shown
    assert shown["deliveries"] == {"due": 0, "delivered": 1, "failed": 0}


async def test_each_webhook_is_notified_of_what_it_asks_for(
    api: httpx.AsyncClient, received: Receiver, files: ClickHouseSink
) -> None:
    await create(api, f"{received.url}/failed", statuses=["failed"])
    await create(api, f"{received.url}/tenth", min_invalid_share=0.1)
    await create(api, f"{received.url}/key", api_key="0123456789ab")
    await create(api, f"{received.url}/all")
    await files.write(
        SinkBatch.of(
            ended("asks-processed", "processed"),
            ended("asks-few", "partial", invalid=9),
            ended("asks-many", "partial", invalid=10),
            ended("asks-failed", "failed", invalid=100, owner="0123456789ab"),
            replace(waiting(), file_id="asks-waiting"),
        )
    )
    wanted = {
        "/failed": {"asks-failed"},
        "/tenth": {"asks-many", "asks-failed"},
        "/key": {"asks-failed"},
        "/all": {"asks-processed", "asks-few", "asks-many", "asks-failed"},
    }

    def found() -> dict[str, set[str]]:
        return {path: {m.document["data"]["file_id"] for m in received.of(path)} for path in wanted}

    await until(lambda: found() == wanted, lambda: f"all are notified: {found()}")
    assert len(received.messages) == 8


@pytest.mark.slow
async def test_a_message_that_is_not_taken_is_sent_again_with_its_id(
    api: httpx.AsyncClient, received: Receiver, files: ClickHouseSink
) -> None:
    answers = iter([500, 302, 404])
    received.answer = lambda _: next(answers, 200)
    webhook = await create(api, f"{received.url}/again")
    await files.write(SinkBatch.of(ended("again-1", "processed")))

    async def delivered() -> bool:
        return [one["state"] for one in await deliveries(api, webhook)] == ["delivered"]

    await eventually(delivered, "the message is delivered")
    assert [message.path for message in received.messages] == ["/again"] * 4
    assert len({message.message_id for message in received.messages}) == 1
    assert len({message.body for message in received.messages}) == 1
    (delivery,) = await deliveries(api, webhook)
    assert delivery["attempts"] == 4


async def test_a_receiver_that_is_gone_is_not_asked_again(
    api: httpx.AsyncClient, received: Receiver, files: ClickHouseSink
) -> None:
    received.answer = lambda _: 410
    webhook = await create(api, f"{received.url}/gone")
    await files.write(SinkBatch.of(ended("gone-1", "processed")))

    async def disabled() -> bool:
        return not (await api.get(webhook["links"]["self"])).json()["enabled"]

    await eventually(disabled, "the webhook is disabled")
    shown = (await api.get(webhook["links"]["self"])).json()
    assert shown["disabled_reason"] == "the receiver answered 410 Gone"
    answer = await api.post(f"{webhook['links']['self']}/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "webhook_disabled")
    received.answer = lambda _: 200
    await api.patch(webhook["links"]["self"], json={"enabled": True})
    (lost,) = await deliveries(api, webhook)
    assert lost["state"] == "failed"
    again = await api.post(f"{webhook['links']['deliveries']}/{lost['delivery_id']}/retry")
    assert again.status_code == 202
    await until(lambda: len(received.messages) == 2, "the message is sent again")
    assert {message.message_id for message in received.messages} == {lost["delivery_id"]}


async def test_a_test_message_is_sent_and_a_rotated_secret_signs_beside_the_former(
    api: httpx.AsyncClient, received: Receiver
) -> None:
    webhook = await create(api, f"{received.url}/test", title="Night shift")
    rotated = (await api.post(f"{webhook['links']['self']}/rotate")).json()
    assert rotated["secret"] != webhook["secret"]
    assert (await api.post(f"{webhook['links']['self']}/test")).status_code == 202
    await until(lambda: received.messages, "a message")
    (message,) = received.messages
    assert message.document["type"] == "webhook.test"
    assert message.is_signed_with(webhook["secret"])
    assert message.is_signed_with(rotated["secret"])


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"url": "https://10.0.0.1/"},
        {"url": "https://127.0.0.2:1/"},
        {"url": "http://169.254.169.254/latest"},
        {"url": "https://93.184.216.34/", "statuses": []},
        {"url": "https://93.184.216.34/", "statuses": ["waiting"]},
        {"url": "https://93.184.216.34/", "min_invalid_share": 2},
        {"url": "https://93.184.216.34/", "secret": "whsec_AAAA"},
        {"url": "https://93.184.216.34/", "colour": "red"},
        {"url": "http://93.184.216.34/"},
        ["https://93.184.216.34/"],
    ],
)
async def test_a_webhook_that_cannot_be_is_refused(api: httpx.AsyncClient, content: Any) -> None:
    answer = await api.post("/api/v1/webhooks", json=content)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_webhook")


@pytest.mark.slow
async def test_messages_that_are_due_survive_kills_with_their_ids(
    webhook_stack: Stack, api: httpx.AsyncClient, received: Receiver, files: ClickHouseSink
) -> None:
    """Each end is received at least once, under one id; nothing is received that did not happen."""
    refused = 0

    def answer(_: object) -> int:
        nonlocal refused
        refused += 1
        return 503 if refused % 10 == 0 else 200

    received.answer = answer
    webhook = await create(api, f"{received.url}/kills")
    ends: dict[tuple[str, int], str] = {}
    for kill in range(KILLS):
        records = []
        for n in range(PER_KILL):
            status: Terminal = ("processed", "partial", "failed")[n % 3]
            record = ended(f"kill-{kill}-{n}", status, invalid=n % 3)
            records.append(record)
            ends[record.file_id, 1] = status
        await files.write(SinkBatch.of(*records))
        # Of what has not ended, or is deleted before anybody was notified, nothing is received.
        gone = ended(f"kill-deleted-{kill}", "processed")
        await files.write(SinkBatch.of(gone.deletion(recorded_at=utc_now() + timedelta(seconds=1))))
        await files.write(SinkBatch.of(replace(waiting(), file_id=f"kill-waiting-{kill}")))
        # A file that is replayed before it was looked at.
        await files.write(SinkBatch.of(records[0].next_generation(recorded_at=utc_now())))
        count = len(received.messages)
        # In the middle of planning, of sending, or of storing what became of it.
        if kill % 3:
            wanted = count + kill % PER_KILL
            await until(
                lambda wanted=wanted: len(received.messages) > wanted,  # type: ignore[misc]
                "messages are sent",
            )
        webhook_stack.api.kill()
        webhook_stack.api.start()
    await until(
        lambda: {m.document["data"]["file_id"] for m in received.messages} >= {f for f, _ in ends},
        "every end is received",
        seconds=120,
    )

    async def all_delivered() -> bool:
        counts = (await api.get(webhook["links"]["self"])).json()["deliveries"]
        return bool(counts == {"due": 0, "delivered": len(ends), "failed": 0})

    await eventually(all_delivered, "every message is delivered", seconds=120)
    ids: dict[tuple[str, int], set[str]] = {}
    for message in received.messages:
        data = message.document["data"]
        key = data["file_id"], data["generation"]
        assert data["status"] == ends[key]
        assert message.document["type"] == f"file.{ends[key]}"
        ids.setdefault(key, set()).add(message.message_id)
    assert ids.keys() == ends.keys()
    assert all(len(found) == 1 for found in ids.values())
    assert len(set.union(*ids.values())) == len(ends)


@pytest.mark.slow
async def test_of_two_processes_one_sends(
    webhook_stack: Stack, api: httpx.AsyncClient, received: Receiver, files: ClickHouseSink
) -> None:
    other = webhook_stack.new_api({}, "second")
    other.start()
    try:
        await create(api, f"{received.url}/two")
        await files.write(SinkBatch.of(*(ended(f"two-{n}", "processed") for n in range(50))))
        await until(lambda: len(received.messages) >= 50, "all are received")
        # What the other one would have sent would be here by the time of the next message.
        await files.write(SinkBatch.of(ended("two-last", "processed")))
        await until(lambda: len(received.messages) > 50, "the last one is received")
        assert len(received.messages) == 51
    finally:
        other.kill()


@pytest.fixture(autouse=True)
def _api_runs(webhook_stack: Stack, tmp_path: Path) -> Iterator[None]:  # noqa: ARG001
    yield
    if not webhook_stack.api.runs():
        webhook_stack.api.start()

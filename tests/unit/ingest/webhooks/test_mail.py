"""E-mails of webhooks: what they say, and what a delivery says if one was not taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from ingest.webhooks.addresses import Allowed
from ingest.webhooks.mail import MailSender, MailServer
from ingest.webhooks.outcome import Outcome
from ingest.webhooks.sender import Sender
from schemas.webhooks import BadWebhook, check_url
from tests.harness import mail_server as harness
from tests.harness.services import free_port

FILE: dict[str, Any] = {
    "filename": "pump house.csv",
    "status": "partial",
    "file_id": "f-1",
    "upload_time": "2026-03-01T00:00:00Z",
    "aggregations": {"row_count": 12_345},
    "invalid_count": 7,
    "error": None,
}


@pytest.fixture
def server() -> Iterator[harness.MailServer]:
    with harness.mail_server() as running:
        yield running


async def sent(url: str, data: dict[str, Any], to: str = "mailto:ops@example.com") -> Outcome:
    payload = {"type": f"file.{data['status']}", "timestamp": "", "data": data}
    sender = Sender(Allowed(), 5, MailSender(MailServer(url, "csv@example.com"), 5))
    try:
        return await sender.send(to, "msg_1", orjson.dumps(payload).decode(), [])
    finally:
        await sender.close()


async def test_a_mail_says_which_file_ended_and_how(server: harness.MailServer) -> None:
    outcome = await sent(f"smtp://127.0.0.1:{server.port}", FILE)
    assert (outcome.delivered, outcome.status, outcome.error) == (True, 250, "")
    (mail,) = server.mails
    assert server.receivers == ["ops@example.com"]
    assert mail["To"] == "ops@example.com"
    assert mail["From"] == "csv@example.com"
    assert mail["Subject"] == "CSV Processor: pump house.csv partial"
    assert mail["Message-ID"] == "<msg_1@csv-processor>"
    text = mail.get_content()
    for line in ("valid rows    12,345", "invalid rows  7", "csv-processor show f-1"):
        assert line in text


async def test_a_filename_adds_no_headers(server: harness.MailServer) -> None:
    name = "a\r\nBcc: everyone@example.com\r\n\r\nb\u2028.csv"
    failed = FILE | {"filename": name, "status": "failed", "aggregations": None, "error": "why"}
    assert (await sent(f"smtp://127.0.0.1:{server.port}", failed)).delivered
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "CSV Processor: a Bcc: everyone@example.com b .csv failed"
    assert "why" in mail.get_content()


@pytest.mark.parametrize(
    ("answers", "status", "error"),
    [
        ({"RCPT": ["550 no such user"]}, 550, " answers 550 no such user"),
        ({"DATA": ["452 mailbox full"]}, 452, " answers 452 mailbox full"),
        ({"MAIL": ["421 later"]}, 421, " answers 421 later"),
    ],
    ids=["receiver", "data", "sender"],
)
async def test_what_a_server_refuses_is_the_outcome(
    server: harness.MailServer, answers: dict[str, list[str]], status: int, error: str
) -> None:
    server.answers = answers
    outcome = await sent(f"smtp://127.0.0.1:{server.port}", FILE)
    assert not outcome.delivered
    assert (outcome.status, outcome.error) == (status, f"127.0.0.1:{server.port}{error}")
    assert server.mails == []


async def test_a_password_is_not_sent_without_encryption(server: harness.MailServer) -> None:
    outcome = await sent(f"smtp://user:secret@127.0.0.1:{server.port}", FILE)
    assert outcome.error == (
        f"127.0.0.1:{server.port} offers no encryption (STARTTLS), so no password is sent"
    )
    assert server.mails == []


async def test_an_address_that_the_server_does_not_take(server: harness.MailServer) -> None:
    outcome = await sent(f"smtp://127.0.0.1:{server.port}", FILE, "mailto:jürgen@example.com")
    assert outcome.status is None
    assert outcome.error.startswith(f"127.0.0.1:{server.port} cannot take the message: ")
    assert server.mails == []


async def test_a_server_that_does_not_run() -> None:
    port = free_port()
    outcome = await sent(f"smtp://127.0.0.1:{port}", FILE)
    assert outcome.error.startswith(f"no connection to 127.0.0.1:{port}: ")
    assert outcome.error.endswith("; check SMTP_URL")


async def test_a_server_without_tls(server: harness.MailServer) -> None:
    outcome = await sent(f"smtps://127.0.0.1:{server.port}", FILE)
    assert outcome.error.startswith(f"no TLS connection to 127.0.0.1:{server.port}: ")


async def test_without_a_mail_server_the_delivery_says_what_to_set() -> None:
    sender = Sender(Allowed(), 5)
    outcome = await sender.send("mailto:ops@example.com", "msg_1", "{}", [])
    assert outcome == Outcome(None, 0, "there is no mail server: set SMTP_URL and SMTP_FROM")
    await sender.close()


@pytest.mark.parametrize(
    "url",
    ["mailto:", "mailto:ops", "mailto:a@example.com,b@example.com", "mailto:a@example.com?cc=b@c.d",
     "mailto:a%0d%0aBcc:b@example.com"],
)  # fmt: skip
def test_one_address_and_nothing_else_can_be_saved(url: str) -> None:
    with pytest.raises(BadWebhook, match="mailto: and one address"):
        check_url(url)
    assert check_url("mailto:ops+csv@example.com") == "mailto:ops+csv@example.com"

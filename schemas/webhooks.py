"""Webhooks: who is notified of which files, how messages are signed, and when they are tried again.

Messages follow Standard Webhooks (https://www.standardwebhooks.com): the headers `webhook-id`,
`webhook-timestamp` and `webhook-signature`, and secrets that begin with `whsec_`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson

from schemas.file_document import Document, timestamp
from schemas.file_record import FileRecord
from schemas.file_state import Terminal

TERMINAL: Final[tuple[Terminal, ...]] = ("processed", "partial", "failed")
MAX_WEBHOOKS: Final = 100
MAX_URL: Final = 2000
# How long the secret before a rotation still signs, beside the new one.
ROTATION: Final = timedelta(hours=24)
# Pauses grow fourfold up to six hours: with the first one of 5 s, a delivery is given up after
# about three days.
MAX_ATTEMPTS: Final = 20
_GROWTH: Final = 4.0
_LONGEST: Final = timedelta(hours=6)
_SECRET: Final = "whsec_"
_SECRET_BYTES: Final = 24
# The type of a message that `test` sends.
TEST_EVENT: Final = "webhook.test"


_EXPECTED: Final = "expected https://host/path, or mailto:name@host"
# What an address that is sent e-mails begins with.
MAILTO: Final = "mailto:"
_MAIL_ADDRESS: Final = re.compile(r"[^@\s,;:<>()\[\]\\\"?&]{1,64}@[A-Za-z0-9.-]{1,250}")


class DeliveryState(StrEnum):
    """How far a delivery is: `due` is tried (again), `failed` was given up."""

    DUE = "due"
    DELIVERED = "delivered"
    FAILED = "failed"


class BadWebhook(ValueError):  # noqa: N818
    """A webhook that cannot be saved; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is notified when files become terminal.

    A file is of it if its status is one of `statuses`, if at least `min_invalid_share` of its rows
    are invalid, and if it was read with `profile` and uploaded with the key `api_key`, each if given.
    Files that became terminal before `since` are not of it.
    """

    webhook_id: str
    url: str
    title: str = ""
    statuses: tuple[Terminal, ...] = TERMINAL
    min_invalid_share: float = 0.0
    profile: str | None = None
    api_key: str | None = None
    enabled: bool = True
    # Why it was disabled by the product; empty if it was not.
    disabled_reason: str = ""
    secret: str
    previous_secret: str = ""
    previous_until: datetime | None = None
    created_at: datetime
    since: datetime
    deleted: bool = False
    version: int = 1

    def wants(self, record: FileRecord) -> bool:
        """Whether the end that `record` shows is one to notify of."""
        status, finished = record.shown_status, record.finished_at
        if not self.enabled or status not in self.statuses or finished is None:
            return False
        if finished < self.since or invalid_share(record) < self.min_invalid_share:
            return False
        if self.api_key is not None and record.owner != self.api_key:
            return False
        return self.profile is None or self.profile in _profiles(record)

    def signing_secrets(self, now: datetime) -> list[str]:
        """The secrets that sign a message now: for a while after a rotation the former one too."""
        rotated = self.previous_until is not None and now < self.previous_until
        return [self.secret, *([self.previous_secret] if rotated else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message to one webhook, and what became of it; the highest `version` holds."""

    webhook_id: str
    delivery_id: str
    # When what it is about began: part of the key, so that a list of the latest is a short read.
    begun_at: datetime
    event: str
    file_id: str
    filename: str
    generation: int
    status: str
    payload: str
    state: DeliveryState = DeliveryState.DUE
    attempts: int = 0
    planned_at: datetime
    next_attempt_at: datetime
    last_attempt_at: datetime | None = None
    response_status: int | None = None
    response_ms: int | None = None
    error: str = ""
    version: int = 1


def event_name(status: str) -> str:
    """The type of the message about a file with that status."""
    return f"file.{status}"


def invalid_share(record: FileRecord) -> float:
    """The share of the rows (or cells, of a wide file) that are invalid; 0 if there are none."""
    sums = record.summary or record
    invalid, valid = sums.invalid_count or 0, sums.row_count or 0
    return invalid / (invalid + valid) if invalid else 0.0


def delivery_of(
    webhook: Webhook, record: FileRecord, document: Document, now: datetime
) -> Delivery:
    """The message about the end that `record` shows.

    Its id follows from the webhook, the file and the generation (of a container, also from how many
    changes of its members it has seen), so it is the same however often it is planned.

    Args:
        document: the file as lists show it.
    """
    generation = record.live_generation if record.replaying else record.generation
    assert record.finished_at is not None
    status = record.shown_status
    payload = {
        "type": event_name(status),
        "timestamp": timestamp(record.finished_at),
        "data": document,
    }
    revision = 0 if record.replaying else record.revision
    return Delivery(
        webhook_id=webhook.webhook_id,
        delivery_id=message_id(webhook.webhook_id, record.file_id, generation, revision, status),
        begun_at=record.upload_time,
        event=event_name(status),
        file_id=record.file_id,
        filename=record.filename,
        generation=generation,
        status=status,
        payload=orjson.dumps(payload).decode(),
        planned_at=now,
        next_attempt_at=now,
    )


def trial_delivery(webhook: Webhook, now: datetime) -> Delivery:
    """A message that only shows that messages arrive."""
    payload = {
        "type": TEST_EVENT,
        "timestamp": timestamp(now),
        "data": {"webhook_id": webhook.webhook_id, "title": webhook.title},
    }
    return Delivery(
        webhook_id=webhook.webhook_id,
        delivery_id=f"msg_{secrets.token_hex(16)}",
        begun_at=now,
        event=TEST_EVENT,
        file_id="",
        filename="",
        generation=0,
        status="",
        payload=orjson.dumps(payload).decode(),
        planned_at=now,
        next_attempt_at=now,
    )


def message_id(*parts: Any) -> str:
    """The id of a message about what `parts` name; always the same."""
    text = "\0".join(map(str, parts))
    return f"msg_{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def retry_after(attempts: int, first: float) -> timedelta | None:
    """The pause after so many failed attempts, of which the first takes `first` seconds; None: give
    up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(timedelta(seconds=first * _GROWTH ** min(attempts - 1, 16)), _LONGEST)


def new_webhook_id() -> str:
    """An unused id."""
    return f"wh_{secrets.token_hex(8)}"


def new_secret() -> str:
    """A new secret, as Standard Webhooks writes it: 192 random bits in base64."""
    return _SECRET + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, message: str, moment: int, body: bytes) -> str:
    """The signature of a message.

    Args:
        message: its id.
        moment: when it is sent, in seconds since 1970.

    Raises:
        BadWebhook: `secret` is none.
    """
    signed = f"{message}.{moment}.".encode() + body
    digest = hmac.new(_key_of(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(
    message: str, moment: int, body: bytes, signing_secrets: Sequence[str]
) -> dict[str, str]:
    """The headers of a message; one signature for each secret."""
    return {
        "content-type": "application/json",
        "user-agent": "csv-processor-webhooks",
        "webhook-id": message,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(signature(s, message, moment, body) for s in signing_secrets),
    }


def check_secret(secret: str) -> str:
    """A secret that a caller brings.

    Raises:
        BadWebhook: it is no secret of 24 to 64 bytes.
    """
    size = len(_key_of(secret))
    if not 24 <= size <= 64:
        raise BadWebhook(f"secret has {size} bytes; expected 24 to 64")
    return secret


def is_mail(url: str) -> bool:
    """Whether messages to an address are e-mails."""
    return url.startswith(MAILTO)


def check_url(url: str) -> str:
    """An address that messages can be sent to, as far as its text says.

    Raises:
        BadWebhook: it is none.
    """
    if len(url) > MAX_URL or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise BadWebhook(f"url may have up to {MAX_URL} characters, without spaces")
    if is_mail(url):
        if _MAIL_ADDRESS.fullmatch(unquote(url.removeprefix(MAILTO))) is None:
            raise BadWebhook(f"url is {url[:100]!r}; expected mailto: and one address, name@host")
        return url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadWebhook(f"url is {url[:100]!r}; {_EXPECTED}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise BadWebhook(f"url is {url[:100]!r}; {_EXPECTED}")
    if parts.username is not None or parts.password is not None:
        raise BadWebhook("url names a user; messages are signed instead, see `secret`")
    if parts.fragment:
        raise BadWebhook("url has a fragment (#...), which is never sent; leave it out")
    return url


def _profiles(record: FileRecord) -> set[str]:
    """The profile that a file was read with, and the one that was asked for."""
    named = {record.options.profile} if record.options.profile else set()
    return named | (
        {record.dialect.profile} if record.dialect and record.dialect.profile else set()
    )


def _key_of(secret: str) -> bytes:
    try:
        if not secret.startswith(_SECRET):
            raise ValueError
        return base64.b64decode(secret.removeprefix(_SECRET), validate=True)
    except (ValueError, binascii.Error):
        raise BadWebhook(f"secret is not {_SECRET} and base64") from None

"""Which files a webhook is notified of, and how messages are signed and tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.webhooks import (
    BadWebhook,
    Webhook,
    check_secret,
    check_url,
    delivery_of,
    headers,
    new_secret,
    retry_after,
    signature,
)
from tests.harness.records import FINISHED, partial, waiting

HOOK = Webhook(
    webhook_id="wh_1",
    url="https://example.com",
    secret=new_secret(),
    created_at=FINISHED - timedelta(hours=1),
    since=FINISHED - timedelta(hours=1),
)


def test_a_signature_is_that_of_the_specification() -> None:
    # The example of https://github.com/standard-webhooks/standard-webhooks.
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_after_a_rotation_a_message_has_both_signatures() -> None:
    former, now = HOOK.secret, FINISHED
    rotated = replace(
        HOOK, secret=new_secret(), previous_secret=former, previous_until=now + timedelta(hours=1)
    )
    signed = headers("msg_1", 1, b"{}", rotated.signing_secrets(now))["webhook-signature"]
    assert signed.split(" ") == [
        signature(secret, "msg_1", 1, b"{}") for secret in (rotated.secret, former)
    ]
    assert rotated.signing_secrets(now + timedelta(hours=2)) == [rotated.secret]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, True),
        ({"statuses": ("partial",)}, True),
        ({"statuses": ("failed", "processed")}, False),
        ({"min_invalid_share": 4 / 655_360}, True),
        ({"min_invalid_share": 5 / 655_360}, False),
        ({"profile": "klima"}, False),
        ({"api_key": "0123456789ab"}, False),
        ({"enabled": False}, False),
        ({"since": FINISHED + timedelta(seconds=1)}, False),
    ],
)
def test_a_webhook_wants_the_files_that_it_names(change: dict[str, object], wanted: bool) -> None:
    assert replace(HOOK, **change).wants(partial()) is wanted  # type: ignore[arg-type]


def test_a_file_that_waits_is_nothing_to_notify_of() -> None:
    assert not HOOK.wants(waiting())


def test_a_webhook_of_a_key_wants_its_files() -> None:
    hook = replace(HOOK, api_key="0123456789ab")
    assert hook.wants(replace(partial(), owner="0123456789ab"))
    assert not hook.wants(replace(partial(), owner="ffffffffffff"))


def test_a_message_has_one_id_however_often_and_whenever_it_is_planned() -> None:
    record = partial()
    replayed = record.next_generation(recorded_at=FINISHED + timedelta(minutes=1))
    ids = {
        delivery_of(HOOK, state, {}, FINISHED + timedelta(hours=hours)).delivery_id
        for hours, state in enumerate((record, record.purge(), replayed))
    }
    assert len(ids) == 1
    again = replace(record, generation=2, live_generation=2)
    other = replace(HOOK, webhook_id="wh_2")
    ids |= {
        delivery_of(HOOK, again, {}, FINISHED).delivery_id,
        delivery_of(other, record, {}, FINISHED).delivery_id,
    }
    assert len(ids) == 3


def test_pauses_grow_until_a_message_is_given_up_after_days() -> None:
    pauses = [retry_after(attempts, 5.0) for attempts in range(1, 21)]
    assert [p and p.total_seconds() for p in pauses[:4]] == [5, 20, 80, 320]
    assert pauses[-1] is None
    given = [pause for pause in pauses if pause is not None]
    assert sorted(given) == given
    assert timedelta(days=3) < sum(given, timedelta()) < timedelta(days=4)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com/a",
        "example.com",
        "https://",
        "https://user:password@example.com/",
        "https://example.com/#part",
        "https://example.com/a b",
        "https://example.com:99999/",
        "https://exa\nmple.com/",
        "https://example.com/" + 2000 * "a",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadWebhook):
        check_url(url)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8"])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(BadWebhook):
        check_secret(secret)

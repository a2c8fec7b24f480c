"""The commands about webhooks: list, create, show, change, deliveries, test, retry, rotate, delete."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from cli.client import Params, document
from cli.context import print_body, the_api
from cli.exit_codes import OTHER, PROCESSED
from cli.format import moment
from cli.terminal import complain, note, printable, say, table

Doc = dict[str, Any]
_ROOT: Final = "/api/v1/webhooks"
# How long a test waits for its first answer, and how often it looks.
_TEST_SECONDS, _LOOK = 30.0, 0.3


def content_of(
    title: str | None,
    statuses: Sequence[str],
    min_invalid_share: float | None,
    profile: str | None,
    api_key: str | None,
) -> Doc:
    """What options say of a webhook; what they leave out is left out."""
    found: Doc = {}
    if title is not None:
        found["title"] = title
    if statuses:
        found["statuses"] = list(statuses)
    if min_invalid_share is not None:
        found["min_invalid_share"] = min_invalid_share
    if profile is not None:
        found["profile"] = profile or None
    if api_key is not None:
        found["api_key"] = api_key or None
    return found


def list_webhooks(*, as_json: bool) -> None:
    """All webhooks."""
    with the_api(as_json) as api:
        body = api.get(_ROOT)
    if as_json:
        print_body(body)
        return
    rows = [
        (
            str(doc["webhook_id"]),
            "on" if doc["enabled"] else "off",
            *(f"{doc['deliveries'][state]:,}" for state in ("due", "delivered", "failed")),
            _files(doc),
            printable(doc["url"]),
        )
        for doc in document(body)["items"]
    ]
    head = ["id", "state", "due", "delivered", "failed", "files", "url"]
    if rows:
        say("\n".join(table(head, rows, head[2:5])))
    else:
        note("no webhooks; `csv-processor webhooks create URL` makes one")


def create_webhook(content: Doc, *, as_json: bool) -> None:
    """Create one, and print its secret."""
    with the_api(as_json) as api:
        body = api.post_json(_ROOT, content, {})
    _show_secret(body, as_json=as_json)


def show_webhook(webhook_id: str, *, as_json: bool) -> None:
    """A webhook."""
    with the_api(as_json) as api:
        body = api.get(_path(webhook_id))
    _show(body, as_json=as_json)


def change_webhook(webhook_id: str, content: Doc, *, as_json: bool) -> None:
    """Change a webhook."""
    with the_api(as_json) as api:
        body = api.patch_json(_path(webhook_id), content)
    _show(body, as_json=as_json)


def list_deliveries(webhook_id: str, params: Params, *, as_json: bool) -> None:
    """A page of messages."""
    with the_api(as_json) as api:
        body = api.get(_path(webhook_id, "deliveries"), params)
    if as_json:
        print_body(body)
        return
    page = document(body)
    rows = [
        (
            str(doc["delivery_id"]),
            str(doc["state"]),
            f"{doc['attempts']}",
            moment(doc["last_attempt_at"] or doc["planned_at"]),
            str(doc["event"]),
            printable(doc["filename"] or "-"),
            printable(doc["error"] or ""),
        )
        for doc in page["items"]
    ]
    if rows:
        head = ["id", "state", "attempts", "at", "event", "file", "error"]
        say("\n".join(table(head, rows, ["attempts"])))
    else:
        note("no messages")
    if page.get("next_cursor"):
        note(f"there is more: --cursor {page['next_cursor']}, or a higher --limit (to 1000)")


def test_webhook(webhook_id: str, *, as_json: bool) -> int:
    """Send a test message; the exit code says whether it was received."""
    with the_api(as_json) as api:
        sent = document(api.post(_path(webhook_id, "test"), {}))
        deadline = time.monotonic() + _TEST_SECONDS
        while True:
            page = document(api.get(_path(webhook_id, "deliveries"), {"limit": 10}))
            found = [one for one in page["items"] if one["delivery_id"] == sent["delivery_id"]]
            doc = found[0] if found else sent
            if doc["attempts"] or time.monotonic() > deadline:
                break
            time.sleep(_LOOK)
    if as_json:
        import json

        say(json.dumps(doc))
    elif doc["state"] == "delivered":
        say(f"{doc['delivery_id']} was received: HTTP {doc['response_status']}")
    else:
        complain(
            f"{doc['delivery_id']} was not received: {printable(doc['error'] or 'it waits')}",
            "it is tried again; `csv-processor webhooks deliveries ID` shows how that goes",
        )
    return PROCESSED if doc["state"] == "delivered" else OTHER


def retry_delivery(webhook_id: str, delivery_id: str, *, as_json: bool) -> None:
    """Send a message again."""
    with the_api(as_json) as api:
        what = f"deliveries/{quote(delivery_id, safe='')}/retry"
        body = api.post(_path(webhook_id, what), {})
    if as_json:
        print_body(body)
    else:
        say(f"{delivery_id} is sent again")


def rotate_secret(webhook_id: str, *, as_json: bool) -> None:
    """Give it a new secret, and print that."""
    with the_api(as_json) as api:
        body = api.post(_path(webhook_id, "rotate"), {})
    _show_secret(body, as_json=as_json)


def delete_webhook(webhook_id: str) -> None:
    """Delete it."""
    with the_api() as api:
        api.delete(_path(webhook_id))
    say(f"{webhook_id} is deleted")


def _path(webhook_id: str, what: str = "") -> str:
    return f"{_ROOT}/{quote(webhook_id, safe='')}" + (f"/{what}" if what else "")


def _files(doc: Doc) -> str:
    parts = [*doc["statuses"]] if len(doc["statuses"]) < 3 else ["all"]
    if doc["min_invalid_share"]:
        parts.append(f"at least {100 * doc['min_invalid_share']:.4g} % invalid")
    if doc["profile"]:
        parts.append(f"profile {doc['profile']}")
    if doc["api_key"]:
        parts.append(f"key {doc['api_key']}")
    return printable(", ".join(parts))


def _show(body: bytes, *, as_json: bool) -> None:
    if as_json:
        print_body(body)
        return
    doc = document(body)
    counts = doc["deliveries"]
    state = "enabled" if doc["enabled"] else f"disabled: {doc['disabled_reason'] or 'by a change'}"
    say(f"{doc['webhook_id']}  {state}")
    for name, text in (
        ("title", doc["title"] or "-"),
        ("url", doc["url"]),
        ("files", _files(doc)),
        ("created", moment(doc["created_at"])),
        ("24 hours", ", ".join(f"{counts[one]:,} {one}" for one in counts)),
    ):
        say(f"  {name:<9} {printable(str(text))}")


def _show_secret(body: bytes, *, as_json: bool) -> None:
    if as_json:
        print_body(body)
        return
    doc = document(body)
    say(f"{doc['webhook_id']}  {doc['secret']}")
    note("the secret signs messages; it is not shown again")

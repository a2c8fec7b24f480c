"""The pages of webhooks: create one, look at what was sent, send it again, change and delete it."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import PHONE, Visit


@dataclass(slots=True)
class Receiver:
    """A receiver on this machine; `answer` is the status that it responds with."""

    url: str = ""
    answer: int = 204
    ids: list[str] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    # Playwright's own loop runs in the thread of the test.
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            received.ids.append(self.headers["webhook-id"])
            self.send_response(received.answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    received.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def title(api: Api) -> Iterator[str]:
    """The title of the webhook of a test, which is deleted at its end."""
    name = f"Night shift {uuid.uuid4().hex[:8]}"
    yield name
    for one in api.get("/webhooks")["items"]:
        if one["title"] == name:
            api.client.delete(one["links"]["self"])


def create(page: Page, title: str, url: str) -> None:
    """Create a webhook of failed files, with the keyboard alone, and leave on its own page."""
    page.goto("/webhooks")
    page.get_by_role("button", name="New webhook…").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Address")).to_be_focused()
    page.keyboard.type(url)
    page.keyboard.press("Tab")
    page.keyboard.type(title)
    for status in ("processed", "partial"):
        dialog.get_by_label(status).focus()
        page.keyboard.press("Space")
    dialog.get_by_role("button", name="Create").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Secret", exact=True)).to_contain_text("whsec_")
    page.get_by_role("button", name="Done").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.slow
def test_a_message_that_failed_is_shown_and_sent_again(
    page: Page, api: Api, receiver: Receiver, title: str
) -> None:
    create(page, title, receiver.url)
    expect(page.get_by_text("None in the last 30 days.")).to_be_visible()
    receiver.answer = 500
    name = f"failed-{uuid.uuid4().hex}.csv"
    file_id = api.processed(name, b"sensor_id,timestamp,value\nx,never,1\n")
    row = page.get_by_role("region", name="Messages of the webhook").get_by_role("row")
    message = row.filter(has_text=name)
    expect(message).to_contain_text("HTTP 500")
    expect(message).to_contain_text("due")
    expect(message).to_contain_text(re.compile(r"in \d+|now"))
    link = message.get_by_role("link", name=name)
    assert (link.get_attribute("href") or "").endswith(file_id)
    receiver.answer = 204
    message.get_by_role("button", name="Send again").click()
    expect(message).to_contain_text("delivered")
    expect(message).to_contain_text("HTTP 204")
    assert len(set(receiver.ids)) == 1
    states = page.get_by_role("group", name="State")
    states.get_by_role("button", name="failed").click()
    expect(page.get_by_text("None is failed.")).to_be_visible()
    assert "state=failed" in page.url
    states.get_by_role("button", name="delivered").click()
    expect(message).to_be_visible()


@pytest.mark.slow
def test_a_webhook_is_tested_changed_disabled_and_deleted(
    visiting: Callable[..., Visit], receiver: Receiver, title: str
) -> None:
    visit = visiting()
    page = visit.page
    create(page, title, receiver.url)
    page.get_by_role("button", name="Send a test").click()
    message = page.get_by_role("row").filter(has_text="Test message")
    expect(message).to_contain_text("delivered")
    expect(page.get_by_text("failed files")).to_be_visible()
    for path in (page.url, "/webhooks"):
        page.goto(path)
        expect(page.get_by_role("table").get_by_role("row").nth(1)).to_be_visible()
        assert visit.axe() == []
        page.emulate_media(color_scheme="dark")
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
        assert visit.axe(only_colours=True) == []
        page.emulate_media(color_scheme="light")
    page.get_by_role("link", name=title).click()

    page.get_by_role("button", name="Change…").click()
    assert visit.axe() == []
    page.get_by_label("Least share of invalid rows").fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("failed files with at least 5 % invalid rows")).to_be_visible()

    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("button", name="Send a test")).to_be_disabled()
    expect(message.get_by_role("button")).to_be_disabled()
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_role("button", name="Send a test")).to_be_enabled()

    page.get_by_role("button", name="New secret").click()
    expect(page.get_by_label("Secret", exact=True)).to_contain_text("whsec_")
    page.get_by_role("button", name="Done").click()

    visit.resize(PHONE)
    page.get_by_role("link", name="Status", exact=True).click()
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    for place in range(links.count()):
        # All of them, without scrolling.
        expect(links.nth(place)).to_be_in_viewport(ratio=1)
    visit.resize((360, 740))
    tops: list[float] = links.evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert len(tops) == 7
    assert len(set(tops)) == 1, "they are in one line, on narrower phones too"
    visit.resize(PHONE)
    links.filter(has_text="Webhooks").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")
    page.get_by_role("link", name=title).click()
    assert visit.overflow() <= 0
    expect(message).to_contain_text("HTTP 204")
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()
    expect(page.get_by_role("link", name=title)).to_have_count(0)


def test_a_webhook_that_is_not_allowed_says_why(page: Page) -> None:
    page.goto("/webhooks")
    page.get_by_role("button", name="New webhook…").click()
    page.get_by_label("Address").fill("http://169.254.169.254/latest")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("169.254.169.254")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

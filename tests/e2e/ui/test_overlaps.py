"""The page of a file says that its readings overlap an earlier file, and leads to it."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from embedded.stack import Stack
from sinks.clickhouse.client import Database
from sinks.seals import seal_changes
from sinks.total_seals import TotalSeals
from tests.e2e.test_overlaps import SECONDS, log_of
from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import PHONE, Visit


def seal(url: str) -> None:
    """Have totals contain what has changed, which takes up to 30 seconds otherwise."""

    async def once() -> None:
        database = Database(url)
        await seal_changes(database, TotalSeals())
        await database.close()

    # Playwright's loop runs in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, once()).result()


@pytest.mark.slow
def test_the_notice_has_the_count_and_leads_to_the_earlier_file(
    stack: Stack, api: Api, visiting: Callable[..., Visit]
) -> None:
    sensor = uuid.uuid4().hex
    first = api.processed(f"monday-{sensor}.csv", log_of(sensor, 0, 30))
    second = api.processed(f"tuesday-{sensor}.csv", log_of(sensor, 18, 50))
    until = time.monotonic() + SECONDS
    while not api.get(f"/files/{second}")["notices"]:
        assert time.monotonic() < until
        seal(stack.endpoints["CLICKHOUSE_URL"])
        time.sleep(1)
    for how in ({}, {"scheme": "dark"}, {"size": PHONE}):
        visit = visiting(**how)
        page = visit.page
        page.goto(f"/files/{second}")
        expect(page.get_by_text("12 readings have the sensor and the timestamp")).to_be_visible()
        assert visit.axe() == []
        assert visit.overflow() <= 0
    page.get_by_role("link", name="The earlier file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"monday-{sensor}.csv")
    assert page.url.endswith(first)

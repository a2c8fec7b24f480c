"""The status page: what works, and dead letters with a button that announces one again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.e2e.test_announced import put
from tests.e2e.ui.browser import Visit
from tests.harness import kafka


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    """A stack whose worker a test stops."""
    with Stack(tmp_path / "data", env=EVERYTHING) as stack:
        yield stack


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_stopped_worker_is_seen_within_ten_seconds(
    own: Stack, visiting: Callable[..., Visit]
) -> None:
    page = visiting(address=own.endpoints["CSV_PROCESSOR_API"]).page
    page.goto("/status")
    expect(page.get_by_text("Everything works")).to_be_visible(timeout=60_000)
    workers = page.get_by_role("list", name="Workers").get_by_role("listitem")
    expect(workers).to_have_count(2)
    pid = own.pid("worker-1")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        expect(page.get_by_text("It works, with a limitation")).to_be_visible(timeout=10_000)
        port = own.endpoints["WORKER_1_URL"].rpartition(":")[2]
        stopped = workers.filter(has_text=port)
        expect(stopped).to_contain_text("not ready")
        expect(page.locator("dl").first).to_contain_text("1 of 2")
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(page.get_by_text("Everything works")).to_be_visible(timeout=60_000)


def test_a_dead_letter_is_announced_again_by_a_button(page: Page, stack: Stack) -> None:
    name = f"later-{time.time_ns()}.csv"
    bucket = stack.endpoints["STORE_URL"].removeprefix("s3://")
    value = json.dumps({"bucket": bucket, "object_key": f"others/{name}"}).encode()

    async def publish() -> None:
        async with kafka.producer(stack.endpoints) as producer:
            await producer.send_and_wait("files.announced", value, key=name.encode())

    # Playwright's own loop runs in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, publish()).result()
    page.goto("/status")
    letters = page.get_by_role("list", name="List of dead letters").get_by_role("listitem")
    letter = letters.filter(has_text=name)
    expect(letter).to_contain_text("object missing", timeout=40_000)
    put(stack, f"others/{name}", b"later,2026-03-01T00:00:00Z,1\n")
    letter.get_by_role("button", name="Announce again").click()
    expect(letter).to_have_count(0)
    page.get_by_role("group", name="Dead letters").get_by_role("button", name="all").click()
    expect(letter).to_contain_text("Announced again")
    page.get_by_role("link", name="Files", exact=True).click()
    expect(page.get_by_role("link", name=name)).to_be_visible()

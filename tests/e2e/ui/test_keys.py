"""Where the API wants keys, the page asks for one, keeps it, and sends it with everything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from embedded.stack import Stack
from tests.e2e.ui.browser import Visit
from tests.harness.services import Service, free_port


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    """A key that may read and upload."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "cli", "keys", "create", "page"),
            *("--scope", "read", "--scope", "upload", "--json"),
        ],
        env={**os.environ, **stack.endpoints},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: str = httpx.Response(200, text=done.stdout).json()["key"]
    return found


@pytest.fixture(scope="module")
def locked(stack: Stack, key: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a second API on the same services, which wants keys."""
    assert key  # it does not start where there is none
    port = free_port()
    env = {**stack.endpoints, "API_PORT": str(port), "REQUIRE_KEYS": "1"}
    log = tmp_path_factory.mktemp("locked") / "api.log"
    api = Service([sys.executable, "-m", "ingest.server"], port, env, log)
    api.start()
    yield f"http://127.0.0.1:{port}"
    api.kill()


@pytest.mark.slow
def test_a_key_is_asked_for_and_kept(
    visiting: Callable[..., Visit], locked: str, key: str, tmp_path: Path
) -> None:
    visit = visiting(address=locked)
    page = visit.page
    page.goto("/")
    expect(page.get_by_role("heading", name="Key needed")).to_be_visible()
    assert visit.axe() == []
    page.get_by_label("API key").fill("no-such-key")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This key was not taken")).to_be_visible()
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    (tmp_path / "with-a-key.csv").write_text("sensor_id,timestamp,value\nk,2026-01-01,1\n")
    page.get_by_test_id("choose-files").set_input_files(tmp_path / "with-a-key.csv")
    row = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(row).to_contain_text("1 valid, took")
    row.get_by_role("link").click()
    with page.expect_download() as raw:
        page.get_by_role("button", name="Raw file").click()
    assert raw.value.suggested_filename == "with-a-key.csv"
    # It may not delete, and the page says so.
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("needs a key with the scope admin")
    page.get_by_role("button", name="Keep it").click()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("with-a-key.csv")
    # The key is this tab's alone: nothing of it is left for another one, or for a later day.
    assert (
        page.evaluate("Object.values(localStorage).filter((text) => text.includes('csvp_'))") == []
    )
    other = page.context.new_page()
    other.goto(locked)
    expect(other.get_by_role("heading", name="Key needed")).to_be_visible()
    other.close()
    page.get_by_role("button", name="Forget key").click()
    page.reload()
    expect(page.get_by_role("heading", name=re.compile("Key needed"))).to_be_visible()

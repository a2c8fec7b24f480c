"""The page of a file says what retention removed of it, and does not offer what needs it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from embedded.stack import Stack
from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import PHONE, Visit
from tests.harness.containers import readings
from tests.harness.retention_api import with_rules
from tests.harness.waiting import wait_until


@pytest.fixture(scope="module")
def removed(stack: Stack, api: Api, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file without raw bytes and readings."""
    name = f"{uuid.uuid4().hex[:8]}.csv"
    file_id: str = api.processed(name, readings(f"removed/{name}", 7))
    rules = f"raw 1s name={name}; readings 1s name={name}"
    folder: Path = tmp_path_factory.mktemp("retention")
    with (
        with_rules(stack, folder, rules) as ruled,
        httpx.Client(base_url=f"http://127.0.0.1:{ruled.port}", timeout=60) as client,
    ):

        def counts() -> list[int]:
            return [rule["files"] for rule in client.get("/api/v1/retention").json()["rules"]]

        wait_until(lambda: counts() == [1, 1], "the file is old enough")
        client.post("/api/v1/retention/apply").raise_for_status()
        wait_until(lambda: counts() == [0, 0], "the round is done")
    return file_id


@pytest.mark.parametrize("how", [{}, {"scheme": "dark"}, {"size": PHONE}], ids=str)
def test_what_was_removed_is_said_and_what_needs_it_is_not_offered(
    removed: str, visiting: Callable[..., Visit], how: dict[str, object]
) -> None:
    visit = visiting(**how)
    page = visit.page
    page.goto(f"/files/{removed}")
    note = page.get_by_role("note").filter(has_text="by a rule of retention")
    expect(note).to_contain_text("it cannot be downloaded, exported or processed again")
    expect(note).to_contain_text("Its stored readings were removed")
    for name in ("Raw file", "Readings as CSV", "Reprocess…"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    expect(page.get_by_role("button", name="Delete…")).to_be_enabled()
    expect(page.get_by_text("Values over time")).to_have_count(0)
    assert visit.axe() == []
    assert visit.overflow() <= 0

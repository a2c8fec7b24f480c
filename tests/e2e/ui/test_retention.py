"""The page of a file says what retention removed of it, and does not offer what needs it.

The status page lists the rules, and what each of them will remove next.
"""

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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_status_page_lists_rules_only_if_there_are_some(
    stack: Stack, visiting: Callable[..., Visit], tmp_path: Path
) -> None:
    rules = ("results never name=kept-by-a-rule-*", "raw 100y name=kept-by-a-rule-*")
    with with_rules(stack, tmp_path, ";".join(rules)) as ruled:
        page = visiting(address=f"http://127.0.0.1:{ruled.port}").page
        page.goto("/status")
        items = page.get_by_role("list", name="Retention").get_by_role("listitem")
        expect(items).to_have_text([f"{rules[0]}kept", f"{rules[1]}nothing"])
    page = visiting().page
    with page.expect_response("**/api/v1/retention") as answer:
        page.goto("/status")
    assert answer.value.json()["rules"] == []
    expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()
    expect(page.get_by_role("heading", name="Retention")).to_have_count(0)


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"scheme": "dark"}, {"size": PHONE}], ids=str)
def test_the_status_page_shows_files_and_bytes_that_a_rule_removes_next(
    visiting: Callable[..., Visit], how: dict[str, object]
) -> None:
    first = {"file_id": "none", "filename": "oldest.csv", "upload_time": "2026-01-01T00:00:00Z"}
    rule = {"age_seconds": 1.0, "members": 0, "row_count": 0, "first": [first]}
    of_raw = {"rule": "raw 1s", "what": "raw", "files": 1204, "size_bytes": 5_312_000_000}
    of_readings = {"rule": "readings 1s", "what": "readings", "files": 1, "size_bytes": 0}
    rules = [rule | of_raw | {"members": 36}, rule | of_readings | {"row_count": 88_000}]
    visit = visiting(**how)
    page = visit.page
    page.route(
        "**/api/v1/retention",
        lambda route: route.fulfill(json={"at": "2026-02-01T00:00:00Z", "rules": rules}),
    )
    page.goto("/status")
    items = page.get_by_role("list", name="Retention").get_by_role("listitem")
    expect(items.first).to_contain_text("1,204 files, 5.3 GB")
    expect(items.first).to_contain_text("with 36 members")
    expect(items.last).to_contain_text("1 file")
    expect(items.last).to_contain_text("88,000 rows · first: oldest.csv, uploaded")
    expect(items.last.get_by_role("link")).to_have_attribute("href", "/files/none")
    assert visit.axe() == []
    assert visit.overflow() <= 0

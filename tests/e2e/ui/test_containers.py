"""A container: its page lists its members, and theirs lead back to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import PHONE, Visit
from tests.harness.containers import readings
from tests.unit.rows.containers.archives import zip_of

_BAD = b"sensor_id,timestamp,value\ns,yesterday,1\n"


@pytest.fixture(scope="module")
def container(api: Api) -> str:
    """A container of 62 members, one of which fails and one cannot be read."""
    members = {f"day {n:02}.csv": readings("s", n + 1) for n in range(60)}
    data = zip_of({"bad.csv": _BAD, "../outside.csv": readings("s", 1), **members})
    return api.processed("quarter.zip", data)


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"scheme": "dark"}, {"size": PHONE}], ids=str)
def test_the_page_of_a_container_lists_its_members(
    api: Api, container: str, visiting: Callable[..., Visit], how: dict[str, object]
) -> None:
    visit = visiting(**how)
    page = visit.page
    page.goto(f"/files/{container}")
    expect(page.get_by_role("heading", level=1)).to_have_text("quarter.zip")
    expect(page.get_by_role("heading", name="62 members")).to_be_visible()
    rows = page.get_by_role("region", name="Members of this container").locator("tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.nth(0)).to_contain_text("bad.csv")
    expect(rows.nth(1)).to_contain_text("member_name")
    expect(page.get_by_role("button", name="Readings as CSV")).to_be_enabled()
    expect(page.get_by_role("button", name="as Parquet")).to_be_enabled()
    assert visit.axe() == []
    assert visit.overflow() <= 0
    page.get_by_role("button", name="Reprocess…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Every member is read with these options.")).to_be_visible()
    expect(dialog.get_by_label("Time zone")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Next").click()
    expect(rows).to_have_count(12)
    page.get_by_role("button", name="failed").click()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="bad.csv").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("quarter.zip/bad.csv")
    expect(page.get_by_role("note").filter(has_text="member of quarter.zip")).to_be_visible()
    path = page.get_by_role("navigation", name="Breadcrumb")
    path.get_by_role("link", name="quarter.zip").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("quarter.zip")
    assert api.get(f"/files/{container}")["members"]["failed"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"scheme": "dark"}, {"size": PHONE}], ids=str)
def test_invalid_rows_of_the_members_are_one_list_that_leads_to_them(
    api: Api, visiting: Callable[..., Visit], how: dict[str, object]
) -> None:
    bad = b"s,2026-03-02,x\ns,someday,1\n"
    data = zip_of({"b.csv": readings("s", 3) + bad, "a.csv": readings("s", 200) + bad})
    file_id = api.processed(f"faults {len(how)}{how.get('scheme', '')}.zip", data)
    visit = visiting(**how)
    page = visit.page
    page.goto(f"/files/{file_id}")
    page.get_by_role("tab", name="Invalid rows").click()
    expect(page.get_by_role("heading", name="4 invalid rows")).to_be_visible()
    rows = page.get_by_role("region", name="Invalid rows of the members").locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("b.csv")
    expect(rows.nth(2)).to_contain_text("a.csv")
    assert visit.axe() == []
    assert visit.overflow() <= 0
    page.get_by_label("Search in the text of rows").fill("someday")
    expect(rows).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name="All of them as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 5
    assert lines[0].endswith(",file_id,member")
    page.get_by_role("button", name="Change many…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Text", exact=True).first.fill("someday")
    dialog.get_by_role("button", name="Cancel").click()
    rows.nth(1).get_by_role("link", name="a.csv").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("a.csv")
    expect(page.get_by_role("heading", name="2 invalid rows")).to_be_visible()

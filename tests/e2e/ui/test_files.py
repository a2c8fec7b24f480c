"""The list of files: filter, search, sort, pages; and news without a reload."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.ui.api import Api

_HEADER = b"sensor_id,timestamp,value\n"
# More than a page has.
_MANY = 60


@pytest.fixture(scope="module")
def many(api: Api) -> list[str]:
    """Files of rising sizes: `list-000.csv` … with as many rows, each tenth with a bad one."""
    ids = []
    for n in range(_MANY):
        rows = b"".join(b"f%d,2026-01-01,%d\n" % (k, k) for k in range(n + 1))
        bad = b"f0,never,1\n" if n % 10 == 0 else b""
        ids.append(api.upload(f"list-{n:03}.csv", _HEADER + rows + bad))
    for file_id in ids:
        api.wait(file_id)
    return ids


def _rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Files", exact=True).locator("tbody tr")


@pytest.mark.slow
def test_files_are_searched_filtered_and_sorted(page: Page, many: list[str]) -> None:
    page.goto("/")
    page.get_by_label("Search files").fill("list-0")
    expect(_rows(page)).to_have_count(50)
    page.get_by_role("button", name=re.compile("^partial")).click()
    expect(_rows(page)).to_have_count(6)
    page.get_by_role("button", name="Rows").click()
    expect(_rows(page).first).to_contain_text("list-050.csv")
    expect(page.get_by_role("columnheader", name="Rows")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.get_by_role("button", name="Rows").click()
    expect(_rows(page).first).to_contain_text("list-000.csv")
    # Filters are in the address, so that it can be shared.
    page.reload()
    expect(_rows(page)).to_have_count(6)
    expect(_rows(page).first).to_contain_text("list-000.csv")
    page.get_by_label("Search files").fill(many[7])
    page.get_by_role("button", name=re.compile("^all")).click()
    expect(_rows(page)).to_have_count(1)
    expect(_rows(page)).to_contain_text("list-007.csv")


@pytest.mark.slow
@pytest.mark.usefixtures("many")
def test_pages_go_on_and_back(page: Page, api: Api) -> None:
    page.goto("/?q=list-0&sort=filename")
    expect(_rows(page).first).to_contain_text("list-000.csv")
    page.get_by_role("button", name="Next").click()
    expect(_rows(page)).to_have_count(_MANY - 50)
    expect(_rows(page).first).to_contain_text("list-050.csv")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    pages = page.get_by_role("navigation", name="Pages of files")
    expect(pages).to_contain_text(f"51–{_MANY} of {_MANY}")
    page.get_by_role("button", name="Previous").click()
    expect(_rows(page).first).to_contain_text("list-000.csv")
    page.get_by_role("button", name="Next").click()
    expect(pages).to_contain_text(f"51–{_MANY}")
    page.reload()
    expect(pages).to_contain_text(f"51–{_MANY}")
    page.goto("/")
    everything = api.get("/stats")["listed"]["files"]
    expect(pages).to_contain_text(f"1–50 of {everything:,}")
    page.keyboard.press("/")
    expect(page.get_by_label("Search files")).to_be_focused()


@pytest.mark.slow
@pytest.mark.usefixtures("many")
def test_the_statuses_count_what_is_searched_for(page: Page, api: Api) -> None:
    page.goto("/?q=list-0")
    statuses = page.get_by_role("group", name="Status")
    pages = page.get_by_role("navigation", name="Pages of files")
    expect(pages).to_contain_text(f"1–50 of {_MANY}")
    for name, number in (("all", _MANY), ("processed", _MANY - 6), ("partial", 6), ("failed", 0)):
        button = statuses.get_by_role("button", name=re.compile(f"^{name}"))
        expect(button).to_have_text(re.compile(rf"{name}\s*{number}$"))
    page.get_by_role("button", name=re.compile("^processed")).click()
    expect(pages).to_contain_text(f"1–50 of {_MANY - 6}")
    # What comes while the page is open is counted.
    more = api.processed("list-0-more.csv", _HEADER + b"m,2026-01-01,1\n")
    expect(pages).to_contain_text(f"1–50 of {_MANY - 5}")
    api.client.delete(f"/api/v1/files/{more}").raise_for_status()
    expect(pages).to_contain_text(f"1–50 of {_MANY - 6}")
    page.get_by_label("Search files").fill("")
    page.get_by_label("Uploaded", exact=True).select_option("uploaded in the last hour")
    expect(pages).to_contain_text(re.compile(r"1–50 of \d"))


def test_counts_that_end_at_a_limit_say_so(page: Page) -> None:
    counts = {"files": 10_000, "waiting": 0, "processed": 9_000, "partial": 900, "failed": 100}
    page.route(
        "**/api/v1/files/counts?*",
        lambda route: route.fulfill(json={"counts": {**counts, "more": True}}),
    )
    page.goto("/?uploaded=1d")
    everything = page.get_by_role("button", name=re.compile("^all"))
    expect(everything).to_have_text(re.compile(r"10,000\+$"))
    page.unroute_all()
    page.route("**/api/v1/files/counts?*", lambda route: route.fulfill(json={"counts": None}))
    page.reload()
    expect(_rows(page).first).to_be_visible()
    expect(everything).to_have_text("all")


@pytest.mark.slow
def test_files_are_filtered_by_when_they_were_uploaded(page: Page, api: Api) -> None:
    api.processed("period-now.csv", _HEADER + b"p,2026-01-01,1\n")
    page.clock.install(time=datetime.now(UTC))
    page.goto("/?q=period-")
    row = _rows(page).filter(has_text="period-now.csv")
    expect(row).to_be_visible()
    page.get_by_label("Uploaded", exact=True).select_option("uploaded in the last hour")
    expect(page).to_have_url(re.compile("uploaded=1h"))
    expect(row).to_be_visible()
    page.clock.fast_forward("02:00:00")
    expect(page.get_by_text("has “period-” in its name and was uploaded in")).to_be_visible()
    page.get_by_label("Uploaded", exact=True).select_option("uploaded in the last day")
    expect(row).to_be_visible()
    page.reload()
    expect(page.get_by_label("Uploaded", exact=True)).to_have_value("1d")
    expect(row).to_be_visible()
    # What is chosen is what is processed again.
    with page.expect_request("**/reprocessings/preview") as asked:
        page.get_by_role("button", name="Reprocess all of these…").click()
    assert json.loads(asked.value.post_data or "{}")["files"].keys() == {"q", "since"}
    expect(page.get_by_role("dialog", name="Reprocess 1 file")).to_be_visible()


def test_the_list_shows_that_a_limit_of_invalid_rows_was_exceeded(page: Page, api: Api) -> None:
    body = _HEADER + b"x,2026-01-01,1\nx,2026-01-02,warm\nx,2026-01-03,warm\n"
    api.wait(api.upload("over-the-limit.csv", body, max_invalid="5%"))
    page.goto("/?q=over-the-limit")
    expect(_rows(page).first).to_contain_text("2 of 3 rows are invalid, and max_invalid is 5%")


def test_the_list_shows_why_a_file_failed(page: Page, api: Api) -> None:
    api.processed("reason-doubt.csv", b"sensor_id,timestamp,value\nd,03/04/2026,1\n")
    api.processed("reason-rows.csv", _HEADER + b"d,never,1\nd,soon,2\nd,2026-01-01,x\n")
    page.goto("/?q=reason-&status=failed")
    expect(_rows(page).filter(has_text="reason-doubt.csv").first).to_contain_text(
        "can be read as day first or month first"
    )
    expect(_rows(page).filter(has_text="reason-rows.csv").first).to_contain_text(
        "2 invalid: timestamp: format"
    )


@pytest.mark.usefixtures("many")
def test_a_search_that_finds_nothing_says_so_and_leads_back(page: Page) -> None:
    page.goto("/?q=no-such-name&status=failed")
    expect(page.get_by_role("heading", name="No file fits")).to_be_visible()
    page.get_by_role("button", name="Show all files").click()
    expect(_rows(page).nth(10)).to_be_visible()
    expect(page.get_by_label("Search files")).to_have_value("")


@pytest.mark.slow
def test_what_others_send_shows_up_and_goes_on_by_itself(page: Page, api: Api) -> None:
    page.goto("/")
    expect(_rows(page).first).to_be_visible()
    api.upload("from-elsewhere.csv", _HEADER + b"e1,2026-01-01,1\n")
    row = _rows(page).filter(has_text="from-elsewhere.csv")
    expect(row).to_contain_text("processed")


@pytest.mark.slow
def test_the_page_says_when_the_api_is_away_and_goes_on_when_it_is_back(
    page: Page, api: Api
) -> None:
    page.goto("/")
    expect(_rows(page).first).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_role("status")).to_contain_text("does not answer")
    expect(_rows(page).first).to_be_visible()
    api.processed("while-away.csv", _HEADER + b"w1,2026-01-01,1\n")
    page.context.set_offline(False)
    expect(page.get_by_role("status")).not_to_contain_text("does not answer")
    expect(_rows(page).filter(has_text="while-away.csv")).to_contain_text("processed")

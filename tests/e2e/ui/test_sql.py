"""The SQL page: run, cancel, chart, download, and a link that does nothing by itself."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pyarrow.parquet as pq
from playwright.sync_api import Page, expect

_ENDLESS = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash128(number))"


def _ask(page: Page, query: str) -> None:
    page.get_by_label("Query in SQL").fill(query)
    page.get_by_label("Query in SQL").press("Control+Enter")


def test_a_query_is_run_by_the_keyboard_and_shown_as_a_table(page: Page) -> None:
    page.goto("/sql")
    _ask(page, "SELECT number AS n, NULL AS nothing FROM numbers(2000)")
    rows = page.get_by_role("region", name="Rows of the query")
    expect(rows.locator("tbody tr").first).to_contain_text("NULL")
    expect(page.get_by_role("heading", name="1,000 rows")).to_be_visible()
    expect(page.get_by_text("The first 1,000 rows")).to_be_visible()
    assert rows.locator("tbody tr").count() < 80
    query = parse_qs(urlsplit(page.url).query)["q"]
    assert query == ["SELECT number AS n, NULL AS nothing FROM numbers(2000)"]


def test_a_link_shows_its_query_and_does_not_run_it(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(f"/sql?q={quote('SELECT 41 + 1 AS answer')}")
    expect(page.get_by_label("Query in SQL")).to_have_value("SELECT 41 + 1 AS answer")
    expect(page.get_by_text("This query came with the address")).to_be_visible()
    expect(page.get_by_role("list", name="Views").get_by_role("listitem").first).to_be_visible()
    assert "/api/v1/sql" not in asked
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("region", name="Rows of the query")).to_contain_text("42")


def test_a_query_is_cancelled(page: Page) -> None:
    page.goto("/sql")
    _ask(page, _ENDLESS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    _ask(page, "SELECT 7 AS seven")
    expect(page.get_by_role("region", name="Rows of the query")).to_contain_text("7")


def test_a_fault_is_shown_in_the_words_of_the_database(page: Page) -> None:
    page.goto("/sql")
    _ask(page, "SELECT nothing FROM files")
    expect(page.get_by_role("alert")).to_contain_text("nothing")
    _ask(page, "DROP VIEW files")
    expect(page.get_by_role("alert")).to_be_visible()


def test_columns_of_numbers_are_drawn_apart_over_time(page: Page) -> None:
    page.goto("/sql")
    _ask(
        page,
        "SELECT toDateTime('2026-01-01 00:00:00') + number * 60 AS at, number AS a, -number AS b"
        " FROM numbers(100)",
    )
    page.get_by_role("button", name="Chart").click()
    expect(page.get_by_role("img", name="over time")).to_have_count(2)
    expect(page.locator("figcaption", has_text="a")).to_be_visible()
    _ask(page, "SELECT toString(number) AS name, number AS n FROM numbers(5)")
    page.get_by_role("button", name="Chart").click()
    expect(page.get_by_role("list", name="n").get_by_role("listitem")).to_have_count(5)


def test_all_rows_are_downloaded(page: Page, tmp_path: Path) -> None:
    page.goto("/sql")
    page.get_by_label("Query in SQL").fill("SELECT number AS n FROM numbers(3000)")
    for kind in ("CSV", "Parquet"):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
    assert len((tmp_path / "query.csv").read_text().splitlines()) == 3001
    assert pq.read_table(tmp_path / "query.parquet").num_rows == 3000


def test_a_column_is_put_into_the_query_by_a_click(page: Page) -> None:
    page.goto("/sql")
    field = page.get_by_label("Query in SQL")
    field.fill("")
    views = page.get_by_role("list", name="Views", exact=True)
    views.locator("summary", has_text="sensor_results").click()
    expect(views).to_contain_text("Name of the sensor")
    views.get_by_role("button", name="Insert mean_value").click()
    expect(field).to_have_value("mean_value")
    expect(field).to_be_focused()

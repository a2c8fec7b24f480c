"""One file: its figures, charts, sensors, invalid rows, and what can be done with it."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from tests.conftest import KEPT_INVALID_ROWS
from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import PHONE, ROOT, Visit

_DIRTY = (ROOT / "samples" / "invalid-rows.csv").read_bytes()


@pytest.fixture(scope="module")
def dirty(api: Api) -> str:
    """A file with rows of every kind of fault."""
    return api.processed("dirty.csv", _DIRTY)


def test_a_file_is_shown_with_its_figures_and_what_was_wrong(
    page: Page, api: Api, dirty: str
) -> None:
    page.goto(f"/files/{dirty}")
    expect(page.get_by_role("heading", level=1)).to_have_text("dirty.csv")
    figures = page.locator("dl").first
    expect(figures).to_contain_text(re.compile(r"6\s*Valid rows|Valid rows\s*6"))
    expect(figures).to_contain_text(re.compile(r"13\s*Invalid rows|Invalid rows\s*13"))
    expect(figures).to_contain_text("58.9")
    expect(page.get_by_role("list", name="Rows per sensor")).to_contain_text("boiler-1")
    wrong = page.get_by_role("list", name="Invalid rows by code")
    expect(wrong.get_by_role("listitem")).to_have_count(len(api.get(f"/files/{dirty}")["codes"]))
    wrong.get_by_role("button", name="value: format").click()
    expect(page.get_by_role("region", name="Invalid rows").locator("tbody tr")).to_have_count(1)


def test_the_faulty_field_is_marked_in_every_invalid_row(page: Page, api: Api, dirty: str) -> None:
    page.goto(f"/files/{dirty}?tab=invalid")
    rows = page.get_by_role("region", name="Invalid rows").locator("tbody tr")
    expect(rows).to_have_count(13)
    marked = {}
    for k, row in enumerate(api.get(f"/files/{dirty}")["invalid_rows"]):
        expect(rows.nth(k)).to_contain_text(row["error"])
        marked[row["code"]] = rows.nth(k).locator("mark").inner_text()
    assert marked["extra_fields"] == "ok"
    assert marked["timestamp_format"] == "01.03.2026 07:40"
    assert marked["timestamp_range"] == "2026-02-30T07:50:00Z"
    assert marked["value_format"] == "65,4"
    assert marked["value_not_finite"] == "nan"
    assert marked["sensor_id_control_character"] == r"boiler\x07-1"
    assert {marked[f"{name}_empty"] for name in ("sensor_id", "timestamp", "value")} == {"nothing"}


def test_a_note_says_where_the_list_of_invalid_rows_ends(page: Page, api: Api) -> None:
    rows = KEPT_INVALID_ROWS + 20_000
    lines = b"".join(b"missing-%d\n" % n for n in range(rows))
    file_id = api.processed("hopeless.csv", b"sensor_id,timestamp,value\n" + lines)
    through = api.get(f"/files/{file_id}")["limit_reached"]["through_row"]
    page.goto(f"/files/{file_id}?tab=invalid")
    expect(page.get_by_text(f"up to row {through:,} are listed")).to_be_visible()
    expect(page.get_by_role("heading", name=f"{rows:,} invalid rows")).to_be_visible()


def test_the_columns_of_a_file_may_be_in_any_order(page: Page, api: Api) -> None:
    file_id = api.processed(
        "turned.csv", b"value;timestamp;sensor_id\n1;2026-01-01;t1\nwarm;2026-01-01;t1\n;2026;t1\n"
    )
    page.goto(f"/files/{file_id}?tab=invalid")
    expect(page.locator("mark").first).to_have_text("warm")


def test_invalid_rows_are_grouped_by_code(page: Page, dirty: str) -> None:
    page.goto(f"/files/{dirty}?tab=invalid")
    page.get_by_role("button", name="timestamp: range 1").click()
    rows = page.get_by_role("region", name="Invalid rows").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.locator("mark")).to_have_text("2026-02-30T07:50:00Z")
    page.get_by_role("button", name="all 13").click()
    expect(rows).to_have_count(13)


def test_rejects_and_raw_bytes_are_downloaded(page: Page, dirty: str) -> None:
    page.goto(f"/files/{dirty}?tab=invalid")
    with page.expect_download() as rejects:
        page.get_by_role("button", name="All of them as CSV").click()
    assert rejects.value.suggested_filename == "rejects of dirty.csv"
    listed = list(csv.DictReader(io.StringIO(rejects.value.path().read_text())))
    assert [row["row"] for row in listed][:3] == ["3", "4", "5"]
    assert len(listed) == 13
    with page.expect_download() as raw:
        page.get_by_role("button", name="Raw file").click()
    assert Path(raw.value.path()).read_bytes() == _DIRTY


def test_the_sql_of_what_is_shown_is_copied(page: Page, dirty: str) -> None:
    page.goto(f"/files/{dirty}?tab=sql")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"WHERE file_id = '{dirty}'" in copied


def test_an_address_of_no_file_says_so(page: Page) -> None:
    page.goto("/files/none-such")
    expect(page.get_by_role("heading", name="There is no such file")).to_be_visible()
    page.goto("/nowhere")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()


def test_a_failed_file_says_why(page: Page, api: Api) -> None:
    file_id = api.processed("all-wrong.csv", b"sensor_id,timestamp,value\na,b,c\n")
    page.goto(f"/files/{file_id}")
    expect(page.get_by_role("note")).to_contain_text(api.get(f"/files/{file_id}")["error"])


@pytest.mark.slow
def test_a_file_of_which_nothing_was_read_shows_how_it_begins(page: Page, api: Api) -> None:
    body = b"a,7,8,9\nb,7,8,9\n" + b"c,7,8,9\n" * 40
    file_id = api.processed("no-layout.csv", body)
    assert api.get(f"/files/{file_id}")["dialect"]["settled"] is False
    page.goto(f"/files/{file_id}")
    heading = page.get_by_role("heading", name="What was detected")
    detected = page.locator("section").filter(has=heading)
    expect(detected.get_by_role("definition").filter(has_text="#1, #2, #3, #4")).to_be_visible()
    expect(detected).to_contain_text("Delimitercomma content")
    expect(page.get_by_label("First lines of the file")).to_contain_text("a,7,8,9\nb,7,8,9")
    page.get_by_role("button", name="Choose how to read it…").click()
    dialog = page.get_by_role("dialog", name="Reprocess no-layout.csv")
    expect(dialog.get_by_role("region", name="First records")).to_be_visible()
    page.keyboard.press("Escape")
    packed = api.processed("no-text.csv.gz", gzip.compress(b"\x00" * 64))
    page.goto(f"/files/{packed}")
    expect(page.get_by_role("heading", level=1)).to_have_text("no-text.csv.gz")
    expect(page.get_by_label("First lines of the file")).to_have_count(0)


@pytest.mark.slow
def test_what_a_limit_of_invalid_rows_withholds_is_a_click_away(page: Page, api: Api) -> None:
    body = b"sensor_id,timestamp,value\nlift,2026-01-01,1\nlift,2026-01-02,warm\n"
    file_id = api.upload("withheld.csv", body, max_invalid="5%")
    assert api.wait(file_id)["aggregations"]["row_count"] == 0
    page.goto(f"/files/{file_id}")
    expect(page.get_by_role("note")).to_contain_text("its valid one is withheld")
    expect(page.get_by_role("term").filter(has_text="Withheld")).to_have_text("Withheld")
    page.get_by_role("button", name="Read it without the limit…").click()
    dialog = page.get_by_role("dialog", name="Reprocess withheld.csv")
    expect(dialog.get_by_text("1 invalid row (value: format 1)")).to_be_visible()
    dialog.get_by_role("button", name="Reprocess", exact=True).click()
    expect(page.get_by_text("run 2", exact=True)).to_be_visible()
    document = api.get(f"/files/{file_id}")
    assert (document["status"], document["aggregations"]["row_count"]) == ("partial", 1)


@pytest.mark.slow
def test_readings_that_are_withheld_are_not_taken_for_excluded_ones(page: Page, api: Api) -> None:
    body = b"sensor_id,timestamp,value,flag\nq,2026-01-01,1,ok\nq,2026-01-02,2,bad\nq,2026-01-03,x,ok\n"
    flags = {"quality_column": "flag", "quality_reject": "bad"}
    labels = page.get_by_role("term").filter(has_text="xcluded")
    excluded = api.upload("flags.csv", body, **flags)
    api.wait(excluded)
    page.goto(f"/files/{excluded}")
    expect(labels).to_have_text("Excluded by quality")
    both = api.upload("flags-limited.csv", body, **flags, max_invalid="0")
    assert api.wait(both)["excluded_count"] == 2
    page.goto(f"/files/{both}")
    expect(labels).to_have_text("Excluded or withheld")


@pytest.mark.slow
def test_rows_are_corrected_in_the_table_and_resubmitted(page: Page, api: Api) -> None:
    file_id = api.processed(
        "to-correct.csv",
        b"value,sensor_id,timestamp\n1,m1,2026-01-01\nwarm,m1,2026-01-02\n3,,2026-01-03\nx,y,z\n"
        b'5,m1,2026-01-05,"9\n',
    )
    page.goto(f"/files/{file_id}?tab=invalid")
    fields = page.get_by_role("group", name="Cells of row 2")
    expect(fields.get_by_label("value")).to_have_value("warm")
    fields.get_by_label("value").fill("")
    page.keyboard.type("-2.5")
    page.get_by_role("group", name="Cells of row 3").get_by_label("sensor_id").fill("=m2")
    page.get_by_role("group", name="Cells of row 4").get_by_label("value").fill("8")
    page.get_by_role("button", name="Discard changes of row 4").click()
    # As it was exported: it is not sent.
    damaged = page.get_by_role("group", name="Cells of row 5")
    expect(damaged.get_by_label("timestamp")).to_have_value('2026-01-05,"9')
    damaged.get_by_label("timestamp").fill("2026-01-05")
    damaged.get_by_label("timestamp").fill('2026-01-05,"9')
    expect(page.get_by_text("2 rows to resubmit")).to_be_visible()
    page.get_by_role("button", name="Resubmit").click()
    link = page.get_by_role("link", name="corrected-to-correct.csv")
    expect(link).to_be_visible()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("corrected-to-correct.csv")
    corrected = page.url.rpartition("/")[2]
    api.wait(corrected)
    sensors = {row["sensor_id"]: row for row in api.get(f"/files/{corrected}/sensors")["items"]}
    assert sensors["m1"]["min_value"] == -2.5
    assert sensors["=m2"]["row_count"] == 1
    page.get_by_role("link", name="to-correct.csv", exact=True).click()
    expect(page.get_by_role("note")).to_contain_text("2 of 4 invalid rows were corrected")


@pytest.mark.slow
def test_a_file_is_reprocessed_and_shows_it(page: Page, api: Api) -> None:
    file_id = api.processed("second.csv", b"sensor_id,timestamp,value\na1,2026-01-01,1\n")
    page.goto(f"/files/{file_id}")
    page.get_by_role("button", name="Reprocess…").click()
    page.get_by_role("dialog").get_by_role("button", name="Reprocess", exact=True).click()
    expect(page.get_by_text("run 2", exact=True)).to_be_visible()
    assert api.get(f"/files/{file_id}")["generation"] == 2


def test_the_delete_dialog_leaves_the_page_in_sight_and_keeps_the_focus(
    page: Page, api: Api
) -> None:
    file_id = api.processed("kept.csv", b"sensor_id,timestamp,value\nkept,2026-01-01,1\n")
    page.goto(f"/files/{file_id}")
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete kept.csv?")
    expect(dialog).to_have_attribute("aria-modal", "true")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    # Nothing that covers the window hides what is below it.
    covers = page.evaluate(
        """() => document.elementsFromPoint(5, 400)
          .filter(element => !document.getElementById('root').contains(element)
            && element !== document.body && element !== document.documentElement)
          .map(element => getComputedStyle(element).backgroundColor)"""
    )
    assert covers
    assert all(re.search(r"rgba\(.*, 0(\.\d+)?\)", cover) for cover in covers), covers
    for _ in range(8):
        page.keyboard.press("Tab")
        assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Delete…")).to_be_focused()
    assert api.get(f"/files/{file_id}")["status"] == "processed"


def test_sensors_with_the_fewest_rows_are_shown_too(page: Page, api: Api) -> None:
    rows = [f"s{n:02},2026-01-01T00:00:{k:02},1" for n in range(30) for k in range(n + 1)]
    body = "sensor_id,timestamp,value\n" + "\n".join(rows) + "\n"
    page.goto(f"/files/{api.processed('uneven.csv', body.encode())}")
    largest = page.get_by_role("list", name="Sensors with most rows").get_by_role("listitem")
    smallest = page.get_by_role("list", name="Sensors with fewest rows").get_by_role("listitem")
    expect(largest.first).to_contain_text("s29")
    expect(smallest).to_have_count(4)
    expect(smallest.last).to_contain_text("s00")


def test_counts_are_exact_and_fit_their_place_on_a_phone(
    visiting: Callable[..., Visit], api: Api
) -> None:
    file_id = api.processed("exact.csv", b"sensor_id,timestamp,value\ne,2026-01-01,1\n")
    document = api.get(f"/files/{file_id}")
    many = {"row_count": 2_345_678_901, "min_value": -12345.678901, "max_value": 1e7}
    document |= {"aggregations": document["aggregations"] | many, "invalid_count": 1_234_567}
    visit = visiting(size=PHONE)
    visit.page.route(f"**/api/v1/files/{file_id}", lambda route: route.fulfill(json=document))
    visit.page.goto(f"/files/{file_id}")
    expect(visit.page.get_by_text("2,345,678,901", exact=True)).to_be_visible()
    expect(visit.page.locator("dd").get_by_text("1,234,567", exact=True)).to_be_visible()
    cut = visit.page.evaluate(
        "[...document.querySelectorAll('dl:first-of-type dd')]"
        ".filter(dd => dd.scrollWidth > dd.clientWidth).map(dd => dd.innerText)"
    )
    assert cut == []


@pytest.mark.slow
def test_each_kind_of_fault_has_an_example_and_a_fix_that_is_shown_before_it_is_used(
    page: Page, api: Api
) -> None:
    file_id = api.processed(
        "to-fix.csv",
        b"sensor_id,timestamp,value\nf,2026-01-01,1\nf,2026-01-02,n/a\nf,2026-01-03,n/a\nf\n",
    )
    page.goto(f"/files/{file_id}")
    examples = page.get_by_role("list", name="First example of each error").get_by_role("listitem")
    expect(examples).to_have_count(2)
    expect(examples.first).to_contain_text("row 2")
    expect(examples.first.locator("mark")).to_have_text("n/a")
    expect(examples.last.get_by_role("button")).to_have_text("Fill missing fields…")
    examples.first.get_by_role("button", name="Read “n/a” as no reading…").click()
    dialog = page.get_by_role("dialog", name="Reprocess to-fix.csv")
    expect(dialog.get_by_text("1 invalid row (missing fields 1)")).to_be_visible()
    dialog.get_by_role("button", name="Reprocess", exact=True).click()
    expect(page.get_by_text("run 2", exact=True)).to_be_visible()
    document = api.get(f"/files/{file_id}")
    assert (document["invalid_count"], document["missing_count"]) == (1, 2)


def test_the_readings_of_a_file_are_downloaded_as_csv_and_parquet(page: Page, dirty: str) -> None:
    page.goto(f"/files/{dirty}")
    with page.expect_download() as text:
        page.get_by_role("button", name="Readings as CSV").click()
    assert text.value.suggested_filename == "readings of dirty.csv"
    lines = text.value.path().read_text().splitlines()
    assert lines[0] == "sensor_id,timestamp,value"
    assert len(lines) == 7
    with page.expect_download() as packed:
        page.get_by_role("button", name="as Parquet").click()
    assert packed.value.suggested_filename == "readings of dirty.parquet"
    assert pq.read_table(packed.value.path()).num_rows == 6


@pytest.mark.slow
def test_a_file_is_deleted_after_a_question(page: Page, api: Api) -> None:
    file_id = api.processed("to-delete.csv", b"sensor_id,timestamp,value\ngone,2026-01-01,1\n")
    page.goto(f"/files/{file_id}")
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Delete…").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Files")
    assert api.client.get(f"/api/v1/files/{file_id}").status_code == 404
    assert api.get("/sensors", sensor_id="gone")["items"] == []

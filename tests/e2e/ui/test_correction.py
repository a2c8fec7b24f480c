"""Invalid rows are corrected in place and by a rule; files are selected and processed again."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import DESK, PHONE, Visit

# Other runs against the same service have files of their own.
RUN = uuid4().hex[:6]
HEADER = "sensor_id,timestamp,value\n"
ROWS = [
    "c1,2026-03-01T00:00:00Z,5",
    "c1,01.04.2026 10:00,6",
    "c2,01.04.2026 10:05,7",
    "c2,2026-03-01T00:02:00Z,off",
    "c2,yesterday,8",
]


def correctable(api: Api, name: str) -> str:
    return api.processed(name, (HEADER + "\n".join([*ROWS, f"{name},2026-03-02,1"])).encode())


@pytest.mark.slow
def test_unsent_edits_survive_another_tab_and_a_reload_and_can_be_undone(
    page: Page, api: Api
) -> None:
    file_id = correctable(api, f"kept-edits-{RUN}.csv")
    page.goto(f"/files/{file_id}?tab=invalid")
    row = page.get_by_role("group", name="Cells of row 4")
    row.get_by_label("value").fill("0")
    page.get_by_role("group", name="Cells of row 5").get_by_label("timestamp").fill("2026-03-02")
    expect(page.get_by_text("2 rows to resubmit")).to_be_visible()

    page.get_by_role("tab", name="Overview").click()
    page.get_by_role("tab", name="Invalid rows").click()
    expect(row.get_by_label("value")).to_have_value("0")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("1 row to resubmit")).to_be_visible()

    page.reload()
    expect(row.get_by_label("value")).to_have_value("0")
    expect(row.get_by_text("was off")).to_be_visible()
    expect(page.get_by_text("1 row to resubmit")).to_be_visible()


def test_rows_are_filtered_by_text_and_enter_goes_on_in_the_next_row(page: Page, api: Api) -> None:
    file_id = correctable(api, f"filtered-{RUN}.csv")
    page.goto(f"/files/{file_id}?tab=invalid")
    page.get_by_label("Search in the text of rows").fill("01.04.2026")
    expect(page.get_by_role("group", name="Cells of row 4")).to_have_count(0)
    first = page.get_by_role("group", name="Cells of row 2").get_by_label("timestamp")
    first.focus()
    page.keyboard.press("Enter")
    second = page.get_by_role("group", name="Cells of row 3").get_by_label("timestamp")
    expect(second).to_be_focused()
    page.get_by_label("Search in the text of rows").fill("nothing like it")
    expect(page.get_by_text("No row fits.")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_many_rows_are_changed_with_a_preview_and_marked(
    visiting: Callable[..., Visit], api: Api, size: tuple[int, int]
) -> None:
    visit = visiting(size=size)
    page = visit.page
    file_id = correctable(api, f"changed-{RUN}-{size[0]}.csv")
    page.goto(f"/files/{file_id}?tab=invalid&code=timestamp_format")
    page.get_by_role("button", name="Change many…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Format (strptime)").fill("%d.%m.%Y")
    expect(dialog.get_by_role("alert")).to_contain_text("a time of day")
    # No one has to know how formats are written.
    dialog.get_by_role("button", name="%d.%m.%Y %H:%M", exact=True).click()
    expect(dialog.get_by_label("Format (strptime)")).to_have_value("%d.%m.%Y %H:%M")
    expect(dialog.get_by_role("status")).to_contain_text(
        "2 of 3 invalid rows in 1 file would be corrected; 1 that the change does not fit."
    )
    expect(dialog.get_by_role("insertion").first).to_have_text("2026-04-01T10:00:00")
    assert visit.axe() == []
    assert visit.overflow() <= 0
    dialog.get_by_role("button", name="Correct 2 rows").click()
    expect(dialog.get_by_role("status")).to_contain_text("2 rows of 1 file are resubmitted")
    dialog.get_by_role("button", name="Close").last.click()

    expect(page.get_by_role("note").last).to_contain_text("2 of 4 invalid rows were corrected")
    expect(page.get_by_text("Corrected in another file")).to_have_count(2)
    page.get_by_role("button", name="not corrected").click()
    expect(page.get_by_role("group", name="Cells of row 5")).to_be_visible()
    expect(page.get_by_text("Corrected in another file")).to_have_count(0)
    assert visit.axe() == []
    page.emulate_media(color_scheme="dark")
    assert visit.axe(only_colours=True) == []
    assert visit.overflow() <= 0


@pytest.mark.slow
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_selected_files_are_processed_again(
    visiting: Callable[..., Visit], api: Api, size: tuple[int, int]
) -> None:
    visit = visiting(size=size)
    page = visit.page
    names = [f"again-{RUN}-{size[0]}-{number}.csv" for number in range(2)]
    ids = [correctable(api, name) for name in names]
    page.goto(f"/?q=again-{RUN}-{size[0]}")
    for name in names:
        page.get_by_label(f"Select {name}").check()
    expect(page.get_by_text("2 files selected")).to_be_visible()
    assert visit.axe() == []
    assert visit.overflow() <= 0
    page.get_by_role("button", name="Reprocess…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Reprocess 2 files")
    dialog.get_by_text("More options").click()
    dialog.get_by_label("Value map").fill("off=0")
    assert visit.axe() == []
    dialog.get_by_role("button", name="Reprocess", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("2 files processed again.")
    for file_id in ids:
        while api.get(f"/files/{file_id}")["generation"] != 2:
            page.wait_for_timeout(50)
        assert api.get(f"/files/{file_id}")["codes"] == {"timestamp_format": 3}


@pytest.mark.slow
def test_a_filter_of_files_is_processed_again(page: Page, api: Api) -> None:
    correctable(api, f"all-{RUN}.csv")
    page.goto(f"/?q=all-{RUN}")
    page.get_by_role("button", name="Reprocess all of these…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text(f"all-{RUN}.csv")
    dialog.get_by_role("button", name="Reprocess", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("1 file processed again.")

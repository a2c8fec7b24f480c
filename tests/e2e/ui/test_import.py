"""A file is shown before it is sent: its columns, its first records and readings, and what can be changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import DESK, PHONE, Visit

_GERMAN = "Messstelle;Datum;Wert\nhalle-1;24.02.2026 10:00;1,5\nhalle-1;25.02.2026 10:00;2,5\n"
_DOUBTFUL = "sensor_id,timestamp,value\nd1,03/04/2026 10:00,1.5\nd1,04/04/2026 10:00,2.5\n"


@pytest.fixture
def page(visiting: Callable[..., Visit]) -> Page:
    """A visitor with the settings as they come."""
    return visiting(shows_first=True).page


def _choose(page: Page, *files: Path) -> Locator:
    page.goto("/")
    page.get_by_test_id("choose-files").first.set_input_files(list(files))
    return page.get_by_role("dialog")


def _written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _uploads(page: Page) -> Locator:
    return page.get_by_role("region", name="Uploads").get_by_role("listitem")


@pytest.mark.slow
def test_a_file_is_shown_with_its_roles_records_and_readings_before_it_is_sent(
    page: Page, tmp_path: Path, api: Api
) -> None:
    before = api.get("/files", q="shown-first")["items"]
    dialog = _choose(page, _written(tmp_path, "shown-first.csv", _GERMAN))
    expect(dialog.get_by_role("heading", name="Send shown-first.csv")).to_be_visible()
    expect(dialog.get_by_label("Role of Messstelle")).to_have_value("sensor")
    expect(dialog.get_by_label("Role of Datum")).to_have_value("timestamp")
    expect(dialog.get_by_label("Role of Wert")).to_have_value("value")
    records = dialog.get_by_role("region", name="First records").locator("tbody tr")
    expect(records).to_have_count(2)
    expect(records.first).to_contain_text("24.02.2026 10:00")
    readings = dialog.get_by_role("region", name="First readings").locator("tbody tr")
    expect(readings.first).to_contain_text("2026-02-24 10:00:00")
    expect(readings.first).to_contain_text("1.5")
    assert api.get("/files", q="shown-first")["items"] == before
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(_uploads(page)).to_contain_text("2 valid, took")


@pytest.mark.slow
def test_a_role_a_zone_and_a_marker_are_changed_with_effect_on_the_readings(
    page: Page, tmp_path: Path, api: Api
) -> None:
    text = "place,taken_at,number,other\nA,2026-01-01 10:00,1,70\nB,2026-01-01 11:00,-9,71\n"
    dialog = _choose(page, _written(tmp_path, "changed.csv", text))
    readings = dialog.get_by_role("region", name="First readings").locator("tbody tr")
    for column, role in (
        ("place", "sensor"),
        ("taken_at", "timestamp"),
        ("number", "value"),
        ("other", ""),
    ):
        dialog.get_by_label(f"Role of {column}").select_option(role)
    expect(readings.first).to_contain_text("2026-01-01 10:00:00")
    expect(readings).to_have_count(2)
    dialog.get_by_label("Time zone").fill("+02:00")
    expect(readings.first).to_contain_text("2026-01-01 08:00:00")
    dialog.get_by_label("Missing").fill("-9")
    expect(readings).to_have_count(1)
    dialog.get_by_label("Role of number").select_option("")
    dialog.get_by_label("Role of other").select_option("value")
    expect(readings.first).to_contain_text("70")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(_uploads(page)).to_contain_text("2 valid, took")
    sensors = api.get("/files", q="changed.csv")["items"][0]["file_id"]
    found = api.get(f"/files/{sensors}/sensors")["items"]
    assert {s["sensor_id"]: s["last_value"] for s in found} == {"A": 70.0, "B": 71.0}


@pytest.mark.slow
def test_a_file_in_doubt_opens_with_its_suggestions_even_if_files_are_not_shown(
    visiting: Callable[..., Visit], tmp_path: Path
) -> None:
    page = visiting(shows_first=False).page
    clear = _written(tmp_path, "clear.csv", "sensor_id,timestamp,value\nc,2026-01-01,1\n")
    header = _DOUBTFUL.replace("timestamp", "Timestamp")
    doubtful = [_written(tmp_path, f"doubtful-{n}.csv", header) for n in (1, 2)]
    dialog = _choose(page, doubtful[0], clear, doubtful[1])
    expect(_uploads(page)).to_have_count(1)
    expect(_uploads(page)).to_contain_text("clear.csv")
    suggestions = dialog.get_by_role("list", name="Suggestions").get_by_role("listitem")
    expect(suggestions).to_have_count(2)
    suggestions.filter(has_text="day").first.get_by_role("button").click()
    readings = dialog.get_by_role("region", name="First readings").locator("tbody tr")
    expect(readings).to_have_count(2)
    dialog.get_by_role("button", name="Send 2 files").click()
    expect(_uploads(page)).to_have_count(3)
    expect(_uploads(page).filter(has_text="2 valid, took")).to_have_count(2)


@pytest.mark.slow
def test_only_the_head_of_a_large_file_is_sent_for_its_preview(page: Page, tmp_path: Path) -> None:
    rows = "".join(f"h{n % 7},2026-01-01T00:00:00Z,{n}\n" for n in range(400_000))
    large = _written(tmp_path, "large.csv", f"sensor_id,timestamp,value\n{rows}")
    sent: list[int] = []

    def asked(request: Request) -> None:
        if "/api/v1/validate" in request.url:
            sent.append(int(request.all_headers()["content-length"]))

    page.on("requestfinished", asked)
    dialog = _choose(page, large)
    expect(dialog.get_by_role("region", name="First readings")).to_be_visible()
    assert sent
    assert max(sent) <= 256 << 10
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("region", name="Uploads")).to_have_count(0)


@pytest.mark.slow
def test_the_dialog_is_used_by_keyboard_and_is_clean_on_every_screen(
    visiting: Callable[..., Visit], tmp_path: Path
) -> None:
    path = _written(tmp_path, "by-keyboard.csv", _DOUBTFUL.replace("sensor_id", "Sensor"))
    for size in (DESK, PHONE):
        visit = visiting(shows_first=True, size=size)
        dialog = _choose(visit.page, path)
        expect(dialog.get_by_role("list", name="Suggestions")).to_be_visible()
        assert visit.axe() == []
        visit.page.emulate_media(color_scheme="dark")
        assert visit.axe(only_colours=True) == []
        assert visit.overflow() <= 0
        expect(dialog.get_by_role("button", name="Send", exact=True)).to_be_focused()
        visit.page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


@pytest.mark.slow
def test_what_is_chosen_for_uploads_is_kept(page: Page, tmp_path: Path) -> None:
    dialog = _choose(page, _written(tmp_path, "kept-choice.csv", _GERMAN))
    dialog.get_by_label("Show before upload").uncheck()
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(_uploads(page)).to_have_count(1)
    page.get_by_test_id("choose-files").first.set_input_files(
        _written(tmp_path, "kept-choice-2.csv", _GERMAN)
    )
    expect(_uploads(page)).to_have_count(2)


@pytest.mark.slow
def test_how_a_file_is_read_is_saved_as_a_profile_that_reads_the_next_one(
    page: Page, tmp_path: Path, api: Api
) -> None:
    head = "Messstelle;Datum;Wert des Partners\n"
    first = _written(tmp_path, "partner-2026-03-01.csv", head + "p1;03/04/2026 10:00;1,5\n")
    dialog = _choose(page, first)
    dialog.get_by_label("Timestamp format").fill("%d/%m/%Y %H:%M")
    dialog.get_by_role("button", name="Save as profile…").click()
    saving = page.get_by_role("dialog", name="Save how partner-2026-03-01.csv is read")
    expect(saving.get_by_label("File names")).to_have_value("partner-*.csv")
    expect(saving.get_by_label("Names in the header")).to_have_value(
        "Messstelle\nDatum\nWert des Partners"
    )
    saving.get_by_label("Name", exact=True).fill("partner-of-a-test")
    saving.get_by_role("button", name="Save", exact=True).click()
    expect(saving).to_be_hidden()
    expect(dialog.get_by_text("Saved as the profile partner-of-a-test")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    try:
        second = _written(tmp_path, "partner-2026-03-02.csv", head + "p1;05/04/2026 10:00;2,5\n")
        dialog = _choose(page, second)
        readings = dialog.get_by_role("region", name="First readings").locator("tbody tr")
        expect(readings.first).to_contain_text("2026-04-05 10:00:00")
    finally:
        api.client.delete("/api/v1/profiles/partner-of-a-test").raise_for_status()

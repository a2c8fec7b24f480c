"""Sensors: of a file, however many; over all files; and one of them over time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.api import Api

_SENSORS = 100_000
_FRAMES = 120


def file_of_sensors(api: Api, count: int) -> str:
    """A file of one row for each of `count` sensors; its id."""
    rows = "".join(f"w-{n:05},2026-01-01T00:00:00Z,{n % 977}\n" for n in range(count))
    return api.processed(f"sensors-{count}.csv", b"sensor_id,timestamp,value\n" + rows.encode())


@pytest.fixture(scope="module")
def wide(api: Api) -> str:
    """A file with 100,000 sensors."""
    return file_of_sensors(api, _SENSORS)


def ms_per_frame(page: Page, file_id: str, sensors: int) -> float:
    """CPU time of the page, in milliseconds, for a frame in which its table of sensors scrolls by
    300 pixels: up and down within the first 600 rows, so that tables of any length do the same."""
    page.goto(f"/files/{file_id}?tab=sensors")
    table = page.get_by_role("table")
    expect(table).to_have_attribute("aria-rowcount", str(sensors + 1))
    expect(page.get_by_role("link", name="w-00000")).to_be_visible()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

    before = busy()
    page.evaluate(
        """async frames => {
          const scroller = document.querySelector('[data-testid=virtual-scroller]');
          for (let k = 0; k < frames; k++) {
            scroller.scrollTop += k % 80 < 40 ? 300 : -300;
            await new Promise(requestAnimationFrame);
          }
        }""",
        _FRAMES,
    )
    return (busy() - before) / _FRAMES * 1000


@pytest.mark.slow
def test_100_000_sensors_scroll_like_1_000(page: Page, api: Api, wide: str) -> None:
    few = ms_per_frame(page, file_of_sensors(api, 1_000), 1_000)
    many = ms_per_frame(page, wide, _SENSORS)
    # A ratio, because the figures themselves depend on the machine.
    assert many < 2 * few + 1, f"a frame took {many:.1f} ms, with 1,000 sensors {few:.1f} ms"
    table = page.get_by_role("table")
    assert table.locator("tbody tr").count() < 80
    page.evaluate(
        "document.querySelector('[data-testid=virtual-scroller]').scrollTop = 1e9",
    )
    expect(page.get_by_role("link", name="w-99999")).to_be_visible(timeout=180_000)


@pytest.mark.slow
def test_sensors_of_a_file_are_searched_and_sorted(page: Page, wide: str) -> None:
    page.goto(f"/files/{wide}?tab=sensors")
    page.get_by_label("Search sensors").fill("w-0012")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(10)
    page.get_by_role("button", name="Max").click()
    expect(rows.first).to_contain_text("w-00129")
    page.get_by_label("Search sensors").fill("nothing like it")
    expect(page.get_by_role("heading", name="No sensor fits")).to_be_visible()


@pytest.fixture(scope="module")
def daily(api: Api) -> str:
    """A sensor with slashes in its name and rows in three files."""
    for day in (1, 2, 3):
        body = f"sensor_id,timestamp,value\nhall/a b/'x',2026-02-0{day},{day}\n"
        api.processed(f"hall-{day}.csv", body.encode())
    return "hall/a b/'x'"


def test_one_sensor_over_all_files(page: Page, api: Api, daily: str) -> None:
    page.goto("/sensors")
    page.get_by_label("Search sensors").fill("hall/")
    page.get_by_role("link", name=daily).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(daily)
    expect(page.locator("dl")).to_contain_text("in 3 files")
    assert api.get("/sensors", sensor_id=daily)["items"][0]["row_count"] == 3
    expect(page.get_by_role("img", name="in each of 3 files")).to_be_visible()
    expect(page.locator("canvas").last).to_be_visible()
    files = page.get_by_role("region", name="Files with rows of").locator("tbody tr")
    expect(files).to_have_count(3)
    expect(files.first).to_contain_text("hall-3.csv")
    expect(page.locator("pre")).to_contain_text(r"WHERE sensor_id = 'hall/a b/\'x\''")


def test_an_unknown_sensor_has_an_empty_state(page: Page) -> None:
    page.goto("/sensor?id=unknown")
    expect(page.get_by_role("heading", name="No file has rows of this sensor")).to_be_visible()


def _old_and_new(api: Api, source: str) -> list[str]:
    """Ids of sensors with their last reading years ago, two days ago and just now."""
    now = datetime.now(UTC)
    ids = []
    for name, ago in (("old", 900), ("late", 2), ("new", 0)):
        for n in range(2):
            at = now - timedelta(days=ago, minutes=n)
            row = f"{source}/{name},{at:%Y-%m-%dT%H:%M:%SZ},{n}\n"
            api.processed(f"{source}-{name}-{n}.csv", b"sensor_id,timestamp,value\n" + row.encode())
        ids.append(f"{source}/{name}")
    return ids


@pytest.mark.slow
def test_silent_sensors_are_first_and_found_by_their_silence(page: Page, api: Api) -> None:
    old, late, new = _old_and_new(api, "silence")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("/api/v1/")[2]))
    page.goto("/sensors?q=silence%2F")
    rows = page.get_by_role("region", name="Sensors", exact=True).locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text(old)
    expect(rows.nth(0)).to_contain_text("2 y")
    expect(rows.nth(1)).to_contain_text("2 d")
    expect(page.get_by_role("status").filter(has_text="3 sensors")).to_be_visible()
    # The small lines of all of them are one call.
    expect(rows.locator("polyline")).to_have_count(3)
    assert asked.count("sparklines") == 1
    assert not any("readings" in url or "sensor-results" in url for url in asked)
    silence = page.get_by_role("group", name="Silence")
    silence.get_by_role("button", name="for a week").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(old)
    # It is in the address.
    page.reload()
    expect(rows).to_have_count(1)
    silence.get_by_role("button", name="for a day").click()
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text(late)
    silence.get_by_role("button", name="heard in the last day").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(new)
    # Two files: a line from one mean to the other.
    expect(rows.locator("polyline")).to_have_count(1)


@pytest.mark.slow
def test_chosen_sensors_are_compared(page: Page, api: Api) -> None:
    old, late, _ = _old_and_new(api, "chosen")
    page.goto("/sensors?q=chosen%2F")
    for sensor in (old, late):
        page.get_by_label(f"Choose {sensor}").check()
    chosen = page.get_by_role("group", name="Chosen sensors")
    expect(chosen).to_contain_text("2 sensors chosen")
    chosen.get_by_role("link", name="Compare").click()
    for sensor in (old, late):
        expect(page.get_by_role("img", name=f"value of {sensor} over time")).to_be_visible()


@pytest.mark.slow
def test_sources_show_when_they_were_last_heard_of(page: Page, api: Api) -> None:
    _old_and_new(api, "gateway-7")
    found = api.get("/sources", sort="source", limit=1000)["items"]
    (source,) = (item for item in found if item["source"] == "gateway-7")
    assert (source["sensors"], source["row_count"]) == (3, 6)
    page.goto("/sensors")
    page.get_by_role("button", name="Sources").click()
    row = page.get_by_role("row").filter(has_text="gateway-7")
    expect(row).to_contain_text(re.compile(r"now|\d min"))
    page.keyboard.press("/")
    page.keyboard.type("way-7")
    rows = page.get_by_role("region", name="Sources", exact=True).locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("q=way-7"))
    page.get_by_role("button", name="for a week").click()
    expect(page.get_by_role("heading", name="No source fits")).to_be_visible()
    page.get_by_role("button", name="heard in the last day").click()
    expect(rows).to_have_count(1)
    page.reload()
    expect(rows).to_have_count(1)
    row.get_by_role("link").click()
    expect(page.get_by_role("link", name="gateway-7/old")).to_be_visible()
    expect(page.get_by_label("Search sensors")).to_have_value("gateway-7/")


@pytest.mark.slow
def test_ctrl_k_finds_sensors_and_slash_leads_to_the_search(page: Page, api: Api) -> None:
    _old_and_new(api, "findable")
    page.goto("/sensors")
    expect(page.get_by_label("Search sensors")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Search sensors")).to_be_focused()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find pages, sensors and files")
    expect(field).to_be_focused()
    field.fill("findable/la")
    option = page.get_by_role("option").filter(has_text="findable/late")
    expect(option.first).to_be_visible()
    expect(page.get_by_role("option", selected=True)).to_contain_text("findable/late")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("findable/late")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.slow
def test_readings_of_a_sensor_and_range_are_downloaded(page: Page, api: Api) -> None:
    rows = "".join(f"export/one,2026-03-01T00:00:0{n}Z,{n}\n" for n in range(6))
    api.processed("export.csv", f"sensor_id,timestamp,value\n{rows}".encode())
    at = "2026-03-01T00:00:0"
    page.goto(f"/sensor?id=export%2Fone&from={at}1.000Z&to={at}4.000Z")
    export = page.get_by_role("group", name="Export")
    expect(export).to_contain_text("Readings shown")
    with page.expect_download() as shown:
        export.get_by_role("button", name="CSV").click()
    assert shown.value.suggested_filename == "readings of export_one.csv"
    assert [line.split(",")[2] for line in shown.value.path().read_text().splitlines()] == [
        *("value", "1", "2", "3"),
    ]
    page.goto("/sensor?id=export%2Fone")
    expect(export).to_contain_text("All readings")
    with page.expect_download() as all_:
        export.get_by_role("button", name="Arrow").click()
    with pa.ipc.open_stream(all_.value.path()) as stream:
        assert stream.read_all().num_rows == 6

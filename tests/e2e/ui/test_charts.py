"""Charts over time, looked at as they are drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import Visit

# The longest run of columns of a canvas, between the first and the last with something of the colour
# of lines and bands (which is a green), that have none of it; as a part of the width between them.
_LONGEST_GAP = """canvas => {
  const {width, height} = canvas;
  const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
  const drawn = [];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const at = 4 * (y * width + x);
      if (data[at + 3] > 20 && data[at + 1] > data[at] + 25) { drawn.push(x); break; }
    }
  }
  const steps = drawn.slice(1).map((x, k) => x - drawn[k]);
  return drawn.length < 20 ? -1 : Math.max(...steps) / (drawn.at(-1) - drawn[0]);
}"""


def _hourly(name: str, days: list[int]) -> bytes:
    rows = ["sensor_id,timestamp,value"]
    for day in days:
        for hour in range(24):
            at = datetime(2026, 9, 1) + timedelta(days=day, hours=hour)
            rows += [
                f"{name}-a,{at:%Y-%m-%dT%H:%M},{hour}",
                f"{name}-b,{at:%Y-%m-%dT%H:%M},-{hour}",
            ]
    return ("\n".join(rows) + "\n").encode()


def _gap(chart: Locator) -> float:
    expect(chart.locator("canvas")).to_be_visible()
    part: float = chart.locator("canvas").evaluate(_LONGEST_GAP)
    return part


def test_a_day_without_readings_is_a_gap_in_the_chart_of_a_file(page: Page, api: Api) -> None:
    whole = api.processed("no-gap.csv", _hourly("n", [0, 1, 2, 3, 4]))
    page.goto(f"/files/{whole}")
    chart = page.get_by_role("img", name="Smallest, mean and largest value of n-a")
    assert 0 < _gap(chart) < 0.03
    expect(page.get_by_text("gap without readings")).to_have_count(0)
    broken = api.processed("gap.csv", _hourly("g", [0, 1, 3, 4]))
    page.goto(f"/files/{broken}")
    chart = page.get_by_role("img", name="Smallest, mean and largest value of g-a")
    # One of five days, and the hour before it.
    assert 0.15 < _gap(chart) < 0.25
    expect(page.get_by_text("1 gap without readings").first).to_be_visible()


@pytest.mark.slow
def test_days_without_a_file_are_a_gap_in_the_chart_of_a_sensor(page: Page, api: Api) -> None:
    for day in [*range(20), *range(30, 50)]:
        body = f"sensor_id,timestamp,value\nfiles-gap,2026-01-01,{day}\n"
        at = datetime(2026, 1, 1) + timedelta(days=day)
        api.upload(f"files-gap-{day:02}.csv", body.replace("2026-01-01", f"{at:%F}").encode())
    last = api.get("/files", q="files-gap", limit=50)["items"]
    for file in last:
        api.wait(file["file_id"])
    page.goto("/sensor?id=files-gap")
    chart = page.get_by_role("img", name="in each of 40 files")
    assert 0.15 < _gap(chart) < 0.3


def _two_sensors(api: Api, name: str) -> tuple[str, str]:
    """Ids of a temperature and a pressure, a reading a minute each for five days."""
    rows = ["sensor_id,timestamp,value"]
    for minute in range(5 * 24 * 60):
        at = datetime(2026, 9, 1) + timedelta(minutes=minute)
        rows += [
            f"{name}/temperature,{at:%Y-%m-%dT%H:%M},{20 + minute % 7}",
            f"{name}/pressure,{at:%Y-%m-%dT%H:%M},{101_300 + minute % 90}",
        ]
    api.processed(f"{name}.csv", ("\n".join(rows) + "\n").encode())
    return f"{name}/temperature", f"{name}/pressure"


def _panel(page: Page, sensor: str) -> Locator:
    return page.get_by_role("img", name=f"Smallest, mean and largest value of {sensor} over time")


def test_dragging_over_a_chart_asks_for_finer_intervals(page: Page, api: Api) -> None:
    sensor, _ = _two_sensors(api, "zoomed")
    page.goto(f"/sensor?id={sensor}")
    panel = _panel(page, sensor)
    expect(panel.locator("canvas")).to_be_visible()
    expect(page.get_by_text("of every 30 min")).to_be_visible()
    box = panel.locator(".u-over").bounding_box()
    assert box is not None
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60, steps=5)
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"of every (\d+ s|[1-4] min)"))).to_be_visible()
    # The whole range may be asked for again meanwhile.
    readings = [answer.json() for answer in answers if "/readings?" in answer.url]
    assert min(found["interval_seconds"] for found in readings) < 300
    assert {"from", "to"} <= parse_qs(urlsplit(page.url).query).keys()
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.get_by_text("of every 30 min")).to_be_visible()
    # The same by keyboard.
    page.get_by_role("button", name="24 h").press("Enter")
    expect(page.get_by_text(re.compile("1,44[01] readings"))).to_be_visible()
    page.get_by_role("button", name="Zoom in").press("Enter")
    expect(page.get_by_text(re.compile("72[01] readings"))).to_be_visible()


def test_sensors_are_compared_on_scales_of_their_own_or_on_one(page: Page, api: Api) -> None:
    temperature, pressure = _two_sensors(api, "compared")
    page.goto(f"/sensor?id={temperature}")
    field = page.get_by_label("Compare with")
    field.fill("compared/pre")
    expect(page.locator("#sensors-to-compare option")).to_have_count(1)
    field.press("Enter")
    for sensor in (temperature, pressure):
        expect(_panel(page, sensor).locator("canvas")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["with"] == [pressure]
    page.get_by_role("button", name="One scale").click()
    one = page.get_by_role("img", name="Means of 2 sensors over time on one scale")
    expect(one.locator("canvas")).to_be_visible()
    # A link shows the same.
    page.reload()
    expect(one.locator("canvas")).to_be_visible()
    page.get_by_role("button", name="Scales apart").click()
    page.get_by_role("button", name=f"Remove {pressure}").click()
    expect(_panel(page, pressure)).to_have_count(0)


def test_times_are_those_of_utc_or_of_the_visitor(visiting: Callable[..., Visit], api: Api) -> None:
    sensor, _ = _two_sensors(api, "zoned")
    page = visiting(zone="Asia/Tokyo").page
    page.goto(f"/sensor?id={sensor}")
    expect(page.get_by_label("From (UTC)")).to_have_value("2026-09-01T00:00")
    page.get_by_role("button", name="Asia/Tokyo").click()
    begin = page.get_by_label("From (Asia/Tokyo)")
    expect(begin).to_have_value("2026-09-01T09:00")
    begin.fill("2026-09-02T09:00:00")
    begin.press("Enter")
    expect(page).to_have_url(re.compile(r"from=2026-09-02T00%3A00%3A00"))


def test_what_a_chart_shows_is_downloaded(page: Page, api: Api, tmp_path: Path) -> None:
    sensor, other = _two_sensors(api, "saved")
    page.goto(f"/sensor?id={sensor}&with={other}&from=2026-09-02T00:00:00Z&to=2026-09-02T00:10:00Z")
    expect(_panel(page, other).locator("canvas")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Chart as CSV").click()
    path = tmp_path / "readings.csv"
    download.value.save_as(path)
    lines = path.read_text().splitlines()
    assert lines[0] == "sensor_id,timestamp,row_count,min_value,mean_value,max_value"
    assert len(lines) == 1 + 2 * 10
    assert lines[1].startswith(f"{sensor},2026-09-02T00:00:00.000000Z,1,")


def test_sensors_of_a_file_are_drawn_apart(page: Page, api: Api) -> None:
    temperature, pressure = _two_sensors(api, "apart")
    (file,) = api.get("/files", q="apart.csv")["items"]
    page.goto(f"/files/{file['file_id']}")
    for sensor in (temperature, pressure):
        expect(_panel(page, sensor).locator("canvas")).to_be_visible()
    chosen = page.get_by_role("group", name="Sensors")
    chosen.get_by_role("button", name=pressure).click()
    expect(_panel(page, pressure)).to_have_count(0)

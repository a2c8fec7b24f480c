"""Charts over time, looked at as they are drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.e2e.ui.api import Api

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
    chart = page.get_by_role("img", name="Smallest, mean and largest value of no-gap.csv")
    assert 0 < _gap(chart) < 0.03
    expect(page.get_by_text("gap without readings")).to_have_count(0)
    broken = api.processed("gap.csv", _hourly("g", [0, 1, 3, 4]))
    page.goto(f"/files/{broken}")
    chart = page.get_by_role("img", name="Smallest, mean and largest value of gap.csv")
    # One of five days, and the hour before it.
    assert 0.15 < _gap(chart) < 0.25
    expect(page.get_by_text("1 gap without readings")).to_be_visible()


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

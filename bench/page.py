"""The first page in a real browser, on 10,000 files: until the list is there and can be used."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from bench.api import FILES
from bench.client import Api
from bench.data import sensor_file
from bench.filled import FilledFiles
from bench.report import Report, Times
from bench.stack import started
from tests.e2e.ui import browser as chromium

LIMIT_SECONDS = 1.0
_OPENED = 9
# The moment, in milliseconds from the start of the navigation, at which the first row of the list
# has been painted. React has then also bound what can be clicked and typed into.
_USABLE = """
new Promise(resolve => {
  const look = () => document.querySelector("table tbody a[href^='/files/']")
    ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
    : requestAnimationFrame(look);
  look();
})
"""


def run(report: Report) -> None:
    """Open the page with an empty cache and with a warm one."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-page-") as scratch,
        started(Path(scratch)) as stack,
    ):
        asyncio.run(FilledFiles(FILES).write_sealed(stack.stack.endpoints["CLICKHOUSE_URL"]))
        api = Api(stack.api_url)
        api.run(sensor_file(1_000, 50), "warm-up.csv")
        api.close()
        try:
            with chromium.started() as browser:
                _usable(browser, stack.api_url)
                opened = [_usable(browser, stack.api_url) for _ in range(_OPENED)]
        except chromium.NoBrowser as exc:
            report.say(f"page: not measured. {exc}")
            return
    new, again = (Times(tuple(seconds)) for seconds in zip(*opened, strict=True))
    rows, figures = [], {}
    for name, times in (("for the first time", new), ("again, from the browser's cache", again)):
        met = report.target(f"page: {name}: {times.median:.2f} s", times.median < LIMIT_SECONDS)
        slowest = max(times.seconds)
        rows.append([name, f"{times.minimum:.2f}", f"{times.median:.2f}", f"{slowest:.2f}", met])
        figures[name] = times.figures()
    report.table(
        f"The first page with {FILES:,} files in Chromium, until it can be used ({_OPENED} times)",
        ["", "min s", "median s", "max s", f"median below {LIMIT_SECONDS:.0f} s"],
        rows,
    )
    report.figures["page"] = figures


def _usable(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds until the list can be used, for a newcomer, and when they come back."""
    visit = chromium.Visit(browser, address)
    try:
        seconds = []
        for _ in range(2):
            visit.page.goto("/", wait_until="commit")
            seconds.append(visit.page.evaluate(_USABLE) / 1000)
            visit.page.goto("about:blank")
    finally:
        visit.close()
    return seconds[0], seconds[1]

"""The web UI in a real browser: how long until the first page, on 10,000 files, can be used, and until a
file of 1 GB is shown before it is sent.
"""

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
SHOWN_SECONDS = 0.3
CHANGED_SECONDS = 0.5
_OPENED = 9
_LARGE_BYTES = 1 << 30
_HEAD_ROWS = 20_000
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
# Resolves when a part that is loaded after the first page is there.
_LOADED = """
new Promise(resolve => {
  const look = () => performance.getEntriesByType("resource").some(part => /ImportDialog/.test(part.name))
    ? resolve() : requestAnimationFrame(look);
  look();
})
"""
# The time, in milliseconds, from the next event of a kind until the first reading has a text.
_UNTIL_READING = """
([kind, text]) => {
  window.shown = new Promise((resolve, reject) => document.addEventListener(kind, () => {
    const began = performance.now();
    setTimeout(() => reject(new Error(`no reading with ${text} in a minute`)), 60_000);
    const look = () => {
      const row = document.querySelector("[aria-label='First readings'] tbody tr");
      if (row?.textContent.includes(text)) resolve(performance.now() - began);
      else requestAnimationFrame(look);
    };
    look();
  }, { capture: true, once: true }));
}
"""


def run(report: Report) -> None:
    """Open the page with an empty cache and with a warm one; choose a large file, and change its zone."""
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
                large = _large_file(Path(scratch) / "large.csv")
                _imported(browser, stack.api_url, large)
                imported = [_imported(browser, stack.api_url, large) for _ in range(_OPENED)]
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
    _report_imports(report, imported)


def _report_imports(report: Report, imported: list[tuple[float, float]]) -> None:
    shown, changed = (Times(tuple(seconds)) for seconds in zip(*imported, strict=True))
    rows, figures = [], {}
    for name, times, limit in (
        ("chosen until its first readings are shown", shown, SHOWN_SECONDS),
        ("another zone until its readings are shown", changed, CHANGED_SECONDS),
    ):
        met = report.target(f"import: {name}: {times.median:.2f} s", times.median < limit)
        slowest = max(times.seconds)
        row = [f"{seconds:.2f}" for seconds in (times.minimum, times.median, slowest)]
        rows.append([name, *row, f"{limit} s", met])
        figures[name] = times.figures()
    report.table(
        f"A file of 1 GB in the import dialog ({_OPENED} times)",
        ["", "min s", "median s", "max s", "limit", "median below it"],
        rows,
    )
    report.figures["import"] = figures


def _large_file(path: Path) -> Path:
    """A file of 1 GB of which the head has rows; nothing else of it is read before it is sent."""
    rows = "".join(
        f"plant-{n % 7};24.02.2026 10:{n // 60 % 60:02}:{n % 60:02};{n % 97},5\n"
        for n in range(_HEAD_ROWS)
    )
    with path.open("w", encoding="ascii") as file:
        file.write(f"Messstelle;Datum;Wert\n{rows}")
        file.truncate(_LARGE_BYTES)
    return path


def _imported(browser: Browser, address: str, large: Path) -> tuple[float, float]:
    """Seconds from the choice of a file until its readings are shown, and from another zone until
    theirs are.
    """
    visit = chromium.Visit(browser, address, shows_first=True)
    try:
        page = visit.page
        page.goto("/")
        page.evaluate(_USABLE)
        page.evaluate(_LOADED)
        page.evaluate(_UNTIL_READING, ["change", "2026-02-24"])
        page.get_by_test_id("choose-files").first.set_input_files([large])
        shown = page.evaluate("window.shown")
        page.evaluate(_UNTIL_READING, ["input", "08:00:00"])
        page.get_by_role("dialog").get_by_label("Time zone").fill("+02:00")
        return shown / 1000, page.evaluate("window.shown") / 1000
    finally:
        visit.close()


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

"""Every page and state of a page that can be looked at, for tests of all and for screenshots."""

from __future__ import annotations

import io
import math
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from playwright.sync_api import FilePayload, Page, Route, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import ROOT

_SAMPLES = ROOT / "samples"


@dataclass(frozen=True, slots=True)
class Place:
    """A page at an address; `then` leads from there to the state that is meant.

    `steady`: it looks alike every time; others show how often and when something was tried.
    """

    name: str
    path: str
    heading: str
    then: Callable[[Page], None] | None = None
    steady: bool = True
    # What the API is made to answer, for states that take a fault or the time of a rule.
    answers: Callable[[Page], None] | None = None

    def open(self, page: Page) -> None:
        """Go there, and wait until it is there."""
        # What the page before asked for may be answered just then.
        page.unroute_all(behavior="ignoreErrors")
        if self.answers is not None:
            self.answers(page)
        page.goto(self.path)
        expect(page.get_by_role("heading", name=self.heading).first).to_be_visible()
        if self.then is not None:
            self.then(page)
        expect(
            page.locator("[aria-busy=true], [data-loading], .mantine-Skeleton-root")
        ).to_have_count(0)


def places(api: Api) -> list[Place]:
    """Files of the samples and of a plant, and all pages that show something of them."""
    dirty = api.processed("invalid-rows.csv", (_SAMPLES / "invalid-rows.csv").read_bytes())
    failed = api.processed("all-invalid.csv", (_SAMPLES / "all-invalid.csv").read_bytes())
    plant = [api.upload(f"plant-{day:%Y-%m-%d}.csv", body) for day, body in _plant(12)]
    for file_id in plant:
        api.wait(file_id)
    api.processed("door.csv", _DOOR)
    duplicate = api.duplicate("door-again.csv", _DOOR)
    doubtful = api.processed("in-doubt.csv", _DOUBTFUL)
    withheld = api.upload(
        "withheld.csv", (_SAMPLES / "invalid-rows.csv").read_bytes(), max_invalid="5%"
    )
    api.wait(withheld)
    long = api.processed(f"{_LONG_FILE}.csv", _long_names())
    container = api.processed("plant-week.zip", _container())
    return [
        Place("files", "/", "Files", _figures),
        Place("import", "/", "Files", _choose_doubtful),
        Place("file-duplicate", f"/files/{duplicate}", "door-again.csv", _noted),
        Place("file-overlap", f"/files/{api.overlapping(*_LOGS)}", "tuesday.csv", _noted),
        Place("file-withheld", f"/files/{withheld}", "withheld.csv", _noted),
        Place("file-removed", f"/files/{plant[0]}", "plant-", _noted, answers=_removed),
        Place("file-in-doubt", f"/files/{doubtful}", "in-doubt.csv", _suggested),
        Place("container", f"/files/{container}", "3 members"),
        Place("container-invalid", f"/files/{container}?tab=invalid", "1 invalid row"),
        Place("profiles", "/profiles", "Profiles", _built_in),
        Place("profile", "/profiles/campbell-toa5", "campbell-toa5"),
        Place("profile-unknown", "/profiles/none", "There is no such profile"),
        Place("files-found", "/?q=plant-2026", "Files", _counted),
        Place("no-file-fits", "/?q=no+such+name", "No file fits"),
        Place("file", f"/files/{plant[-1]}", "Rows per sensor"),
        Place("file-failed", f"/files/{failed}", "Errors"),
        Place("file-sensors", f"/files/{plant[-1]}?tab=sensors", "25 sensors"),
        Place("file-invalid", f"/files/{dirty}?tab=invalid", "13 invalid rows"),
        Place("file-sql", f"/files/{dirty}?tab=sql", "The same in SQL"),
        Place("file-delete", f"/files/{dirty}", "invalid-rows.csv", _ask_to_delete),
        Place("file-unknown", "/files/none", "There is no such file"),
        Place("sensors", "/sensors", "Sensors"),
        Place("sensors-chosen", "/sensors?q=plant-", "Sensors", _choose),
        Place("sources", "/sensors?by=source", "Sensors", _sources),
        Place("finder", "/status", "Status", _find),
        Place("sensor", "/sensor?id=plant-1%2Fline-2", "Over time", _chart),
        Place(
            "sensors-compared",
            "/sensor?id=plant-1%2Fline-2&with=plant-2%2Fline-1&with=plant-3%2Fline-3",
            "Over time",
            _charts,
        ),
        Place(
            "sensors-on-one-scale",
            "/sensor?id=plant-1%2Fline-2&with=plant-2%2Fline-1&scale=one",
            "Over time",
            _chart,
        ),
        Place("file-long-names", f"/files/{long}", _LONG_FILE),
        Place("file-sensors-long-names", f"/files/{long}?tab=sensors", "14 sensors"),
        Place("sensor-long-names", f"/sensor?id={quote(_LONG_SENSOR)}", _LONG_SENSOR, _chart),
        Place("status", "/status", "Status"),
        Place("status-waiting", "/status", "Retention", answers=_troubled),
        Place("webhooks", "/webhooks", "Webhooks"),
        Place("webhook", f"/webhooks/{api.webhook()}", _WEBHOOK, _messages, steady=False),
        Place(
            "webhook-change", f"/webhooks/{api.webhook()}", _WEBHOOK, _change_webhook, steady=False
        ),
        Place("webhook-unknown", "/webhooks/none", "There is no such webhook"),
        Place("sql", "/sql", "SQL", _views),
        Place("sql-rows", f"/sql?q={quote(_QUERY)}", "SQL", _run),
        Place("sql-chart", f"/sql?q={quote(_QUERY)}", "SQL", _run_as_chart),
        Place("sql-refused", f"/sql?q={quote('DROP VIEW files')}", "SQL", _run_refused),
        Place("sensor-unknown", "/sensor?id=none", "No file has rows of this sensor"),
        Place("nowhere", "/nowhere", "No such page"),
        # Last: a visitor finds the edits again on every page of the file.
        Place("file-correction", f"/files/{dirty}?tab=invalid", "13 invalid rows", _correct),
        Place("file-change-many", f"/files/{dirty}?tab=invalid", "13 invalid rows", _change_many),
    ]


_LONG_FILE = "north-plant-of-the-western-region_hall-2_line-17_temperatures-and-pressures_2026-10"
_LONG_SENSOR = "north-plant-of-the-western-region/hall-2/line-17/outlet-temperature-00"


def _long_names() -> bytes:
    """Sensors of long names, with 1,000 readings and a day without any; one has a few only."""
    rows = ["sensor_id,timestamp,value"]
    for sensor in range(14):
        for hour in range(1000 if sensor < 13 else 7):
            at = datetime(2026, 8, 1) + timedelta(hours=hour + (24 if hour > 500 else 0))
            name = f"{_LONG_SENSOR[:-2]}{sensor:02}"
            rows.append(f"{name},{at:%Y-%m-%dT%H:%M:%SZ},{sensor + math.sin(hour / 40):.4f}")
    return ("\n".join(rows) + "\n").encode()


# Day first or month first, and no row settles it.
_DOUBTFUL = b"sensor_id,timestamp,value\nhall-1,03/04/2026 10:00,1.5\nhall-1,04/04/2026 10:00,2.5\n"


_DOOR = b"sensor_id,timestamp,value\nhall-1/door,2026-10-05T06:00:00Z,1\n"


def _container() -> bytes:
    """A ZIP with a valid member, one with an invalid row, and one that is no CSV."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, row in (("boiler", "01.03.2026 07:00"), ("pump", "2026-03-01T07:00:00Z")):
            text = f"hall-2/{name},2026-03-01T06:00:00Z,61.5\nhall-2/{name},{row},62\n"
            archive.writestr(f"hall-2/{name}.csv", f"sensor_id,timestamp,value\n{text}")
        archive.writestr("notes.pdf", b"%PDF-1.7\n")
    return packed.getvalue()


def _log(first: int, last: int) -> bytes:
    """Readings of every hour, as a logger sends its memory."""
    hours = (datetime(2026, 10, 5) + timedelta(hours=hour) for hour in range(first, last))
    rows = [f"hall-3/logger,{at:%Y-%m-%dT%H:%M:%SZ},{at.hour}\n" for at in hours]
    return ("sensor_id,timestamp,value\n" + "".join(rows)).encode()


_LOGS = (("monday.csv", _log(0, 24)), ("tuesday.csv", _log(12, 48)))


def _removed(page: Page) -> None:
    """Raw bytes and readings of the file are removed by retention."""

    def answer(route: Route) -> None:
        removed = {"raw_removed_at": _AT, "readings_removed_at": _AT}
        route.fulfill(json=route.fetch().json() | removed)

    page.route(re.compile(r"/api/v1/files/[^/]+$"), answer)


def _troubled(page: Page) -> None:
    """A stopped worker, files that wait, dead letters, operations, and rules of retention."""

    def status(route: Route) -> None:
        found = route.fetch().json()
        found["status"] = "degraded"
        found["workers"] = [
            *({"name": "http://10.0.0.5:6066", "ready": True, "reason": None},),
            *({"name": "http://10.0.0.6:6066", "ready": False, "reason": "does not answer"},),
        ]
        found["parts"]["workers"] |= {"ready": False, "detail": "1 of 2 ready"}
        found["files"] |= {"waiting": 12}
        found["dead_letters"] |= {"total": 2, "not_announced": 2}
        route.fulfill(json=found)

    page.route("**/api/v1/status", status)
    page.route("**/api/v1/dead-letters?*", lambda route: route.fulfill(json=_LETTERS))
    page.route("**/api/v1/retention", lambda route: route.fulfill(json=_RULES))
    page.route("**/api/v1/operations?*", lambda route: route.fulfill(json=_OPERATIONS))


_AT = "2026-10-12T03:00:00Z"
_LETTERS: dict[str, Any] = {
    "items": [
        {
            "letter_id": f"files.announced.2.{offset}.7610b3fb8d536394",
            "topic": "files.announced",
            "partition": 2,
            "offset": offset,
            "code": code,
            "reason": reason,
            "key": "plant-1",
            "headers": {},
            "received_at": _AT,
            "announced_at": None,
            "size_bytes": 64,
            "preview": '{"bucket": "inbox", "object_key": "plant-1/2026-10-11.csv"}',
            "action": "publish",
        }
        for offset, (code, reason) in enumerate(
            [
                ("object_missing", "inbox/plant-1/2026-10-11.csv does not exist in the store"),
                ("undecodable", "message: Invalid JSON: expected ident at line 1 column 2"),
            ]
        )
    ],
    "next_cursor": None,
}
_OPERATIONS: dict[str, Any] = {
    "items": [
        {
            "id": str(n),
            "kind": kind,
            "status": "running" if done < 40 else "done",
            "requested_at": _AT,
            "ended_at": None if done < 40 else _AT,
            "request": {"files": files},
            "files": 40,
            "files_done": done,
            "results": results,
            "corrected": 8_000 if kind == "correction" else 0,
            "unchanged": 0,
            "rejected": 0,
            "links": {"self": "", "files": ""},
        }
        for n, (kind, files, done, results) in enumerate(
            [
                ("reprocessing", {"file_ids": ["f"] * 40}, 23, {"reprocessing": 23}),
                (
                    "correction",
                    {"profile": "plant"},
                    40,
                    {"corrected": 38, "nothing_to_do": 2},
                ),
                (
                    "reprocessing",
                    {"status": "failed", "q": "line-2"},
                    40,
                    {"reprocessing": 39, "rejected": 1},
                ),
            ]
        )
    ],
    "next_cursor": None,
}
_RULES: dict[str, Any] = {
    "at": _AT,
    "rules": [
        {
            "rule": "raw 30d source=upload",
            "what": "raw",
            "age_seconds": 2_592_000,
            "files": 1_204,
            "members": 40,
            "size_bytes": 512_000_000,
            "row_count": 3_000_000,
            "first": [
                {"file_id": "f", "filename": "plant-2026-09-01.csv", "upload_time": _AT},
            ],
        },
        {
            "rule": "results never name=calibration-*",
            "what": "results",
            "age_seconds": None,
            "files": 0,
            "members": 0,
            "size_bytes": 0,
            "row_count": 0,
            "first": [],
        },
    ],
}


_WEBHOOK = "Alerts of the night shift"


def _messages(page: Page) -> None:
    expect(page.get_by_role("row").filter(has_text="Test message").first).to_be_visible()


def _change_webhook(page: Page) -> None:
    page.get_by_role("button", name="Change…").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _ask_to_delete(page: Page) -> None:
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("dialog")).to_be_visible()


_QUERY = (
    "SELECT toStartOfDay(first_timestamp) AS day, sum(row_count) AS rows, max(max_value) AS largest\n"
    "FROM sensor_results\nWHERE sensor_id LIKE 'plant-%'\nGROUP BY day\nORDER BY day"
)


def _choose(page: Page) -> None:
    for n in range(2):
        page.get_by_role("checkbox").nth(n).check()
    expect(page.get_by_text("2 sensors chosen")).to_be_visible()
    # Small lines are drawn when rows rest.
    expect(page.locator("td svg polyline").nth(5)).to_be_attached()


def _sources(page: Page) -> None:
    expect(page.get_by_role("link", name="plant-1", exact=True)).to_be_visible()


def _find(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("plant-")
    expect(page.get_by_role("option").filter(has_text="File").first).to_be_visible()


def _figures(page: Page) -> None:
    """All figures above the list are there."""
    expect(page.get_by_text("–", exact=True)).to_have_count(0)


def _counted(page: Page) -> None:
    """The files that fit are counted."""
    _figures(page)
    expect(page.get_by_role("button", name=re.compile("^all"))).to_have_text(re.compile("12$"))


def _choose_doubtful(page: Page) -> None:
    """It is not sent before it is clear how to read it."""
    file: FilePayload = {"name": "in-doubt.csv", "mimeType": "text/csv", "buffer": _DOUBTFUL}
    page.get_by_test_id("choose-files").first.set_input_files(file)
    expect(page.get_by_role("dialog").get_by_role("list", name="Suggestions")).to_be_visible()


def _noted(page: Page) -> None:
    expect(page.get_by_role("note").first).to_be_visible()


def _suggested(page: Page) -> None:
    expect(page.get_by_role("list", name="Suggestions")).to_be_visible()


def _correct(page: Page) -> None:
    page.get_by_role("textbox", name="value").first.fill("64.1")
    page.get_by_role("textbox", name="timestamp").nth(2).fill("2026-03-01T06:41:00Z")
    expect(page.get_by_text("2 rows to resubmit")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")


def _change_many(page: Page) -> None:
    page.get_by_role("button", name="Change many…").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _built_in(page: Page) -> None:
    # Some of them: a profile that is added changes no picture.
    page.get_by_label("Search profiles").fill("campbell")
    expect(page.get_by_role("link", name="campbell-toa5")).to_be_visible()
    expect(page.get_by_role("link", name="grafana-series-rows")).to_have_count(0)


def _views(page: Page) -> None:
    page.get_by_role("list", name="Views").locator("summary").first.click()
    expect(page.get_by_role("button", name="Insert letter_id")).to_be_visible()


def _run(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("region", name="Rows of the query")).to_be_visible()


def _run_as_chart(page: Page) -> None:
    _run(page)
    page.get_by_role("button", name="Chart").click()
    expect(page.locator("canvas")).to_have_count(2)


def _run_refused(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _charts(page: Page) -> None:
    expect(page.locator("figure canvas")).to_have_count(3)


def _chart(page: Page) -> None:
    expect(page.locator("canvas").first).to_be_visible()


def _plant(days: int) -> list[tuple[datetime, bytes]]:
    """Hourly temperatures of 25 lines, some of them written badly."""
    chance = random.Random(4)
    files = []
    for day in range(days):
        start = datetime(2026, 10, 1) + timedelta(days=day)
        rows = ["sensor_id,timestamp,value"]
        for line in range(25):
            for hour in range(24):
                at = start + timedelta(hours=hour)
                wave = 5 * math.sin(hour / 3.82) + 3 * math.sin(day / 6.4)
                value = f"{18 + line * 0.2 + wave + chance.gauss(0, 1):.2f}"
                fault = chance.random()
                stamp = f"{at:%d.%m.%Y %H:%M}" if fault < 0.01 else f"{at:%Y-%m-%dT%H:%M:%SZ}"
                value = "n/a" if 0.01 <= fault < 0.013 else value
                rows.append(f"plant-{line // 5 + 1}/line-{line % 5 + 1},{stamp},{value}")
        files.append((start, ("\n".join(rows) + "\n").encode()))
    return files

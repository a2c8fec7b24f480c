"""Files of strangers become correct numbers in the web UI within a minute of actions, and the second
file of the same partner needs no option."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import Visit
from tests.harness.partners import Partner, Reading, partners

SECONDS: Final = 60.0
# Seconds of a practised person, by the keystroke-level model (Card, Moran and Newell, 1983): to think,
# to move the hand to the mouse, to point and click, and to type a character.
_THINK, _HAND, _CLICK, _CHARACTER = 1.35, 0.4, 1.1 + 0.2, 0.28
_MEMBERS: Final = 20


class Walk:
    """A person in front of the page: what they do, how often, and how long it takes."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self._folder = page, folder
        self.actions = 0
        self.seconds = 0.0  # of the person
        self.waited = 0.0  # for the page

    def choose(self, name: str, data: bytes) -> None:
        path = self._folder / name
        path.write_bytes(data)
        choice = self.page.get_by_test_id("choose-files").first
        # The button, the file in the window of the system, and that window's button.
        self._do(3 * _CLICK, lambda: choice.set_input_files(path))

    def click(self, what: Locator) -> None:
        self._do(_CLICK, what.click)

    def type(self, what: Locator, text: str) -> None:
        self._do(_CLICK + _HAND + len(text) * _CHARACTER, lambda: what.fill(text))

    def _do(self, seconds: float, action: Callable[[], object]) -> None:
        self.actions += 1
        self.seconds += _THINK + _HAND + seconds
        began = time.monotonic()
        action()
        self.waited += time.monotonic() - began


@pytest.fixture(params=partners())
def partner(request: pytest.FixtureRequest, api: Api) -> Iterator[Partner]:
    made = partners()[request.param]()
    yield made
    api.client.delete(f"/api/v1/profiles/{made.name}")


def check_readings(grid: Locator, expected: list[Reading]) -> None:
    """The first readings that the page shows are the first ones of the file."""
    rows = grid.locator("tbody tr")
    sensor, moment, _ = expected[0]
    expect(rows.first).to_contain_text(sensor)
    expect(rows.first).to_contain_text(f"{moment:%Y-%m-%d %H:%M:%S}")
    shown = [row.locator("td").all_inner_texts() for row in rows.all()]
    assert len(shown) >= 10
    for (name, at, value), (sensor, moment, number) in zip(shown, expected, strict=False):
        assert name == sensor
        assert at.startswith(f"{moment:%Y-%m-%d %H:%M:%S}")
        assert float(value.replace(",", "")) == pytest.approx(number, rel=1e-8)


def found_by_name(api: Api, name: str) -> dict[str, Any]:
    (file,) = (f for f in api.get("/files", q=name)["items"] if f["filename"] == name)
    return dict(file)


def check_file(page: Page, api: Api, name: str, expected: list[Reading]) -> None:
    """The page of the file has as many readings of each sensor, with the right ends and extremes."""
    page.get_by_role("region", name="Uploads").get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("dl").first).to_contain_text(f"{len(expected):,}")
    file = found_by_name(api, name)
    if file["container"] is not None:
        expect(page.get_by_role("heading", name=f"{_MEMBERS} members")).to_be_visible()
    found = api.get(f"/files/{file['file_id']}/sensors", limit=1000)["items"]
    values: dict[str, list[float]] = {}
    for sensor, _, value in expected:
        values.setdefault(sensor, []).append(value)
    assert {s["sensor_id"]: (s["row_count"], s["min_value"], s["max_value"]) for s in found} == {
        sensor: (len(v), min(v), max(v)) for sensor, v in values.items()
    }
    moments: dict[str, list[str]] = {}
    for sensor, moment, _ in expected:
        moments.setdefault(sensor, []).append(f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z")
    assert {s["sensor_id"]: (s["first_timestamp"], s["last_timestamp"]) for s in found} == {
        sensor: (min(m), max(m)) for sensor, m in moments.items()
    }


def send(walk: Walk, partner: Partner, *, first: bool) -> tuple[str, list[Reading]]:
    """Choose a file, say what it does not, and send it; its name and readings."""
    file, expected = partner.file()
    walk.choose(file.name, file.data)
    if partner.suffix == ".zip":  # nothing of it is shown before
        return file.name, expected
    dialog = walk.page.get_by_role("dialog").filter(has_text=f"Send {file.name}")
    grid = dialog.get_by_role("region", name="First readings")
    if first and partner.options:
        walk.type(dialog.get_by_label("Time zone"), partner.options["timezone"])
        check_readings(grid, expected)
        walk.click(dialog.get_by_role("button", name="Save as profile…"))
        saving = walk.page.get_by_role("dialog", name=f"Save how {file.name} is read")
        walk.type(saving.get_by_label("Name", exact=True), partner.name)
        walk.click(saving.get_by_role("button", name="Save", exact=True))
        expect(saving).to_be_hidden()
    check_readings(grid, expected)
    walk.click(dialog.get_by_role("button", name="Send", exact=True))
    return file.name, expected


@pytest.mark.slow
def test_files_of_a_stranger_are_correct_numbers_within_a_minute_of_actions(
    visiting: Callable[..., Visit], api: Api, tmp_path: Path, partner: Partner
) -> None:
    page = visiting(shows_first=True).page
    page.goto("/")
    walk = Walk(page, tmp_path)
    name, expected = send(walk, partner, first=True)
    check_file(page, api, name, expected)
    assert walk.actions <= (6 if partner.options else 2)
    assert walk.seconds + walk.waited < SECONDS, (walk.seconds, walk.waited)

    page.goto("/")
    again = Walk(page, tmp_path)
    name, expected = send(again, partner, first=False)
    check_file(page, api, name, expected)
    assert again.actions <= 2
    assert found_by_name(api, name)["options"] == {}

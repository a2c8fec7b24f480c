"""What holds on every page: for a screen reader, in the dark, on a phone, offline, and how large it is."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import BUILT, DESK, PHONE, Visit
from tests.e2e.ui.page_states import Place, places

_FIRST_VIEW_BYTES: Final = 300_000
# Buttons, links and fields whose text has a contrast below 4.5 to what it is painted on.
_UNREADABLE: Final = (Path(__file__).parent / "contrast.js").read_text()
# First links of cells and items that take several lines and are narrow.
_NARROW_NAMES: Final = """
  () => [...document.querySelectorAll('td:first-child, main li')]
    .flatMap(cell => [...cell.querySelectorAll('a')].slice(0, 1))
    .filter(link => link.getClientRects().length > 1)
    .map(link => [link.innerText, link.closest('td, span, div').offsetWidth])
    .filter(([, width]) => width < 140)
"""


@pytest.fixture(scope="module")
def every(api: Api) -> list[Place]:
    """Every page, with something on it."""
    return places(api)


@pytest.mark.slow
def test_every_page_is_accessible_and_readable(
    visiting: Callable[..., Visit], every: list[Place]
) -> None:
    """axe finds nothing, in the dark neither; every button is readable; it all fits on a phone."""
    visit = visiting()
    faults: dict[tuple[str, str], object] = {}
    for place in every:
        place.open(visit.page)
        faults[place.name, "light"] = visit.axe()
        faults[place.name, "buttons"] = _unreadable(visit.page)
        visit.page.emulate_media(color_scheme="dark")
        expect(visit.page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
        # Only colours are others.
        faults[place.name, "dark"] = visit.axe(only_colours=True)
        faults[place.name, "buttons in the dark"] = _unreadable(visit.page)
        visit.resize(PHONE)
        wider = visit.overflow()
        faults[place.name, "phone"] = [f"{wider} pixels too wide"] if wider > 0 else []
        faults[place.name, "names on a phone"] = visit.page.evaluate(_NARROW_NAMES)
        visit.page.emulate_media(color_scheme="light")
        visit.resize(DESK)
    assert {where: found for where, found in faults.items() if found} == {}


def _unreadable(page: Page) -> list[object]:
    """Those that axe leaves out too: disabled buttons, and each with the pointer over it."""
    found = list(page.evaluate(_UNREADABLE))
    for button in page.locator("main button:enabled, [role=dialog] button").all()[:12]:
        button.hover(force=True)
        found += page.evaluate(_UNREADABLE)
    page.mouse.move(0, 0)
    return found


def test_the_colours_are_kept(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Change to dark").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()


def test_the_first_view_is_small(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    # What was asked for until the page was loaded; the parts of other pages come after that.
    asked: list[str] = page.evaluate(
        """() => {
          const loaded = performance.getEntriesByType('navigation')[0].loadEventStart;
          return performance.getEntriesByType('resource')
            .filter(entry => entry.startTime < loaded).map(entry => entry.name);
        }"""
    )
    paths = ["/", *(httpx.URL(url).path for url in asked)]
    own = [path for path in paths if not path.startswith("/api/")]
    total = 0
    for path in own:
        built = BUILT / ("index.html" if path == "/" else path.removeprefix("/"))
        total += len(gzip.compress(built.read_bytes(), 9))
    assert len(own) >= 4
    assert total < _FIRST_VIEW_BYTES, total
    assert not any("Chart" in path for path in own)
    # What was asked before the application was there is what it then took up.
    page.wait_for_function("() => window.early && Object.keys(window.early).length === 0")


def test_files_of_the_page_are_kept_by_browsers_and_addresses_of_calls_are_not_shadowed(
    api: Api,
) -> None:
    as_person = {"Accept": "text/html,*/*"}
    index = api.client.get("/", headers=as_person)
    assert index.headers["Cache-Control"] == "no-cache"
    assert "script-src 'self'" in index.headers["Content-Security-Policy"]
    assert "unsafe" not in index.headers["Content-Security-Policy"]
    assert api.client.get("/files/x?tab=sql", headers=as_person).text == index.text
    script = re.search(r"/assets/[\w-]+\.js", index.text)
    assert script is not None
    for encoding in ("gzip", "identity"):
        answer = api.client.get(script[0], headers={"Accept-Encoding": encoding})
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert answer.content == (BUILT / script[0].removeprefix("/")).read_bytes()
        again = {"Accept-Encoding": encoding, "If-None-Match": answer.headers["ETag"]}
        assert api.client.get(script[0], headers=again).status_code == 304
    for path in ("/assets/gone.js", "/api/v1/nothing", "/docs/nothing", "/health/nothing"):
        assert api.client.get(path, headers=as_person).status_code == 404
    assert api.client.post("/api/v1/stats").status_code == 405
    assert api.client.get("/%2e%2e/pyproject.toml").status_code == 404

"""Parts of the application that do not arrive, and pages that fail: never a white page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import Visit
from tests.e2e.ui.network_proxy import Line

_PARTS: Final = ("FilePage", "SensorsPage", "SensorPage", "TimeChart", "resumable")
_LOADED: Final = """parts => parts.every(part => performance.getEntriesByType('resource').some(
  ({name, responseEnd}) => name.includes(`/assets/${part}-`) && name.endsWith('.js') && responseEnd))
"""


def test_pages_open_without_a_connection_once_the_first_one_is_there(
    visiting: Callable[..., Visit], api: Api
) -> None:
    with Line(api.address) as line:
        page = visiting(address=line.address).page
        page.goto("/")
        page.wait_for_function(_LOADED, arg=list(_PARTS))
        line.cut()
        page.get_by_role("link", name="Sensors", exact=True).click()
        expect(page.get_by_role("heading", name="Sensors", exact=True)).to_be_visible()
        expect(page.get_by_role("status").first).to_contain_text("does not answer")
        line.mend()
        expect(page.get_by_role("region", name="Sensors", exact=True)).to_be_visible()


@pytest.mark.slow
def test_a_page_that_is_not_loaded_yet_shows_up_when_the_connection_is_back(
    visiting: Callable[..., Visit], api: Api
) -> None:
    with Line(api.address) as line:
        page = visiting(address=line.address).page
        # As if the connection was lost before the parts of other pages were loaded.
        page.route("**/assets/SensorsPage-*.js", lambda route: route.abort("connectionreset"))
        page.goto("/")
        expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
        line.cut()
        page.get_by_role("link", name="Sensors", exact=True).click()
        expect(page.get_by_role("heading", name="CSV Processor does not answer")).to_be_visible()
        expect(page.get_by_role("link", name="Files", exact=True)).to_be_visible()
        page.unroute("**/assets/SensorsPage-*.js")
        line.mend()
        expect(page.get_by_role("heading", name="Sensors", exact=True)).to_be_visible()


def test_a_part_of_an_earlier_version_that_is_gone_offers_to_load_the_page_again(
    visiting: Callable[..., Visit],
) -> None:
    visit = visiting()
    page = visit.page
    page.route("**/assets/SensorsPage-*.js", lambda route: route.fulfill(status=404))
    page.goto("/")
    page.get_by_role("link", name="Sensors", exact=True).click()
    expect(page.get_by_role("heading", name="This page could not be shown")).to_be_visible()
    page.unroute("**/assets/SensorsPage-*.js")
    page.get_by_role("button", name="Load the page again").click()
    expect(page.get_by_role("heading", name="Sensors", exact=True)).to_be_visible()
    # React reports what it caught.
    assert visit.faults
    visit.faults.clear()


@pytest.mark.slow
def test_a_page_that_fails_shows_what_to_do_and_leaves_the_others_in_reach(
    visiting: Callable[..., Visit],
) -> None:
    def without_documents(route: Route) -> None:
        route.fulfill(json={"items": [None], "next_cursor": None})

    visit = visiting()
    page = visit.page
    page.route("**/api/v1/sensors?*", without_documents)
    page.goto("/sensors")
    expect(page.get_by_role("heading", name="This page could not be shown")).to_be_visible()
    page.get_by_role("link", name="Files", exact=True).click()
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    # React reports what it caught.
    assert visit.faults
    visit.faults.clear()

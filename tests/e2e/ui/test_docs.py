"""The documentation of the API looks like the rest, in the dark too, and leads back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.ui.browser import PHONE, Visit


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_documentation_is_readable_and_leads_back(
    visiting: Callable[..., Visit], scheme: str
) -> None:
    visit = visiting(scheme=scheme)
    visit.page.goto("/docs")
    expect(visit.page.locator(".opblock").first).to_be_visible()
    assert visit.axe() == []
    visit.page.locator("#operations-files-list_files .opblock-summary-control").click()
    expect(visit.page.locator("#operations-files-list_files .opblock-body")).to_be_visible()
    assert visit.axe() == []
    assert visit.faults == []
    page = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page == ("rgb(15, 20, 24)" if scheme == "dark" else "rgb(246, 247, 249)")
    first, calls = visit.page.locator("#examples pre").first, visit.page.locator("#api")
    boxes = first.bounding_box(), calls.bounding_box()
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] < boxes[1]["y"]
    expect(first).to_contain_text(f"{visit.address.rstrip('/')}/api/v1/files?filename=")
    visit.resize(PHONE)
    assert visit.overflow() <= 0
    visit.page.get_by_role("link", name="Web UI").click()
    expect(visit.page.get_by_role("heading", name="Files").first).to_be_visible()


@pytest.mark.slow
def test_the_documentation_takes_the_colours_that_were_chosen(
    visiting: Callable[..., Visit],
) -> None:
    visit = visiting(scheme="light")
    visit.page.goto("/docs")
    visit.page.evaluate("localStorage.setItem('mantine-color-scheme-value', 'dark')")
    visit.page.reload()
    expect(visit.page.locator("html")).to_have_class("dark-mode")

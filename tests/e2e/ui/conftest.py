"""A browser for all tests of this folder, and a visitor of their own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from embedded.stack import Stack
from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import Visit, started
from tests.harness import programs

# What is waited for comes sooner than this on a machine that has nothing else to do.
expect.set_options(timeout=60_000)


# Of the package, not the session: while Playwright's loop is there, no other test could run one.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    programs.require("chromium")
    programs.require("the built web UI")
    with started() as browser:
        yield browser


@pytest.fixture(scope="package")
def api(stack: Stack) -> Iterator[Api]:
    """The API of the shared stack."""
    with httpx.Client(base_url=stack.endpoints["CSV_PROCESSOR_API"], timeout=60) as client:
        yield Api(client)


@pytest.fixture
def visiting(browser: Browser, api: Api) -> Iterator[Callable[..., Visit]]:
    """Open a page as a new visitor; at the end nothing may have gone wrong on it."""
    visits: list[Visit] = []

    def visit(**how: Any) -> Visit:
        visits.append(Visit(browser, how.pop("address", api.address), **how))
        return visits[-1]

    yield visit
    faults = [fault for visit in visits for fault in visit.faults]
    for opened in visits:
        opened.close()
    assert faults == []


@pytest.fixture
def page(visiting: Callable[..., Visit]) -> Page:
    """A page of a new visitor at a desk."""
    return visiting().page

"""Debian's Chromium under Playwright, and what must never happen on any page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.harness import programs

ROOT: Final = Path(__file__).resolve().parents[3]
BUILT: Final = ROOT / "ui" / "dist"
_AXE: Final = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
# Without the services that look for hosts of their maker at every start.
_ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_RULES: Final = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
_COLOURS: Final = {"type": "rule", "values": ["color-contrast"]}

Scheme = Literal["light", "dark"]
DESK: Final = (1280, 900)
PHONE: Final = (390, 844)


class NoBrowser(Exception):  # noqa: N818 - not an error of the page
    """There is no Chromium, or the web UI was not built; the text says what to do."""


@contextmanager
def started() -> Iterator[Browser]:
    """A browser.

    Raises:
        NoBrowser: there is none, or nothing to look at.
    """
    for name in ("chromium", "the built web UI"):
        if reason := programs.missing(name):
            raise NoBrowser(reason)
    path = programs.browser_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page of a visitor of their own, and what went wrong on it."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        size: tuple[int, int] = DESK,
        scheme: Scheme = "light",
        shows_first: bool = False,
        zone: str = "UTC",
    ) -> None:
        self.address = address
        self.context: BrowserContext = browser.new_context(
            base_url=address,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            locale="en-GB",
            timezone_id=zone,
            permissions=["clipboard-read", "clipboard-write"],
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(60_000)
        if not shows_first:
            # The setting "Show before upload" is off: files that are clear are sent at once.
            self.context.add_init_script(
                "localStorage.setItem('csv-processor-show-before-upload', 'no')"
            )
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", self._said)
        self.page.on("request", lambda request: self._asked(request.url))

    def close(self) -> None:
        """Leave."""
        self.context.close()

    def resize(self, size: tuple[int, int]) -> None:
        """Give the page a window of another size, and let it settle."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")

    def axe(self, *, only_colours: bool = False) -> list[str]:
        """What axe finds on the page as it is: rule, and where."""
        # Not as a script of the page, which its policy would not run.
        self.page.evaluate(_AXE.read_text())
        found: list[dict[str, Any]] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules}).then(result => result.violations)",
            _COLOURS if only_colours else _RULES,
        )
        return [
            f"{violation['id']} ({violation['help']}): {node['target']} {node['failureSummary']}"
            for violation in found
            for node in violation["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        wider: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return wider

    def _said(self, message: ConsoleMessage) -> None:
        # Answers that are errors are what some tests are about; they look at the page itself.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.netloc != urlsplit(self.address).netloc:
            self.faults.append(f"asked elsewhere: {url}")

"""`python -m tests.e2e.ui.screenshots`: every page, light and dark, on a desk and on a phone.

Args:
    --api: address of a running stack; without it one of its own is started, and stopped again.
    --out: folder for the pictures, default build/screenshots.
    --only: part of the names of the pages to take.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import httpx
from playwright.sync_api import expect

from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import DESK, PHONE, ROOT, NoBrowser, Visit, started
from tests.e2e.ui.page_states import places

_SIZES = {"desk": DESK, "phone": PHONE}


def main() -> int:
    """Take the pictures; 1 if there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--api")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    expect.set_options(timeout=60_000)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as open_:
        address = chosen.api
        if address is None:
            folder = Path(open_.enter_context(tempfile.TemporaryDirectory()))
            stack = open_.enter_context(Stack(folder / "stack", env=EVERYTHING))
            address = stack.endpoints["CSV_PROCESSOR_API"]
        client = open_.enter_context(httpx.Client(base_url=address, timeout=60))
        try:
            browser = open_.enter_context(started())
        except NoBrowser as exc:
            print(exc, file=sys.stderr)
            return 1
        shown = [place for place in places(Api(client)) if chosen.only in place.name]
        for size in _SIZES:
            for scheme in ("light", "dark"):
                visit = Visit(browser, address, size=_SIZES[size], scheme=scheme)
                for place in shown:
                    place.open(visit.page)
                    picture = chosen.out / f"{place.name}-{size}-{scheme}.png"
                    visit.page.screenshot(path=picture, full_page=True)
                    print(picture)
                visit.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

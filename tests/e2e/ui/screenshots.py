"""`python -m tests.e2e.ui.screenshots`: every page, light and dark, on a desk and on a phone.

Those on a light desk and a dark phone are compared with the approved pictures (`pictures.py`).

Args:
    --api: address of a running stack; without it one of its own is started, and stopped again.
    --approve: keep the pictures as approved ones, once they were looked at.
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
from tests.e2e.ui.browser import ROOT, NoBrowser, started
from tests.e2e.ui.page_states import places
from tests.e2e.ui.pictures import COMPARED, SCHEMES, SIZES, approve, fault, taken


def main() -> int:
    """Take the pictures; 1 if there is no browser, or a page is not as approved."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--api")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("--only", default="")
    parser.add_argument("--approve", action="store_true")
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
        faults = []
        steady = {f"{p.name}-{n}-{s}" for p in shown if p.steady for n, s in COMPARED}
        for size in SIZES:
            for scheme in SCHEMES:
                for name, take in taken(browser, address, shown, size, scheme):
                    path = chosen.out / f"{name}.png"
                    if name not in steady or chosen.approve:
                        path.write_bytes(take())
                    elif found := fault(name, take, chosen.out):
                        faults.append(found)
                    if name in steady and chosen.approve:
                        approve(name, path.read_bytes())
                    print(path, flush=True)
    if faults:
        print("\n".join(["", *faults]), file=sys.stderr)
        print(
            "Look at them. If that is how they should be: make screenshots ARGS=--approve",
            file=sys.stderr,
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

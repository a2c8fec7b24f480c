"""Pictures of pages, and what they are compared with: small grey pictures that a person has approved.

They are compared coarsely. A page that is broken (empty, without its styles, below something else, laid
out in another way) differs in most places; another time or id, or another font, in few.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Browser

from tests.e2e.ui.browser import DESK, PHONE, ROOT, Scheme, Visit
from tests.e2e.ui.page_states import Place

APPROVED: Final = ROOT / "tests" / "e2e" / "ui" / "approved"
SIZES: Final = {"desk": DESK, "phone": PHONE}
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
# Each size and each scheme is compared once: a page differs in both by colours only.
COMPARED: Final[tuple[tuple[str, Scheme], ...]] = (("desk", "light"), ("phone", "dark"))
# An approved picture has so many pixels of a page in one, and a place is so many of these.
_REDUCED: Final = 4
_PLACE: Final = 4
# Grey values, of 255: between a place with something on it and the background, and between two places
# that show something else.
_SOMETHING: Final = 16
_OTHER: Final = 16
# The share of places with something on them that may differ.
MOST_DIFFERENT: Final = 0.4
# A page that is still changing is looked at again for so long.
_SECONDS: Final = 30

Take = Callable[[], bytes]


def taken(
    browser: Browser, address: str, places: list[Place], size: str, scheme: Scheme
) -> Iterator[tuple[str, Take]]:
    """Each page in turn: its name, and what takes a picture of it from top to bottom, a PNG."""
    visit = Visit(browser, address, size=SIZES[size], scheme=scheme)
    try:
        for place in places:
            place.open(visit.page)
            yield (
                f"{place.name}-{size}-{scheme}",
                lambda: visit.page.screenshot(full_page=True, animations="disabled"),
            )
    finally:
        visit.close()


def reduced(png: bytes) -> Image.Image:
    """A picture as it is approved: grey, a quarter as wide and high."""
    picture = Image.open(io.BytesIO(png)).convert("L")
    return picture.reduce(_REDUCED)


def approve(name: str, png: bytes, folder: Path = APPROVED) -> None:
    """Keep a picture as what its page is compared with."""
    folder.mkdir(parents=True, exist_ok=True)
    reduced(png).quantize(16).save(folder / f"{name}.png", optimize=True)


def difference(png: bytes, approved: Image.Image) -> float:
    """The share of places that differ, among those where either picture has something: 0 to 1."""
    one, other = _places(reduced(png)), _places(approved.convert("L"))
    height, width = (max(a, b) for a, b in zip(one.shape, other.shape, strict=True))
    one, other = _filled(one, height, width), _filled(other, height, width)
    something = (abs(one - _background(one)) > _SOMETHING) | (
        abs(other - _background(other)) > _SOMETHING
    )
    differs = (abs(one - other) > _OTHER) & something
    if abs(_background(one) - _background(other)) > _OTHER:
        return 1.0
    return float(differs.sum() / max(1, something.sum()))


def fault(name: str, take: Take, out: Path, folder: Path = APPROVED) -> str | None:
    """What is wrong with how a page looks, its picture left in `out`; None if it is as approved."""
    path = folder / f"{name}.png"
    approved = Image.open(path) if path.exists() else None
    shown = out / f"{name}.png"
    until = time.monotonic() + _SECONDS
    while True:
        png = take()
        shown.write_bytes(png)
        if approved is None:
            return f"{name}: there is no approved picture; it looks as {shown}"
        share = difference(png, approved)
        if share <= MOST_DIFFERENT:
            return None
        if time.monotonic() > until:
            return (
                f"{name}: {share:.0%} of it differ from the approved picture; it looks as {shown}"
            )


def _places(picture: Image.Image) -> npt.NDArray[np.float64]:
    """The mean grey of each place; what is less than a place at the edges is left out."""
    grey = np.asarray(picture, dtype=np.float64)
    height, width = (length // _PLACE * _PLACE for length in grey.shape)
    grid = grey[:height, :width].reshape(height // _PLACE, _PLACE, width // _PLACE, _PLACE)
    return np.asarray(grid.mean(axis=(1, 3)), dtype=np.float64)


def _background(places: npt.NDArray[np.float64]) -> float:
    """The most frequent grey."""
    counts = np.bincount(places.astype(np.int64).ravel(), minlength=256)
    return float(counts.argmax())


def _filled(places: npt.NDArray[np.float64], height: int, width: int) -> npt.NDArray[np.float64]:
    """With background at the bottom and on the right, up to a size."""
    whole = np.full((height, width), _background(places))
    whole[: places.shape[0], : places.shape[1]] = places
    return whole

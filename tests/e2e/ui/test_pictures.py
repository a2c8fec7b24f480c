"""Every page looks as it was approved."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser

from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import Scheme
from tests.e2e.ui.page_states import places
from tests.e2e.ui.pictures import (
    APPROVED,
    COMPARED,
    MOST_DIFFERENT,
    approve,
    difference,
    fault,
    taken,
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A stack that no other test sends files to: lists show all of them."""
    with Stack(tmp_path_factory.mktemp("pictures"), env=EVERYTHING) as stack:
        yield stack.endpoints["CSV_PROCESSOR_API"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_page_is_as_approved(browser: Browser, address: str, tmp_path: Path) -> None:
    with httpx.Client(base_url=address, timeout=60) as client:
        every = [place for place in places(Api(client)) if place.steady]
    faults = [
        found
        for size, scheme in COMPARED
        for name, take in taken(browser, address, every, size, scheme)
        if (found := fault(name, take, tmp_path)) is not None
    ]
    assert faults == []
    names = {f"{one.name}-{size}-{scheme}" for one in every for size, scheme in COMPARED}
    assert {path.stem for path in APPROVED.glob("*.png")} == names


@pytest.mark.parametrize(("size", "scheme"), COMPARED)
def test_an_approved_picture_is_that_of_its_page_only(size: str, scheme: Scheme) -> None:
    kept = {p: Image.open(p).convert("L") for p in APPROVED.glob(f"*-{size}-{scheme}.png")}
    file, sensors = (
        next(picture for path, picture in kept.items() if path.stem == f"{name}-{size}-{scheme}")
        for name in ("file", "sensors")
    )
    assert difference(_png(file), file) == 0
    assert difference(_png(file), sensors) > MOST_DIFFERENT
    empty = Image.new("L", file.size, file.getpixel((0, file.height - 1)))
    assert difference(_png(empty), file) > 0.6
    inverted = Image.eval(file, lambda grey: 255 - grey)
    assert difference(_png(inverted), file) == 1
    shifted = Image.new("L", file.size, file.getpixel((0, file.height - 1)))
    shifted.paste(file, (0, 60))
    assert difference(_png(shifted), file) > MOST_DIFFERENT


def test_a_page_without_an_approved_picture_is_a_fault(tmp_path: Path) -> None:
    picture, approved = _png(Image.new("L", (40, 40), 200)), tmp_path / "approved"
    found = fault("new", lambda: picture, tmp_path, approved)
    assert found is not None
    assert found.startswith("new: there is no approved picture")
    assert (tmp_path / "new.png").read_bytes() == picture
    approve("new", picture, approved)
    assert fault("new", lambda: picture, tmp_path, approved) is None


def test_a_page_that_is_still_loading_is_looked_at_again(tmp_path: Path) -> None:
    loading, picture = (_png(Image.new("L", (40, 40), grey)) for grey in (90, 200))
    approve("slow", picture, tmp_path / "approved")
    taken_in_turn = iter([loading, loading, picture])
    assert fault("slow", lambda: next(taken_in_turn), tmp_path, tmp_path / "approved") is None


def _png(reduced: Image.Image) -> bytes:
    """A page that would be reduced to this picture."""
    out = io.BytesIO()
    reduced.resize((reduced.width * 4, reduced.height * 4), Image.Resampling.NEAREST).save(
        out, "png"
    )
    return out.getvalue()

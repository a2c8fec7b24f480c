"""The garbage collector pauses while the head of a file is examined, and only then."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from rows.sniff import head
from rows.sniff import resolve as resolve_module
from rows.sniff.file_types import NotCsv
from rows.sniff.head import find_dialect
from schemas.read_options import ReadOptions

_FILE = b"Device,Time,Reading\ns1,2026-03-20T10:00:00Z,1.5\ns2,2026-03-20T10:00:00Z,2.5\n"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()


def _states(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    states: list[bool] = []
    resolve = resolve_module.resolve

    def noted(*args: object, **more: object) -> object:
        states.append(gc.isenabled())
        return resolve(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(head, "resolve", noted)
    return states


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_pauses_and_is_as_it_was_after_it(
    monkeypatch: pytest.MonkeyPatch, was_on: bool
) -> None:
    states = _states(monkeypatch)
    if not was_on:
        gc.disable()
    find_dialect(_FILE, ReadOptions(), complete=True)
    assert states == [False]
    assert gc.isenabled() == was_on


def test_the_collector_is_on_after_a_file_that_is_no_table() -> None:
    with pytest.raises(NotCsv):
        find_dialect(b"%PDF-1.7\n", ReadOptions(), complete=True)
    assert gc.isenabled()

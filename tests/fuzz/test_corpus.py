"""Every input that fuzzing has kept, read by the engine as it is shipped and by the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.guard import Kernels
from tests.fuzz.inputs import case_of
from tests.fuzz.invariants import Read, check

CORPUS = Path(__file__).parent / "corpus"
INPUTS = sorted(CORPUS.iterdir())


@pytest.fixture(scope="module")
def kernels() -> Iterator[Kernels]:
    """The kernels in guarded memory: a read beyond it ends the process."""
    kernels = Kernels()
    yield kernels
    kernels.restore()


@pytest.mark.slow
def test_what_must_hold_for_every_input_holds(kernels: Kernels) -> None:
    assert len(INPUTS) > 100
    read = 0
    for number, path in enumerate(INPUTS):
        kernels.low = number % 2 == 0
        try:
            read += isinstance(check(case_of(path.read_bytes()), with_oracle=True), Read)
        except AssertionError as exc:
            pytest.fail(f"{path.name}: {exc!r}")
    # Without columns that are plainly sensor, timestamp and value a file is asked about.
    assert read > len(INPUTS) // 3, "many of them should be files that can be read"


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in INPUTS) < 1 << 20

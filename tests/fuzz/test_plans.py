"""Described files with bytes changed at random: no crash, nothing unaccounted for, and the same result
however they are cut. `FUZZ_FILES` says how many; a failure names the seed of its file."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from schemas.limits import ExpansionLimits, Limits
from schemas.read_options import read_options
from tests.fuzz.guard import Kernels
from tests.fuzz.inputs import Case
from tests.fuzz.invariants import Read, check
from tests.harness.plan_files import make

FILES = int(os.environ.get("FUZZ_FILES", "150"))
_PART = 50
_PIECES = (
    *(b'"', b'""', b"'", b"\n", b"\r", b"\r\n", b"\0", b"\x1a", b" ", b"\t", b"\xef\xbb\xbf"),
    *(b",", b";", b"|", b".", b"-", b"+", b"\xff", b"\xc2\xa0", b"\xe2\x80\xaf", b"e5", b"1e400"),
    *(b"2025-10-26 02:30:00", b"24:00", b"+02:00", b"CET", b"-9999", b"9" * 40, b"x" * 300),
    *(b"60.5", b"1.39E+12", b"\xe2\x80\x99", b"0x", b"nan", b"12 PM", b"kWh"),
)
_BATCHES = (1, 7, 40, 64, 100, 1 << 20)
_CHUNKS = (1, 7, 63, 64, 65, 1 << 20)
_LIMITS = (Limits(), Limits(), Limits(max_record_bytes=80), Limits(max_record_lines=2))


def case_of(seed: int) -> Case:
    """The file of a seed, changed in some places."""
    file = make(seed)
    draw = random.Random(f"changes {seed}")
    data = bytearray(file.data)
    # The head stays as it is more often, so that the file is read at all.
    begin = draw.choice((0, len(data) // 3, len(data) // 3))
    for _ in range(draw.randint(1, 8)):
        at = draw.randint(min(begin, len(data)), len(data))
        data[at : at + draw.choice((0, 0, 1, 2, 10))] = draw.choice(_PIECES)
    return Case(
        data=bytes(data),
        text=None,
        options=read_options(file.options),
        limits=draw.choice(_LIMITS),
        expansion=ExpansionLimits(),
        said=None,
        batch_bytes=draw.choice(_BATCHES),
        chunk=draw.choice(_CHUNKS),
        filename=file.filename,
    )


@pytest.fixture(scope="module")
def kernels() -> Iterator[Kernels]:
    """The kernels in guarded memory: a read beyond it ends the process."""
    kernels = Kernels()
    yield kernels
    kernels.restore()


@pytest.mark.parametrize("part", range(-(-FILES // _PART)))
@pytest.mark.timeout(0)
def test_changed_files_are_accounted_for(part: int, kernels: Kernels) -> None:
    read = 0
    for seed in range(part * _PART, (part + 1) * _PART):
        kernels.low = seed % 2 == 0
        try:
            read += isinstance(check(case_of(seed), with_oracle=False), Read)
        except Exception as exc:
            raise AssertionError(f"seed {seed}: {exc!r}") from exc
    assert read > _PART // 2

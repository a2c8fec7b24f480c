"""Read plans against files that say by construction what must be read from them: layouts, roles,
formats, zones, signs, markers, quality, words, units, ragged records and faults; cut at every size.

`DIFFERENTIAL_FILES` says how many files; a failure names the seed of its file.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from rows.order import Order
from rows.outcome import BatchOutcome
from rows.sniff.head import find_dialect
from schemas.errors import BadData
from schemas.limits import Limits
from schemas.read_options import read_options
from tests.differential.test_rows import GROWTH
from tests.harness.cut_files import Cut
from tests.harness.plan_files import PlanFile, make

FILES = int(os.environ.get("DIFFERENTIAL_FILES", "300"))
_PART = 100  # files of one test
_DENSE = 400  # up to here files are cut at every size


def _sizes(data: bytes) -> list[int]:
    sizes = list(range(1, min(len(data), _DENSE) + 1))
    while sizes[-1] < len(data):
        sizes.append(int(sizes[-1] * GROWTH) + 1)
    return sizes


def _check(seed: int, file: PlanFile) -> bool:
    """Whether the file was read at all; if it was, it was read right."""
    limits = Limits()
    try:
        dialect = find_dialect(
            file.data,
            read_options(file.options),
            complete=True,
            limits=limits,
            filename=file.filename,
        )
    except BadData as exc:
        # A few have too little in common with a table, and are asked about.
        if exc.code != "layout_unknown":
            raise
        return False
    cut = Cut(file.data, dialect, limits)
    seen: set[tuple[tuple[int, int, Order], ...]] = set()
    for size in _sizes(file.data):
        spans = cut.spans(size, 7 if size == 50 else 1 << 20)
        where = tuple((span.start, span.end, span.order) for span in spans)
        if where in seen:
            continue
        seen.add(where)
        _compare(file, cut.outcomes(spans), f"seed {seed}, batches of {size}")
    return True


def _compare(file: PlanFile, outcomes: list[BatchOutcome], about: str) -> None:
    rows = [row for o in outcomes for row in o.invalid_rows.to_pylist()]
    names = ("row", "line", "code", "column", "cells")
    found = [tuple(row[name] for name in names) for row in rows]
    assert found == file.invalid, about
    readings: list[tuple[str, int, float]] = []
    for outcome in outcomes:
        assert outcome.readings is not None
        columns = outcome.readings
        readings += zip(
            columns.column("sensor_id").to_pylist(),
            columns.column("timestamp").cast("int64").to_pylist(),
            columns.column("value").to_pylist(),
            strict=True,
        )
    assert readings == file.readings, about
    assert sum(o.missing_count for o in outcomes) == file.missing, about
    assert sum(o.excluded_count for o in outcomes) == file.excluded, about
    assert sum(o.record_count for o in outcomes) == file.records, about
    counts = Counter(code for _, _, code, _, _ in file.invalid)
    assert sum((Counter(o.codes) for o in outcomes), Counter()) == counts, about


@pytest.mark.slow
@pytest.mark.parametrize("part", range(-(-FILES // _PART)))
@pytest.mark.timeout(0)
def test_a_described_file_is_read_as_it_was_written(part: int) -> None:
    read = 0
    seeds = range(part * _PART, min((part + 1) * _PART, FILES))
    for seed in seeds:
        read += _check(seed, make(seed))
    assert read >= len(seeds) * 0.95

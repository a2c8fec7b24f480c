"""What is counted of rows and not acted on: the same at any batch boundaries, in every layout."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from rows.merge import merge_partials
from rows.outcome import BatchOutcome
from rows.reader import FileReader
from rows.turns import Turns, together, turns
from schemas.limits import Limits
from schemas.notices import SENTINELS
from schemas.read_options import ReadOptions

Counted = dict[str, tuple[int, int]]
_LATEST = 2_000_000_000_000_000


def _outcomes(data: bytes, options: ReadOptions, batch_bytes: int) -> list[BatchOutcome]:
    reader = FileReader(options, Limits(), batch_bytes)
    return [reader.parse(batch, latest=_LATEST) for batch in reader.batches([data])]


def _notices(data: bytes, options: ReadOptions | None = None) -> Counted:
    """The notices of a file, having been cut at many sizes with the same result."""
    found: list[Counted] = []
    for batch_bytes in (1, 40, 150, 1 << 20):
        outcomes = _outcomes(data, options or ReadOptions(), batch_bytes)
        counted = turns(merge_partials([o.partials for o in outcomes]))
        step_by_step = Turns()
        for outcome in outcomes:
            step_by_step.add(outcome.partials)
        assert step_by_step.notices() == counted
        found.append(together(o.notices for o in outcomes) | counted)
    assert all(one == found[0] for one in found)
    return found[0]


_HEADER = b"sensor_id,timestamp,value\n"
_RENAMED = b"Device;Time;Value\n"


@pytest.mark.parametrize("renamed", [False, True])
def test_each_notice_counts_its_readings_and_names_the_first(renamed: bool) -> None:
    rows = [
        (b"a", b"2024-05-01T00:00:00Z", b"1"),
        (b"a", b"2024-05-01T00:10:00Z", b"-9999"),
        (b"1.39E+12", b"2024-05-01T00:00:00Z", b"2"),
        (b"a", b"2024-05-01T00:10:00Z", b"3"),
        (b"a", b"2024-05-01T00:05:00Z", b"4"),
        (b"a", b"2034-05-01T00:05:00Z", b"-9999"),
        (b"a", b"2034-05-01T00:06:00Z", b"bad"),
        (b"1.39E+12", b"2024-05-02T00:00:00Z", b"2"),
    ]
    data = (_RENAMED if renamed else _HEADER) + b"".join(
        (b";" if renamed else b",").join(row) + b"\n" for row in rows
    )
    assert _notices(data) == {
        "sentinel": (2, 2),
        "id_e_notation": (2, 3),
        "repeated": (1, 4),
        "times_go_back": (1, 5),
        "future": (1, 6),
    }


def test_a_clean_file_has_no_notice() -> None:
    rows = b"".join(b"s%d,2024-05-01T00:%02d:00Z,%d\n" % (k % 3, k, k) for k in range(60))
    assert _notices(_HEADER + rows) == {}


def test_a_file_written_newest_first_does_not_go_back() -> None:
    rows = b"".join(b"s%d,2024-05-01T00:%02d:00Z,%d\n" % (k % 3, 59 - k, k) for k in range(60))
    assert _notices(_HEADER + rows) == {}


def test_cells_of_a_wide_record_count_each() -> None:
    data = b"Time,1.5E+7,b\n2024-05-01 00:00,1,-999\n2024-05-01 00:10,-999,-999\n2024-05-01 00:05,1,2\n"
    assert _notices(data, ReadOptions(layout="wide")) == {
        "sentinel": (3, 1),
        "id_e_notation": (3, 1),
        "times_go_back": (2, 3),
    }


@pytest.mark.parametrize("value", SENTINELS)
def test_every_sentinel_is_noticed(value: float) -> None:
    data = _HEADER + b"a,2024-05-01T00:00:00Z,%s\n" % repr(value).encode()
    assert _notices(data) == {"sentinel": (1, 1)}


@pytest.mark.parametrize("seed", range(20))
def test_turns_of_random_files_are_those_of_a_plain_count(seed: int) -> None:
    draw = random.Random(seed)
    rows = [(draw.randrange(3), draw.randrange(6)) for _ in range(draw.randrange(1, 60))]
    data = _HEADER + b"".join(b"s%d,2024-05-01T00:%02d:00Z,1\n" % row for row in rows)
    expected: Counted = {}
    for sensor in {s for s, _ in rows}:
        times = [(time, number) for number, (s, time) in enumerate(rows, 1) if s == sensor]
        back = [n for (a, _), (b, n) in pairwise(times) if b < a]
        again = [n for (a, _), (b, n) in pairwise(times) if b == a]
        forward = len(times) - 1 - len(back) - len(again)
        if back and len(back) <= forward:
            expected = together([expected, {"times_go_back": (len(back), back[0])}])
        if again:
            expected = together([expected, {"repeated": (len(again), again[0])}])
    assert _notices(data) == expected

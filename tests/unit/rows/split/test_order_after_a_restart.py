"""The repeated hour of loggers that are started again with another phase: never the wrong one.

Files are longer than the head, so that what was seen there need not be so any more. The truth is
zoneinfo's. A seeded part is tried; CSV_PROCESSOR_ALL_ZONES=1 tries many more.
"""

from __future__ import annotations

import io
import os
import random
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from rows.reader import FileReader
from rows.zones import zone_of
from schemas.limits import Limits
from schemas.read_options import ReadOptions
from schemas.zone_names import zone_data

_CASES: Final = 2000 if os.environ.get("CSV_PROCESSOR_ALL_ZONES") == "1" else 60
_HEAD: Final = 1 << 18
_MINUTE: Final = 60_000_000
_DAY: Final = 24 * 60 * _MINUTE
_ZONES: Final = (
    "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Beirut",
    "America/Havana", "Atlantic/Azores", "Europe/Dublin",
)  # fmt: skip
_STEPS: Final = (7, 11, 13, 25, 45, 50, 90, 120, 150, 180, 360, 720, 1440)

Record = tuple[str, int]


def _backward(zone: str) -> list[tuple[int, int]]:
    """The instants at which clocks of a zone go back, and by how much, in microseconds."""
    found = zone_of(zone)
    after = int(datetime(2005, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
    before = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
    twice = [k for k in range(len(found.first)) if found.first[k] > found.second[k]]
    switches = [
        (int(found.bounds[k]) - int(found.second[k]), int(found.first[k] - found.second[k]))
        for k in twice
    ]
    return [(at, by) for at, by in switches if after < at < before]


class _File:
    """Windows around changes of the clocks. The first one in the file is longer than the head."""

    def __init__(self, draw: random.Random, *, restarts_in_the_hour: bool, gaps: bool) -> None:
        self.zone = draw.choice(_ZONES)
        self.step = draw.choice(_STEPS) * _MINUTE
        self.descending = draw.random() < 0.4
        self.sensors = draw.choice((["s"], ["a", "b", "c"]))
        switches = draw.sample(_backward(self.zone), 4)
        windows: list[list[Record]] = []
        self.ambiguous: set[int] = set()
        phase = draw.randrange(0, self.step // _MINUTE) * _MINUTE
        for k, (at, by) in enumerate(sorted(switches, reverse=self.descending)):
            self.ambiguous.update(range(at - by, at + by, _MINUTE))
            if k:
                phase = draw.randrange(0, self.step // _MINUTE) * _MINUTE
            reach = max(2 * _DAY, 8 * self.step)
            begin = (at - reach - phase) // self.step * self.step + phase
            times = list(range(begin, at + reach, self.step))
            if k and restarts_in_the_hour:
                cut = at + draw.randrange(-by, by, _MINUTE)
                kept = [time for time in times if time < cut]
                # Started again before the next record is due, with a phase of its own.
                cut = kept[-1] + draw.randrange(_MINUTE, min(self.step, by), _MINUTE)
                times = [*kept, *range(cut, at + reach, self.step)]
            if k and gaps:
                length = draw.randrange(1, 240) * _MINUTE
                gap = at - by + draw.randrange(-120, 60) * _MINUTE
                times = [time for time in times if not gap <= time < gap + length]
            windows.append([(sensor, time) for time in times for sensor in self.sensors])
        self.records = [
            record for window in windows for record in (window[::-1] if self.descending else window)
        ]
        self._first = len(windows[0])

    def data(self) -> bytes:
        clock = ZoneInfo.from_file(io.BytesIO(zone_data(self.zone)), key=self.zone)
        note = "x" * (_HEAD // self._first + 1)
        lines = ["sensor_id,timestamp,value,note"]
        for k, (sensor, micros) in enumerate(self.records):
            local = datetime.fromtimestamp(micros // 1_000_000, UTC).astimezone(clock)
            lines.append(f"{sensor},{local:%Y-%m-%d %H:%M},1,{note if k < self._first else ''}")
        return "\n".join(lines).encode() + b"\n"


def _read(file: _File, batch_bytes: int) -> tuple[list[Record], set[int], dict[str, int]]:
    """The readings, the numbers of invalid rows, and how often there is each code."""
    reader = FileReader(ReadOptions(timezone=file.zone), Limits(), batch_bytes)
    readings: list[Record] = []
    invalid: set[int] = set()
    codes: dict[str, int] = {}
    for batch in reader.batches([file.data()]):
        outcome = reader.parse(batch, readings=True)
        assert outcome.readings is not None
        moments = outcome.readings.column("timestamp").cast("int64").to_pylist()
        readings += zip(outcome.readings.column("sensor_id").to_pylist(), moments, strict=True)
        for row in outcome.invalid_rows.to_pylist():
            invalid.add(row["row"])
            codes[row["code"]] = codes.get(row["code"], 0) + 1
    return readings, invalid, codes


def _check(draw: random.Random, *, restarts_in_the_hour: bool, gaps: bool) -> None:
    file = _File(draw, restarts_in_the_hour=restarts_in_the_hour, gaps=gaps)
    readings, invalid, codes = _read(file, draw.choice((200, 5_000, 1 << 20)))
    about = (file.zone, file.step // _MINUTE, file.descending)
    kept = [record for row, record in enumerate(file.records, 1) if row not in invalid]
    wrong = [pair for pair in zip(readings, kept, strict=True) if pair[0] != pair[1]]
    assert not wrong, (about, wrong[:2])
    assert codes.keys() <= {"timestamp_repeated_hour"}, about
    assert {file.records[row - 1][1] for row in invalid} <= file.ambiguous, about
    if not restarts_in_the_hour and not gaps:
        assert not invalid, about


@pytest.mark.parametrize("seed", range(_CASES))
def test_another_phase_later_in_the_file_costs_no_record(seed: int) -> None:
    _check(random.Random(f"other phase {seed}"), restarts_in_the_hour=False, gaps=False)


@pytest.mark.parametrize("seed", range(_CASES))
def test_records_that_are_lacking_are_never_taken_for_the_other_hour(seed: int) -> None:
    _check(random.Random(f"gap {seed}"), restarts_in_the_hour=False, gaps=True)


@pytest.mark.parametrize("seed", range(_CASES))
def test_a_restart_within_the_hour_is_never_taken_for_the_other_hour(seed: int) -> None:
    _check(random.Random(f"restart {seed}"), restarts_in_the_hour=True, gaps=False)

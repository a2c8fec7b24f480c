"""The repeated hour by the order of records is equal to zoneinfo, in every zone and at every cadence.

A seeded part of all combinations is tried; CSV_PROCESSOR_ALL_ZONES=1 tries all zones at all cadences,
with all switches of a zone in one file, in about half an hour.
"""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rows.reader import FileReader
from rows.zones import zone_of
from schemas.limits import Limits
from schemas.read_options import ReadOptions
from schemas.zone_names import zone_data, zone_names

_ALL = os.environ.get("CSV_PROCESSOR_ALL_ZONES") == "1"
_ZONES = sorted(name for name in zone_names() if zone_of(name).repeats)
_PART = 10  # zones that are tried if not all are
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = 60_000_000


def _switches(zone: str) -> Iterator[tuple[int, int]]:
    """The instants since 1970 (microseconds) at which clocks change, and by how much."""
    found = zone_of(zone)
    now = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
    for k in range(1, len(found.first)):
        first, second = int(found.first[k]), int(found.second[k])
        if first == second:
            continue
        # Both hours begin at the change, less the smaller of the offsets.
        instant = int(found.bounds[k]) - min(first, second)
        if 0 <= instant < now:
            yield instant, second - first


def _read(data: bytes, options: ReadOptions, batch_bytes: int) -> tuple[list[tuple[str, int]], int]:
    reader = FileReader(options, Limits(), batch_bytes)
    readings: list[tuple[str, int]] = []
    invalid = 0
    for batch in reader.batches([data]):
        outcome = reader.parse(batch, readings=True)
        assert outcome.readings is not None
        moments = outcome.readings.column("timestamp").cast("int64").to_pylist()
        readings += zip(outcome.readings.column("sensor_id").to_pylist(), moments, strict=True)
        invalid += outcome.invalid_count
    return readings, invalid


def _check(zone: str, switches: Sequence[tuple[int, int]], cadence: int) -> None:
    """Check a file with the hours around each of the switches.

    If records are further apart than what clocks show twice is long, clock times only rise: which
    pass a time is of is then known by the interval of the records, or not at all (invalid).
    """
    draw = random.Random(f"{zone} {switches} {cadence}")
    sensors = draw.choice((["s"], ["a", "b"], ["x", "y", "z"]))
    # Of the same release as the engine's; the system's can be older.
    clock = ZoneInfo.from_file(io.BytesIO(zone_data(zone)), key=zone)
    step = cadence * _MINUTE
    phase = draw.randrange(0, cadence) * _MINUTE  # a logger keeps to it
    # Sensors of one file are read at the same times.
    times: set[int] = set()
    for at, by in switches:
        # Longer than what clocks show twice, which is up to four hours.
        reach = max(180 * _MINUTE, 2 * abs(by))
        begin = (at - reach - phase) // step * step + phase
        count = max(8, (2 * reach + 60 * _MINUTE) // step)
        times.update(begin + k * step for k in range(count))
    unknown = [(at, -by) for at, by in switches if 0 < -by < step]
    records = [(sensor, time) for time in sorted(times) for sensor in sensors]
    if draw.random() < 0.3:
        records.sort()
    if draw.random() < 0.5:
        records.reverse()

    def local(micros: int) -> str:
        moment = datetime.fromtimestamp(micros // 1_000_000, UTC).astimezone(clock)
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    data = b"sensor_id,timestamp,value\n" + b"".join(
        f"{sensor},{local(time)},1\n".encode() for sensor, time in records
    )
    options = ReadOptions(timezone=zone)
    batch_bytes = draw.choice((1, 90, 500, 1 << 20) if len(switches) == 1 else (50_000, 1 << 20))
    readings, invalid = _read(data, options, batch_bytes)
    read = set(readings)
    right = [
        record
        for record in records
        if record in read
        or not any(at - length <= record[1] < at + length for at, length in unknown)
    ]
    wrong = next((pair for pair in zip(readings, right, strict=False) if pair[0] != pair[1]), None)
    found = wrong, len(readings), invalid
    assert found == (None, len(right), len(records) - len(right)), (zone, cadence, batch_bytes)


def _chosen() -> list[str]:
    if _ALL:
        # Many are other names of the same zone.
        return list({zone_data(name): name for name in reversed(_ZONES)}.values())[::-1]
    return [*random.Random(7).sample(_ZONES, _PART), "Australia/Lord_Howe"]


@pytest.mark.parametrize("zone", _chosen())
def test_the_hours_of_a_switch_are_equal_to_zoneinfo(zone: str) -> None:
    switches = list(_switches(zone))
    if _ALL:
        for cadence in range(1, 61):
            _check(zone, switches, cadence)
        return
    draw = random.Random(zone)
    for switch in draw.sample(switches, min(4, len(switches))):
        for cadence in draw.sample(range(1, 61), 4):
            _check(zone, [switch], cadence)


def test_zones_have_switches() -> None:
    found = [by for _, by in _switches("Europe/Berlin")]
    assert len(found) > 80
    assert np.unique(found).tolist() == [-3_600_000_000, 3_600_000_000]


def test_one_time_of_each_sensor_in_the_hour_cannot_be_known() -> None:
    data = b"sensor_id,timestamp,value\na,2025-10-26 02:30,1\n"
    assert _read(data, ReadOptions(timezone="Europe/Berlin"), 1 << 20) == ([], 1)
    # Neither can times that are further apart than the hour is long.
    rows = [
        b"a,2025-10-2%d 02:%02d,1\n" % (day, minute) for day, minute in ((4, 10), (5, 20), (6, 30))
    ]
    readings, invalid = _read(
        b"sensor_id,timestamp,value\n" + b"".join(rows),
        ReadOptions(timezone="Europe/Berlin"),
        1 << 20,
    )
    assert (len(readings), invalid) == (2, 1)


def test_times_that_come_late_do_not_change_the_clock() -> None:
    # A logger that sets its clock back by two seconds now and then.
    clock = ZoneInfo("Europe/Berlin")
    start = int(datetime(2025, 10, 25, 21, 0, tzinfo=UTC).timestamp())
    instants = []
    for k in range(300):
        instants += [start + 60 * k, *([start + 60 * k - 2] if k % 7 == 0 else [])]
    data = b"sensor_id,timestamp,value\n" + b"".join(
        datetime.fromtimestamp(t, UTC)
        .astimezone(clock)
        .strftime("s,%Y-%m-%d %H:%M:%S,1\n")
        .encode()
        for t in instants
    )
    readings, invalid = _read(data, ReadOptions(timezone="Europe/Berlin"), 700)
    wrong = [(a, b) for (_, a), b in zip(readings, instants, strict=True) if a != b * 1_000_000]
    # Only a time that goes back across the beginning of the second pass cannot be distinguished from it.
    assert invalid == 0
    assert len(wrong) <= 1


def _hours_of(instants: list[int]) -> tuple[list[int], int]:
    """What is read of one sensor with local times of Berlin: instants in seconds, invalid rows."""
    clock = ZoneInfo("Europe/Berlin")
    data = b"sensor_id,timestamp,value\n" + b"".join(
        datetime.fromtimestamp(t, UTC).astimezone(clock).strftime("s,%Y-%m-%d %H:%M,1\n").encode()
        for t in instants
    )
    readings, invalid = _read(data, ReadOptions(timezone="Europe/Berlin"), 300)
    return [micros // 1_000_000 for _, micros in readings], invalid


def test_a_cadence_before_the_change_alone_does_not_say_which_hour_it_is() -> None:
    # Every two hours: at 02:00 a logger that keeps to UTC has the first hour, one that keeps to its
    # clock may have either.
    at_two = int(datetime(2025, 10, 26, 0, 0, tzinfo=UTC).timestamp())
    before = [at_two - 7200 * k for k in range(12, 0, -1)]
    assert _hours_of([*before, at_two]) == (before, 1)
    # Beyond the change the cadence says it.
    after = [at_two + 7200 * k for k in range(1, 4)]
    assert _hours_of([*before, at_two, *after]) == ([*before, at_two, *after], 0)


def test_the_cadence_says_which_hour_it_is_after_a_gap() -> None:
    change = int(datetime(2025, 10, 26, 1, 0, tzinfo=UTC).timestamp())
    times = [change + 1500 * k + 300 for k in range(-20, 20)]
    without_first_hour = [t for t in times if not change - 3600 <= t < change]
    assert _hours_of(without_first_hour) == (without_first_hour, 0)

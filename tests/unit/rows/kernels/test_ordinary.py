"""Ordinary records are read by loops of their own, and are passed over while the order of records is
followed: whatever is among them, that gives what the loop for all records gives."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rows.compiled_plan import compiled
from rows.kernels import plan_layout as at
from rows.order import NOTHING
from rows.outcome import BatchOutcome
from rows.plan_batch import PlanBatch
from rows.sniff.head import find_dialect
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_options import read_options
from tests.harness.cut_files import Cut

_LIMITS = Limits(max_record_bytes=4000)
_SENSORS = ["s1", "s2", "boiler-7", "a-long-sensor-name-of-a-plant/00012345", "fühler", "x" * 300]
_VALUES = ["1", "-2.5", "24.169", "1e3", ".5", "5.", "+0", "-0.0", "123456.789", "-999", "1E-320"]
_ODD = ["", " ", "nan", "1e999", "x", "99999999999999999999999999999999999.5", "12 C", "1,5"]


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class _Kind:
    """Files of one form."""

    header: str
    row: Callable[[datetime], str]  # with {} for sensor and value
    options: dict[str, object] = field(default_factory=dict)
    zone: str = "UTC"
    start: datetime = datetime(2026, 3, 20, tzinfo=UTC)
    step: timedelta = timedelta(seconds=7)


_BERLIN: dict[str, object] = {"timezone": "Europe/Berlin"}
_NIGHT = datetime(2026, 10, 24, 20, tzinfo=UTC)
_KINDS = {
    "renamed": _Kind("Device,Time,Reading", lambda t: f"{{}},{_iso(t)},{{}}"),
    "other order": _Kind("Reading,Note,Time,Device", lambda t: f"{{v}},ok,{_iso(t)},{{s}}"),
    "fractions": _Kind("Device,Time,Reading", lambda t: f"{{}},{t:%Y-%m-%dT%H:%M:%S.%f}+01:00,{{}}"),
    "minutes": _Kind(
        "Device,Time,Reading", lambda t: f"{{}},{t:%Y-%m-%d %H:%M},{{}}", step=timedelta(hours=1)
    ),
    "days": _Kind(
        "Device,Date,Reading", lambda t: f"{{}},{t:%Y-%m-%d},{{}}", step=timedelta(days=1)
    ),
    "date and time": _Kind("Device,Date,Time,Reading", lambda t: f"{{}},{t:%Y-%m-%d,%H:%M:%S},{{}}"),
    "date and time apart": _Kind(
        "Date,Device,Time,Reading", lambda t: f"{t:%Y-%m-%d},{{}},{t:%H:%M:%S},{{}}"
    ),
    "another day each time": _Kind(
        "Device,Time,Reading", lambda t: f"{{}},{_iso(t)},{{}}", step=timedelta(days=1, seconds=7)
    ),
    "another day each time, with an offset": _Kind(
        "Device,Time,Reading",
        lambda t: f"{{}},{t:%Y-%m-%dT%H:%M:%S}-03:30,{{}}",
        step=timedelta(days=1, seconds=7),
    ),
    "another day each time, in two cells": _Kind(
        "Device,Date,Time,Reading",
        lambda t: f"{{}},{t:%Y-%m-%d,%H:%M:%S},{{}}",
        step=timedelta(days=1, seconds=7),
    ),
    "another day each time, strptime": _Kind(
        "Device,Time,Reading",
        lambda t: f"{{}},{t:%H:%M:%S %d.%m.%y},{{}}",
        {"timestamp_format": ["%H:%M:%S %d.%m.%y"]},
        step=timedelta(days=1, seconds=7),
    ),
    "another day each time, in a zone": _Kind(
        "Device,Time,Reading",
        lambda t: f"{{}},{t:%d/%m/%Y %H:%M:%S},{{}}",
        {**_BERLIN, "timestamp_format": ["%d/%m/%Y %H:%M:%S"]},
        "Europe/Berlin",
        datetime(2025, 9, 20, tzinfo=UTC),
        timedelta(days=1, minutes=7),
    ),
    "sensors that begin as the header": _Kind(
        "sensor,Time,Reading", lambda t: f"{{}},{_iso(t)},{{}}"
    ),
    "strptime": _Kind(
        "Device,Time,Reading",
        lambda t: f"{{}},{t:%d.%m.%Y %H:%M:%S},{{}}",
        {"timestamp_format": ["%d.%m.%Y %H:%M:%S"]},
    ),
    "strptime with a fraction": _Kind(
        "Device,Time,Reading",
        lambda t: f"{{}},{t:%d/%m/%y %H:%M:%S.%f},{{}}",
        {"timestamp_format": ["%d/%m/%y %H:%M:%S.%f"]},
    ),
    "long lines": _Kind(
        "Note,Device,Time,Other,Reading",
        lambda t: f"{'n' * (t.second * 3)},{{}},{_iso(t)},{'o' * 40},{{}}",
    ),
    "a fixed sensor": _Kind(
        "Device,Time,Reading", lambda t: f"{{}},{_iso(t)},{{}}", {"sensor": "boiler"}
    ),
    "a decimal comma": _Kind(
        "Device;Time;Reading", lambda t: f"{{}};{_iso(t)};{{v:comma}}", {"decimal": ","}
    ),
    "a shift": _Kind(
        "Device,Time,Reading", lambda t: f"{{}},{_iso(t)},{{}}", {"timestamp_shift": "-90min"}
    ),
    "a zone": _Kind(
        "Device,Time,Reading", lambda t: f"{{}},{t:%Y-%m-%d %H:%M:%S},{{}}", _BERLIN, "Europe/Berlin"
    ),
    "an hour twice": _Kind(
        "Device,Time,Reading",
        lambda t: f"{{}},{t:%Y-%m-%d %H:%M:%S},{{}}",
        _BERLIN,
        "Europe/Berlin",
        _NIGHT,
    ),
    "an hour twice, the later one": _Kind(
        "Device,Time,Reading",
        lambda t: f"{{}},{t:%Y-%m-%d %H:%M:%S},{{}}",
        {**_BERLIN, "ambiguous_time": "later"},
        "Europe/Berlin",
        _NIGHT,
    ),
    "an hour that is skipped": _Kind(
        "Device,Time,Reading",
        lambda t: f"{{}},{t.replace(tzinfo=None) + timedelta(hours=1):%Y-%m-%d %H:%M:%S},{{}}",
        _BERLIN,
        "UTC",
        datetime(2026, 3, 28, 22, tzinfo=UTC),
    ),
    "wide, an hour twice": _Kind(
        "Time,a,b,c", lambda t: f"{t:%Y-%m-%d %H:%M:%S},1.5,{{v}},2", _BERLIN, "Europe/Berlin", _NIGHT
    ),
}  # fmt: skip


class _Value(str):
    def __format__(self, spec: str) -> str:
        return self.replace(".", ",") if spec == "comma" else str(self)


def _file(kind: _Kind, seed: int, odd: int, line_end: str) -> bytes:
    """1,500 records, one in `odd` of which has something unusual."""
    draw = random.Random(seed)
    zone = ZoneInfo(kind.zone)
    lines = [kind.header]
    moment = kind.start
    for _ in range(1500):
        moment += kind.step
        sensor, value = draw.choice(_SENSORS[:3]), draw.choice(_VALUES)
        if draw.randrange(odd) == 0:
            sensor, value = draw.choice([*_SENSORS, ""]), draw.choice([*_VALUES, *_ODD])
        row = kind.row(moment.astimezone(zone))
        text = (
            row.format(sensor, _Value(value), s=sensor, v=_Value(value))
            if "{}" in row
            else (row.format(s=sensor, v=_Value(value)))
        )
        if draw.randrange(odd) == 0:
            text = _damaged(text, kind.header, draw)
        lines.append(text)
    return (line_end.join(lines) + line_end).encode()


def _damaged(text: str, header: str, draw: random.Random) -> str:
    place = draw.randrange(len(text))
    return draw.choice(
        [
            text[:place] + draw.choice("0:9 x\t-.T") + text[place + 1 :],
            text[:place], text + ",", text + ",x", " " + text + " ", "", "# note", header,
            ",".join(f'"{part}"' for part in text.split(",")), '"' + text, text[:place] + "\r" + text,
            text.replace(" ", "  "), text.replace(",", " , "), text + "\n" + text, "\x1a",
        ]
    )  # fmt: skip


@contextmanager
def _without_loop(dialect: DialectSpec) -> Iterator[None]:
    """Every record is read by the loop for all records, and none is passed over by its day alone."""
    assert dialect.plan is not None
    plan = compiled(dialect.plan)
    kept, days = plan.settings[at.ORDINARY], plan.repeated_days
    assert kept != 0
    assert days is not None
    plan.settings[at.ORDINARY] = 0
    plan.repeated_days = None
    try:
        yield
    finally:
        plan.settings[at.ORDINARY] = kept
        plan.repeated_days = days


def _read(data: bytes, dialect: DialectSpec) -> list[Any]:
    found: list[Any] = []
    for size in (1 << 20, 9000):
        cut = Cut(data, dialect, _LIMITS)
        spans = cut.spans(size, 1 << 20)
        found += [spans, [_all_of(outcome) for outcome in cut.outcomes(spans)]]
    return found


def _all_of(outcome: BatchOutcome) -> tuple[Any, ...]:
    assert outcome.readings is not None
    return (
        *(outcome.row_count, outcome.invalid_count, outcome.min_value, outcome.max_value),
        *(outcome.codes, outcome.partials, outcome.invalid_rows),
        *(outcome.readings, outcome.record_count, outcome.invalid_cells),
        *(outcome.missing_count, outcome.excluded_count, outcome.notices),
    )


def _moments(data: bytes, dialect: DialectSpec) -> list[list[int]]:
    assert dialect.plan is not None
    records = np.frombuffer(data[dialect.data_start :], np.uint8)
    found = PlanBatch(records, dialect, dialect.plan, _LIMITS, NOTHING).moments()
    return [words.tolist() for words in found]


@pytest.mark.parametrize("name", _KINDS)
def test_ordinary_records_are_read_as_all_records_are(name: str) -> None:
    kind = _KINDS[name]
    for seed, (odd, line_end) in enumerate(((200, "\n"), (7, "\r\n"))):
        data = _file(kind, seed, odd, line_end)
        options = read_options({**kind.options, "comment": "#"})
        dialect = find_dialect(
            _file(kind, seed, 10_000, line_end)[:3000], options, complete=False, limits=_LIMITS
        )
        with _without_loop(dialect):
            wanted = _read(data, dialect)
            moments = _moments(data, dialect)
        assert _read(data, dialect) == wanted
        assert _moments(data, dialect) == moments
        assert len(moments[0]) > 1000

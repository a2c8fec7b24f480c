"""Files that are read by a plan, made of the readings of the clean file: renamed columns, other
timestamps, local time, and the wide form."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.read_options import ReadOptions

_ZONE: Final = "Europe/Berlin"
_BERLIN: Final = ZoneInfo(_ZONE)
_START: Final = datetime(2026, 3, 20, tzinfo=UTC)
_SENSORS: Final = 1000
_COLUMNS: Final = 50


@dataclass(frozen=True)
class PlanFile:
    """A file to measure, and the share of the plain long file's readings per second it has to reach."""

    name: str
    share: float
    make: Callable[[int], bytes]  # of about so many readings
    options: ReadOptions = field(default_factory=ReadOptions)
    readings_per_record: int = 1


def _long(header: str, written: Callable[[datetime], str]) -> Callable[[int], bytes]:
    def make(readings: int) -> bytes:
        draw = random.Random(1)
        lines = [header]
        moment = ""
        for k in range(readings):
            if k % 10 == 0:
                moment = written(_START + timedelta(seconds=k // 10))
            lines.append(f"s{draw.randrange(_SENSORS):05},{moment},{draw.gauss(20, 4):.3f}")
        return ("\n".join(lines) + "\n").encode()

    return make


def _wide(readings: int) -> bytes:
    draw = random.Random(1)
    lines = ["Time," + ",".join(f"probe {k}" for k in range(_COLUMNS))]
    for k in range(readings // _COLUMNS):
        moment = (_START + timedelta(seconds=k)).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines.append(moment + "," + ",".join(f"{draw.gauss(20, 4):.3f}" for _ in range(_COLUMNS)))
    return ("\n".join(lines) + "\n").encode()


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


PLAN_FILES: Final = (
    PlanFile("renamed columns", 0.9, _long("Device,Time,Reading", _utc)),
    PlanFile(
        "date and time apart",
        0.9,
        _long("Device,Date,Time,Reading", lambda t: t.strftime("%Y-%m-%d,%H:%M:%S")),
    ),
    PlanFile(
        "local time",
        0.8,
        _long("Device,Time,Reading", lambda t: f"{t.astimezone(_BERLIN):%Y-%m-%d %H:%M:%S}"),
        ReadOptions(timezone=_ZONE),
    ),
    PlanFile(
        "strptime",
        0.7,
        _long("Device,Time,Reading", lambda t: t.strftime("%d.%m.%Y %H:%M:%S")),
        ReadOptions(timestamp_format=("%d.%m.%Y %H:%M:%S",)),
    ),
    PlanFile("wide, 50 columns", 0.7, _wide, readings_per_record=_COLUMNS),
)

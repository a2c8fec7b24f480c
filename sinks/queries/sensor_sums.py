"""Totals of one sensor as numbers that can be added, exact in any order; as `schemas.totals_sql`."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

# Time, upload time of the file, file_id, value.
Reading = tuple[datetime, datetime, str, float]
# The key of a sum that is not finite.
_INFINITE: Final = 255


@dataclass(slots=True)
class SensorSums:
    """What some files have of one sensor.

    `sums` are whole numbers of units of 2^(32 k - 1075), by k; `results` counts files with a row of
    the sensor, `files` those with readings. `first` and `last` are None if there is no row.
    """

    results: int = 0
    files: int = 0
    row_count: int = 0
    missing_count: int = 0
    excluded_count: int = 0
    min_value: float = math.inf
    max_value: float = -math.inf
    sums: dict[int, int] = field(default_factory=dict)
    first: Reading | None = None
    last: Reading | None = None

    @classmethod
    def of_result(cls, row: Mapping[str, Any], upload_time: datetime) -> SensorSums:
        """Of a row of `sensor_result_rows`."""
        file_id = row["file_id"]
        return cls(
            results=1,
            files=int(row["row_count"] > 0),
            row_count=row["row_count"],
            missing_count=row["missing_count"],
            excluded_count=row["excluded_count"],
            min_value=row["min_value"],
            max_value=row["max_value"],
            sums=cls.of_values(row["sum_hi"], row["sum_lo"]),
            first=(row["first_timestamp"], upload_time, file_id, row["first_value"]),
            last=(row["last_timestamp"], upload_time, file_id, row["last_value"]),
        )

    @classmethod
    def of_sealed(cls, state: Mapping[str, Any]) -> SensorSums:
        """Of a state in `sensor_totals`."""
        return cls(
            results=state["results"],
            files=state["files"],
            row_count=state["row_count"],
            missing_count=state["missing_count"],
            excluded_count=state["excluded_count"],
            min_value=state["min_value"],
            max_value=state["max_value"],
            sums=dict(zip(state["sum_keys"], state["sum_parts"], strict=True)),
            first=tuple(state["first"]),
            last=tuple(state["last"]),
        )

    @staticmethod
    def of_values(*values: float) -> dict[int, int]:
        """The `sums` of some float64."""
        sums: dict[int, int] = {}
        for value in values:
            key, part = _part(value)
            sums[key] = sums.get(key, 0) + part
        return sums

    def add(self, other: SensorSums) -> None:
        """Add what other files have."""
        self.results += other.results
        self.files += other.files
        self.row_count += other.row_count
        self.missing_count += other.missing_count
        self.excluded_count += other.excluded_count
        self.min_value = min(self.min_value, other.min_value)
        self.max_value = max(self.max_value, other.max_value)
        for key, part in other.sums.items():
            self.sums[key] = self.sums.get(key, 0) + part
        if other.first is not None and (self.first is None or other.first < self.first):
            self.first = other.first
        if other.last is not None and (self.last is None or other.last > self.last):
            self.last = other.last

    def mean(self) -> float | None:
        """The mean of all readings; None without readings, and if the sum is not finite."""
        sums = {key: part for key, part in self.sums.items() if part}
        if not self.row_count or _INFINITE in sums:
            return None
        highest = max(sums, default=0)
        low = max(highest - 4, 0)
        units = sum(part << 32 * (key - low) for key, part in sums.items() if key >= low)
        try:
            return math.ldexp(float(units), 32 * low - 1075) / self.row_count
        except OverflowError:
            return None

    def columns(self, sensor_id: str) -> dict[str, Any]:
        """Columns of the view `sensors`."""
        return sensor_row(
            sensor_id,
            {
                "row_count": self.row_count,
                "files": self.files,
                "min_value": self.min_value,
                "max_value": self.max_value,
                "mean_value": self.mean(),
                "first": self.first,
                "last": self.last,
                "missing_count": self.missing_count,
                "excluded_count": self.excluded_count,
            },
        )


def sensor_row(sensor_id: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of the view `sensors` from a state in `sensor_totals`."""
    some = state["row_count"] > 0
    return {
        "sensor_id": sensor_id,
        "row_count": state["row_count"],
        "files": state["files"],
        "min_value": state["min_value"] if some else None,
        "max_value": state["max_value"] if some else None,
        "mean_value": state["mean_value"],
        "first_timestamp": state["first"][0] if some else None,
        "first_value": state["first"][3] if some else None,
        "last_timestamp": state["last"][0] if some else None,
        "last_value": state["last"][3] if some else None,
        "missing_count": state["missing_count"],
        "excluded_count": state["excluded_count"],
    }


def _part(value: float) -> tuple[int, int]:
    """Key and units of a float64."""
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    exponent = bits >> 52 & 2047
    if exponent == 2047:
        return _INFINITE, 1
    units = (bits & (1 << 52) - 1) + ((1 << 52) if exponent else 0)
    key, shift = divmod(max(exponent, 1), 32)
    return key, (-1 if bits >> 63 else 1) * (units << shift)

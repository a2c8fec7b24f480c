"""Sensor files for measuring, made once from a seed and kept in a cache folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

_ROWS_AT_ONCE = 500_000
_START = 1_700_000_000  # 2023-11-14T22:13:20Z
HEADER = b"sensor_id,timestamp,value\n"


def cache_dir() -> Path:
    """Where generated files are kept: `BENCH_CACHE`, or `.cache/bench` of the checkout."""
    configured = os.environ.get("BENCH_CACHE")
    folder = (
        Path(configured)
        if configured
        else Path(__file__).resolve().parent.parent / ".cache" / "bench"
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def sensor_file(rows: int, sensors: int, *, every_sensor: bool = False) -> Path:
    """A file of `rows` rows like `s00473,2023-11-14T22:13:20Z,24.169`, ten readings a second.

    Args:
        rows: data rows after the header.
        sensors: how many sensors to draw from.
        every_sensor: go round the sensors instead of drawing, so that each one does occur.
    """
    path = cache_dir() / f"r{rows}-s{sensors}{'-every' if every_sensor else ''}.csv"
    if path.exists():
        return path
    random = np.random.default_rng(1)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(HEADER)
        for start in range(0, rows, _ROWS_AT_ONCE):
            numbers = np.arange(start, min(start + _ROWS_AT_ONCE, rows))
            ids = numbers % sensors if every_sensor else random.integers(0, sensors, len(numbers))
            values = np.round(random.normal(20, 5, len(numbers)), 3)
            moments = np.datetime_as_string((_START + numbers // 10).astype("datetime64[s]"))
            lines = [
                f"s{i:05d},{t}Z,{v}\n"
                for i, t, v in zip(ids.tolist(), moments.tolist(), values.tolist(), strict=True)
            ]
            file.write("".join(lines).encode())
    part.rename(path)
    return path

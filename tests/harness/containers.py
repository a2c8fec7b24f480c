"""Files of readings to put into containers (`tests.unit.rows.containers.archives`)."""

from __future__ import annotations

HEADER = "sensor_id,timestamp,value\n"


def readings(sensor: str, count: int, first: int = 0) -> bytes:
    """A file of `count` readings of one sensor with the values `first`, `first + 1`, ..."""
    rows = (
        f"{sensor},2026-03-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z,{first + n}\n"
        for n in range(count)
    )
    return (HEADER + "".join(rows)).encode()

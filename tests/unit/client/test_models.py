"""What the client makes of documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from csv_processor.client.models import File, Sensor

DOCUMENT: dict[str, Any] = {
    "file_id": "a", "filename": "a.csv", "status": "processed", "generation": 1,
    "upload_time": "2026-03-01T00:00:00Z",
}  # fmt: skip


def test_a_file_says_when_retention_removed_its_bytes_and_readings() -> None:
    removed = {"raw_removed_at": "2026-03-02T00:00:00Z", "readings_removed_at": None}
    file = File.of({**DOCUMENT, **removed})
    assert file.raw_removed_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert file.readings_removed_at is None
    assert File.of(DOCUMENT).raw_removed_at is None


def test_a_sensor_without_readings_has_counts_alone() -> None:
    of_readings = (
        *("min_value", "max_value", "mean_value", "first_timestamp", "first_value"),
        *("last_timestamp", "last_value"),
    )
    document = {"sensor_id": "t", "row_count": 0, "missing_count": 3}
    sensor = Sensor.of({**document, **dict.fromkeys(of_readings)})
    assert (sensor.sensor_id, sensor.row_count, sensor.files) == ("t", 0, None)
    assert all(getattr(sensor, name) is None for name in of_readings)


def test_a_sensor_whose_sum_is_beyond_all_floats_has_no_mean() -> None:
    moment, values = "2026-03-01T00:00:00Z", {"first_value": 1e308, "last_value": 9}
    extremes = {"min_value": 9, "max_value": 1e308, "mean_value": None}
    times = {"first_timestamp": moment, "last_timestamp": moment}
    sensor = Sensor.of({"sensor_id": "t", "row_count": 9, **extremes, **values, **times})
    assert (sensor.min_value, sensor.max_value, sensor.mean_value) == (9.0, 1e308, None)
    assert sensor.last_timestamp == datetime(2026, 3, 1, tzinfo=UTC)

"""What samples/expected.toml says of a sample is what an independent computation finds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cli.commands.demo_samples import REFUSED, SAMPLES, Sample, differences, samples
from tests.harness.oracle import expect

GENERATED = "million-rows.csv"  # a simple file, and too large for the oracle's pace
TEXTS = [sample for sample in samples() if sample.status != REFUSED and sample.name != GENERATED]


@pytest.mark.parametrize("sample", TEXTS, ids=lambda sample: sample.name)
def test_the_expectation_is_what_the_oracle_finds(sample: Sample, tmp_path: Path) -> None:
    found = expect(sample.path(tmp_path).read_bytes())
    assert found.status == sample.status
    assert found.row_count == sample.rows
    assert tuple((i.row, i.line, i.code) for i in found.invalid) == sample.invalid
    assert len(found.sensors) == sample.sensor_count
    assert sample.sensors is None or found.per_sensor_count == sample.sensors
    assert (found.min_value, found.max_value) == (sample.min_value, sample.max_value)


@pytest.mark.slow
def test_the_generated_sample_is_what_is_expected_of_it(tmp_path: Path) -> None:
    sample = next(s for s in samples() if s.name == GENERATED)
    with sample.path(tmp_path).open() as file:
        assert next(file) == "sensor_id,timestamp,value\n"
        fields = [line.split(",") for line in file]
    per_sensor = Counter(sensor for sensor, _, _ in fields)
    values = [float(value) for _, _, value in fields]
    assert (len(fields), len(per_sensor)) == (sample.rows, sample.sensor_count)
    assert (min(values), max(values)) == (sample.min_value, sample.max_value)
    assert set(per_sensor.values()) == {sample.rows // sample.sensor_count}


def test_every_file_in_the_folder_is_a_sample() -> None:
    kept = {path.name for path in SAMPLES.iterdir()} - {"expected.toml", ".gitattributes"}
    assert kept <= {sample.name for sample in samples()}


def test_a_generated_sample_is_written_once_and_whole(tmp_path: Path) -> None:
    sample = next(s for s in samples() if not (SAMPLES / s.name).exists())
    path = sample.path(tmp_path)
    before = path.stat()
    assert sample.path(tmp_path).stat().st_mtime_ns == before.st_mtime_ns
    assert [p.name for p in tmp_path.iterdir()] == [sample.name]


def _document(sample: Sample) -> dict[str, object]:
    return {
        "status": sample.status,
        "aggregations": {
            "row_count": sample.rows,
            "per_sensor_count": dict(sample.sensors or {}),
            "min_value": sample.min_value,
            "max_value": sample.max_value,
        },
        "sensor_count": sample.sensor_count,
        "invalid_count": len(sample.invalid),
        "invalid_rows": [
            {"row": row, "line": line, "code": code} for row, line, code in sample.invalid
        ],
    }


def test_a_document_as_expected_differs_in_nothing() -> None:
    sample = next(s for s in samples() if s.name == "invalid-rows.csv")
    assert differences(sample, _document(sample)) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "processed"), ("sensor_count", 3), ("invalid_count", 12), ("invalid_rows", [])],
)
def test_a_differing_document_is_reported(field: str, value: object) -> None:
    sample = next(s for s in samples() if s.name == "invalid-rows.csv")
    assert len(differences(sample, {**_document(sample), field: value})) == 1

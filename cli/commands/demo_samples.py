"""The samples of the demo: their bytes, their expected results, and the comparison."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.exit_codes import CommandError

SAMPLES: Final = Path(__file__).resolve().parents[2] / "samples"
REFUSED: Final = "refused"

_SENSORS, _READINGS, _STEP_SECONDS = 1000, 1000, 10
_START: Final = 1_772_323_200  # 2026-03-01T00:00:00Z


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample file and its expected result. `status` is a file's, or `refused`."""

    name: str
    about: str
    status: str
    rows: int
    invalid: tuple[tuple[int, int, str], ...]  # row, line, code
    sensor_count: int
    sensors: dict[str, int] | None  # None: too many to name
    min_value: float | None
    max_value: float | None

    def path(self, scratch: Path) -> Path:
        """Its bytes; generated ones are written into the folder `scratch` if missing."""
        kept = SAMPLES / self.name
        if kept.exists():
            return kept
        made = scratch / self.name
        if not made.exists():
            scratch.mkdir(parents=True, exist_ok=True)
            half = made.with_suffix(".half")
            with half.open("w", encoding="ascii", newline="") as file:
                file.writelines(million_rows())
            half.rename(made)
        return made


def samples() -> list[Sample]:
    """All samples, in the order in which the demo loads them.

    Raises:
        CommandError: not in a checkout; there are no samples.
    """
    listing = SAMPLES / "expected.toml"
    if not listing.exists():
        raise CommandError(f"there are no samples in {SAMPLES}", "the demo runs in a checkout")
    return [_sample(fields) for fields in tomllib.loads(listing.read_text())["sample"]]


def _sample(fields: dict[str, Any]) -> Sample:
    sensors = fields.get("sensors")
    return Sample(
        name=fields["name"],
        about=fields["about"],
        status=fields["status"],
        rows=fields["rows"],
        invalid=tuple((row, line, code) for row, line, code in fields["invalid"]),
        sensor_count=fields["sensor_count"] if sensors is None else len(sensors),
        sensors=sensors,
        min_value=fields.get("min_value"),
        max_value=fields.get("max_value"),
    )


def million_rows() -> Iterator[str]:
    """1,000,000 rows in blocks: every sensor every ten seconds, values 0.0 to 99.6."""
    names = [f"sensor-{number:04d}," for number in range(_SENSORS)]
    values = [f",{number / 10}\n" for number in range(997)]
    yield "sensor_id,timestamp,value\n"
    for reading in range(_READINGS):
        at = str(_START + reading * _STEP_SECONDS)
        yield "".join(
            name + at + values[(reading * 31 + number * 7) % 997]
            for number, name in enumerate(names)
        )


def differences(sample: Sample, doc: dict[str, Any]) -> list[str]:
    """Differences of a file's terminal document from what `sample` expects; empty if none.

    Invalid rows are compared one by one as far as the document carries them.
    """
    found = doc.get("aggregations") or {}
    per_sensor = found.get("per_sensor_count") or {}
    invalid = [(r.get("row"), r.get("line"), r.get("code")) for r in doc.get("invalid_rows") or []]
    pairs: list[tuple[str, object, object]] = [
        ("status", doc.get("status"), sample.status),
        ("valid rows", found.get("row_count"), sample.rows),
        ("rows per sensor, summed", sum(per_sensor.values()), sample.rows),
        ("sensors", doc.get("sensor_count"), sample.sensor_count),
        ("min", found.get("min_value"), sample.min_value),
        ("max", found.get("max_value"), sample.max_value),
        ("invalid rows", doc.get("invalid_count"), len(sample.invalid)),
        ("invalid rows (row, line, code)", invalid, list(sample.invalid)),
    ]
    if sample.sensors is not None:
        pairs.append(("rows per sensor", per_sensor, sample.sensors))
    return [f"{what}: {saw!r}, expected {want!r}" for what, saw, want in pairs if saw != want]

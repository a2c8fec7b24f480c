"""Files of partners, in the shapes of their makers, with the readings that they hold.

What is expected is made together with the text of a file, and never by reading it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.harness.sensor_files import SensorFile
from tests.unit.rows.containers.archives import zip_of

# sensor, time in UTC, value
Reading = tuple[str, datetime, float]
Made = tuple[bytes, list[Reading]]

_BERLIN = ZoneInfo("Europe/Berlin")


def toa5(own: int, number: int) -> Made:
    """A table of a Campbell logger: four lines of header, quoted texts, "NAN" for a gap."""
    lines = [
        '"TOA5","Ridge","CR1000X","18233","CR1000X.Std.05.02","CPU:ridge.CR1X","4411","TenMin"',
        '"TIMESTAMP","RECORD","BattV_Min","AirT_Avg","RH"',
        '"TS","RN","Volts","Deg C","%"',
        '"","","Min","Avg","Smp"',
    ]
    readings: list[Reading] = []
    begin = datetime(2025, 4, 1 + number, tzinfo=UTC)
    for n in range(30):
        moment = begin + timedelta(minutes=10 * n)
        battery, air, humidity = 12.9 - n / 100, own + n / 8, 61.0 + n
        gap = n == 4
        lines.append(
            f'"{moment:%Y-%m-%d %H:%M:%S}",{880 + n},{battery!r},{air!r},'
            + ('"NAN"' if gap else f"{humidity!r}")
        )
        readings += [("BattV_Min", moment, battery), ("AirT_Avg", moment, air)]
        if not gap:
            readings.append(("RH", moment, humidity))
    return ("\r\n".join(lines) + "\r\n").encode(), readings


def heat_meter(own: int, number: int) -> Made:
    """A wide file from Germany: windows-1252, semicolons, decimal commas, date and local time apart,
    over the night in which clocks are put forward."""
    lines = ["Datum;Uhrzeit;Vorlauf [°C];Rücklauf [°C];Leistung [kW]"]
    readings: list[Reading] = []
    begin = datetime(2025, 3, 29, 21, number, tzinfo=UTC)
    for n in range(28):
        moment = begin + timedelta(minutes=15 * n)
        local = moment.astimezone(_BERLIN)
        values = (60 + n / 4, 40 + n / 8, own + n / 2)
        cells = [f"{value:.3f}".replace(".", ",") for value in values]
        lines.append(f"{local:%d.%m.%Y};{local:%H:%M};{';'.join(cells)}")
        names = ("Vorlauf [°C]", "Rücklauf [°C]", "Leistung [kW]")
        readings += [(name, moment, value) for name, value in zip(names, values, strict=True)]
    return ("\r\n".join(lines) + "\r\n").encode("cp1252"), readings


def home_assistant(own: int, number: int) -> Made:
    """A history exported by Home Assistant: long, UTC, `unavailable` for a gap."""
    lines = ["entity_id,state,last_changed"]
    readings: list[Reading] = []
    begin = datetime(2025, 5, 2 + number, 6, tzinfo=UTC)
    for n in range(20):
        entity = f"sensor.cellar_{own}_{'humidity' if n % 3 else 'temperature'}"
        moment = begin + timedelta(minutes=n, milliseconds=n)
        value = 51 + n / 2
        gap = n == 7
        text = f"{moment:%Y-%m-%dT%H:%M:%S}.{n:03d}Z"
        lines.append(f"{entity},{'unavailable' if gap else value},{text}")
        if not gap:
            readings.append((entity, moment, value))
    return ("\n".join(lines) + "\n").encode(), readings


def archive(own: int, number: int) -> Made:
    """A ZIP archive of twenty files of two makers."""
    members: dict[str, bytes] = {}
    readings: list[Reading] = []
    for n in range(20):
        make = toa5 if n % 2 else home_assistant
        data, found = make(own + n, number + n // 2)
        members[f"day-{n:02d}/export.csv"] = data
        readings += found
    return zip_of(members), readings


@dataclass
class Partner:
    """A sender of files that look alike, with a name of its own.

    Args:
        make: makes one of its files, of a number of its own and of the file.
    """

    kind: str
    suffix: str
    make: Callable[[int, int], Made]
    options: dict[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"plant-{_letters()}")
    # Files with the same bytes would be duplicates.
    own: int = field(default_factory=lambda: 1000 + uuid.uuid4().int % 10**6)
    files: int = 0

    def file(self) -> tuple[SensorFile, list[Reading]]:
        """Another file, and its readings in the order of the file."""
        self.files += 1
        data, readings = self.make(self.own, self.files)
        return SensorFile(f"{self.name}-{self.files}{self.suffix}", data), readings


def _letters() -> str:
    """A word that no other file has; without digits, which are what differs between files."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex[:12])


def partners() -> dict[str, Callable[[], Partner]]:
    """One of each kind; `options` are what its files do not say."""
    return {
        "TOA5": lambda: Partner("TOA5", ".dat", toa5),
        "German": lambda: Partner("German", ".csv", heat_meter, {"timezone": "Europe/Berlin"}),
        "Home Assistant": lambda: Partner("Home Assistant", ".csv", home_assistant),
        "ZIP": lambda: Partner("ZIP", ".zip", archive),
    }

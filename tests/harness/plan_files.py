"""Files that read options describe in full, each with what must be read from it, from a seed.

An oracle by construction, written from docs/rows.md and the contract alone: every cell is written from
what it means, and nothing here uses the engine. Time zones are those of zoneinfo.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.harness.oracle import Expected, InvalidRow

Reading = tuple[str, int, float]  # sensor, microseconds, value
Correctable = tuple[
    int, str, str, int
]  # row, column, and sensor and microseconds of an invalid cell
Invalid = tuple[int, int, str, str | None, int]  # row, line, code, column, cells

_EPOCH: Final = datetime(1970, 1, 1)
_ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
# strptime formats, and whether they say seconds.
_FORMATS: Final = (
    ("%Y-%m-%d %H:%M:%S", True), ("%d.%m.%Y %H:%M", False), ("%m/%d/%y %I:%M:%S %p", True),
    ("%Y%m%d%H%M", False), ("%d-%b-%Y %H:%M", False), ("%H:%M:%S %d/%m/%Y", True),
    ("%Y-%j %H:%M", False), ("%A, %d %B %Y %H:%M:%S", True),
)  # fmt: skip
_NUMBERS: Final = {"epoch_s": 1_000_000, "epoch_ms": 1000, "epoch_us": 1, "elapsed_s": 1_000_000}
_START: Final = datetime(2025, 3, 1, 12, 0)
_MARKERS: Final = ("-9999", "NA", "---", "6999.0")
_WORDS: Final = {"ON": 1.0, "off": 0.0, "Fault": -1.5}
_SENSORS: Final = ("a", "boiler 1", "α/β", "7", "x_y", "Raum 12")
_NOTES: Final = ("", "ok", "checked", "5")


@dataclass(slots=True)
class PlanFile:
    """A file, the options that describe it, and what must be read."""

    data: bytes = b""
    options: dict[str, Any] = field(default_factory=dict)
    filename: str = "site-4.csv"
    readings: list[Reading] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)  # of each reading
    invalid: list[Invalid] = field(default_factory=list)
    correctable: list[Correctable] = field(default_factory=list)
    records: int = 0
    # Sensor of each cell that has none of its readings.
    missing_of: list[str] = field(default_factory=list)
    excluded_of: list[str] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return len(self.missing_of)

    @property
    def excluded(self) -> int:
        return len(self.excluded_of)

    @property
    def decimal(self) -> str:
        return str(self.options["decimal"])


@dataclass(slots=True)
class _Time:
    text: str
    micros: int
    code: str | None = None


@dataclass(slots=True)
class _Cell:
    text: str
    value: float = 0.0
    missing: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What is not left to the seed: the layout, value columns of a wide file, records, and how dirty
    it is at most (too short records that are many are asked about)."""

    wide: bool | None = None
    values: tuple[int, int] = (1, 4)
    records: tuple[int, int] = (4, 14)
    dirt: float = 0.3


ANY: Final = Shape()


def make(seed: int, shape: Shape = ANY, *, stem: str = "site-4", other: bool = False) -> PlanFile:
    """The file of a seed.

    Args:
        stem: its name without `.csv`.
        other: the same bytes with options that give other readings: times are an hour later, the
            flags that were accepted are rejected, of two equal local times it is the other one, and
            sensors have other names.
    """
    return _Maker(random.Random(f"plan file {seed}"), shape, stem, other).file()


def expected_of(file: PlanFile) -> Expected:
    """What is read from a file, summed up as for any other file."""
    result = Expected(
        invalid=[InvalidRow(*one) for one in file.invalid],
        record_count=file.records,
        missing_of=Counter(file.missing_of),
        excluded_of=Counter(file.excluded_of),
    )
    for row, reading in zip(file.rows, file.readings, strict=True):
        sensor, micros, value = reading
        result.add(sensor, row, micros, value)
    return result


class _Maker:
    def __init__(self, draw: random.Random, shape: Shape, stem: str, other: bool) -> None:
        self.r, self.shape, self.stem, self.other = draw, shape, stem, other
        self.out = PlanFile(filename=f"{stem}.csv")
        self.delimiter = draw.choice(",;\t|")
        self.wide = draw.random() < 0.5
        if shape.wide is not None:
            self.wide = shape.wide
        self.decimal = draw.choice(".,") if self.delimiter != "," else "."
        signs = [s for s in (",", ".", "'", " ") if s not in (self.decimal, self.delimiter)]
        self.thousands = draw.choice(signs) if draw.random() < 0.3 else None
        self.markers = draw.sample(_MARKERS, draw.randrange(3))
        self.words = dict(_WORDS) if draw.random() < 0.3 else {}
        self.unit = "kWh" if draw.random() < 0.15 else None
        self.ragged = draw.choice(((), (), ("fill",), ("cut",), ("fill", "cut")))
        self.dirt = min(draw.choice((0.0, 0.1, 0.3)), shape.dirt)
        self.shift = draw.choice((0, 0, 0, -60, 900))
        self.ambiguous = draw.choice(("earlier", "later", "invalid"))
        if other:
            self.shift += 3600
            self.ambiguous = {"earlier": "later", "later": "invalid", "invalid": "earlier"}[
                self.ambiguous
            ]
        self._choose_times()
        self._choose_columns()

    def _choose_times(self) -> None:
        kind = self.r.choice(("strptime", "strptime", "strptime", "iso", "number", "two"))
        self.kind = kind
        self.zone = self.r.choice(_ZONES) if kind in ("strptime", "iso", "two") else "UTC"
        if self.zone == "UTC" and kind == "strptime" and self.r.random() < 0.4:
            self.zone = self.r.choice(("+05:30", "-03:00"))
        self.forms = self.r.sample(_FORMATS, 2 if kind == "two" else 1)
        if {form for form, _ in self.forms} >= {"%d.%m.%Y %H:%M", "%H:%M:%S %d/%m/%Y"}:
            self.forms = self.forms[:1]
        self.number = self.r.choice(tuple(_NUMBERS))
        self.seconds = kind in ("iso", "number") or all(seconds for _, seconds in self.forms)
        # From before to after a switch of most zones, or anywhere.
        self.begin = self.r.choice(
            (datetime(2025, 10, 26, 0, 30), datetime(2025, 11, 2, 0, 10), datetime(2025, 4, 6, 1, 0),
             datetime(2025, 3, 30, 1, 0), datetime(2025, 3, 9, 1, 0), datetime(2024, 2, 28, 22, 0),
             datetime(2025, 7, 14, 5, 0))
        )  # fmt: skip
        self.step = timedelta(minutes=self.r.choice((7, 15, 30, 60)))
        self.apart = kind == "strptime" and " " in self.forms[0][0] and self.r.random() < 0.4

    def _choose_columns(self) -> None:
        r = self.r
        self.values = r.randint(*self.shape.values) if self.wide else 1
        sensors = r.choice((0, 1, 2)) if self.wide else r.choice((1, 1, 2))
        roles = [f"sensor{k}" for k in range(sensors)]
        roles += ["date", "clock"] if self.apart else ["time"]
        roles += [f"value{k}" for k in range(self.values)]
        self.quality = r.choice((None, None, None, "accept", "reject"))
        if self.quality:
            roles.append("quality")
            if self.other:
                self.quality = "reject" if self.quality == "accept" else "accept"
        roles += [f"note{k}" for k in range(r.choice((0, 0, 1)))]
        r.shuffle(roles)
        self.roles, self.sensors = roles, sensors
        self.header = r.random() < 0.8
        self.longer = 0  # records with a field more than there are columns
        self.names = {
            role: f"{r.choice('kqwz')}{r.randrange(90, 99)} {role}" if self.header else f"#{k + 1}"
            for k, role in enumerate(roles)
        }
        named = [k for k, role in enumerate(roles) if not role.startswith("note")]
        self.needed = max(named) + 1
        options = self.out.options = {
            "layout": "wide" if self.wide else "long", "header": self.header,
            "delimiter": self.delimiter, "decimal": self.decimal, "timezone": self.zone,
            "ambiguous_time": self.ambiguous, "profile": "none", "comment": "none", "units": False,
            "quote": '"', "escape": "none",
            "timestamp_column": [self.names["date"], self.names["clock"]] if self.apart
            else [self.names["time"]],
            "timestamp_format": self._formats(),
            "value_column": [self.names[f"value{k}"] for k in range(self.values)],
        }  # fmt: skip
        self.template = sensors == 0 or (r.random() < 0.2) != self.other
        if sensors:
            options["sensor_column"] = [self.names[f"sensor{k}"] for k in range(sensors)]
        if self.template:
            cells = "".join("{" + self.names[f"sensor{k}"] + "}." for k in range(sensors))
            options["sensor"] = "{stem}:" + cells + "{column}"
        more = {
            "thousands": "space" if self.thousands == " " else self.thousands,
            "missing": self.markers,
            "value_unit": [self.unit] if self.unit else [],
            "value_map": [f"{word}={value!r}" for word, value in self.words.items()],
            "ragged": list(self.ragged),
            "timestamp_shift": f"{self.shift}s" if self.shift else None,
        }
        options |= {name: value for name, value in more.items() if value}
        if self.kind == "number" and self.number.startswith("elapsed"):
            options["timestamp_start"] = "2025-03-01T12:00:00"
        if self.quality:
            options["quality_column"] = self.names["quality"]
            options[f"quality_{self.quality}"] = ["G", "ok"] if self.quality == "accept" else ["B"]

    def _formats(self) -> list[str]:
        if self.kind == "iso":
            return ["iso"]
        return [self.number] if self.kind == "number" else [form for form, _ in self.forms]

    # The file.

    def file(self) -> PlanFile:
        r, out = self.r, self.out
        end = r.choice(("\n", "\r\n", "\r"))
        lines: list[str] = []
        if self.header:
            lines.append(self.delimiter.join(self.names[role] for role in self.roles))
        for k in range(r.randint(*self.shape.records)):
            if r.random() < self.dirt / 3:
                lines.append(r.choice(("", " ")))
            if self.header and r.random() < self.dirt / 4:
                lines.append(lines[0])
            out.records += 1
            lines.append(self._record(k, len(lines) + 1))
        text = end.join(lines) + (end if r.random() < 0.8 else "")
        out.data = text.encode()
        return out

    def _record(self, k: int, line: int) -> str:
        r = self.r
        time = self._time(self.begin + k * self.step)
        sensors = [
            "" if r.random() < self.dirt / 4 else r.choice(_SENSORS) for _ in range(self.sensors)
        ]
        cells = [self._cell() for _ in range(self.values)]
        flag = r.choice(("G", "ok", "B", "?"))
        fields = {"quality": flag}
        fields |= {f"sensor{n}": text for n, text in enumerate(sensors)}
        fields |= {f"value{n}": cell.text for n, cell in enumerate(cells)}
        if self.apart:
            date, _, clock = time.text.partition(" ")
            fields |= {"date": date, "clock": clock}
        else:
            fields["time"] = time.text
        row = [fields.get(role, r.choice(_NOTES)) for role in self.roles]
        written = self._written(row)
        count = len(row)
        if r.random() < self.dirt / 3:
            count = r.randint(1, len(row) - 1)
            if not self.delimiter.join(written[:count]).strip(" \t"):
                count = len(row)
        elif r.random() < self.dirt / 4 and (self.header or 6 * self.longer + 5 < k):
            # Without a header the fields that most records have are the columns.
            self.longer += 1
            written.append("more")
            count += 1
        if not self.delimiter.join(written[:count]).strip(" \t"):
            written[0] = '""'  # tabs alone are a blank line, and no record
        self._expect(k + 1, line, count, time, sensors, cells, flag)
        return self.delimiter.join(written[:count])

    def _written(self, row: list[str]) -> list[str]:
        quoted = self.r.choice((0.0, 0.0, 0.3, 1.0))
        written = []
        for text in row:
            if self.delimiter in text or (text and self.r.random() < quoted):
                written.append(f'"{text}"')
            elif text and self.r.random() < 0.1:
                written.append(f" {text} ")
            else:
                written.append(text)
        return written

    # What must come out.

    def _expect(
        self, row: int, line: int, count: int, time: _Time, sensors: list[str], cells: list[_Cell],
        flag: str,
    ) -> None:  # fmt: skip
        out = self.out
        place = {role: k for k, role in enumerate(self.roles)}
        width = len(self.roles)

        def there(role: str) -> bool:
            return place[role] < count

        structure = None
        if count < self.needed and "fill" not in self.ragged:
            structure = "missing_fields"
        elif count > width and "cut" not in self.ragged:
            structure = "extra_fields"
        if structure is not None:
            out.invalid.append((row, line, structure, None, self.values))
            return
        sensors = [text if there(f"sensor{n}") else "" for n, text in enumerate(sensors)]
        code, column = None, None
        if self.sensors and not any(sensors):
            code, column = "sensor_id_empty", self._sensor_name()
        parts = ("date", "clock") if self.apart else ("time",)
        # Of a time in two columns one can be lacking.
        seen = [there(part) for part in parts]
        time_code = time.code
        if not any(seen) or not time.text:
            time_code = "timestamp_empty"
        elif not all(seen):
            time_code = "timestamp_format"
        if code is None and time_code is not None:
            code, column = time_code, self._time_name()
        if self.wide and code is not None:
            out.invalid.append((row, line, code, column, self.values))
            return
        flag = flag if self.quality and there("quality") else ""
        micros = time.micros + self.shift * 1_000_000
        for n, cell in enumerate(cells):
            name = self.names[f"value{n}"]
            sensor = self._sensor(sensors, name)
            if not there(f"value{n}"):
                cell = self._empty()
            mine, where = code, column
            accepted = (
                self.quality is None
                or (self.quality == "accept" and flag in ("G", "ok"))
                or (self.quality == "reject" and flag != "B")
            )
            if mine is None and accepted and cell.code is not None:
                mine, where = cell.code, name
            if mine is not None:
                out.invalid.append((row, line, mine, where, 1))
                if mine == cell.code and where is not None:
                    out.correctable.append((row, where, sensor, micros))
            elif not accepted:
                out.excluded_of.append(sensor)
            elif cell.missing:
                out.missing_of.append(sensor)
            else:
                out.readings.append((sensor, micros, cell.value))
                out.rows.append(row)

    def _sensor(self, sensors: list[str], name: str) -> str:
        if self.template:
            return f"{self.stem}:" + "".join(f"{text}." for text in sensors) + name
        return "/".join([*sensors, name] if self.wide else sensors)

    def _sensor_name(self) -> str:
        return self.names["sensor0"] if self.sensors == 1 else "sensor_id"

    def _time_name(self) -> str:
        return "timestamp" if self.apart else self.names["time"]

    # Cells.

    def _empty(self) -> _Cell:
        return _Cell("", missing=True) if self.wide else _Cell("", code="value_empty")

    def _cell(self) -> _Cell:
        r = self.r
        if r.random() < self.dirt / 2:
            return self._bad_cell()
        if self.markers and r.random() < 0.2:
            marker = r.choice(self.markers)
            if marker == "6999.0":
                marker = "6999" if r.random() < 0.5 else f"6999{self.decimal}00"
            return _Cell(marker, missing=True)
        if self.words and r.random() < 0.3:
            word = r.choice(tuple(self.words))
            return _Cell(r.choice((word, word.lower(), word.upper())), self.words[word])
        if r.random() < 0.1:
            return self._empty()
        whole = str(r.choice((0, 7, 58, 999, 1000, 23456, 7654321)))
        decimals = r.choice(("", "0", "5", "25", "125", "0625"))
        sign = r.choice(("", "", "-"))
        value = float(f"{sign}{whole}.{decimals or 0}")
        if any(m == "6999.0" for m in self.markers) and value == 6999:
            value = float(whole) + 1
        shown = whole
        if self.thousands and r.random() < 0.7:
            shown = f"{int(whole):,}".replace(",", self.thousands)
        text = sign + shown + (self.decimal + decimals if decimals else "")
        if self.unit and r.random() < 0.5:
            text += r.choice(("", " ")) + self.unit
        return _Cell(text, value)

    def _bad_cell(self) -> _Cell:
        bad = [("abc", "value_format"), ("0x1f", "value_format"), ("inf", "value_not_finite"),
               ("1e999", "value_not_finite"), ("--1", "value_format"), ("12kWhx", "value_format")]  # fmt: skip
        if self.thousands:
            bad.append((f"12{self.thousands}34", "value_format"))
        text, code = self.r.choice(bad)
        return _Cell(text, code=code)

    def _time(self, local: datetime) -> _Time:
        r = self.r
        if r.random() < self.dirt / 3:
            return self._bad_time()
        if self.seconds:
            local += timedelta(seconds=r.randrange(60))
        if self.kind == "number":
            micros = (local - _EPOCH) // timedelta(microseconds=1)
            since = 0
            if self.number.startswith("elapsed"):
                since = (_START - _EPOCH) // timedelta(microseconds=1)
            return _Time(str((micros - since) // _NUMBERS[self.number]), micros)
        if self.kind == "iso":
            return self._iso(local)
        form, _ = r.choice(self.forms)
        return self._zoned(local.strftime(form), local)

    def _iso(self, local: datetime) -> _Time:
        kind = self.r.choice(("local", "local", "Z", "+02:00", "-0330"))
        micro = self.r.choice((0, 0, 250_000, 123_456))
        local += timedelta(microseconds=micro)
        text = local.strftime(self.r.choice(("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")))
        text += f".{micro:06}" + self.r.choice(("", "9")) if micro else ""
        if kind == "local":
            return self._zoned(text, local)
        hours = {"Z": 0.0, "+02:00": 2.0, "-0330": -3.5}[kind]
        return _Time(
            text + kind, (local - timedelta(hours=hours) - _EPOCH) // timedelta(microseconds=1)
        )

    def _zoned(self, text: str, local: datetime) -> _Time:
        zone = self._tzinfo()
        first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
        assert first is not None
        assert second is not None
        code, offset = None, first
        if first < second:
            code = "timestamp_skipped_hour"
        elif first > second:
            if self.ambiguous == "invalid":
                code = "timestamp_repeated_hour"
            offset = second if self.ambiguous == "later" else first
        return _Time(text, (local - offset - _EPOCH) // timedelta(microseconds=1), code)

    def _tzinfo(self) -> tzinfo:
        if self.zone[0] in "+-":
            hours, minutes = int(self.zone[1:3]), int(self.zone[4:])
            offset = timedelta(hours=hours, minutes=minutes)
            return timezone(-offset if self.zone[0] == "-" else offset)
        return UTC if self.zone == "UTC" else ZoneInfo(self.zone)

    def _bad_time(self) -> _Time:
        if self.r.random() < 0.3 or self.apart:
            return _Time("", 0, "timestamp_empty")
        if self.kind == "iso":
            text, code = self.r.choice(
                (("2025-13-01 00:00", "timestamp_range"), ("2025-02-30", "timestamp_range"),
                 ("2301-01-01", "timestamp_range"), ("soon", "timestamp_format"),
                 ("2025-01-01T1", "timestamp_format"))
            )  # fmt: skip
            return _Time(text, 0, code)
        return _Time("soon", 0, "timestamp_format")

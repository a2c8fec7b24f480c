"""Sensor files of all shapes from a seed, each with its readings, and whether it has to be asked about.

Written from docs/files.md alone: nothing here uses the detection that it tests. A file that was made
ambiguous on purpose has no readings: whatever is read of it is a guess.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

Reading = tuple[str, int, float]  # series (any name, one per series), microseconds, value

# Words of each role, in some of the languages of the list.
SENSOR: Final = ("Sensor", "device_id", "Station", "Messstelle", "capteur", "dispositivo", "sensore",
                 "meetpunt", "givare", "czujnik", "meter number", "tagname", "Series")  # fmt: skip
TIME: Final = ("timestamp", "Time", "Date/Time", "Zeitstempel", "horodatage", "Fecha y hora",
               "Data/Ora", "tijdstip", "Tidpunkt", "Data i czas", "datetime", "created_at")  # fmt: skip
DATE: Final = ("Date", "Datum", "Fecha", "DATE", "Dato")
CLOCK: Final = ("Time", "Zeit", "Uhrzeit", "tijd", "Tid", "czas", "orario")
VALUE: Final = (
    "value",
    "Wert",
    "Valeur",
    "valor",
    "valore",
    "waarde",
    "värde",
    "wartość",
    "Messwert",
)
QUANTITIES: Final = ("temperature", "Humidity (%)", "pressure_hPa", "CO2", "Lufttemperatur", "NO", "T2m",
                     "Wind Speed", "flow", "pm2.5", "Spannung L1", "battery", "rssi dBm", "x")  # fmt: skip
NOTES: Final = ("note", "comment", "Bemerkung", "remarque")
UNKNOWN_TIME: Final = ("kiedys", "stamp of record", "t0", "wann genau", "column1")


@dataclass(frozen=True, slots=True)
class SensorFile:
    """A file, its readings, and what makes it ambiguous (None: nothing does)."""

    data: bytes
    readings: tuple[Reading, ...]
    ambiguous: str | None
    about: str


@dataclass(slots=True)
class _Style:
    """How timestamps are written: names of parts and a function for each, and what is in doubt."""

    name: str
    write: Callable[[datetime], list[str]]
    columns: tuple[str, ...]  # of each part: time, date, clock, year, ...
    doubt: str | None = None
    local_hours: int = 0  # of the offset that the cells or the header say
    header_zone: str = ""


def make(seed: int) -> SensorFile:
    """The file of a seed."""
    return _Maker(random.Random(f"sensor file {seed}")).file()


@dataclass(slots=True)
class _Table:
    names: list[str] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)  # by column

    def add(self, name: str, cells: list[str]) -> None:
        self.names.append(name)
        self.cells.append(cells)


class _Maker:
    def __init__(self, choose: random.Random) -> None:
        self.r = choose
        self.delimiter = choose.choice(",,,;;\t|")
        self.comma = self.delimiter != "," and choose.random() < 0.4
        self.doubt: str | None = None
        self.about: list[str] = []

    def file(self) -> SensorFile:
        wanted = self.r.random() < 0.5
        layout = self.r.choice(("long", "wide"))
        style = self._style(ambiguous=wanted and self.r.random() < 0.5)
        self.doubt = style.doubt
        times = self._times()
        sensors = self._sensor_names() if layout == "long" or self.r.random() < 0.4 else [""]
        quantities = [self.r.choice(VALUE)] if layout == "long" else self._quantities()
        records = [(s, t) for s in sensors for t in times]
        if self.r.random() < 0.5:
            records.sort(key=lambda record: record[1])
        values, texts = self._values(len(records), len(quantities), wanted)
        table, readings = _Table(), list[Reading]()
        self._time_columns(table, style, records)
        self._sensor_column(table, records, sensors, layout, wanted)
        for k, name in enumerate(quantities):
            table.add(name, [texts[row][k] for row in range(len(records))])
        self._more(table, records, layout, wanted)
        for row, (sensor, moment) in enumerate(records):
            micros = _micros(moment) - style.local_hours * 3_600_000_000
            for k, name in enumerate(quantities):
                if any(c.isdigit() for c in texts[row][k]):
                    readings.append((f"{sensor}|{name}", micros, values[row][k]))
        data = self._written(table)
        self.about.insert(0, f"{layout}, {style.name}, {self.delimiter!r}")
        found = () if self.doubt else tuple(readings)
        return SensorFile(data, found, self.doubt, "; ".join(self.about))

    # Times

    def _times(self) -> list[datetime]:
        start = datetime(
            2025, self.r.randint(1, 12), self.r.randint(1, 28), self.r.randint(0, 20), tzinfo=UTC
        )
        step = timedelta(minutes=self.r.choice((5, 15, 60, 60 * 24)))
        if self.ambiguous_days:
            start = start.replace(month=self.r.choice((2, 3, 5)), day=self.r.randint(1, 6), hour=1)
            step = timedelta(minutes=self.r.choice((5, 15, 60)))
        elif self.settled_days:
            start = start.replace(day=self.r.randint(13, 20))
        return [start + k * step for k in range(self.r.randint(4, 16))]

    ambiguous_days = False
    settled_days = False

    def _style(self, *, ambiguous: bool) -> _Style:
        if ambiguous:
            return self.r.choice(
                (self._open_date, self._hours, self._elapsed, self._clock_only, self._short_year,
                 self._abbreviated)
            )(True)  # fmt: skip
        return self.r.choice(
            (self._iso, self._iso, self._open_date, self._open_date, self._epoch, self._compact,
             self._split, self._calendar, self._named, self._twelve, self._filetime, self._unpadded)
        )(False)  # fmt: skip

    def _iso(self, _: bool) -> _Style:
        form = self.r.choice(
            ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S.250", "offset")
        )
        if form == "offset":
            hours = self.r.choice((-5, 1, 9))
            text = f"%Y-%m-%dT%H:%M:%S{hours:+03}:00"
            return _Style(
                "iso with offset", lambda t: [t.strftime(text)], ("time",), local_hours=hours
            )
        fraction = timedelta(milliseconds=250) if form.endswith("250") else timedelta(0)
        self.fraction = fraction
        zone, hours = "", 0
        if not form.endswith("Z") and self.r.random() < 0.4:
            zone, hours = self.r.choice(
                ((" (UTC)", 0), (", GMT-05:00", -5), (" [UTC+02:00]", 2), (" (Asia/Tokyo)", 9))
            )
        return _Style(
            f"iso{zone}",
            lambda t: [t.strftime(form)],
            ("time",),
            local_hours=hours,
            header_zone=zone,
        )

    fraction = timedelta(0)

    def _unpadded(self, _: bool) -> _Style:
        return _Style(
            "iso unpadded", lambda t: [f"{t.year}-{t.month}-{t.day} {t:%H:%M}"], ("time",)
        )

    def _open_date(self, ambiguous: bool) -> _Style:
        self.ambiguous_days, self.settled_days = ambiguous, not ambiguous
        sign, order = self.r.choice("/.-"), self.r.choice(("%d{0}%m{0}%Y", "%m{0}%d{0}%Y"))
        clock = self.r.choice((" %H:%M", " %H:%M:%S", ", %I:%M %p"))
        form = order.format(sign) + clock
        if self.r.random() < 0.3:
            parts = (order.format(sign), clock.strip(", "))
            return _Style(
                f"{form} apart", lambda t: [t.strftime(p) for p in parts], ("date", "clock"),
                "day or month first" if ambiguous else None,
            )  # fmt: skip
        return _Style(
            form,
            lambda t: [t.strftime(form)],
            ("time",),
            "day or month first" if ambiguous else None,
        )

    def _short_year(self, _: bool) -> _Style:
        self.ambiguous_days = True
        form = self.r.choice(("%d/%m/%y %H:%M", "%m/%d/%y %H:%M", "%y/%m/%d %H:%M"))
        return _Style(form, lambda t: [t.strftime(form)], ("time",), "day, month or year first")

    def _hours(self, _: bool) -> _Style:
        return _Style(
            "compact hours", lambda t: [t.strftime("%Y%m%d%H")], ("time",), "hour or second"
        )

    def _elapsed(self, _: bool) -> _Style:
        first = self.r.choice((0, 100, 12))
        return _Style(
            "elapsed", lambda t: [str(first + (_micros(t) // 1_000_000) % 86_400 // 60)], ("time",),
            "seconds since a start",
        )  # fmt: skip

    def _clock_only(self, _: bool) -> _Style:
        return _Style("clock", lambda t: [t.strftime("%H:%M:%S")], ("time",), "no date")

    def _abbreviated(self, _: bool) -> _Style:
        zone = self.r.choice(("CET", "CST", "IST", "BST"))
        return _Style(
            "zone", lambda t: [t.strftime("%Y-%m-%d %H:%M ") + zone], ("time",), f"zone {zone}"
        )

    def _epoch(self, _: bool) -> _Style:
        unit = self.r.choice((1, 1000))
        return _Style(f"epoch {unit}", lambda t: [str(_micros(t) * unit // 1_000_000)], ("time",))

    def _filetime(self, _: bool) -> _Style:
        return _Style(
            "filetime", lambda t: [str((_micros(t) + 11_644_473_600_000_000) * 10)], ("time",)
        )

    def _compact(self, _: bool) -> _Style:
        form = self.r.choice(("%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%dT%H%M", "%Y%m%d:%H%M"))
        return _Style(form, lambda t: [t.strftime(form)], ("time",))

    def _split(self, _: bool) -> _Style:
        date, clock = (
            self.r.choice(("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")),
            self.r.choice(("%H:%M", "%H:%M:%S")),
        )
        if date == "%Y%m%d":
            clock = "%H:%M"
        return _Style(
            f"{date} {clock}", lambda t: [t.strftime(date), t.strftime(clock)], ("date", "clock")
        )

    def _calendar(self, _: bool) -> _Style:
        return _Style(
            "calendar", lambda t: [str(t.year), str(t.month), str(t.day), str(t.hour), str(t.minute)],
            ("Year", "Month", "Day", "Hour", "Minute"),
        )  # fmt: skip

    def _named(self, _: bool) -> _Style:
        form = self.r.choice(("%d-%b-%Y %H:%M", "%d %b %Y %H:%M:%S", "%b %d, %Y %H:%M"))
        return _Style(form, lambda t: [t.strftime(form)], ("time",))

    def _twelve(self, _: bool) -> _Style:
        return _Style("12 hours", lambda t: [t.strftime("%Y-%m-%d %I:%M:%S %p")], ("time",))

    # Columns

    def _time_columns(
        self, table: _Table, style: _Style, records: Sequence[tuple[str, datetime]]
    ) -> None:
        parts = [style.write(moment) for _, moment in records]
        names = {
            "time": self.r.choice(TIME),
            "date": self.r.choice(DATE),
            "clock": self.r.choice(CLOCK),
        }
        names["time"] += style.header_zone
        names["clock"] += style.header_zone
        if names["date"].lower() == "date" and names["clock"] == "Tid":
            names["clock"] = "Time"
        for k, part in enumerate(style.columns):
            table.add(names.get(part, part), [row[k] for row in parts])

    def _sensor_names(self) -> list[str]:
        kind = self.r.choice(("text", "text", "number"))
        count = self.r.randint(1, 4)
        if kind == "number":
            return [str(100 + 7 * k) for k in range(count)]
        return [f"{self.r.choice(('node', 'probe', 'Raum'))} {k}" for k in range(count)]

    def _sensor_column(
        self, table: _Table, records: Sequence[tuple[str, datetime]], sensors: Sequence[str],
        layout: str, wanted: bool,
    ) -> None:  # fmt: skip
        if sensors == [""]:
            return
        known = self.r.choice(SENSOR)
        if wanted and self.doubt is None and self.r.random() < 0.3:
            if layout == "long":
                self._doubt("no sensor")
                return
            if len(sensors) > 1:
                self._doubt("sensor under an unknown name")
                known = self.r.choice(("colour", "ident x", "who"))
        table.add(known, [sensor for sensor, _ in records])

    def _quantities(self) -> list[str]:
        return self.r.sample(QUANTITIES, self.r.randint(1, 5))

    def _more(
        self, table: _Table, records: Sequence[tuple[str, datetime]], layout: str, wanted: bool
    ) -> None:
        rows = len(records)
        if self.r.random() < 0.3:
            table.add(self.r.choice(("unit", "Einheit")), ["degC"] * rows)
        if self.r.random() < 0.3:
            table.add(
                self.r.choice(NOTES), [self.r.choice(("", "ok", "checked")) for _ in range(rows)]
            )
        if self.r.random() < 0.3:
            table.add(
                self.r.choice(("status", "quality", "flag")),
                [self.r.choice("GB0") for _ in range(rows)],
            )
        if self.r.random() < 0.2:
            table.add(self.r.choice(("record", "entry_id", "#")), [str(5 + k) for k in range(rows)])
        if self.r.random() < 0.15:
            self._interval_end(table, records)
        if wanted and self.doubt is None:
            kind = self.r.choice(
                ("two times", "two values", "numbered places", "named places", "nothing")
            )
            if kind == "two times":
                self._doubt("two timestamps")
                later = [
                    (t + timedelta(minutes=7)).strftime("%Y-%m-%dT%H:%M:%SZ") for _, t in records
                ]
                own = {name.lower() for name in table.names}
                name = next(n for n in ("received_at", "recorded_at") if n not in own)
                table.add(name, later)
            elif kind == "two values" and layout == "long":
                self._doubt("two values")
                own = {name.lower() for name in table.names}
                table.add(
                    next(n for n in ("reading", "Messwert", "value") if n.lower() not in own),
                    [f"{self.r.uniform(1, 50):.1f}" for _ in range(rows)],
                )

            elif kind.endswith("places") and layout == "wide":
                # Every record is there twice, and only this column says which is which.
                name, words = (
                    ("bay", ("1", "2")) if kind == "numbered places" else ("who", ("left", "right"))
                )
                self._doubt(kind)
                for column in table.cells:
                    column[:] = [cell for cell in column for _ in range(2)]
                table.cells[-1][:] = [
                    cell if k % 2 else self._number(self.r.uniform(1, 90), 1)
                    for k, cell in enumerate(table.cells[-1])
                ]
                table.add(name, [word for _ in range(rows) for word in words])

    def _interval_end(self, table: _Table, records: Sequence[tuple[str, datetime]]) -> None:
        """The end of each interval; the timestamp becomes its start."""
        if table.names[0] not in ("timestamp", "Time", "datetime") or len(table.names) < 2:
            return
        if not table.cells[0][0].startswith("20") or " " not in table.cells[0][0]:
            return
        table.names[0] = self.r.choice(("Start", "Start time", "from"))
        ends = [(t + timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M") for _, t in records]
        table.add({"Start": "End", "Start time": "End time", "from": "to"}[table.names[0]], ends)

    def _doubt(self, why: str) -> None:
        self.doubt = why

    # Values

    def _values(
        self, rows: int, columns: int, wanted: bool
    ) -> tuple[list[list[float]], list[list[str]]]:
        if wanted and self.doubt is None and self.delimiter != "," and self.r.random() < 0.4:
            self._doubt("decimal or thousands")
            numbers = [
                [float(self.r.randint(1_001, 99_989)) for _ in range(columns)] for _ in range(rows)
            ]
            return numbers, [[f"{n:,.0f}" for n in row] for row in numbers]
        digits = self.r.randint(1, 2 if self.comma else 3)
        numbers = [
            [round(self.r.uniform(-20, 120), digits) for _ in range(columns)] for _ in range(rows)
        ]
        texts = [[self._number(n, digits) for n in row] for row in numbers]
        if columns > 1:  # a wide file has gaps
            gap = self.r.choice(("", "", "NaN", "---", "n/a"))
            texts = [[gap if self.r.random() < 0.05 else text for text in row] for row in texts]
        return numbers, texts

    def _number(self, number: float, digits: int) -> str:
        text = f"{number:.{digits}f}"
        return text.replace(".", ",") if self.comma else text

    # Bytes

    def _written(self, table: _Table) -> bytes:
        order = list(range(len(table.names)))
        self.r.shuffle(order)
        names = [table.names[k] for k in order]
        rows = [[table.cells[k][row] for k in order] for row in range(len(table.cells[0]))]
        lines: list[str] = []
        if self.r.random() < 0.2:
            lines += ["made-up export", f"operator{self.delimiter}somebody", ""][
                : self.r.randint(1, 3)
            ]
        quoted = self.r.random() < 0.3
        if self.doubt is None and self.r.random() < 0.12:
            self._unknown_time(names)
        if self.doubt is None and len(names) != 3 and self.r.random() < 0.1:
            # Without names any column can be anything.
            self._doubt("no header")
        else:
            lines.append(self._line(names, quoted))
            if self.r.random() < 0.1:
                lines.append(
                    self._line([f"({name[:3]})" if name else "" for name in names], quoted)
                )
        lines += [self._line(row, quoted) for row in rows]
        if self.r.random() < 0.1:
            lines.append("end of data")
        return ("\n".join(lines) + "\n").encode()

    def _unknown_time(self, names: list[str]) -> None:
        """The timestamp has a name that is no word of the list."""
        if len({n for n in names if n in TIME}) != 1 or any(n in names for n in (*DATE, "Year")):
            return
        known = next(n for n in names if n in TIME)
        names[names.index(known)] = self.r.choice(UNKNOWN_TIME)
        self._doubt("timestamp under an unknown name")

    def _line(self, fields: Sequence[str], quoted: bool) -> str:
        if quoted or any(self.delimiter in text or '"' in text for text in fields):
            fields = ['"' + text.replace('"', '""') + '"' for text in fields]
        return self.delimiter.join(fields)


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond

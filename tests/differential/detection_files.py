"""Files whose meaning is known, or made ambiguous on purpose, for the test of detection.

A file is made from readings: layout, names, order of columns, form of dates, signs, zone and
further columns are drawn at random. `ambiguity` says what was done so that more than one reading
makes sense; such a file has to be asked about.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

Series = dict[str, list[tuple[datetime, float]]]

# By language: timestamp, date, time of day, sensor, value.
NAMES: Final = {
    "en": ("Timestamp", "Date", "Time", "Sensor ID", "Value"),
    "de": ("Zeitstempel", "Datum", "Uhrzeit", "Messstelle", "Messwert"),
    "fr": ("Horodatage", "Date", "Heure", "Capteur", "Valeur"),
    "es": ("Fecha y hora", "Fecha", "Hora", "Estación", "Valor"),
    "it": ("Data/Ora", "Data", "Ora", "Stazione", "Valore"),
    "nl": ("Tijdstip", "Datum", "Tijd", "Meetpunt", "Meetwaarde"),
    "sv": ("Tidpunkt", "Datum", "Tid", "Mätpunkt", "Värde"),
    "pl": ("Znacznik czasu", "Data", "Czas", "Czujnik", "Wartość"),
}
QUANTITIES: Final = (
    "Temp",
    "Humidity",
    "Pressure",
    "Leistung",
    "Débit",
    "Wind Speed",
    "CO2",
    "Niveau",
)
UNKNOWN: Final = ("Foo", "Xyzzy", "Plugh", "Quux")
# Forms of dates in numbers: the format, and whether days and months can be confused.
DATES: Final = (
    ("%Y-%m-%d", False), ("%Y/%m/%d", False), ("%d.%m.%Y", True), ("%d/%m/%Y", True),
    ("%m/%d/%Y", True), ("%d-%m-%Y", True), ("%m-%d-%Y", True), ("%d-%b-%Y", False),
    ("%d.%m.%y", True), ("%m/%d/%y", True),
)  # fmt: skip
CLOCKS: Final = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p")
AMBIGUITIES: Final = (
    *("order of dates", "name of the timestamp", "two timestamps", "three digits", "no sensor"),
    *("compact hours", "abbreviation in cells", "abbreviation in the header", "no date"),
    *("offsets in some cells", "no header", "two values", "series side by side", "unread sensor"),
    *("zone of the preamble",),
)


@dataclass(slots=True)
class Made:
    """A file with what it means.

    Attributes:
        ambiguity: what was made ambiguous; None if it means one thing.
        series: its readings by sensor, if it means one thing.
        named: whether the sensors have to have these names.
    """

    text: str
    ambiguity: str | None
    series: Series = field(default_factory=dict)
    named: bool = True


class _Maker:
    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.language = self.draw.choice(list(NAMES))
        self.delimiter = self.draw.choice(",;\t|")
        self.comma = self.delimiter != "," and self.draw.random() < 0.4
        self.zone = timezone(timedelta(hours=self.draw.randint(-11, 12)))
        self.names = dict(
            zip(("stamp", "date", "time", "sensor", "value"), NAMES[self.language], strict=True)
        )

    def moments(self, count: int, *, confusable: bool) -> list[datetime]:
        """Times in a row; with days that are no months, unless they are to be confusable."""
        if confusable:
            day = self.draw.randint(1, 12)
            month = self.draw.choice([m for m in range(1, 13) if m != day])
            step = timedelta(minutes=self.draw.choice((1, 5)))
            start = datetime(self.draw.randint(2001, 2029), month, day, self.draw.randint(0, 8))
        else:
            # From a day above 12 on over the whole next month: some of its days are no months.
            start = datetime(self.draw.randint(2001, 2029), self.draw.randint(1, 12), 20)
            step = timedelta(hours=self.draw.choice((18, 25)), minutes=self.draw.choice((0, 7)))
        return [start + k * step for k in range(count)]

    def number(self) -> float:
        """A value whose text has one or two decimals."""
        whole = self.draw.choice((self.draw.randint(-40, 99), self.draw.randint(1000, 1100)))
        return round(whole + self.draw.randint(1, 98) / 100, 2)

    def value_text(self, value: float) -> str:
        """A value as the file writes it."""
        text = f"{value:.2f}"
        return text.replace(".", ",") if self.comma else text

    def time_columns(
        self, moments: list[datetime], date: str, clock: str
    ) -> tuple[list[tuple[str, list[str]]], Callable[[datetime], datetime]]:
        """Columns of a timestamp, and what turns its times into UTC."""
        kind = self.draw.choice(("one", "two", "zulu", "offset", "header", "epoch"))
        if kind == "two":
            dates = [m.strftime(date) for m in moments]
            times = [m.strftime(clock) for m in moments]
            return [(self.names["date"], dates), (self.names["time"], times)], _utc
        if kind == "zulu":
            return [(self.names["stamp"], [f"{m:%Y-%m-%dT%H:%M:%S}Z" for m in moments])], _utc
        if kind == "epoch":
            unit = self.draw.choice((1, 1000))
            cells = [str(int(_utc(m).timestamp()) * unit) for m in moments]
            return [(self.names["stamp"], cells)], _utc
        if kind == "offset":
            cells = [m.replace(tzinfo=self.zone).isoformat(sep=" ") for m in moments]
            return [(self.names["stamp"], cells)], self._zoned
        cells = [m.strftime(f"{date} {clock}") for m in moments]
        if kind == "header":
            offset = datetime(2000, 1, 1, tzinfo=self.zone).strftime("%z")
            name = f"{self.names['stamp']} (UTC{offset[:3]}:{offset[3:]})"
            return [(name, cells)], self._zoned
        return [(self.names["stamp"], cells)], _utc

    def _zoned(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=self.zone).astimezone(UTC)

    def file(self, columns: list[tuple[str, list[str]]], *, header: bool = True) -> str:
        """The text of a file with its columns in any order."""
        self.draw.shuffle(columns)
        return self.in_order(columns, header=header)

    def in_order(self, columns: list[tuple[str, list[str]]], *, header: bool = True) -> str:
        """The text of a file with its columns as they are."""
        rows = [[name for name, _ in columns]] if header else []
        rows += [list(row) for row in zip(*(cells for _, cells in columns), strict=True)]
        return "\n".join(self.delimiter.join(row) for row in rows) + "\n"

    def further(self, count: int) -> list[tuple[str, list[str]]]:
        """Columns that are no readings."""
        found = []
        if self.draw.random() < 0.3:
            found.append(("#", [str(k + 1) for k in range(count)]))
        if self.draw.random() < 0.3:
            found.append(("Quality", [self.draw.choice("0123") for _ in range(count)]))
        if self.draw.random() < 0.2:
            found.append(("Unit", ["C"] * count))
        return found


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def made(seed: int) -> Made:
    """The file of a seed."""
    maker = _Maker(seed)
    if maker.draw.random() < 0.5:
        return _ambiguous(maker, maker.draw.choice(AMBIGUITIES))
    return _plain(maker)


def _plain(maker: _Maker) -> Made:
    draw = maker.draw
    date, _ = draw.choice(DATES)
    clock = draw.choice(CLOCKS)
    moments = maker.moments(draw.randint(30, 60), confusable=False)
    if draw.random() < 0.5:
        sensors = [f"s-{chr(97 + k)}{draw.randint(1, 9)}" for k in range(draw.randint(2, 4))]
        rows = [(m, s) for m in moments for s in sensors]
        columns, to_utc = maker.time_columns([m for m, _ in rows], date, clock)
        values = [maker.number() for _ in rows]
        series: Series = {}
        for (moment, sensor), value in zip(rows, values, strict=True):
            series.setdefault(sensor, []).append((_cut(to_utc(moment), clock, columns), value))
        columns += [(maker.names["sensor"], [s for _, s in rows])]
        columns += [(maker.names["value"], [maker.value_text(v) for v in values])]
        return Made(maker.file(columns + maker.further(len(rows))), None, series)
    columns, to_utc = maker.time_columns(moments, date, clock)
    times = [_cut(to_utc(moment), clock, columns) for moment in moments]
    series = {}
    wide = []
    for name in draw.sample(QUANTITIES, draw.randint(2, 4)):
        values = [maker.number() for _ in moments]
        series[name] = list(zip(times, values, strict=True))
        wide.append((name, [maker.value_text(v) for v in values]))
    return Made(maker.file(columns + wide + maker.further(len(moments))), None, series)


def _cut(moment: datetime, clock: str, columns: list[tuple[str, list[str]]]) -> datetime:
    """A time without the seconds, if they are not written."""
    written = columns[-1][1][0]
    bare = clock == "%H:%M" and written.count(":") == 1
    return moment.replace(second=0) if bare else moment


def _ambiguous(maker: _Maker, what: str) -> Made:
    draw, names = maker.draw, maker.names
    moments = maker.moments(40, confusable=what == "order of dates")
    cells = [f"{m:%Y-%m-%d %H:%M:%S}" for m in moments]
    stamp = (names["stamp"], cells)
    values = [maker.value_text(maker.number()) for _ in moments]
    two = draw.sample(QUANTITIES, 2)
    wide = [(name, [maker.value_text(maker.number()) for _ in moments]) for name in two]
    if what == "order of dates":
        form, other = draw.choice(("/.", ".", "-", "/"))[0], draw.random() < 0.5
        text = f"%d{form}%m{form}%Y" if other else f"%m{form}%d{form}%Y"
        stamp = (names["stamp"], [m.strftime(f"{text} %H:%M:%S") for m in moments])
        return Made(maker.file([stamp, *wide]), what)
    if what == "name of the timestamp":
        return Made(maker.file([(draw.choice(UNKNOWN), cells), *wide]), what)
    if what == "two timestamps":
        later = [f"{m + timedelta(seconds=draw.randint(1, 90)):%Y-%m-%d %H:%M:%S}" for m in moments]
        pair = [("measured at", cells), ("received at", later)]
        return Made(maker.file([*pair, *wide]), what)
    if what == "three digits":
        maker.delimiter = draw.choice(";\t|")
        odd = [f"{draw.randint(1, 9)},{draw.randint(100, 999)}" for _ in moments]
        return Made(maker.file([stamp, (two[0], odd)]), what)
    if what == "no sensor":
        return Made(maker.file([stamp, (names["value"], values)]), what)
    if what == "compact hours":
        hours = [f"{datetime(2024, 3, 1) + timedelta(hours=k):%Y%m%d%H}" for k in range(40)]
        return Made(maker.file([(names["stamp"], hours), *wide]), what)
    if what == "abbreviation in cells":
        zone = draw.choice(("EST", "CST", "IST", "CET", "BST"))
        return Made(maker.file([(names["stamp"], [f"{c} {zone}" for c in cells]), *wide]), what)
    if what == "abbreviation in the header":
        zone = draw.choice(("EST", "CST", "IST", "CET", "BST"))
        return Made(maker.file([(f"{names['stamp']} ({zone})", cells), *wide]), what)
    if what == "no date":
        clock = (names["time"], [f"{m:%H:%M:%S}" for m in moments])
        return Made(maker.file([clock, *wide]), what)
    if what == "offsets in some cells":
        mixed = [f"{cell}{'+02:00' if k % 2 else ''}" for k, cell in enumerate(cells)]
        return Made(maker.file([(names["stamp"], mixed), *wide]), what)
    if what == "no header":
        return Made(maker.file([stamp, *wide], header=False), what)
    if what == "two values":
        pair = [("value", values), ("reading", wide[0][1])]
        sensors = (names["sensor"], [f"s{k % 3}" for k in range(40)])
        return Made(maker.file([stamp, sensors, *pair]), what)
    if what == "series side by side":
        later = [f"{m + timedelta(seconds=7):%Y-%m-%d %H:%M:%S}" for m in moments]
        side = [stamp, wide[0], (names["stamp"], later), wide[1]]
        return Made(maker.in_order(side), what)
    if what == "zone of the preamble":
        text = maker.file([stamp, *wide])
        zone = draw.choice(("Eastern Standard Time", "CET", "IST", "(UTC-05:00) Eastern Time"))
        return Made(f"Time Zone: {zone}\n{text}", what)
    unread = (draw.choice(UNKNOWN), [f"s{k % 2}" for k in range(80)])
    twice = [cell for cell in cells for _ in range(2)]
    doubled = [maker.value_text(maker.number()) for _ in twice]
    return Made(maker.file([(names["stamp"], twice), unread, (two[0], doubled)]), what)

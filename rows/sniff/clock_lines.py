"""Lines before the data that say something of the clock: moments with a zone, shifts of times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rows.sniff.key_value import KEY_AND_VALUE
from rows.sniff.words import folded
from rows.sniff.zones import SEVERAL_ABBREVIATIONS, offset_text, offsets_in_numbers
from schemas.zone_names import CELL_ABBREVIATIONS, fixed_offset

# A time of day, and a zone right after it: `10:00:00 CEST`, `10:00Z`, `10:00 AM (GMT+2)`, `10:00+02:00`.
_ZONED: Final = re.compile(
    r"(?<![\d:])(?P<clock>\d{1,2}:[0-5]\d)(?P<seconds>:[0-5]\d(?:[.,]\d+)?)?(?i:\s?[ap]\.?m\.?)?"
    r"(?:[\s,;\"(\[]{0,3}(?i:UTC|GMT)\s?(?P<offset>[+-]\s?\d{1,2}(?::?[0-5]\d)?)(?![\d:])"
    r"|\s?(?P<bare>[+-](?:0\d|1[0-4]):?(?:00|15|30|45))(?![\d:])"
    r"|(?P<hours>[+-](?:0\d|1[0-4]))(?![\d:.,/-])"
    r"|[\s,;\"(\[]{0,3}(?P<name>Z|Zulu|[A-Z]{3,4})(?![A-Za-z]))"
)
_CLOCK: Final = re.compile(r"(?<![\d:])\d{1,2}:[0-5]\d")
_AFTER_DATE: Final = re.compile(r"\d[\"\s,;T]{1,3}$")
# Words of lines that are about the records or the clock that wrote them, and not about the file.
_ABOUT_DATA: Final = re.compile(
    r"\b(?:start\w*|begin\w*|began|first|last|end\w*|stop\w*|launch\w*|logg\w*|logs?|record\w*"
    r"|measur\w*|deploy\w*|sampl\w*|period|range|from|clock|trigger\w*|acqui\w*|interval"
    r"|(?:device|sensor|instrument|station|unit|data|system) (?:date|time)\w*|time ?stamps?"
    r"|beginn|anfang|ende|erste\w*|letzte\w*|messung\w*|messbeginn|messzeit\w*|aufzeichnung\w*|uhr"
    r"|uhrzeit|zeitraum|debut|fin|premi\w*|derni\w*|inicio|final|primer\w*|ultim\w*|inizio|fine)\b",
    re.IGNORECASE,
)
_ABOUT_FILE: Final = re.compile(
    r"\b(?:export|download|creat|generat|print|retriev|sav|upload|writ|erstell|gespeichert"
    r"|ausgelesen|heruntergeladen|telecharg|descarg|scaric)\w*",
    re.IGNORECASE,
)
_SHIFTED: Final = re.compile(
    r"(?:time|clock|timestamp|zeit|uhr|uhrzeit)s? ?"
    r"(?:shift|offset|correction|difference|verschiebung|versatz|korrektur|differenz)"
)
_UNITS: Final = {"h": 60.0, "s": 1 / 60, "m": 1.0}
_UNIT: Final = r"(h|hrs?|hours?|std|stunden?|min|mins|minutes?|minuten|s|secs?|seconds?|sek)"
_SHIFT: Final = re.compile(rf"([+-]?)\s?(\d{{1,5}}(?:\.\d+)?)\s?{_UNIT}\.?", re.IGNORECASE)
_SHIFT_CLOCK: Final = re.compile(r"([+-]?)\s?(\d{1,2}):(\d\d)(?::00)?(?:\s?h)?", re.IGNORECASE)
_UNIT_OF_NAME: Final = re.compile(rf"[(\[]\s*{_UNIT}\.?\s*[)\]]", re.IGNORECASE)
_QUARTER: Final = 15
_MOST: Final = 14 * 60


@dataclass(frozen=True, slots=True)
class ZonedLine:
    """A time of day in a line that says its zone.

    Attributes:
        text: the line.
        zone: as it is written, an offset (`+02:00`) or an abbreviation (`CEST`); `UTC` for none.
        clock: the hour and the minute, as they are written.
        about_data: the line is about the records or the clock that wrote them.
    """

    text: str
    zone: str
    clock: str
    about_data: bool


@dataclass(frozen=True, slots=True)
class ShiftLine:
    """A line that says that times are shifted.

    Attributes:
        text: the line.
        offsets: what the shift can be, such as `+01:00`; more than one if it has no unit.
    """

    text: str
    offsets: tuple[str, ...]


def zoned_lines(lines: Sequence[str]) -> list[ZonedLine]:
    """The times of day in lines that have an offset, an abbreviation of a zone, or UTC."""
    found = []
    for line in lines:
        for match in _ZONED.finditer(line):
            zone = _zone_of(line, match)
            if zone is not None:
                text = line.strip(" \t\r\n#\"';,")
                found.append(ZonedLine(text, zone, match["clock"], _is_about_data(text)))
    return found


def has_another_zone(line: str) -> bool:
    """Whether a line has a time of day with a zone that is not UTC."""
    return any(found.zone != "UTC" for found in zoned_lines([line]))


def starts_at(clock: str, stamp: str) -> bool:
    """Whether a timestamp has a time of day (`8:00`) in it."""
    found = _CLOCK.search(stamp)
    return found is not None and found[0].zfill(5) == clock.zfill(5)


def shift_line(lines: Sequence[Sequence[str]]) -> ShiftLine | None:
    """The first line that says by which quarters of an hour times are shifted; None without one.

    Args:
        lines: the fields of each.
    """
    for fields in lines:
        cells = [cell.strip(" \t\r\n#\"'") for cell in fields]
        for place, cell in enumerate(cells):
            key, *values = KEY_AND_VALUE.split(cell, maxsplit=1)
            value = next((text for text in (*values, *cells[place + 1 :]) if text), "")
            name = folded(re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", key))
            if not _SHIFTED.fullmatch(name):
                continue
            offsets = _offsets_of(value.strip(), _UNIT_OF_NAME.search(key))
            if offsets:
                return ShiftLine(f"{key.strip()}: {value.strip()}", offsets)
    return None


def _zone_of(line: str, match: re.Match[str]) -> str | None:
    name = match["name"]
    if name is not None:
        minutes = CELL_ABBREVIATIONS.get("UTC" if name == "Zulu" else name)
        if name in ("Z", "Zulu", "UTC", "GMT"):
            return "UTC"
        return name if minutes is not None or name in SEVERAL_ABBREVIATIONS else None
    bare = match["bare"] or match["hours"]
    if bare is not None:
        if not _AFTER_DATE.search(line[: match.start()]):
            return None
        is_plain = match["seconds"] is None and line[match.start() - 1] != "T"
        if is_plain and bare[0] == "-" and bare[1:] > match["clock"].zfill(5):
            return None  # from one time of day to another one
    minutes = fixed_offset((bare or match["offset"]).replace(" ", ""))
    if minutes is None:
        return None
    return offset_text(minutes) if minutes else "UTC"


def _is_about_data(line: str) -> bool:
    text = folded(line)
    if not _ABOUT_FILE.search(text):
        return _ABOUT_DATA.search(text) is not None
    # `Exported from the logger`, but `Start of the report`: the first word counts.
    data, file = _ABOUT_DATA.search(text), _ABOUT_FILE.search(text)
    return data is not None and file is not None and data.start() < file.start()


def _offsets_of(value: str, unit: re.Match[str] | None) -> tuple[str, ...]:
    """The offsets that a shift can be; none for zero and for what is no quarter of an hour."""
    clock = _SHIFT_CLOCK.fullmatch(value)
    if clock is not None:
        return _quarters(clock[1], int(clock[2]) * 60 + int(clock[3]))
    counted = _SHIFT.fullmatch(value if unit is None else f"{value} {unit[1]}")
    if counted is not None:
        letter = counted[3][0].lower()
        per = 60.0 if counted[3].lower().startswith("st") else _UNITS[letter]
        return _quarters(counted[1], float(counted[2]) * per)
    return tuple(offsets_in_numbers(value))


def _quarters(sign: str, minutes: float) -> tuple[str, ...]:
    if not 0 < minutes <= _MOST or minutes % _QUARTER:
        return ()
    return (offset_text(-round(minutes) if sign == "-" else round(minutes)),)

"""Time zones that a file names: in the header of a timestamp, in its cells, in a column, before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rows.sniff.key_value import KEY_AND_VALUE
from rows.sniff.spoken_zones import likely_zone
from rows.sniff.words import folded, role_of, without_units
from schemas.zone_names import CELL_ABBREVIATIONS, fixed_offset, is_zone

_OFFSET: Final = re.compile(
    r"(?:UTC|GMT|(?<![a-z])(?:TU|UT))[\s,;:]*([+-]\s?\d{1,2}(?::?\d{2})?)(?!\d)", re.IGNORECASE
)
_BARE_OFFSET: Final = re.compile(r"[(\[,]\s*([+-]\d{2}:?\d{2})\s*[)\]]?")
# `Time +02:00`, `Time_-0500`.
_OFFSET_AT_END: Final = re.compile(
    r"[A-Za-z][\s_]*([+-](?:0\d|1[0-4])(?::(?:00|15|30|45)|00|15|30|45))\s*"
)
_UTC: Final = re.compile(r"(?<![A-Za-z])(?:UTC|GMT|Zulu)(?![A-Za-z])", re.IGNORECASE)
# `Time (GMT 120 mins)`: so many minutes are east of Greenwich.
_MINUTES: Final = re.compile(
    r"(?:UTC|GMT)\s+([+-]?\d{1,3})\s*min(?:ute)?s?\s*(?:[)\]]|$)", re.IGNORECASE
)
# `Time (UTC 2)` may say an offset, and to which side it does not say.
_UNSIGNED: Final = re.compile(r"[(\[](?:UTC|GMT)\s*([1-9]\d?)(?::?\d{2})?[)\]]", re.IGNORECASE)
_MOST_MINUTES: Final = 14 * 60
_ABBREVIATION: Final = re.compile(r"(?<![A-Za-z])[A-Z]{3,4}(?![A-Za-z])")
# Abbreviations that a header may have besides those that cells may have, and what they may be.
SEVERAL_ABBREVIATIONS: Final = frozenset(
    {"IST", "AST", "SST", "BRT", "ART", "CLT", "PKT", "SGT", "MYT", "MET", "MEST"}
)
_LOCAL: Final = frozenset(
    {"local", "lst", "ldt", "lokal", "lokale", "lokalzeit", "ortszeit", "normalzeit", "winterzeit"}
    | {"sommerzeit", "normaltid", "lokaltid", "locale", "legale", "solare", "oficial", "dst"}
    | {"sommartid", "vintertid", "sommertid", "zomertijd", "wintertijd", "kesaaika", "talviaika"}
    | {"paikallinen", "paikallista", "lokalny", "lokalna", "lokalnego", "lokalni", "mistni"}
    | {"miestny", "helyi", "местное", "местныи", "местного", "місцевии", "yerel", "τοπικη"}
    | {"kohalik", "vietinis", "vietejais", "מקומי", "محلي", "المحلي"}
)
# The same in scripts without blanks between words, and of two words.
_LOCAL_ANYWHERE: Final = re.compile(r"本地|当地|當地|地方时|地方時|現地|现地|현지")
_LOCAL_WORDS: Final = re.compile(
    r"\b(?:hora solar|solar time|heure solaire|heure d (?:hiver|ete)|hora de (?:verano|invierno)"
    r"|czas (?:letni|zimowy)|(?:letni|zimni) cas)\b"
)
_STATEMENT: Final = re.compile(
    r"\b(?:times?|timestamps?|dates?|data|zeiten|heures?|zeitangaben)\b.{0,30}\b(?:in|are|is|sind|en)\b",
    re.IGNORECASE,
)
_NAMED_ZONE: Final = re.compile(
    r"\b(?:eastern|central|mountain|pacific|atlantic|european|western|europe)\s+"
    r"(?:standard |daylight |summer )?time\b",
    re.IGNORECASE,
)
_OFFSET_ALONE: Final = re.compile(
    r"(?:UTC|GMT) ?[+-] ?\d{1,2}(?::?\d{2})?(?: ?\([^()]*\))?", re.IGNORECASE
)
# A short line about times with the abbreviation of a zone: `Zeitbasis: MEZ`, `All times CET`.
_ABOUT_TIMES: Final = re.compile(
    r"\b(?:times?|timestamps?|clock|zone|zeit\w*|uhrzeit|heures?|horas?|tijd\w*|tid"
    r"|czas|čas|idő|saat|aika|время|час|ώρα)\b|时间|時間|時刻|시각|시간",
    re.IGNORECASE,
)
_ABOUT_SUMMER: Final = re.compile(
    r"\b(?:daylight[ -]?sav\w*|(?:is ?)?dst|sommerzeit\w*|summer ?time|heure d.été)\b",
    re.IGNORECASE,
)
_IS_OFF: Final = re.compile(r"\b(?:no|not|off|0|false|disabled|none|nein|aus|non)\b", re.IGNORECASE)
_PLAIN_ABBREVIATIONS: Final = frozenset(
    {"EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "CET", "CEST", "MEZ", "MESZ", "EET"}
    | {"EEST", "AEST", "AEDT", "ACST", "AWST", "NZST", "NZDT", "JST", "KST", "HST", "AKST"}
)
_MOST_WORDS_OF_TIMES: Final = 6
_WHOLE: Final = re.compile(r"[+-]?\d{1,5}")
_THREE_DIGITS: Final = re.compile(r"[+-]?\d{3}")
_HOURS: Final = re.compile(r"[+-]?(?:\d|1[0-4])(?:\.0)?")
# Words of a name before the data that are looked at for the time zone.
_MOST_WORDS, _SHORT_WORD = 6, 4
_DECIMAL_HOURS: Final = re.compile(r"[+-]?(?:\d|1[0-4])\.(?:0|5|50|75|25|00)")
_NAME: Final = re.compile(r"[A-Z][A-Za-z]+/[A-Z][A-Za-z0-9_+-]*(?:/[A-Z][A-Za-z_]+)?")
_NEGATED: Final = re.compile(r"\b(?:not|nicht|pas|niet|inte|nie|kein)\b", re.IGNORECASE)


def zone_in(text: str) -> str | None:
    """The zone that a header's text names: an offset, an IANA name or UTC; None if it names none, or
    several."""
    if len({offset.replace(" ", "") for offset in _OFFSET.findall(text)}) > 1:
        return None
    for name in _NAME.findall(text):
        if is_zone(name):
            return str(name)
    counted = _MINUTES.search(text)
    if counted is not None:
        east = int(counted[1])
        return None if east % 15 or abs(east) > _MOST_MINUTES else offset_text(east)
    found = _OFFSET.search(text) or _BARE_OFFSET.search(text)
    if found is not None:
        minutes = fixed_offset(found[1].replace(" ", ""))
        return None if minutes is None else offset_text(minutes)
    return "UTC" if _UTC.search(text) else None


def zone_of_name(name: str) -> str | None:
    """The zone that the name of a column of times says: as `zone_in`, or an offset at its end."""
    found = _OFFSET_AT_END.search(name)
    if found is None or found.end() != len(name):
        return zone_in(name)
    minutes = fixed_offset(found[1])
    return zone_in(name) or (None if minutes is None else offset_text(minutes))


def unsigned_offset_in(text: str) -> str | None:
    """The hours of an offset whose side of Greenwich a header does not say: `2` in `Time (UTC 2)`."""
    found = _UNSIGNED.search(text)
    return found[1] if found is not None else None


def abbreviation_in(text: str) -> str | None:
    """The abbreviation of a zone that a header's text has: `EST` in `Time (EST)`; None without one."""
    for name in _ABBREVIATION.findall(text):
        if name in CELL_ABBREVIATIONS or name in SEVERAL_ABBREVIATIONS:
            return str(name)
    return None


def abbreviation_of_name(name: str) -> str | None:
    """As `abbreviation_in`; in small letters too at the end of a name that is not known: `time_cet`."""
    found = abbreviation_in(name)
    last = folded(name).split()[-1:]
    if found is None and last and role_of(name) is None:
        short = last[0].upper()
        return short if short in _PLAIN_ABBREVIATIONS else None
    return found


def says_local(text: str) -> bool:
    """Whether a header says that its times are local ones, and not of which zone."""
    plain = folded(text)
    return (
        bool(_LOCAL & set(plain.split()))
        or _LOCAL_WORDS.search(plain) is not None
        or _LOCAL_ANYWHERE.search(text) is not None
    )


def says_summer_time(name: str) -> bool:
    """Whether the name of a column says that it has whether daylight saving time is on: `IsDST`."""
    return _ABOUT_SUMMER.search(folded(name)) is not None


def says_times_are_local(text: str) -> bool:
    """Whether a line before the data says that times are local ones, or are put forward in summer."""
    if _ABOUT_SUMMER.search(text):
        return _IS_OFF.search(text) is None
    if not says_local(text):
        return False
    is_short = len(folded(text).split()) <= _MOST_WORDS_OF_TIMES
    return _STATEMENT.search(text) is not None or (
        is_short and _ABOUT_TIMES.search(text) is not None
    )


@dataclass(frozen=True, slots=True)
class Stated:
    """What lines before the data say about the zone.

    Attributes:
        text: as it is written.
        zone: an IANA name or an offset; None if the text is none.
    """

    text: str
    zone: str | None


def zone_of_preamble(lines: Sequence[Sequence[str]]) -> Stated | None:
    """What the lines before the data say about the zone of the timestamps; None if nothing.

    That is a value after a name of the role `zone` (`Time Zone: Europe/Berlin`), in the same line or
    under it, or a sentence that says in which zone times are, or an offset from UTC as the value of any
    other name.
    """
    for number, fields in enumerate(lines):
        cells = [cell.strip(" \t#\"'") for cell in fields]
        for place, cell in enumerate(cells):
            key, sign, value = _parted(cell)
            if not sign:
                key, value = _apart(key)
            if not _names_the_zone(key):
                continue
            if value:
                return _stated(value)
            after = cells[place + 1] if place + 1 < len(cells) else ""
            if after and not _names_the_zone(after) and not role_of(after):
                return _stated(after)
            below = lines[number + 1] if number + 1 < len(lines) else ()
            if len(below) == len(fields) and (found := _stated(below[place].strip())).zone:
                return found
        text = " ".join(cells)
        if _STATEMENT.search(text) and _names_zone(text):
            # `UTC-5 in winter and UTC-4 in summer`, or `local time, not UTC`: which zone is open.
            is_open = says_local(text) or _NEGATED.search(text) is not None
            return Stated(text, None if is_open else zone_in(text))
        if _STATEMENT.search(text):
            short, named = abbreviation_in(text), _NAMED_ZONE.search(text)
            if short is not None or named is not None:
                return Stated(short or text, None)
        if likely_zone(text) is not None and len(folded(text).split()) <= _MOST_WORDS_OF_TIMES:
            return Stated(text, None)  # `时间: 北京时间`
        if (short := _short_of_times(text)) is not None:
            return Stated(text if _OFFSET.search(text) else short, None)
    return _of_another_key(lines)


def _short_of_times(text: str) -> str | None:
    """The abbreviation of a zone in a short line about times that has no time itself."""
    rest = _OFFSET.sub("", text)  # `Zeit: MEZ (UTC+1)`
    if any(c.isdigit() for c in rest) or not _ABOUT_TIMES.search(text):
        return None
    if len(folded(text).split()) > _MOST_WORDS_OF_TIMES:
        return None
    found = [name for name in _ABBREVIATION.findall(text) if name in _PLAIN_ABBREVIATIONS]
    return str(found[0]) if found else None


def _names_the_zone(key: str) -> bool:
    """Whether a name has a word for the time zone in it: `Log Setup Time Zone`, `Time Zone Name`."""
    words = folded(without_units(key)).split()
    if not words or len(words) > _MOST_WORDS:
        return False
    parts = (
        " ".join(words[k:end])
        for k in range(len(words))
        for end in range(k + 1, len(words) + 1)
        if end - k > 1 or len(words) == 1 or len(words[k]) > _SHORT_WORD
    )
    return any((role := role_of(part)) is not None and role.role == "zone" for part in parts)


def _of_another_key(lines: Sequence[Sequence[str]]) -> Stated | None:
    """The offset that is the value of another key: `Instrument number =UTC+1`; None without any."""
    cells = [cell.strip(" \t#\"'") for fields in lines for cell in fields]
    values = [*cells, *(value for _, sign, value in map(_parted, cells) if sign)]
    found = list(dict.fromkeys(v.upper() for v in values if _OFFSET_ALONE.fullmatch(v)))
    if not found:
        return None
    return Stated(" and ".join(found), zone_in(found[0]) if len(found) == 1 else None)


def _names_zone(text: str) -> bool:
    return zone_in(text) is not None or _OFFSET.search(text) is not None


def _apart(cell: str) -> tuple[str, str]:
    """`Time Zone UTC+8` as a name and its value; no value if the last word is no zone."""
    key, _, last = cell.rpartition(" ")
    is_value = _OFFSET_ALONE.fullmatch(last) is not None or ("/" in last and is_zone(last))
    return (key, last) if is_value else (cell, "")


def _parted(cell: str) -> tuple[str, str, str]:
    found = KEY_AND_VALUE.search(cell)
    if found is None:
        return cell, "", ""
    return cell[: found.start()], found[0], cell[found.end() :]


def _stated(value: str) -> Stated:
    if _THREE_DIGITS.fullmatch(value):
        return Stated(value, None)  # `-300` is three hours, or three hundred minutes
    if is_zone(value):
        minutes = fixed_offset(value)
        known = value in CELL_ABBREVIATIONS and value not in ("UTC", "GMT", "Z")
        if known or value in SEVERAL_ABBREVIATIONS:
            return Stated(value, None)  # an abbreviation
        return Stated(value, value if minutes is None else offset_text(minutes))
    if _HOURS.fullmatch(value):
        return Stated(value, offset_text(round(float(value) * 60)))
    zone = zone_in(value)
    rest = re.sub(r"(?i)utc|gmt|zulu|[\d\W_]", "", value)
    # `(UTC-05:00) Eastern Time` has daylight saving time, and says its offset without it.
    return Stated(value, zone if zone is not None and ("/" in zone or not rest) else None)


def offset_of_hours(text: str) -> str | None:
    """The offset that hours with a decimal point are: `-7.0`, `5.5`; None for anything else."""
    found = _DECIMAL_HOURS.fullmatch(text)
    return offset_text(round(float(text) * 60)) if found is not None else None


def offsets_in_numbers(text: str) -> list[str]:
    """The offsets that a whole number can mean, as hours, minutes or seconds: `1`, `60`, `3600`."""
    if not _WHOLE.fullmatch(text):
        return []
    number = int(text)
    seconds = [number * unit for unit in (3600, 60, 1)]
    return [
        offset_text(found // 60)
        for found in dict.fromkeys(seconds)
        if found and abs(found) <= 14 * 3600 and found % 900 == 0
    ]


def offset_text(minutes: int) -> str:
    """`+01:00` for 60 minutes east of Greenwich."""
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def are_zones(cells: Sequence[str]) -> bool:
    """Whether all cells are offsets or IANA names."""
    distinct = {cell for cell in cells if cell}
    return 0 < len(distinct) <= 100 and all(is_zone(cell) for cell in distinct)

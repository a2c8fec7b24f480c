"""How one timestamp is written: from its text to a strptime format.

Dates that are written in numbers only can be read in several orders. Their numbers are left open
here (`%1/%2/%Y`); `rows.sniff.timestamps` settles them by the column as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from schemas.calendar_names import half_after_clock, month_of
from schemas.timestamp_format import MAX_CHARACTERS, can_be_format

ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
"""What the format `iso` takes."""
_DATE_SIZE: Final = 10

# `2024. 06. 14.`, `14. 6. 2024`, `14.06.2024 г.`
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/. ]|\. )(\d{1,2})\2(\d{1,2})(\.(?= |$)| ?г\.?)?(?!\d)")
_WITH_SIGNS: Final = re.compile(r"(\d{4})([年년]) ?(\d{1,2})([月월]) ?(\d{1,2})([日일])")
_YEAR_NAME: Final = re.compile(r"(\d{4})([-/. ])([^\W\d_]{3,12}\.?)\2(\d{1,2})(?!\d)")
_NUMBERS: Final = re.compile(
    r"(\d{1,2})([-/. ]|\. )(\d{1,2})\2(\d{4}|\d{2})(?!\d)(\.(?= |$)| ?г\.?)?"
)
_DAY_NAME: Final = re.compile(
    r"(\d{1,2})(\.? ?(?:de )?|[-/.])([^\W\d_]{3,12}\.?)( (?:de )?|, ?|[-/.])(\d{4}|\d{2})(?!\d)"
)
_STUCK_NAME: Final = re.compile(r"(\d{2})([^\W\d_]{3})(\d{4})(?!\d)")
# The name of the zone after an offset, as Java writes it: `+02:00[Europe/Berlin]`.
_NAMED_AFTER: Final = re.compile(r" ?\[[A-Z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*\]")
_NAME_DAY: Final = re.compile(r"([^\W\d_]{3,12}\.?)([ -])(\d{1,2})(,? |-)(\d{4})(?!\d)")
_COMPACT: Final = re.compile(r"(?:19|20)\d{6}(?!\d)")
_ORDINAL: Final = re.compile(r"(\d{4})([-/. ])(\d{3})(?!\d)")
_WEEKDAY: Final = re.compile(r"[^\W\d_]{2,10}\.?,? +(?=\d|[^\W\d_]{3,12}\.? \d)")
_CLOCK: Final = re.compile(r"(\d{1,2})([:.h])(\d{2})(?:\2(\d{2})(?:([.,:])(\d{1,9}))?)?(?![\d:])")
_CLOCK_WITH_SIGNS: Final = re.compile(
    r"(\d{1,2})([时時点點시]) ?(\d{1,2})([分분])(?: ?(\d{1,2})([秒초]))?"
)
_DASHED_CLOCK: Final = re.compile(r"([01]\d|2[0-4])-([0-5]\d)-([0-5]\d)(?![\d:-])")
_COMPACT_CLOCK: Final = re.compile(r"(\d{6}|\d{4})(?:([.,])(\d{1,9}))?(?!\d)")
_HALF: Final = re.compile(
    r"(\s*)([ap]\.?\s?m\.?|fm|em|[ap]|[上下]午|午[前後]|오[전후]|[πμ]μ|[πμ]\.μ\.|[صم])(?![^\W\d_])",
    re.IGNORECASE,
)
# The half of the day before the clock: `下午 3:05`.
_HALF_FIRST: Final = re.compile(r"([上下]午|午[前後]|오[전후])( ?)(?=\d)")
_ZONE: Final = re.compile(
    r"(\s*)(?:\(?(UTC|GMT)?\s?([+-]\d{2}(?::?\d{2})?)\)?|([Zz])|\(?(UTC|GMT)\)?|([A-Z]{3,5}))(?![\w:])"
)
_BETWEEN: Final = re.compile(
    r"[Tt](?=\d)| @ (?=\d)|,?[ \u00a0\u202f]+(?=\d|[上下]午|午[前後]|오[전후])|[_:,-](?=\d)| ?[-–/|] ?(?=\d)|,? (?:at|um|à|a las|alle|kl\.?|klo) (?=\d)|(?<=[日일])(?=\d|[上下]午|午[前後])"
)
# What stands after a time of day in some languages: `14.06.2024 um 10:00 Uhr`.
_OF_CLOCK: Final = re.compile(r" ?(?:Uhr|ч\.?)(?![^\W\d_])")
_BETWEEN_TIME_AND_DATE: Final = re.compile(r",? +|,|-")
_INTERVAL: Final = re.compile(r"([ \u00a0\u202f]?(?:-|–|/|to|bis|à|until) ?)(?=[\d\W]*\d)")
# `Fri Jun 14 10:00:00 GMT+02:00 2024`, as programs in C and Java write it.
_PROGRAM: Final = re.compile(
    r"([A-Z][a-z]{2}) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}:\d{2}:\d{2})"
    r"(?: (?:(UTC|GMT)?([+-]\d{2}:?\d{2})|(UTC|GMT)|([A-Z]{3,5})))? (\d{4})"
)
# What `%a` takes; days of the week in other languages are passed over.
_WEEKDAYS: Final = frozenset(
    day[:size] for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for size in (3, len(day))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """How a timestamp is written.

    Attributes:
        form: a strptime format in which `%1`, `%2`, `%3` are the numbers of a date whose order is
            not known; `iso` for ISO 8601.
        zone: `offset`, `utc`, or the abbreviation of a zone in the text; None without any.
    """

    form: str
    has_date: bool
    has_time: bool
    zone: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the order of its date is not known."""
        return "%1" in self.form


@lru_cache(1024)
def written(text: str) -> Written | None:
    """How `text`, trimmed, is written; None if it is no timestamp, or none that a format can say."""
    found = _written(text)
    if found is None or (len(found.form) <= MAX_CHARACTERS and found.form.isprintable()):
        return found
    # A tab is a blank.
    found = replace(found, form=found.form.replace("\t", " "))
    return found if can_be_format(found.form) else None


def _written(text: str) -> Written | None:
    if ISO.fullmatch(text):
        tail = text[10:]
        zoned = tail[-1:] in ("Z", "z") or "+" in tail or "-" in tail
        return Written("iso", True, bool(tail), "offset" if zoned else None)
    if text[-1:] == "]" and (named := _NAMED_AFTER.search(text)) is not None:
        return _without_name(text[: named.start()], named[0])
    if program := _PROGRAM.fullmatch(text):
        return _by_program(program)
    if text[:1] == "'" and (found := written(text[1:])) is not None:
        # The mark with which spreadsheets take a cell as text.
        form = found.form
        if form == "iso":
            form = iso_as_format(text[1:]) if found.has_time else "%Y-%m-%d"
        return replace(found, form=f"'{form}")
    at, lead = 0, ""
    weekday = _WEEKDAY.match(text)
    if weekday is not None and month_of(weekday[0].rstrip(" ,.")) is None:
        word = weekday[0].rstrip(" ,.")
        known = "%a" if word.lower() in _WEEKDAYS else "%*"
        at, lead = weekday.end(), known + _literal(weekday[0][len(word) :])
    date = _date(text, at)
    if date is not None:
        return _after_date(text, lead, *date)
    return _after_clock(text, at, lead)


def _without_name(text: str, name: str) -> Written | None:
    """A timestamp whose offset is followed by the name of its zone in brackets, which is passed over."""
    found = written(text)
    if found is None or found.zone != "offset":
        return None
    form = iso_as_format(text) if found.form == "iso" else found.form
    return replace(found, form=f"{form}{' ' if name[0] == ' ' else ''}[%*]")


def _by_program(found: re.Match[str]) -> Written | None:
    if found[1].lower() not in _WEEKDAYS or month_of(found[2]) is None:
        return None
    zone, form = None, ""
    if found[6]:
        zone, form = "offset", f" {found[5] or ''}%z"
    elif found[7]:
        zone, form = "utc", f" {found[7]}"
    elif found[8]:
        zone, form = found[8], " %Z"
    return Written(f"%a %b %d %H:%M:%S{form} %Y", True, True, zone)


def iso_as_format(text: str) -> str:
    """The strptime format of an ISO 8601 timestamp.

    For columns with the hour 24, which `iso` does not take.
    """
    if len(text) == _DATE_SIZE:
        return "%Y-%m-%d"
    form = f"%Y-%m-%d{text[10]}%H:%M"
    rest = text[16:]
    if rest.startswith(":"):
        form, rest = form + ":%S", rest[3:]
    if rest.startswith("."):
        form, rest = form + ".%f", rest.lstrip(".0123456789")
    return form + "%z" if rest else form


def _after_date(text: str, lead: str, form: str, at: int) -> Written | None:
    form = lead + form
    if at == len(text):
        return Written(form, True, False)
    between = _BETWEEN.match(text, at)
    if between is not None:
        clock = _clock(text, between.end(), compact=form.endswith(("%Y%m%d", "%d%b%Y")))
        dashed = _DASHED_CLOCK.match(text, between.end())
        if dashed is not None:
            clock = "%H-%M-%S", dashed.end()
        if clock is not None:
            stamp = form + _literal(between[0]) + clock[0]
            found = _ended(text, stamp, clock[1], has_time=True)
            if found is not None:
                return found
    return _ended(text, form, at, has_time=False)


def _after_clock(text: str, at: int, lead: str) -> Written | None:
    clock = _clock(text, at, compact=False)
    if clock is None or lead:
        return None
    form, at = clock
    if at == len(text):
        # `18.00` is a number.
        return None if re.fullmatch(r"\d+\.\d+", text) else Written(form, False, True)
    between = _BETWEEN_TIME_AND_DATE.match(text, at)
    date = _date(text, between.end()) if between is not None else None
    if between is None or date is None:
        return _ended(text, form, at, has_time=True, has_date=False)
    return _ended(text, form + _literal(between[0]) + date[0], date[1], has_time=True)


def _ended(
    text: str, form: str, at: int, *, has_time: bool, has_date: bool = True
) -> Written | None:
    """What follows date and time: a zone, or the end of an interval."""
    zone: str | None = None
    if at < len(text) and has_time:
        found = _ZONE.match(text, at)
        if found is not None:
            piece, zone = _zone(found)
            form, at = form + piece, found.end()
    if at < len(text):
        interval = _INTERVAL.match(text, at)
        second = written(text[interval.end() :]) if interval is not None else None
        if (
            interval is None
            or second is None
            or (has_date and not has_time and not second.has_date)
        ):
            return None  # a date and a time of day that is written in no known way are no interval
        form, at = form + _literal(interval[0]) + "%*", len(text)
    return Written(form, has_date, has_time, zone) if at == len(text) else None


def _zone(found: re.Match[str]) -> tuple[str, str]:
    blank, text = _literal(found[1]), found[0][len(found[1]) :]
    if found[3]:
        before, _, after = text.partition(found[3])
        return blank + _literal(before) + "%z" + _literal(after), "offset"
    if found[4]:
        return blank + "%z", "offset"
    if found[5]:
        return blank + _literal(text), "utc"
    return blank + "%Z", found[6]


def _date(text: str, at: int) -> tuple[str, int] | None:
    """The format of the date at `at`, and where it ends."""
    if found := _COMPACT.match(text, at):
        return "%Y%m%d", found.end()
    if found := _YEAR_FIRST.match(text, at):
        sign = found[2]
        return f"%Y{sign}%m{sign}%d{found[5] or ''}", found.end()
    if found := _WITH_SIGNS.match(text, at):
        blanks = ["%Y", "%m", "%d"]
        parts = re.split(r"\d+", found[0])[1:]
        return "".join(a + b for a, b in zip(blanks, parts, strict=True)), found.end()
    if found := _ORDINAL.match(text, at):
        return f"%Y{found[2]}%j", found.end()
    if found := _NUMBERS.match(text, at):
        sign, year = found[2], "%Y" if len(found[4]) == 4 else "%3"
        return f"%1{sign}%2{sign}{year}{found[5] or ''}", found.end()
    if (found := _DAY_NAME.match(text, at)) and month_of(found[3]):
        year = "%Y" if len(found[5]) == 4 else "%y"
        return f"%d{_literal(found[2])}%b{_dot(found[3])}{_literal(found[4])}{year}", found.end()
    if (found := _STUCK_NAME.match(text, at)) and month_of(found[2]):
        return "%d%b%Y", found.end()
    if (found := _NAME_DAY.match(text, at)) and month_of(found[1]):
        return f"%b{_dot(found[1])}{found[2]}%d{_literal(found[4])}%Y", found.end()
    if (found := _YEAR_NAME.match(text, at)) and month_of(found[3]):
        return f"%Y{found[2]}%b{_dot(found[3])}{found[2]}%d", found.end()
    return None


def _dot(name: str) -> str:
    return "." if name.endswith(".") else ""


def _clock(text: str, at: int, *, compact: bool) -> tuple[str, int] | None:
    """The format of the time of day at `at`, and where it ends."""
    found = _COMPACT_CLOCK.match(text, at) if compact else None
    if found is not None:
        form = "%H%M%S" if len(found[1]) == 6 else "%H%M"
        if found[2] and len(found[1]) == 6:
            return f"{form}{found[2]}%f", found.end()
        return (form, found.end()) if not found[2] else None
    first = _HALF_FIRST.match(text, at)
    if first is not None:
        clock = _clock(text, first.end(), compact=False)
        if clock is None or "%H" not in clock[0]:
            return None
        return f"%p{first[2]}{clock[0].replace('%H', '%I')}", clock[1]
    found = _CLOCK.match(text, at)
    if found is None:
        return _clock_with_signs(text, at)
    sign = found[2]
    rest = f"{sign}%M" + (f"{sign}%S" if found[4] else "") + (f"{found[5]}%f" if found[6] else "")
    half = _HALF.match(text, found.end())
    if half is not None and half_after_clock(half[2]) is not None:
        return f"%I{rest}{_literal(half[1])}%p", half.end()
    word = _OF_CLOCK.match(text, found.end())
    if word is not None:
        return f"%H{rest}{word[0]}", word.end()
    return f"%H{rest}", found.end()


def _clock_with_signs(text: str, at: int) -> tuple[str, int] | None:
    """The format of a time of day such as `10时05分`, and where it ends."""
    found = _CLOCK_WITH_SIGNS.match(text, at)
    if found is None:
        return None
    parts = re.split(r"\d+", found[0])[1:]
    return "".join(a + b for a, b in zip(("%H", "%M", "%S"), parts, strict=False)), found.end()


def _literal(text: str) -> str:
    return text.replace("%", "%%")

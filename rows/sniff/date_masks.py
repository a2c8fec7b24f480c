"""Dates as headers and lines of units write them for people: `dd/mm/yyyy`, `YYYYMMDDHH`, `AAAAMMJJ`.

Days are also Tage, jours and giorni; years Jahre, années, años and anni; hours Stunden and uur.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_SIGN: Final = r"[-/. ]"
# Days, months and years as their letters are in several languages: `dd/mm/aaaa`, `pp.kk.vvvv`,
# `gg.aa.yyyy`. `jj` is a day in French and a year in German and Dutch: the others say which.
_A_DAY: Final = r"(?:d{1,2}|t{1,2}|jj|gg|pp|дд)"
_A_MONTH: Final = r"(?:m{1,3}|kk|мм)"
_A_YEAR: Final = r"(?:y{2,4}|a{2,4}|j{2,4}|rrrr|vvvv|åååå|г{2,4})"
_ORDERS: Final = {
    "dmy": re.compile(
        rf"\b(?:{_A_DAY}{_SIGN}{_A_MONTH}{_SIGN}{_A_YEAR}|gg{_SIGN}aa{_SIGN}y{{2,4}})\b|日/月/年",
        re.IGNORECASE,
    ),
    "mdy": re.compile(rf"\bm{{1,3}}{_SIGN}d{{1,2}}{_SIGN}(?:y{{2,4}}|a{{2,4}})\b", re.IGNORECASE),
    "ymd": re.compile(rf"\b{_A_YEAR}{_SIGN}{_A_MONTH}{_SIGN}{_A_DAY}\b|年/月/日", re.IGNORECASE),
}
_DAY: Final = r"(?:dd|jj|tt|gg)"
_YEAR: Final = r"(?:yyyy|aaaa|jjjj)"
_CLOCK: Final = r"(?:hh|ss(?=mi))(?::?(?:mm|mi|nn)(?::?ss(?:[.,]?(?:f{1,6}|s{1,3}))?)?)?"
_COMPACT: Final = re.compile(
    rf"(?P<date>{_YEAR}mm{_DAY})(?P<clock>[ _t]?(?P<hour>hh)(?P<minute>(?:mm|mi|nn)(?P<second>ss)?)?)?",
    re.IGNORECASE,
)
_SIGNED: Final = re.compile(
    rf"(?:{_YEAR}[-/.]m{{2,3}}[-/.]{_DAY}|{_DAY}[-/.]m{{2,3}}[-/.](?:{_YEAR}|yy|aa|jj)"
    rf"|mm[-/.]{_DAY}[-/.](?:{_YEAR}|yy))(?P<clock>(?:[ t_]|, ?){_CLOCK}(?: ?(?:am/pm|tt|a))?)?",
    re.IGNORECASE,
)
_TIME_OF_DAY: Final = re.compile(r"hh[:.]?(?:mm|mi|nn)(?:[:.]?ss(?:[.,](?:f{1,6}|s{1,3}))?)?", re.I)
_BRACKETS: Final = "()[]{} \t"


def order_said_by(text: str) -> str | None:
    """The order of a date that a header or a line of units says, such as `dd/mm/yyyy`."""
    found = [order for order, form in _ORDERS.items() if form.search(text)]
    return found[0] if len(found) == 1 else None


@lru_cache(4096)
def compact_format(text: str) -> str | None:
    """The strptime format that a text without signs is a mask of: `%Y%m%d%H` for `YYYYMMDDHH`."""
    found = _COMPACT.search(text)
    if found is None or re.search(r"[a-z]", text[found.end() : found.end() + 1], re.IGNORECASE):
        return None
    if found.start() and text[found.start() - 1].isalpha():
        return None
    form = "%Y%m%d" + ("%H" if found["hour"] else "")
    form += ("%M" if found["minute"] else "") + ("%S" if found["second"] else "")
    return form


@lru_cache(4096)
def role_of_mask(text: str) -> str | None:
    """`timestamp`, `date` or `time` if all of a text is a mask; None if it is none."""
    bare = text.strip(_BRACKETS)
    if len(bare) < 4:
        return None
    for pattern in (_COMPACT, _SIGNED):
        found = pattern.fullmatch(bare)
        if found is not None:
            return "timestamp" if found["clock"] else "date"
    return "time" if _TIME_OF_DAY.fullmatch(bare) else None

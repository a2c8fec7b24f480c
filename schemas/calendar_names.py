"""Names of months and halves of the day in the languages whose headers are recognised.

The one declaration: detection looks names up here, and the programs that read `%b`, `%B` and `%p`
are made from it. Names are compared in small letters, and a full stop after a short name may be
written or left out.
"""

from __future__ import annotations

from functools import cache
from typing import Final

MONTHS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        *("jan january", "feb february", "mar march", "apr april", "may", "jun june"),
        *("jul july", "aug august", "sep sept september", "oct october", "nov november"),
        "dec december",
    ),
    "de": (
        *("jan jän januar jänner", "feb feber februar", "mär mrz märz", "apr april", "mai"),
        *("jun juni", "jul juli", "aug august", "sep sept september", "okt oktober"),
        *("nov november", "dez dezember"),
    ),
    "fr": (
        *("janv jan janvier", "févr fév février", "mars mar", "avr avril", "mai", "juin"),
        *("juil juillet", "août aoû", "sept sep septembre", "oct octobre", "nov novembre"),
        "déc décembre",
    ),
    "es": (
        *("ene enero", "feb febrero", "mar marzo", "abr abril", "may mayo", "jun junio"),
        *("jul julio", "ago agosto", "sep sept septiembre setiembre", "oct octubre"),
        *("nov noviembre", "dic diciembre"),
    ),
    "it": (
        *("gen gennaio", "feb febbraio", "mar marzo", "apr aprile", "mag maggio", "giu giugno"),
        *("lug luglio", "ago agosto", "set sett settembre", "ott ottobre", "nov novembre"),
        "dic dicembre",
    ),
    "nl": (
        *("jan januari", "feb februari", "mrt maart", "apr april", "mei", "jun juni"),
        *("jul juli", "aug augustus", "sep sept september", "okt oktober", "nov november"),
        "dec december",
    ),
    "sv": (
        *("jan januari", "feb februari", "mar mars", "apr april", "maj", "jun juni"),
        *("jul juli", "aug augusti", "sep sept september", "okt oktober", "nov november"),
        "dec december",
    ),
    "pl": (
        *("sty styczeń stycznia", "lut luty lutego", "mar marzec marca", "kwi kwiecień kwietnia"),
        *("maj maja", "cze czerwiec czerwca", "lip lipiec lipca", "sie sierpień sierpnia"),
        *("wrz wrzesień września", "paź październik października", "lis listopad listopada"),
        "gru grudzień grudnia",
    ),
}
"""By language: twelve entries, each with the ways to write one month."""

HALVES: Final[dict[str, tuple[str, str]]] = {
    "en": ("am a.m. a.m", "pm p.m. p.m"),
    "es": ("a.m. am", "p.m. pm"),
    "sv": ("fm", "em"),
    "zh": ("上午", "下午"),
    "ja": ("午前", "午後"),
    "ko": ("오전", "오후"),
    "el": ("πμ π.μ.", "μμ μ.μ."),
    "ar": ("ص", "م"),
}
"""By language: the ways to write the half before noon, and those for the half after noon."""


@cache
def month_of(name: str) -> int | None:
    """The number of the month (1 to 12) that a name means in any of the languages; None if none."""
    return _months().get(name.lower().removesuffix("."))


@cache
def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for months in MONTHS.values():
        for number, names in enumerate(months, 1):
            for name in names.split():
                if found.setdefault(name, number) != number:
                    raise AssertionError(f"{name} is the name of two months")
    return found


@cache
def half_of(name: str) -> int | None:
    """0 for a name of the half before noon, 1 for the half after noon, None for neither."""
    small = name.lower().replace(" ", "").replace("\xa0", "")
    for before, after in HALVES.values():
        if small in before.split():
            return 0
        if small in after.split():
            return 1
    return None


def half_after_clock(text: str) -> int | None:
    """As `half_of`, for what comes right after a time of day: one letter is enough there (`8:30a`)."""
    return {"a": 0, "p": 1}.get(text.lower(), half_of(text))


WEEKDAYS: Final[dict[str, str]] = {
    "en": "mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat "
    "saturday sun sunday",
    "de": "mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag so sonntag",
    "fr": "lun lundi mar mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche",
    "es": "lun lunes mar martes mié miércoles jue jueves vie viernes sáb sábado dom domingo",
    "it": "lun lunedì mar martedì mer mercoledì gio giovedì ven venerdì sab sabato dom domenica",
    "nl": "ma maandag di dinsdag wo woensdag do donderdag vr vrijdag za zaterdag zo zondag",
    "sv": "mån måndag tis tisdag ons onsdag tors tor torsdag fre fredag lör lördag sön söndag",
    "pl": "pon poniedziałek wt wto wtorek śr śro środa czw czwartek pt pią piątek sob sobota "
    "nd nie niedz niedziela",
}
"""By language: the ways to write the days of the week. Which day it is does not matter."""

"""Time zones: the names that are known, offsets as text, and abbreviations seen in cells.

The data are those of the package tzdata, never those of the machine, so that every machine reads a
file alike.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

# Minutes east of Greenwich of the names that RFC 5322 (4.3) gives to zones, and those of Alaska and
# Hawaii: what the option `timezone` takes beside IANA names and offsets.
ZONE_ABBREVIATIONS: Final = {
    "UT": 0,
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "AKST": -540,
    "AKDT": -480,
    "HST": -600,
}
# What a cell with a zone may say besides; only abbreviations that have one meaning in data files. IST,
# for example, is left out: India, Israel and Ireland write it. In a cell `CET` is what the clock
# showed, not the zone of that name, which is two hours ahead in summer.
CELL_ABBREVIATIONS: Final = {
    **ZONE_ABBREVIATIONS,
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "WET": 0,
    "WEST": 60,
    "BST": 60,
    "CET": 60,
    "CEST": 120,
    "MEZ": 60,
    "MESZ": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "NST": -210,
    "NDT": -150,
    "AST": -240,
    "ADT": -180,
    "JST": 540,
    "KST": 540,
    "HKT": 480,
    "AWST": 480,
    "ACST": 570,
    "ACDT": 630,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "SAST": 120,
}
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_MAX_HOURS: Final = 23


@cache
def zone_names() -> frozenset[str]:
    """Every IANA name that tzdata has."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())


def zone_data(name: str) -> bytes:
    """The TZif file of a zone.

    Raises:
        KeyError: there is no such zone.
    """
    if name not in zone_names():
        raise KeyError(name)
    return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def fixed_offset(text: str) -> int | None:
    """Minutes east of Greenwich of `+01:00`, `-0530`, `UTC+1`, `UTC`, `EDT`; None if it is no
    offset."""
    text = text.strip()
    if text.upper() in ("UTC", "GMT", "Z"):
        return 0
    if text.upper() in ZONE_ABBREVIATIONS:
        return ZONE_ABBREVIATIONS[text.upper()]
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[2]) > _MAX_HOURS:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return -minutes if match[1] == "-" else minutes


def is_zone(text: str) -> bool:
    """Whether `text` is an offset or the name of a zone."""
    return fixed_offset(text) is not None or text in zone_names()

"""Zones as people call them: `北京时间`, `heure de Paris`, `МСК`, `Time (Berlin)`.

None of them is taken: a file that says one is asked about, with the zone that it probably means.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from rows.sniff.words import folded, in_brackets
from schemas.zone_names import zone_names

# Scripts without blanks between words: these may be anywhere in a text.
_ANYWHERE: Final = {
    "北京时间": "Asia/Shanghai", "北京時間": "Asia/Shanghai", "中国时间": "Asia/Shanghai",
    "东八区": "Asia/Shanghai", "東八區": "Asia/Shanghai", "东8区": "Asia/Shanghai",
    "台北時間": "Asia/Taipei", "台北时间": "Asia/Taipei", "臺北時間": "Asia/Taipei",
    "台灣時間": "Asia/Taipei", "香港時間": "Asia/Hong_Kong", "香港时间": "Asia/Hong_Kong",
    "日本時間": "Asia/Tokyo", "日本標準時": "Asia/Tokyo", "한국시간": "Asia/Seoul",
    "한국 시간": "Asia/Seoul", "한국표준시": "Asia/Seoul", "한국 표준시": "Asia/Seoul",
}  # fmt: skip
# Abbreviations in letters of their own, as they are written: `sec` is no zone.
_ABBREVIATIONS: Final = {
    "МСК": "Europe/Moscow", "SEČ": "Europe/Prague", "SELČ": "Europe/Prague",
    "TSİ": "Europe/Istanbul",
}  # fmt: skip
_WORDS: Final = {
    "московское время": "Europe/Moscow", "по москве": "Europe/Moscow",
    "türkiye saati": "Europe/Istanbul", "hora de brasília": "America/Sao_Paulo",
    "horário de brasília": "America/Sao_Paulo", "hora peninsular": "Europe/Madrid",
    "svensk tid": "Europe/Stockholm", "norsk tid": "Europe/Oslo",
    "dansk tid": "Europe/Copenhagen", "suomen aika": "Europe/Helsinki",
    "nederlandse tijd": "Europe/Amsterdam", "belgische tijd": "Europe/Brussels",
    "deutsche zeit": "Europe/Berlin", "uk time": "Europe/London", "irish time": "Europe/Dublin",
    "eastern time": "America/New_York", "central time": "America/Chicago",
    "mountain time": "America/Denver", "pacific time": "America/Los_Angeles",
}  # fmt: skip
_TOKEN: Final = re.compile(r"[^\W\d_]+")
_REGIONS: Final = (
    "Africa",
    "America",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
# Towns in their own language, and zones of America by one word: what brackets may have besides.
_MORE_TOWNS: Final = {
    "wien": "Europe/Vienna", "roma": "Europe/Rome", "praha": "Europe/Prague",
    "warszawa": "Europe/Warsaw", "lisboa": "Europe/Lisbon", "москва": "Europe/Moscow",
    "canarias": "Atlantic/Canary", "eastern": "America/New_York", "pacific": "America/Los_Angeles",
    "us central": "America/Chicago", "us mountain": "America/Denver",
}  # fmt: skip
# Names of zones that are other words as well.
_NO_TOWNS: Final = frozenset(
    {"act", "center", "easter", "midway", "north", "south", "wake", "west"}
)


def likely_zone(text: str) -> str | None:
    """The zone that a short text about times probably means by its words; None if it says none."""
    for phrase, zone in _ANYWHERE.items():
        if phrase in text:
            return zone
    for token in _TOKEN.findall(text):
        if token in _ABBREVIATIONS:
            return _ABBREVIATIONS[token]
    plain = f" {folded(text)} "
    return next((zone for words, zone in _folded_words().items() if f" {words} " in plain), None)


def likely_zone_of_name(name: str) -> str | None:
    """As `likely_zone`, for the name of a timestamp: a town in brackets says one too."""
    found = likely_zone(name)
    if found is not None:
        return found
    for part in in_brackets(name):
        words = folded(part).split()
        for first in range(len(words)):
            for last in range(len(words), first, -1):
                town = _towns().get(" ".join(words[first:last]))
                if town is not None:
                    return town
    return None


@cache
def _folded_words() -> dict[str, str]:
    return {folded(words): zone for words, zone in _WORDS.items()}


@cache
def _towns() -> dict[str, str]:
    """Zones by the towns that they are called by."""
    parts = (name.split("/") for name in sorted(zone_names()))
    towns = {
        folded(part[1]): "/".join(part) for part in parts if len(part) == 2 and part[0] in _REGIONS
    }
    known = {town: zone for town, zone in towns.items() if town not in _NO_TOWNS}
    return known | _MORE_TOWNS

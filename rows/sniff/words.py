"""Header words: what a column is by its name, from the list `rows/header_words.csv`.

A name is compared without case, accents, units and punctuation: `Temp, °C (LGR S/N: 1)` is `temp`,
`readingTypeId` is `reading type id`. It has a role if the whole of it is a word of the list, or if
it is once the qualifiers in it (`start`, `utc`, `measured`, ...) are left out. Nothing is guessed
from a part of a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from rows.header_words import word_list
from rows.sniff.date_masks import role_of_mask

QUALIFIERS: Final = ("neutral", "start", "end", "utc", "local")
"""Roles of words that only qualify another word."""

TIME_ROLES: Final = (
    *("timestamp", "date", "time", "year", "month", "day", "day_of_year"),
    *("hour", "minute", "second", "time_or_hour", "minute_or_value", "date_or_sensor"),
)
"""Roles that a part of the timestamp can have."""

_IN_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
# Brackets as wide as a sign of Chinese, Japanese and Korean.
_WIDE: Final = str.maketrans("（）［］【】", "()[][]")
_CAMEL: Final = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")
_SPLIT: Final = re.compile(r"[\W_]+")
_OFFSET: Final = re.compile(
    r"[-,]?\s*+(?:(?:UTC|GMT)\s*+)?[+-]\s?\d{1,2}(?::?\d{2})?\s*$", re.IGNORECASE
)
# Types of data after a name, as time series services add them: `deviceId.String`.
_TYPE: Final = re.compile(
    r"(?:\.(?:String|Double|Long|Integer|Boolean|Bool|DateTime|TimeSpan)|::(?:varchar|double|bigint"
    r"|boolean|timestamp))$"
)
_NUMBERED: Final = re.compile(r"unnamed \d+")
# `@timestamp per 30 seconds`, the name of the intervals of a histogram.
_PER: Final = re.compile(r" per (?:\d+ )?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)")
# Words that are known without the blanks between their parts as well, if they are this long.
_LONG: Final = 6
# Neighbouring columns for year, month, day, hour and so on. `mm` is a month there, and a minute.
_SEQUENCE: Final = (
    ("year", frozenset({"yy", "yyyy", "yr", "year"})),
    ("month", frozenset({"mm", "mo", "mon", "month"})),
    ("day", frozenset({"dd", "dy", "day"})),
    ("hour", frozenset({"hh", "hr", "hour"})),
    ("minute", frozenset({"mm", "mn", "mi", "min", "minute"})),
    ("second", frozenset({"ss", "sec", "second"})),
)
_SHORTEST_SEQUENCE: Final = 3
# Roles that columns with the name of another one have too: flags and units after each value.
_REPEATED: Final = ("quality", "unit", "timestamp", "date", "time", "zone", "descriptor")


@dataclass(frozen=True, slots=True)
class HeaderRole:
    """The role of a name, and the qualifiers that stand with it."""

    role: str
    qualifiers: frozenset[str] = frozenset()


@cache
def _by_text() -> tuple[dict[str, str], dict[str, str]]:
    """Roles and qualifiers by the folded text of their words."""
    roles: dict[str, str] = {}
    qualifiers: dict[str, str] = {}
    for word in word_list():
        known = qualifiers if word.role in QUALIFIERS else roles
        known.setdefault(folded(word.text), word.role)
    return roles, qualifiers


def folded(text: str) -> str:
    """Small letters and digits of any script without accents, words separated by one space."""
    text = _CAMEL.sub(" ", text)
    if not text.isascii():
        text = text.replace("ß", "ss").replace("ł", "l").replace("Ł", "L").replace("ø", "o")
        text = text.replace("Ø", "O").replace("æ", "ae").replace("Æ", "AE")
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    return _SPLIT.sub(" ", text.lower()).strip()


def without_units(name: str) -> str:
    """A name without its parts in brackets, and without what follows the first comma."""
    return _without_brackets(name).split(",", 1)[0]


def in_brackets(name: str) -> list[str]:
    """The parts of a name that are in brackets."""
    return [part[1:-1] for part in _IN_BRACKETS.findall(name.translate(_WIDE))]


def _without_brackets(name: str) -> str:
    if not name.isascii():
        name = name.translate(_WIDE)
    return _IN_BRACKETS.sub(" ", name) if any(c in name for c in "([{") else name


def roles_of(names: Sequence[str]) -> list[HeaderRole | None]:
    """The roles of all names of a header, as `role_of`; and those of a sequence `YY MM DD hh mm`."""
    roles = [role_of(name) for name in names]
    for place, name in enumerate(names):
        base, sign, count = name.rpartition("#")
        if sign and count.isdigit() and base in names[:place] and roles[place] is None:
            again = role_of(base)
            if again is not None and again.role in _REPEATED:
                roles[place] = again
    plain = [name.lstrip("# ").partition("#")[0].lower() for name in names]
    for first in range(len(names) - _SHORTEST_SEQUENCE):
        if plain[first] not in _SEQUENCE[0][1]:
            continue
        length = 0
        for (_, known), name in zip(_SEQUENCE, plain[first:], strict=False):
            if name not in known:
                break
            length += 1
        if length > _SHORTEST_SEQUENCE:
            # Other names of parts of a date are units there (`sec`).
            roles = [None if role and role.role in TIME_ROLES else role for role in roles]
            for k in range(length):
                roles[first + k] = HeaderRole(_SEQUENCE[k][0])
            break
    for first, pair in enumerate(pairwise(plain)):
        if pair == ("yyyy", "mm") and roles[first + 1] is None:
            roles[first + 1] = HeaderRole("month")
    return roles


# Longer texts are no names: taking offsets and brackets out of them would cost more than linear time.
_LONGEST_NAME: Final = 1000


@cache
def role_of(name: str) -> HeaderRole | None:
    """The role that a header's name has by the list, or as a mask; None if it has none."""
    if len(name) > _LONGEST_NAME:
        return None
    roles, qualifiers = _by_text()
    if name.strip() in ("#", "№"):
        return HeaderRole("counter")
    plain = _OFFSET.sub("", _TYPE.sub("", _without_brackets(name)))
    for text in dict.fromkeys((folded(plain), folded(plain.split(",", 1)[0]))):
        found = _role(text, roles, qualifiers)
        if found is not None:
            # `Reading #` is the number of a reading.
            is_number = found.role == "value" and name.rstrip().endswith(("#", "№"))
            return HeaderRole("counter") if is_number else _with_brackets(found, name, qualifiers)
    masked = role_of_mask(name)
    return HeaderRole(masked) if masked is not None else None


def _with_brackets(found: HeaderRole, name: str, qualifiers: dict[str, str]) -> HeaderRole:
    """The role of a time with `UTC` or `local` in brackets: `Time (UTC)` beside `Time (CEST)`."""
    if found.role not in TIME_ROLES:
        return found
    said = {qualifiers.get(folded(part)) for part in in_brackets(name)} & {"utc", "local"}
    return HeaderRole(found.role, found.qualifiers | {str(q) for q in said}) if said else found


def _role(text: str, roles: dict[str, str], qualifiers: dict[str, str]) -> HeaderRole | None:
    if _NUMBERED.fullmatch(text):
        return HeaderRole("counter")
    if (per := _PER.search(text)) is not None and per.end() == len(text):
        interval = _role(text[: per.start()], roles, qualifiers)
        return interval if interval is not None and interval.role in TIME_ROLES else None
    words = text.split()
    found = frozenset(qualifiers[w] for w in words if w in qualifiers) - {"neutral"}
    if text in roles:
        return HeaderRole(roles[text], found)
    if len(words) == 1 and len(text) >= _LONG and text in _squeezed():
        return HeaderRole(_squeezed()[text])
    rest = [w for w in words if w not in qualifiers]
    if not rest or len(rest) == len(words):
        return None
    role = roles.get(" ".join(rest))
    # A qualifier may say when or how something was measured, and nothing else.
    return HeaderRole(role, found) if role in TIME_ROLES else None


@cache
def _squeezed() -> dict[str, str]:
    """Roles of words of several parts, by their text without blanks: `stationid`."""
    roles, _ = _by_text()
    return {text.replace(" ", ""): role for text, role in roles.items() if " " in text}

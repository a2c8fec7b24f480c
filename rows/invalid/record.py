"""A rejected record: its fields, and the three cells that people see and correct."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from schemas.events import DialectSpec

# sensor_id, timestamp, value
Fields: TypeAlias = tuple[str, str, str]

# With runs of spaces as the delimiter, a date and the time after one space are one field.
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}:")


class RejectedRow(NamedTuple):
    """The cells of a rejected row, and which of them have to be changed to make it valid."""

    cells: Fields
    faulty: tuple[bool, bool, bool]


class Field(NamedTuple):
    """One field of a record: its text, its range in the raw text, whether its quotes are damaged."""

    text: str
    start: int
    end: int
    damaged: bool


def split_record(raw: str, dialect: DialectSpec) -> list[Field]:
    """The fields of a record as it is in the file; quotes are undone, damaged ones stay."""
    quote, escape = dialect.quote, dialect.escape
    if dialect.delimiter != " " and quote not in raw:
        return _plain_fields(raw, dialect.delimiter)
    fields: list[Field] = []
    end = len(raw)
    begin = 0
    if dialect.delimiter == " ":
        end = len(raw.rstrip(" \t"))
        begin = end - len(raw[:end].lstrip(" \t"))
    for match in _field(dialect.delimiter, quote, escape).finditer(raw, begin, end):
        quoted, plain, delimiter = match.groups()
        stop = match.end() - len(delimiter)
        if quoted is None:
            text = plain.strip(" \t")
            damaged = text.startswith(quote)
        else:
            text, damaged = _pair(quote, escape).sub(lambda pair: pair[0][1], quoted), False
        fields.append(Field(text, match.start(), stop, damaged))
        if not delimiter:
            break
    return _with_times(fields, raw) if dialect.delimiter == " " else fields


def _plain_fields(raw: str, delimiter: str) -> list[Field]:
    """The fields of a record without quotes, as the general pattern finds them, in less time."""
    fields: list[Field] = []
    start = 0
    for text in raw.split(delimiter):
        end = start + len(text)
        fields.append(Field(text.strip(" \t"), start, end, False))
        start = end + len(delimiter)
    return fields


def _with_times(fields: Sequence[Field], raw: str) -> list[Field]:
    """`fields` with each date and the time one space after it in one field."""
    joined: list[Field] = []
    for field in fields:
        date = joined[-1] if joined else None
        if (
            date is not None
            and _DATE.fullmatch(raw, date.start, date.end)
            and raw[date.end : field.start] == " "
            and _TIME.match(raw, field.start)
        ):
            text = raw[date.start : field.end]
            joined[-1] = Field(text, date.start, field.end, False)
        else:
            joined.append(field)
    return joined


@lru_cache(maxsize=32)
def _pair(quote: str, escape: str | None) -> re.Pattern[str]:
    """Two characters in quotes that stand for the second of them."""
    mark = re.escape(quote)
    return re.compile(f"{mark}{mark}" if escape is None else rf"{mark}{mark}|\\[{mark}\\]")


@lru_cache(maxsize=32)
def _field(delimiter: str, quote: str, escape: str | None) -> re.Pattern[str]:
    """One field and the delimiter after it: quoted if possible, else all up to the next one."""
    blank = " *" if delimiter in " \t" else "[ \t]*"
    cut = "[ \t]+" if delimiter == " " else re.escape(delimiter)
    inner = "[^ \t]*" if delimiter == " " else f"[^{re.escape(delimiter)}]*"
    mark = re.escape(quote)
    within = f"{mark}{mark}|[^{mark}]"
    if escape is not None:
        # A backslash is itself unless a quote or a backslash follows.
        within = rf"{mark}{mark}|\\[{mark}\\]|\\(?![{mark}\\])|[^{mark}\\]"
    quoted = rf"{mark}((?:{within})*){mark}{blank}(?={cut}|\Z)"
    return re.compile(rf"(?:{blank}{quoted}|({inner}))({cut}|\Z)", re.DOTALL)

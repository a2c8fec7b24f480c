"""The three fields of a record that was refused, as far as they can be told. Needs no kernels."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from schemas.events import DialectSpec

# sensor_id, timestamp, value
Fields: TypeAlias = tuple[str, str, str]


def fields_of_refused(raw: str, dialect: DialectSpec) -> Fields:
    """The fields by name, as they stand in the text; empty where the record has none.

    Quotes are undone. A quote that is not closed, or closed too early, is left where it is.
    """
    fields = _split(raw, dialect)
    sensor, timestamp, value = (
        fields[place] if 0 <= place < len(fields) else "" for place in dialect.columns
    )
    return sensor, timestamp, value


def _split(raw: str, dialect: DialectSpec) -> list[str]:
    if dialect.delimiter == " ":
        raw = raw.strip(" \t")
    quote = dialect.quote
    fields: list[str] = []
    for match in _pattern(dialect.delimiter, quote).finditer(raw):
        quoted, plain, delimiter = match.groups()
        fields.append(plain.strip(" \t") if quoted is None else quoted.replace(quote * 2, quote))
        if not delimiter:
            break
    return fields


@lru_cache(maxsize=32)
def _pattern(delimiter: str, quote: str) -> re.Pattern[str]:
    """One field and the delimiter behind it: quoted where it can be, else all up to the next one."""
    blank = " *" if delimiter in " \t" else "[ \t]*"
    cut = "[ \t]+" if delimiter == " " else re.escape(delimiter)
    inner = "[^ \t]*" if delimiter == " " else f"[^{re.escape(delimiter)}]*"
    mark = re.escape(quote)
    quoted = f"{mark}((?:[^{mark}]|{mark}{mark})*){mark}{blank}(?={cut}|\\Z)"
    return re.compile(f"(?:{blank}{quoted}|({inner}))({cut}|\\Z)", re.DOTALL)

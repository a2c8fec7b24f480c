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
    quote, escape = dialect.quote, dialect.escape
    fields: list[str] = []
    for match in _field(dialect.delimiter, quote, escape).finditer(raw):
        quoted, plain, delimiter = match.groups()
        if quoted is None:
            fields.append(plain.strip(" \t"))
        else:
            fields.append(_pair(quote, escape).sub(lambda pair: pair[0][1], quoted))
        if not delimiter:
            break
    return fields


@lru_cache(maxsize=32)
def _pair(quote: str, escape: str | None) -> re.Pattern[str]:
    """Two characters in quotes that stand for the second of them."""
    mark = re.escape(quote)
    return re.compile(f"{mark}{mark}" if escape is None else rf"{mark}{mark}|\\[{mark}\\]")


@lru_cache(maxsize=32)
def _field(delimiter: str, quote: str, escape: str | None) -> re.Pattern[str]:
    """One field and the delimiter behind it: quoted where it can be, else all up to the next one."""
    blank = " *" if delimiter in " \t" else "[ \t]*"
    cut = "[ \t]+" if delimiter == " " else re.escape(delimiter)
    inner = "[^ \t]*" if delimiter == " " else f"[^{re.escape(delimiter)}]*"
    mark = re.escape(quote)
    within = f"{mark}{mark}|[^{mark}]"
    if escape is not None:
        # A backslash is itself unless a quote or a backslash is behind it.
        within = rf"{mark}{mark}|\\[{mark}\\]|\\(?![{mark}\\])|[^{mark}\\]"
    quoted = rf"{mark}((?:{within})*){mark}{blank}(?={cut}|\Z)"
    return re.compile(rf"(?:{blank}{quoted}|({inner}))({cut}|\Z)", re.DOTALL)

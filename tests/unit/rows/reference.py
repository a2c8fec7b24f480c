"""The rules of rows once more: slow, plain Python, no code shared with the row engine.

Records are found with one regular expression, fields with the csv module, moments with datetime,
numbers with `float`.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST = (datetime(2300, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
    r"(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?)?",
    re.ASCII,
)
_EPOCH_NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d+))?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NO_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity)", re.ASCII | re.IGNORECASE)


@dataclass
class Sensor:
    """What the readings of one sensor come to."""

    readings: list[tuple[int, int, float]] = field(default_factory=list)  # moment, row, value

    def row(self) -> dict[str, object]:
        """As a row of partials without hash and sum."""
        values = [value for _, _, value in self.readings]
        first, last = (
            min(self.readings, key=lambda r: r[:2]),
            max(self.readings, key=lambda r: r[:2]),
        )
        return {
            "row_count": len(values),
            "min_value": min(values),
            "max_value": max(values),
            "first_timestamp": first[0],
            "first_row": first[1],
            "first_value": first[2],
            "last_timestamp": last[0],
            "last_row": last[1],
            "last_value": last[2],
        }

    def total(self) -> Fraction:
        """The exact sum."""
        return sum((Fraction(value) for _, _, value in self.readings), Fraction(0))


@dataclass
class Invalid:
    """An invalid row; codes in the order of the faults."""

    row: int
    line: int
    byte_offset: int
    codes: list[str]
    raw: bytes


@dataclass
class Reference:
    """A whole file."""

    rows: int = 0
    sensors: dict[str, Sensor] = field(default_factory=dict)
    invalid: list[Invalid] = field(default_factory=list)


def timestamp(text: str) -> int | str:
    """Microseconds, or a code."""
    if not text:
        return "timestamp_empty"
    if (found := _ISO.fullmatch(text)) is not None:
        year, month, day, hour, minute, second = (int(g or 0) for g in found.groups()[:6])
        decimals, sign, hours, minutes = found.groups()[6:]
        if int(hours or 0) > 23 or int(minutes or 0) > 59 or second > 59:
            return "timestamp_range"
        try:
            # datetime cannot go beyond its last year, an offset could; 400 years are a cycle.
            at = datetime(2000 + year % 400, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            return "timestamp_range"
        micros = (at - _EPOCH) // timedelta(microseconds=1)
        micros += (year - year % 400 - 2000) // 400 * 146_097 * 86_400_000_000
        offset = (int(hours or 0) * 60 + int(minutes or 0)) * 60_000_000
        micros += int((decimals or "").ljust(6, "0")[:6]) + (offset if sign == "-" else -offset)
    elif (found := _EPOCH_NUMBER.fullmatch(text)) is not None:
        sign, whole, decimals = found.groups()
        number = Fraction(f"{whole}.{decimals or 0}")
        unit: int | Fraction = (
            1_000_000
            if number < 10**11
            else 1000
            if number < 10**14
            else 1
            if number < 10**17
            else Fraction(1, 1000)
        )
        micros = int((number * unit * (-1 if sign else 1)).__floor__())
    else:
        return "timestamp_format"
    return micros if _FIRST <= micros < _LAST else "timestamp_range"


def value(text: str, *, comma: bool) -> float | str:
    """The number, or a code."""
    if not text:
        return "value_empty"
    if _NO_NUMBER.fullmatch(text):
        return "value_not_finite"
    if not _NUMBER.fullmatch(text) or ("," in text and not comma):
        return "value_format"
    number = float(text.replace(",", "."))
    return number if abs(number) != float("inf") else "value_not_finite"


def sensor_id(text: bytes) -> str | None:
    """A code, or None."""
    if not text.strip(b" \t"):
        return "sensor_id_empty"
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        return "sensor_id_encoding"
    if len(decoded) > 256:
        return "sensor_id_too_long"
    if re.search("[\\x00-\\x1f\\x7f-\\x9f]", decoded):
        return "sensor_id_control_character"
    return None


def read(
    data: bytes,
    *,
    delimiter: str = ",",
    columns: tuple[int, int, int] = (0, 1, 2),
    width: int = 3,
    max_bytes: int = 1 << 20,
    max_lines: int = 1000,
) -> Reference:
    """Read a file without header."""
    result = Reference()
    d = re.escape(delimiter.encode())
    blanks = rb"[ ]" if delimiter == "\t" else rb"[ \t]"
    one = rb'(?:"(?:[^"]|"")*+"' + blanks + rb'*+|(?!")[^\n' + d + rb"]*+)"
    record = re.compile(one + rb"(?:" + d + one + rb")*+\r?(?=\n|\Z)")
    at, line = 0, 1
    while at < len(data):
        line_end = data.find(b"\n", at)
        line_end = len(data) if line_end < 0 else line_end
        content = data[at:line_end].removesuffix(b"\r")
        if len(content) <= max_bytes and not content.strip(b" \t"):
            at, line = line_end + 1, line + 1
            continue
        result.rows += 1
        found = record.match(data, at)
        text = found[0].removesuffix(b"\r") if found else b""
        lines = text.count(b"\n") + 1
        whole = found is not None and len(text) <= max_bytes and lines <= max_lines
        if found is None or not whole:
            code = "record_too_long" if len(content) > max_bytes else "bad_quote"
            result.invalid.append(Invalid(result.rows, line, at, [code], content))
            at, line = line_end + 1, line + 1
            continue
        codes = _row(text, result, delimiter, columns, width)
        if codes:
            result.invalid.append(Invalid(result.rows, line, at, codes, text))
        at, line = found.end() + 1, line + lines
    return result


def _fields(text: bytes, delimiter: str) -> list[bytes]:
    """The fields of a well-formed record by the csv module; plain ones trimmed."""
    # Blanks behind a closing quote are not the csv module's, so they are taken away first.
    pattern = re.compile(
        rb'(^|' + re.escape(delimiter.encode()) + rb')("(?:[^"]|"")*+"|(?!")[^'
        + re.escape(delimiter.encode()) + rb']*+)[ \t]*?(?=' + re.escape(delimiter.encode()) + rb'|\Z)'
    )  # fmt: skip
    parts = [m[2] for m in pattern.finditer(text)]
    again = delimiter.encode().join(parts).decode("latin-1")
    # The csv module takes a carriage return for a line end, so it does not get to see one.
    again = again.replace("\r", "\u010d")
    (fields,) = csv.reader([again], delimiter=delimiter, quotechar='"', doublequote=True)
    texts = [f.replace("\u010d", "\r").encode("latin-1") for f in fields]
    return [f if p.startswith(b'"') else f.strip(b" \t") for f, p in zip(texts, parts, strict=True)]


def _row(
    text: bytes, result: Reference, delimiter: str, columns: tuple[int, int, int], width: int
) -> list[str]:
    """Take a row in; its codes, empty where it is valid."""
    fields = _fields(text, delimiter)
    codes = []
    if min(columns) < 0 or len(fields) <= max(columns):
        codes.append("missing_fields")
    elif any(f.strip(b" \t") for f in fields[width:]):
        codes.append("extra_fields")
    sensor, moment, number = (fields[k] if 0 <= k < len(fields) else None for k in columns)
    if sensor is not None and (code := sensor_id(sensor)):
        codes.append(code)
    at: int | str | None = None if moment is None else timestamp(moment.decode("latin-1"))
    if isinstance(at, str):
        codes.append(at)
    parsed = None if number is None else value(number.decode("latin-1"), comma=delimiter != ",")
    if isinstance(parsed, str):
        codes.append(parsed)
    if not codes:
        assert sensor is not None
        assert isinstance(at, int)
        assert isinstance(parsed, float)
        key = sensor.decode()
        result.sensors.setdefault(key, Sensor()).readings.append((at, result.rows, parsed))
    return codes

"""The rules of rows once more: slow, plain Python, no code shared with the row engine.

Fields are found with regular expressions, moments with datetime, numbers with `float`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

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
    """Aggregates of the readings of one sensor."""

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
            **self._turns(),
            "missing_count": 0,
            "excluded_count": 0,
        }

    def _turns(self) -> dict[str, object]:
        """Readings that are before the one before them, or at the same time."""
        pairs = list(pairwise(self.readings))
        back = [row for (before, *_), (now, row, _) in pairs if now < before]
        again = [row for (before, *_), (now, row, _) in pairs if now == before]
        return {
            "end_timestamp": self.readings[-1][0],
            "begin_timestamp": self.readings[0][0],
            "begin_row": self.readings[0][1],
            "back_count": len(back),
            "back_row": back[0] if back else 0,
            "repeated_count": len(again),
            "repeated_row": again[0] if again else 0,
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


@dataclass
class Found:
    """A record: its code if it is damaged or too long, its fields if it is whole."""

    text: bytes
    end: int
    lines: int = 1
    code: str | None = None
    fields: list[bytes] = field(default_factory=list)


class _Damage(Exception):  # noqa: N818
    pass


_LINE_END = re.compile(rb"\r\n|\r|\n|\Z")


@dataclass(frozen=True)
class Rules:
    """A dialect and its limits."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    comment: str | None = None
    repeated: tuple[bytes, ...] = ()
    columns: tuple[int, int, int] = (0, 1, 2)
    width: int = 3
    max_bytes: int = 1 << 20
    max_lines: int = 100

    @property
    def separator(self) -> bytes:
        """A pattern for the text between fields."""
        return rb"[ \t]+" if self.delimiter == " " else re.escape(self.delimiter.encode())


def read(data: bytes, rules: Rules) -> Reference:
    """Read the text after a header."""
    result = Reference()
    data = _without_padding(data, rules.max_bytes)
    at, line = 0, 1
    while at < len(data):
        first = _LINE_END.search(data, at)
        assert first
        content = data[at : first.start()]
        if len(content) <= rules.max_bytes and (
            not content.strip(b" \t\x1a")
            or (rules.comment and content.startswith(rules.comment.encode()))
        ):
            at, line = first.end(), line + 1
            continue
        if len(content) > rules.max_bytes:
            found = Found(content, first.end(), code="record_too_long")
        else:
            found = _record(data, at, content, first.end(), rules)
        known = [*rules.repeated, *(b"\xef\xbb\xbf" + text for text in rules.repeated[:1])]
        if found.code or found.text.strip(b" \t") not in known:
            result.rows += 1
            codes = [found.code] if found.code else _row(found.fields, result, rules)
            if codes:
                result.invalid.append(Invalid(result.rows, line, at, codes, found.text))
        at, line = found.end, line + found.lines
    return result


def _without_padding(data: bytes, max_bytes: int) -> bytes:
    begin = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    if len(data) - begin > max_bytes:
        return data
    return data[:begin] + data[begin:].rstrip(b"\0\x1a")


def _record(data: bytes, at: int, content: bytes, after: int, rules: Rules) -> Found:
    """The record at `at`, whose first line is `content`."""
    fields: list[bytes] = []
    lines = 1
    i = at
    try:
        while True:
            if rules.delimiter == " ":
                i += len(re.compile(rb"[ \t]*").match(data, i)[0])  # type: ignore[index]
                if fields and data[i : i + 1] in (b"", b"\r", b"\n"):
                    break
            else:
                blanks = re.compile(b" *" if rules.delimiter == "\t" else b"[ \t]*").match(data, i)
                if blanks and data.startswith(rules.quote.encode(), blanks.end()):
                    i = blanks.end()
            quoted = data.startswith(rules.quote.encode(), i)
            text, i, more = _field(data, i, len(fields), rules)
            fields.append(text if quoted else text.strip(b" \t"))
            lines += more
            if data[i : i + 1] in (b"", b"\r", b"\n"):
                break
            i += rules.delimiter != " "
        if i - at > rules.max_bytes or lines > rules.max_lines:
            raise _Damage
    except _Damage as damage:
        # Text after a closing quote, in a field with no line end in it, nor before it.
        garbage = damage.args == ("garbage", 0) and lines == 1
        code = "bad_quote" if garbage else "quote_not_closed"
        return Found(content, after, code=code)
    end = _LINE_END.match(data, i)
    assert end
    return Found(data[at:i], end.end(), lines, fields=fields)


def _field(data: bytes, i: int, number: int, rules: Rules) -> tuple[bytes, int, int]:
    """The field at i: (its text, its end, line ends in it)."""
    separator = rules.separator
    mark = rules.quote.encode()
    if not data.startswith(mark, i):
        found = re.compile(rb"(?:(?!" + separator + rb")[^\r\n])*").match(data, i)
        assert found
        text = found[0]
        if rules.delimiter == " " and re.fullmatch(rb"\d{4}-\d\d-\d\d", text):
            time = re.compile(rb" (\d\d:[^ \t\r\n]*)").match(data, found.end())
            if time:
                return text + time[0], time.end(), 0
        return text, found.end(), 0
    q = re.escape(mark)
    inner = rb"[^" + q + rb"]|" + q + q
    if rules.escape:
        inner = rb"\\[" + q + rb"\\]|" + rb"[^" + q + rb"\\]|\\(?!" + q + rb")|" + q + q
    found = re.compile(q + rb"((?:" + inner + rb")*+)" + q, re.DOTALL).match(data, i)
    if found is None:
        raise _Damage("open")
    text = found[1]
    breaks = [m.start() for m in re.finditer(rb"\r\n|\r|\n", text)]
    if breaks:
        if number >= rules.width or number in rules.columns[1:]:
            raise _Damage("broken")
        if number == rules.columns[0] and re.search(separator, text[: breaks[-1]]):
            raise _Damage("broken")
    blanks = rb" *" if rules.delimiter == "\t" else rb"[ \t]*"
    end = re.compile(blanks).match(data, found.end())
    assert end
    if rules.delimiter == " ":
        fits = bool(end[0]) or data[end.end() : end.end() + 1] in (b"", b"\r", b"\n")
    else:
        fits = re.compile(separator + rb"|\r|\n|\Z").match(data, end.end()) is not None
    if not fits:
        raise _Damage("garbage", len(breaks))
    undone = re.compile(q + q + (rb"|\\[" + q + rb"\\]" if rules.escape else b""))
    return undone.sub(lambda m: m[0][1:], text), end.end(), len(breaks)


def _row(fields: list[bytes], result: Reference, rules: Rules) -> list[str]:
    """Add a row; its codes, empty if it is valid."""
    codes = []
    if min(rules.columns) < 0 or len(fields) <= max(rules.columns):
        codes.append("missing_fields")
    elif any(f.strip(b" \t") for f in fields[rules.width :]):
        codes.append("extra_fields")
    sensor, moment, number = (fields[k] if 0 <= k < len(fields) else None for k in rules.columns)
    if sensor is not None and (code := sensor_id(sensor)):
        codes.append(code)
    at: int | str | None = None if moment is None else timestamp(moment.decode("latin-1"))
    if isinstance(at, str):
        codes.append(at)
    comma = rules.delimiter != ","
    parsed = None if number is None else value(number.decode("latin-1"), comma=comma)
    if isinstance(parsed, str):
        codes.append(parsed)
    if not codes:
        assert sensor is not None
        assert isinstance(at, int)
        assert isinstance(parsed, float)
        key = sensor.decode()
        result.sensors.setdefault(key, Sensor()).readings.append((at, result.rows, parsed))
    return codes

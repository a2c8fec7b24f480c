"""The expected result of a file, computed in the plainest way: one process, Python's csv module.

Written from the public contract of rows alone and shares no code with the product, so that a fault
of the product cannot hide in its proof. Slow (about 5 microseconds a row) and in memory by intent.

Not expressed here, because the csv module cannot: a carriage return as line end, spaces between a
closing quote and the delimiter, line ends in quotes where none may be.
"""

from __future__ import annotations

import csv
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

NAMES: Final = ("sensor_id", "timestamp", "value")
HEADER: Final = ",".join(NAMES)
_ISO: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"(?:Z|([+-])([0-9]{2})(?::?([0-9]{2}))?)?)?"
)
_EPOCH: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_VALUE: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST: Final = (datetime(1900, 1, 1, tzinfo=UTC) - _ZERO) // _MICROSECOND
_AFTER_LAST: Final = (
    datetime(2299, 12, 31, tzinfo=UTC) + timedelta(days=1) - _ZERO
) // _MICROSECOND


class Inexpressible(Exception):  # noqa: N818
    """The file contains text that this oracle cannot interpret."""


class Fault(Exception):  # noqa: N818
    """A record is invalid; `code` is one of the closed list of the contract."""

    def __init__(self, code: str, column: str | None) -> None:
        super().__init__(code)
        self.code = code
        self.column = column


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """One invalid record, or cell of a wide one: the record's number, the physical line it begins on,
    what is wrong first, and how many cells that costs."""

    row: int
    line: int
    code: str
    column: str | None
    cells: int = 1


@dataclass(slots=True)
class Sensor:
    """Aggregates of the valid rows of one sensor. Timestamps in microseconds since 1970, UTC."""

    values: list[float] = field(default_factory=list)
    min_value: float = math.inf
    max_value: float = -math.inf
    first: tuple[int, int, float] = (sys.maxsize, 0, 0.0)  # timestamp, row, value
    last: tuple[int, int, float] = (-sys.maxsize, 0, 0.0)

    def add(self, row: int, timestamp: int, value: float) -> None:
        self.values.append(value)
        self.min_value = min(self.min_value, value)
        self.max_value = max(self.max_value, value)
        if timestamp < self.first[0]:
            self.first = (timestamp, row, value)
        if timestamp >= self.last[0]:
            self.last = (timestamp, row, value)

    @property
    def row_count(self) -> int:
        return len(self.values)

    @property
    def mean_value(self) -> float:
        return math.fsum(self.values) / len(self.values)


@dataclass(slots=True)
class Expected:
    """The expected result of a file."""

    sensors: dict[str, Sensor] = field(default_factory=dict)
    invalid: list[InvalidRow] = field(default_factory=list)
    row_count: int = 0  # readings
    row_sum: int = 0  # of the records' numbers, one for each reading
    record_count: int = 0
    # Cells without a reading, by sensor.
    missing_of: Counter[str] = field(default_factory=Counter)
    excluded_of: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, row: int, timestamp: int, value: float) -> None:
        """A reading, in microseconds since 1970, UTC."""
        self.row_count += 1
        self.row_sum += row
        self.sensors.setdefault(name, Sensor()).add(row, timestamp, value)

    @property
    def missing_count(self) -> int:
        return self.missing_of.total()

    @property
    def excluded_count(self) -> int:
        return self.excluded_of.total()

    @property
    def invalid_cells(self) -> int:
        return sum(invalid.cells for invalid in self.invalid)

    @property
    def min_value(self) -> float | None:
        return min((s.min_value for s in self.sensors.values()), default=None)

    @property
    def max_value(self) -> float | None:
        return max((s.max_value for s in self.sensors.values()), default=None)

    @property
    def per_sensor_count(self) -> dict[str, int]:
        return {name: sensor.row_count for name, sensor in self.sensors.items()}

    @property
    def status(self) -> str:
        if not self.invalid:
            return "processed"
        return "partial" if self.row_count else "failed"


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    size: int  # bytes as they lie in the file, without the line end
    fields: list[str] | None  # None: the quotes of the record are damaged
    damage: str = ""  # its code then


class _Lines:
    """Physical lines, each with its line end, that the csv module may ask for one by one."""

    def __init__(self, data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        self._lines = [part + "\n" for part in text.split("\n")]
        if self._lines[-1] == "\n":
            self._lines.pop()
        else:
            self._lines[-1] = self._lines[-1][:-1]
        self.at = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.at >= len(self._lines):
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1]

    def between(self, start: int, end: int) -> str:
        return "".join(self._lines[start:end])


def expect(
    data: bytes, delimiter: str = ",", max_record_bytes: int = 1 << 20, shift: int = 0
) -> Expected:
    """The expected result of the file `data`.

    Args:
        data: the whole file, UTF-8, lines ended by LF or CRLF.
        delimiter: separates fields.
        max_record_bytes: the longest record that is looked into.
        shift: seconds that all times are moved by, which must not lead out of their range.

    Raises:
        Inexpressible: if the csv module cannot decide.
    """
    csv.field_size_limit(sys.maxsize)
    result = Expected()
    columns: tuple[int, ...] = (0, 1, 2)
    width = 3
    number = 0
    head = True
    for record in _records(data, delimiter):
        if head:
            head = False
            found = _header(record.fields, delimiter)
            if found is not None:
                columns, width = found, len(record.fields or ())
                continue
        number += 1
        try:
            if record.size > max_record_bytes:
                raise Fault("record_too_long", None)
            name, timestamp, value = _reading(record, columns, width, delimiter)
        except Fault as fault:
            result.invalid.append(InvalidRow(number, record.line, fault.code, fault.column))
            continue
        result.add(name, number, timestamp + shift * 1_000_000, value)
    result.record_count = number
    return result


def _records(data: bytes, delimiter: str) -> Iterator[_Record]:
    """Every record that is not blank. A damaged quote costs only the line its record begins on."""
    lines = _Lines(data)
    while True:
        start = lines.at
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            fields: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            if "new-line character" in str(exc):
                raise Inexpressible(f"line {start + 1}: {exc}") from exc
            fields = None
            # What follows a closing quote, or a quote that is open where the line ends.
            one_line = lines.at == start + 1 and "expected after" in str(exc)
            damage = "bad_quote" if one_line else "quote_not_closed"
            lines.at = start + 1
        raw = lines.between(start, lines.at).removesuffix("\n").removesuffix("\r")
        if not raw.strip(" \t"):
            continue
        size = len(raw.encode("utf-8", "surrogateescape"))
        if fields is not None:
            fields = _trimmed(fields, raw)
        yield _Record(start + 1, size, fields, damage if fields is None else "")


def _trimmed(fields: list[str], raw: str) -> list[str]:
    """`fields` with those trimmed that are unquoted in `raw`."""
    if '"' not in raw:
        return [text.strip(" \t") for text in fields]
    trimmed, at = [], 0
    for text in fields:
        quoted = raw.startswith('"', at)
        trimmed.append(text if quoted else text.strip(" \t"))
        at += len(text) + (2 + text.count('"') if quoted else 0) + 1
    if at != len(raw) + 1:
        raise Inexpressible(f"the fields do not add up to the record {raw!r}")
    return trimmed


def _header(fields: list[str] | None, delimiter: str) -> tuple[int, ...] | None:
    """Positions of the three columns (-1: lacking), or None if the record is no header."""
    if fields is None:
        return None
    names = [text.strip(" \t").casefold() for text in fields]
    found = tuple(names.index(name) if name in names else -1 for name in NAMES)
    if max(found) < 0:
        return None
    if min(found) < 0:
        try:
            _reading(_Record(0, 0, fields), (0, 1, 2), 3, delimiter)
        except Fault:
            return found
        return None
    return found


def _reading(
    record: _Record, columns: tuple[int, ...], width: int, delimiter: str
) -> tuple[str, int, float]:
    """Sensor, microseconds, value of one record; raises its first Fault."""
    fields = record.fields
    if fields is None:
        raise Fault(record.damage, None)
    for k, text in enumerate(fields):
        # A line end that is not allowed is damage, and the record ends before it.
        if "\n" in text and (
            k in columns[1:]
            or k >= width
            or (k == columns[0] and delimiter in text.rpartition("\n")[0])
        ):
            raise Inexpressible(f"line {record.line}: a line end in quotes, in field {k + 1}")
    if min(columns) < 0 or len(fields) <= max(columns):
        raise Fault("missing_fields", None)
    # Columns after the three may be missing: only the three make a record.
    if any(fields[width:]):
        raise Fault("extra_fields", None)
    name, timestamp, value = (fields[column] for column in columns)
    return _sensor_id(name), microseconds(timestamp), number(value, delimiter)


def _sensor_id(text: str) -> str:
    if not text:
        raise Fault("sensor_id_empty", "sensor_id")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Fault("sensor_id_encoding", "sensor_id") from None
    if len(text) > 256:
        raise Fault("sensor_id_too_long", "sensor_id")
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise Fault("sensor_id_control_character", "sensor_id")
    return text


def microseconds(text: str) -> int:
    """Microseconds since 1970 UTC of a timestamp; raises Fault."""
    if not text:
        raise Fault("timestamp_empty", "timestamp")
    if match := _EPOCH.fullmatch(text):
        found = _epoch(*match.groups(default=""))
    elif match := _ISO.fullmatch(text):
        found = _iso(*match.groups(default=""))
    else:
        raise Fault("timestamp_format", "timestamp")
    if not _FIRST <= found < _AFTER_LAST:
        raise Fault("timestamp_range", "timestamp")
    return found


def _epoch(sign: str, whole: str, fraction: str) -> int:
    size = int(whole)
    unit = next((u for u, below in ((6, 11), (3, 14), (0, 17)) if size < 10**below), -3)
    scaled = int(whole + fraction) * (-1 if sign else 1)
    shift = unit - len(fraction)
    power = int(10 ** abs(shift))
    return scaled * power if shift >= 0 else scaled // power


def _iso(
    year: str, month: str, day: str, hour: str, minute: str, second: str,
    fraction: str, sign: str, off_hour: str, off_minute: str,
) -> int:  # fmt: skip
    if int(off_hour or 0) > 23 or int(off_minute or 0) > 59:
        raise Fault("timestamp_range", "timestamp")
    try:
        moment = datetime(
            *(int(year), int(month), int(day)),
            *(int(hour or 0), int(minute or 0), int(second or 0)),
            int((fraction or "0").ljust(9, "0")[:6]),
            tzinfo=UTC,
        )
    except ValueError:
        raise Fault("timestamp_range", "timestamp") from None
    offset = timedelta(hours=int(off_hour or 0), minutes=int(off_minute or 0))
    since = (moment - _ZERO) // _MICROSECOND
    return since + (offset // _MICROSECOND) * (1 if sign == "-" else -1)


def number(text: str, delimiter: str = ",") -> float:
    """The float64 of a value; raises Fault."""
    if not text:
        raise Fault("value_empty", "value")
    if _NOT_FINITE.fullmatch(text):
        raise Fault("value_not_finite", "value")
    if delimiter != "," and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not _VALUE.fullmatch(text):
        raise Fault("value_format", "value")
    found = float(text)
    if not math.isfinite(found):
        raise Fault("value_not_finite", "value")
    return found

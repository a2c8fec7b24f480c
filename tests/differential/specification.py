"""What docs/rows.md says, in plain Python and byte by byte: slow, and no code shared with `rows/`.

Read the specification beside it; names here are its words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

NAMES = ("sensor_id", "timestamp", "value")
BOM = b"\xef\xbb\xbf"
LF, CR, TAB, SPACE, CTRL_Z = 10, 13, 9, 32, 26
BLANKS = b" \t"
HEAD, SAMPLE_BYTES, SAMPLE_RECORDS = 256 << 10, 64 << 10, 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MOMENT = (datetime(1900, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
MOMENTS_END = (datetime(2300, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
MAX_RAW = 1000


@dataclass(frozen=True)
class Bounds:
    """The limits of a file."""

    record_bytes: int = 1 << 20
    record_lines: int = 100


@dataclass(frozen=True)
class Asked:
    """The options of a file; None is found out."""

    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None  # a backslash, or "none"
    comment: str | None = None  # a character, or "none"
    header: bool | None = None
    skip_lines: int = 0
    units: bool | None = None
    decimal: str | None = None


@dataclass(frozen=True)
class Dialect:
    """How text becomes records. Single bytes as numbers, None if there is none."""

    delimiter: int
    quote: int
    escape: int | None = None
    comment: int | None = None
    decimal: str = "."
    columns: tuple[int, int, int] = (0, 1, 2)
    width: int = 3
    header_text: bytes | None = None
    units_text: bytes | None = None
    # Before the columns are known a line end may be text in any quoted field.
    line_ends_anywhere: bool = False

    @property
    def spaces(self) -> bool:
        return self.delimiter == SPACE


@dataclass(frozen=True)
class Found:
    """The dialect with where its data begin."""

    dialect: Dialect
    header: bool
    data_start: int
    data_line: int


@dataclass(frozen=True)
class Field:
    text: bytes
    quoted: bool


@dataclass(frozen=True)
class Record:
    """A record: its place, and either its fields or the code of its fault."""

    start: int
    content_end: int
    after: int
    line: int
    lines: int
    fields: tuple[Field, ...] = ()
    code: str | None = None


@dataclass(frozen=True)
class Row:
    """A row: valid with what it says, or invalid with its first fault."""

    row: int
    line: int
    byte: int
    code: str | None
    column: str | None
    raw: str = ""
    truncated: bool = False
    faults: tuple[str, ...] = ()
    sensor_id: str = ""
    moment: int = 0
    value: float = 0.0


def line_end(data: bytes, start: int, end: int) -> tuple[int, int]:
    """(end of the line's content, where the next line begins)."""
    i = start
    while i < end:
        if data[i] == LF:
            return i, i + 1
        if data[i] == CR:
            return i, i + 2 if i + 1 < end and data[i + 1] == LF else i + 1
        i += 1
    return end, end


def without_padding(data: bytes, bounds: Bounds) -> int:
    """The file's end, less the Ctrl-Z and NUL bytes at the end of its last line."""
    start = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    end = len(data)
    if end - start > bounds.record_bytes:
        return end
    while end > start and data[end - 1] in (CTRL_Z, 0):
        end -= 1
    return end


class Damage(Exception):  # noqa: N818
    """The record is damaged; `at` is the place of text after a closing quote, if that is the fault."""

    def __init__(self, at: int | None) -> None:
        self.at = at


class Text:
    """Some text with its dialect and bounds, to be read record by record."""

    def __init__(self, data: bytes, end: int, dialect: Dialect, bounds: Bounds) -> None:
        self.data, self.end, self.dialect, self.bounds = data, end, dialect, bounds

    def records(self, start: int, line: int) -> Iterator[Record]:
        """Everything that is no blank line and no comment."""
        while start < self.end:
            content, after = line_end(self.data, start, self.end)
            text = self.data[start:content]
            if len(text) > self.bounds.record_bytes:
                yield Record(start, content, after, line, 1, code="record_too_long")
            elif not text.strip(b" \t\x1a") or text[0] == self.dialect.comment:
                pass
            else:
                record = self.record(start, line, content, after)
                yield record
                after, line = record.after, line + record.lines - 1
            start, line = after, line + 1

    def record(self, start: int, line: int, first_end: int, first_after: int) -> Record:
        read = self._with_spaces if self.dialect.spaces else self._with_delimiter
        try:
            fields, content, after, lines = read(start)
            if content - start > self.bounds.record_bytes:
                raise Damage(None)
        except Damage as damage:
            here = damage.at is not None and damage.at < first_end
            code = "bad_quote" if here else "quote_not_closed"
            return Record(start, first_end, first_after, line, 1, code=code)
        return Record(start, content, after, line, lines, tuple(fields))

    def _with_delimiter(self, start: int) -> tuple[list[Field], int, int, int]:
        data, end, d = self.data, self.end, self.dialect
        fields: list[Field] = []
        i, lines = start, 1
        while True:
            k = i
            while k < end and data[k] in BLANKS and data[k] != d.delimiter:
                k += 1
            if k < end and data[k] == d.quote:
                text, i, lines = self._quoted(k, len(fields), lines)
                while i < end and data[i] in BLANKS and data[i] != d.delimiter:
                    i += 1
                if i < end and data[i] not in (d.delimiter, LF, CR):
                    raise Damage(i)
                fields.append(Field(text, quoted=True))
            else:
                k = i
                while i < end and data[i] not in (d.delimiter, LF, CR):
                    i += 1
                fields.append(Field(data[k:i].strip(BLANKS), quoted=False))
            if i < end and data[i] == d.delimiter:
                i += 1
                continue
            content, after = line_end(data, i, end)
            return fields, content, after, lines

    def _quoted(self, i: int, place: int, lines: int) -> tuple[bytes, int, int]:
        """Text of the quoted field at i, where its closing quote is passed, and lines so far."""
        data, end, d = self.data, self.end, self.dialect
        text = bytearray()
        with_delimiter = False
        j = i + 1
        while j < end:
            byte = data[j]
            following = data[j + 1] if j + 1 < end else None
            if d.escape is not None and byte == d.escape and following in (d.quote, d.escape):
                text.append(data[j + 1])
                j += 2
            elif byte == d.quote and following == d.quote:
                text.append(byte)
                j += 2
            elif byte == d.quote:
                return bytes(text), j + 1, lines
            elif byte in (LF, CR):
                if not self._may_hold_line_end(place, with_delimiter):
                    raise Damage(None)
                lines += 1
                if lines > self.bounds.record_lines:
                    raise Damage(None)
                _, after = line_end(data, j, end)
                text += data[j:after]
                j = after
            else:
                with_delimiter = with_delimiter or byte in (BLANKS if d.spaces else (d.delimiter,))
                text.append(byte)
                j += 1
        raise Damage(None)

    def _may_hold_line_end(self, place: int, with_delimiter: bool) -> bool:
        d = self.dialect
        if d.line_ends_anywhere:
            return True
        if place >= d.width or place in d.columns[1:]:
            return False
        return not (place == d.columns[0] and with_delimiter)

    def _with_spaces(self, start: int) -> tuple[list[Field], int, int, int]:
        data, end, d = self.data, self.end, self.dialect
        fields: list[Field] = []
        i, lines = start, 1
        date_ends = -1  # where a plain field that is a date has ended
        while True:
            while i < end and data[i] in BLANKS:
                i += 1
            if i == end or data[i] in (LF, CR):
                content, after = line_end(data, i, end)
                return fields, content, after, lines
            k = i
            if data[i] == d.quote:
                text, i, lines = self._quoted(i, len(fields), lines)
                if i < end and data[i] not in (*BLANKS, LF, CR):
                    raise Damage(i)
                fields.append(Field(text, quoted=True))
                date_ends = -1
                continue
            while i < end and data[i] not in (*BLANKS, LF, CR):
                i += 1
            one = Field(data[k:i], quoted=False)
            if date_ends == k - 1 and data[k - 1] == SPACE and re.match(rb"[0-9]{2}:", one.text):
                fields[-1] = Field(fields[-1].text + b" " + one.text, quoted=False)
                date_ends = -1
            else:
                fields.append(one)
                is_date = re.fullmatch(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}", one.text)
                date_ends = i if is_date else -1

    def content(self, record: Record) -> bytes:
        return self.data[record.start : record.content_end]

    def repeats(self, record: Record) -> bool:
        """Whether it is a repeated header, or units line."""
        if record.code is not None:
            return False
        text = self.content(record).strip(BLANKS)
        header, units = self.dialect.header_text, self.dialect.units_text
        return (header is not None and text in (header, BOM + header)) or (
            units is not None and text == units
        )

    def rows(self, start: int, line: int) -> Iterator[Row]:
        number = 0
        for record in self.records(start, line):
            if not self.repeats(record):
                number += 1
                yield self.row(record, number)

    def row(self, record: Record, number: int) -> Row:
        faults, sensor_id, moment, value = judge(record, self.dialect)
        at: dict[str, Any] = {"row": number, "line": record.line, "byte": record.start}
        if not faults:
            return Row(
                **at, code=None, column=None, sensor_id=sensor_id, moment=moment, value=value
            )
        too_long = faults[0] == "record_too_long"
        most = min(MAX_RAW, self.bounds.record_bytes) if too_long else MAX_RAW
        raw, cut = raw_text(self.content(record), most, too_long=too_long)
        column = next((name for name in NAMES if faults[0].startswith(name + "_")), None)
        return Row(
            **at, code=faults[0], column=column, raw=raw, truncated=cut, faults=tuple(faults)
        )


def raw_text(content: bytes, most: int, *, too_long: bool) -> tuple[str, bool]:
    """The record as its report keeps it, at most so many bytes of it, and whether it was cut."""
    if len(content) <= most:
        return content.decode("utf-8", "replace"), too_long
    for back in range(1, 4):
        for size in (2, 3, 4):
            begin = most - back
            if begin >= 0 and size > back and _is_character(content[begin : begin + size], size):
                return content[:begin].decode("utf-8", "replace"), True
    return content[:most].decode("utf-8", "replace"), True


def _is_character(text: bytes, size: int) -> bool:
    try:
        return len(text) == size and len(text.decode()) == 1
    except UnicodeDecodeError:
        return False


def judge(record: Record, d: Dialect) -> tuple[list[str], str, int, float]:
    """Codes of all faults in their order, and what the three columns say."""
    if record.code is not None:
        return [record.code], "", 0, 0.0
    faults = []
    fields = record.fields
    if len(fields) < max(d.columns) + 1 or min(d.columns) < 0:
        faults.append("missing_fields")
    elif any(f.text.strip(BLANKS) for f in fields[d.width :]):
        faults.append("extra_fields")
    texts = [fields[c].text if 0 <= c < len(fields) else None for c in d.columns]
    sensor_id, moment, value = "", 0, 0.0
    if texts[0] is not None:
        code, sensor_id = read_sensor_id(texts[0])
        faults += [code] if code else []
    if texts[1] is not None:
        code, moment = read_timestamp(texts[1])
        faults += [code] if code else []
    if texts[2] is not None:
        code, value = read_value(texts[2], comma=d.decimal == ",")
        faults += [code] if code else []
    return faults, sensor_id, moment, value


def read_sensor_id(text: bytes) -> tuple[str | None, str]:
    try:
        name = text.decode("utf-8")
    except UnicodeDecodeError:
        return "sensor_id_encoding", ""
    if not name.strip(" \t"):
        return "sensor_id_empty", ""
    if len(name) > 256:
        return "sensor_id_too_long", ""
    if any(ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F for c in name):
        return "sensor_id_control_character", ""
    return None, name


_ISO = re.compile(
    rb"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    rb"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    rb"([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_EPOCH = re.compile(rb"(-?)([0-9]+)(?:\.([0-9]+))?")


def read_timestamp(text: bytes) -> tuple[str | None, int]:
    if not text:
        return "timestamp_empty", 0
    moment = _iso(text) if len(text) > 4 and text[4:5] == b"-" else _epoch(text)
    if isinstance(moment, str):
        return moment, 0
    if not FIRST_MOMENT <= moment < MOMENTS_END:
        return "timestamp_range", 0
    return None, moment


def _iso(text: bytes) -> int | str:
    found = _ISO.fullmatch(text)
    if found is None:
        return "timestamp_format"
    year, month, day = (int(found[k]) for k in (1, 2, 3))
    hour, minute, second = (int(found[k] or 0) for k in (4, 5, 6))
    micros = int((found[7] or b"").ljust(6, b"0")[:6])
    zone = (found[8] or b"Z").upper()
    offset = 0
    if zone != b"Z":
        digits = zone[1:].replace(b":", b"").ljust(4, b"0")
        hours, minutes = int(digits[:2]), int(digits[2:])
        if hours > 23 or minutes > 59:
            return "timestamp_range"
        offset = (hours * 60 + minutes) * (-1 if zone[:1] == b"-" else 1)
    try:
        moment = datetime(year, month, day, hour, minute, second, micros, tzinfo=UTC)
    except ValueError:
        return "timestamp_range"
    return (moment - EPOCH) // timedelta(microseconds=1) - offset * 60_000_000


def _epoch(text: bytes) -> int | str:
    found = _EPOCH.fullmatch(text)
    if found is None:
        return "timestamp_format"
    whole = int(found[2])
    number = Fraction(f"{found[2].decode()}.{(found[3] or b'0').decode()}")
    if whole < 10**11:
        number *= 10**6
    elif whole < 10**14:
        number *= 10**3
    elif whole >= 10**17:
        number /= 10**3
    return math.floor(-number if found[1] else number)


_NUMBER = re.compile(rb"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(rb"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


def read_value(text: bytes, *, comma: bool) -> tuple[str | None, float]:
    if not text:
        return "value_empty", 0.0
    if _NOT_FINITE.fullmatch(text):
        return "value_not_finite", 0.0
    if _NUMBER.fullmatch(text) is None or (b"," in text and not comma):
        return "value_format", 0.0
    value = float(text.replace(b",", b"."))
    return (None, value) if math.isfinite(value) else ("value_not_finite", 0.0)


# -- finding the dialect out --

_DELIMITERS = b",;\t| "
_UNIT_WORDS = frozenset(
    [
        "id",
        "name",
        "sensor",
        "text",
        "string",
        "str",
        "char",
        "varchar",
        "label",
        "tag",
        "device",
        "unit",
        "units",
        "none",
        "n/a",
    ]
)
_BRACKETS = ("[]", "()", "{}", "<>")


@dataclass
class Candidate:
    """One combination of quote, escape and delimiter, and how it fares."""

    dialect: Dialect
    sample: list[Record] = field(default_factory=list)
    header_at: int | None = None  # in the sample
    order: int = 0
    good: int = 0
    damaged: int = 0
    even: int = 0


class Sniffer:
    """Finds the dialect of a whole file (at most 256 KiB, so that its head is all of it)."""

    def __init__(self, data: bytes, asked: Asked, bounds: Bounds) -> None:
        self.data, self.asked, self.bounds = data, asked, bounds
        self.end = without_padding(data, bounds)
        self.start, self.line = 0, 1
        while data.startswith(BOM, self.start):
            self.start += len(BOM)
        for _ in range(asked.skip_lines):
            if self.start < self.end:
                _, self.start = line_end(data, self.start, self.end)
                self.line += 1
        self.text = data[self.start : self.start + SAMPLE_BYTES]

    def find(self) -> Found:
        candidates = [self._candidate(d, n) for n, d in enumerate(self._combinations())]
        best = max(
            candidates,
            key=lambda c: (c.header_at is not None, c.good, -c.damaged, c.even, -c.order),
        )
        return self._finished(best)

    def _combinations(self) -> Iterator[Dialect]:
        asked = self.asked
        quotes = [asked.quote.encode()] if asked.quote else self._quotes()
        delimiters = asked.delimiter.encode() if asked.delimiter else _DELIMITERS
        for quote in quotes:
            escapes: list[int | None] = [None]
            if asked.escape == "\\" or (asked.escape is None and b"\\" + quote in self.text):
                escapes = [ord("\\")] if asked.escape else [None, ord("\\")]
            for escape in escapes:
                for delimiter in delimiters:
                    yield Dialect(
                        delimiter,
                        quote[0],
                        escape,
                        comment=self._asked_comment(),
                        decimal=asked.decimal or ("." if delimiter == ord(",") else ","),
                    )

    def _asked_comment(self) -> int | None:
        comment = self.asked.comment
        return ord(comment) if comment and comment != "none" else None

    def _quotes(self) -> list[bytes]:
        single = re.search(rb"(?:^|(?<=[\r\n,;\t| ]))'[^'\r\n]*'(?=[,;\t| \r\n]|\Z)", self.text)
        if not single:
            return [b'"']
        return [b"'", b'"'] if b'"' not in self.text else [b'"', b"'"]

    def _candidate(self, dialect: Dialect, order: int) -> Candidate:
        found = Candidate(dialect, order=order)
        open_ = replace(dialect, line_ends_anywhere=True)
        reader = Text(self.data, self.end, open_, self.bounds)
        for record in reader.records(self.start, self.line):
            found.sample.append(record)
            if len(found.sample) == SAMPLE_RECORDS:
                break
        if not found.sample:
            return found
        found.header_at = self._header_at(found)
        columns, width = self._layout(found, found.header_at)
        begin = self.start if found.header_at is None else found.sample[found.header_at].after
        judged = replace(dialect, columns=columns, width=width)
        part = Text(self.data, found.sample[-1].after, judged, self.bounds)
        for row in part.rows(begin, 1):
            found.good += row.code is None
            found.damaged += row.code in ("bad_quote", "quote_not_closed")
        if not dialect.spaces:
            counts = Counter(len(r.fields) for r in found.sample if len(r.fields) >= 3)
            found.even = max(counts.values(), default=0)
        return found

    def _names(self, record: Record) -> list[str]:
        """The record's fields as names; what marks a header as a comment is left out."""
        if not record.fields:
            return []
        texts = [f.text.strip(BLANKS) for f in record.fields]
        if self.data[record.start] == ord("#"):
            first = record.fields[0]
            if not first.quoted:
                texts[0] = first.text.lstrip(b"# \t").strip(BLANKS)
                if not texts[0] and len(texts) > 1:
                    # Runs of spaces make the mark a field of its own.
                    texts = texts[1:]
        return [t.lower().decode("utf-8", "replace") for t in texts]

    def _header_at(self, found: Candidate) -> int | None:
        if self.asked.header is False:
            return None
        for k, record in enumerate(found.sample):
            if record.code is None and set(NAMES) <= set(self._names(record)):
                return k
            if not judge(record, found.dialect)[0]:
                return None
        return None

    def _layout(self, found: Candidate, header_at: int | None) -> tuple[tuple[int, int, int], int]:
        if header_at is None:
            return (0, 1, 2), 3
        names = self._names(found.sample[header_at])
        at = [names.index(name) if name in names else -1 for name in NAMES]
        return (at[0], at[1], at[2]), len(names)

    def _comment(self, found: Candidate, header_at: int | None) -> int | None:
        if self.asked.comment is not None:
            return self._asked_comment()
        columns, width = self._layout(found, header_at)
        judged = replace(found.dialect, columns=columns, width=width)
        marked = [k for k, r in enumerate(found.sample) if self.data[r.start] == ord("#")]
        after = -1 if header_at is None else header_at
        valid = [k for k, r in enumerate(found.sample) if k > after and not judge(r, judged)[0]]
        if not marked or any(k in marked for k in valid):
            return None
        first_valid = min(valid, default=-1)
        if any(
            k < first_valid
            or k == header_at
            or (found.sample[k].code is None and len(found.sample[k].fields) < 3)
            for k in marked
        ):
            return ord("#")
        return None

    def _finished(self, found: Candidate) -> Found:
        comment = self._comment(found, found.header_at)
        header_at = found.header_at
        if header_at is None and self.asked.header is not False:
            first = next(
                (k for k, r in enumerate(found.sample) if self.data[r.start] != comment), None
            )
            if first is not None:
                record = found.sample[first]
                named = bool(set(NAMES) & set(self._names(record)))
                if self.asked.header or (named and judge(record, found.dialect)[0]):
                    header_at = first
        columns, width = self._layout(found, header_at)
        dialect = replace(found.dialect, comment=comment, columns=columns, width=width)
        start, line = self.start, self.line
        header_text = units_text = None
        if header_at is not None:
            record = found.sample[header_at]
            start, line = record.after, record.line + record.lines
            header_text = self._kept_text(record)
            units = self._units(found, header_at, dialect)
            if units is not None:
                start, line = units.after, units.line + units.lines
                if judge(units, dialect)[0]:
                    units_text = self._kept_text(units)
        elif self.asked.header is None:
            header_text = bytes([dialect.delimiter]).join(n.encode() for n in NAMES)
        dialect = replace(dialect, header_text=header_text, units_text=units_text)
        return Found(dialect, header_at is not None, start, line)

    def _kept_text(self, record: Record) -> bytes | None:
        text = self.data[record.start : record.content_end].strip(BLANKS)
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return text if len(text) <= 1000 else None

    def _units(self, found: Candidate, header_at: int, dialect: Dialect) -> Record | None:
        if self.asked.units is False:
            return None
        following = found.sample[header_at + 1 :]
        record = next((r for r in following if self.data[r.start] != dialect.comment), None)
        if record is None or self.asked.units:
            return record
        columns = dialect.columns
        if min(columns) < 0 or record.code is not None or len(record.fields) <= max(columns):
            return None
        if any(f.text.strip(BLANKS) for f in record.fields[dialect.width :]):
            return None
        texts = [record.fields[c].text for c in columns]
        if read_timestamp(texts[1])[0] not in ("timestamp_empty", "timestamp_format"):
            return None
        if read_value(texts[2], comma=dialect.decimal == ",")[0] != "value_format":
            return None
        name = texts[0].decode("utf-8", "replace").strip(" \t").lower()
        bracketed = len(name) >= 2 and name[0] + name[-1] in _BRACKETS
        return record if name in ("", "-") or bracketed or name in _UNIT_WORDS else None


def read(data: bytes, asked: Asked, bounds: Bounds) -> tuple[Found, list[Row]]:
    """The dialect of a file and all of its rows."""
    found = Sniffer(data, asked, bounds).find()
    text = Text(data, without_padding(data, bounds), found.dialect, bounds)
    return found, list(text.rows(found.data_start, found.data_line))


def totals(rows: list[Row]) -> dict[str, Any]:
    """Counts, codes, and per sensor: count, min, max, first and last (timestamp, value)."""
    sensors: dict[str, list[Row]] = {}
    for row in rows:
        if row.code is None:
            sensors.setdefault(row.sensor_id, []).append(row)
    return {
        "rows": len(rows),
        "codes": dict(Counter(row.code for row in rows if row.code is not None)),
        "sensors": {
            name: (
                len(of),
                min(r.value for r in of),
                max(r.value for r in of),
                (lambda r: (r.moment, r.value))(min(of, key=lambda r: (r.moment, r.row))),
                (lambda r: (r.moment, r.value))(max(of, key=lambda r: (r.moment, r.row))),
            )
            for name, of in sensors.items()
        },
    }

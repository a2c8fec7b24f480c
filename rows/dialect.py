"""Sniffing: from a file's first bytes to how they become records."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rows.codes import COLUMNS
from rows.limits import Limits
from schemas.errors import BadData
from schemas.events import DialectSpec, ParseOptions

if TYPE_CHECKING:
    from rows.cut import BatchSpan

_BOM: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = (",", ";", "\t", "|")
_QUOTE: Final = '"'
_ENCODINGS: Final = {"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"}
_SAMPLE_RECORDS: Final = 50

# How files that are often taken for CSV begin.
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet (XLSX, ODS)"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (XLS)"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"\xfd7zXZ\x00", "xz-compressed data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
_WHAT_TO_SEND: Final = "send UTF-8 text with the columns sensor_id, timestamp and value"
_CONTROL: Final = bytes(b for b in (*range(32), 127) if b not in b"\t\n\r\f\x1a\x1b")
# The share of control characters from which bytes are no text: random bytes have about a tenth.
_BINARY_SHARE: Final = 0.05


class NotCsv(BadData):
    """The file is not text in columns at all."""

    def __init__(self, reason: str) -> None:
        super().__init__("not_csv", reason)


def refuse_binary(head: bytes) -> None:
    """Raise `NotCsv` where a file's first bytes are plainly no text. Needs no kernels."""
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            raise NotCsv(f"the file looks like {name}; {_WHAT_TO_SEND}")
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls > len(head) * _BINARY_SHARE:
        raise NotCsv(f"the file looks like binary data; {_WHAT_TO_SEND}")


def sniff(head: bytes, options: ParseOptions, *, complete: bool) -> DialectSpec:
    """How the file that begins with `head` is to be read.

    Args:
        head: its first bytes, 256 KiB are enough.
        complete: whether `head` is the whole file.

    The first record is the header where all three names are among its fields (in any case), or one
    of them is and the record is no valid row itself; `options.header` overrules. A name the header
    lacks has position -1.

    Raises:
        NotCsv: plainly binary, or more columns than `Limits.max_columns`.
        BadData: `bad_option` where an option cannot be followed.
    """
    _check(options)
    refuse_binary(head)
    start = len(_BOM) if head.startswith(_BOM) else 0
    delimiter = options.delimiter or _delimiter(head, start, complete=complete)
    decimal = options.decimal or ("." if delimiter == "," else ",")
    plain = DialectSpec(delimiter=delimiter, decimal=decimal, header=False, data_start=start)
    first = next(iter(_records(head, plain, 1, complete=complete)), None)
    if first is None:
        return plain
    names = _names(head[first.start : first.end], delimiter)
    found = [name for name in COLUMNS if name in names]
    if options.header is not None:
        header = options.header
    else:
        header = len(found) == len(COLUMNS) or (
            len(found) > 0 and not _is_valid_row(head, first, plain)
        )
    if not header:
        return plain
    if len(names) > Limits().max_columns:
        raise NotCsv(
            f"the header has {len(names)} columns; at most {Limits().max_columns} are taken"
        )
    sensor, timestamp, value = (names.index(n) if n in names else -1 for n in COLUMNS)
    return plain.model_copy(
        update={
            "header": True,
            "columns": (sensor, timestamp, value),
            "width": len(names),
            "data_start": first.end,
            "data_line": first.first_line + first.lines,
        }
    )


def _check(options: ParseOptions) -> None:
    """Refuse options that cannot be followed."""
    if options.encoding is not None and options.encoding.lower() not in _ENCODINGS:
        raise BadData("bad_option", f"encoding {options.encoding!r}: only UTF-8 is taken")
    if options.delimiter is not None:
        one_byte = len(options.delimiter) == 1 and options.delimiter.isascii()
        if not one_byte or options.delimiter in '"\r\n\0':
            raise BadData(
                "bad_option", f"delimiter {options.delimiter!r}: expected one ASCII character"
            )
    if options.decimal not in (None, ".", ","):
        raise BadData("bad_option", f"decimal {options.decimal!r}: expected '.' or ','")
    if options.timestamp_format is not None:
        raise BadData(
            "bad_option", "timestamp_format cannot be given: ISO 8601 and epoch are taken"
        )


def _records(head: bytes, dialect: DialectSpec, count: int, *, complete: bool) -> list[BatchSpan]:
    """The first records of the file, one span each."""
    from rows.cut import (
        BatchCutter,
    )  # the kernels: not wanted by those who only refuse binary files

    cutter = BatchCutter(dialect, Limits(), 1)
    spans: list[BatchSpan] = []
    # Chunks grow, so that a long head is not cut to its end for the sake of a few records.
    at, size = dialect.data_start, 4096
    while at < len(head) and len(spans) < count:
        spans += cutter.feed(head[at : at + size])
        at, size = at + size, 4 * size
    if complete and at >= len(head):
        spans += cutter.finish()
    return spans[:count]


def _is_valid_row(head: bytes, span: BatchSpan, dialect: DialectSpec) -> bool:
    from rows.parse import parse_batch

    record = head[span.start : span.end]
    return parse_batch(record, dialect, Limits(), first_row=1, first_line=1).row_count == 1


def _names(record: bytes, delimiter: str) -> list[str]:
    """The fields of a header as names: trimmed, without case."""
    return [
        field.decode("utf-8", "replace").strip().casefold()
        for field in fields_of(record, delimiter)
    ]


def fields_of(record: bytes, delimiter: str, quote: str = _QUOTE) -> list[bytes]:
    """The fields of one record, quotes undone, plain ones trimmed. For a few records, not for many."""
    text = record.removesuffix(b"\n").removesuffix(b"\r")
    comma, mark = delimiter.encode(), quote.encode()
    fields: list[bytes] = []
    at = 0
    while True:
        if text.startswith(mark, at):
            end = text.find(mark, at + 1)
            while end >= 0 and text.startswith(mark, end + 1):
                end = text.find(mark, end + 2)
            end = len(text) if end < 0 else end
            fields.append(text[at + 1 : end].replace(mark * 2, mark))
            after = text.find(comma, end)
        else:
            after = text.find(comma, at)
            fields.append(text[at : len(text) if after < 0 else after].strip(b" \t"))
        if after < 0:
            return fields
        at = after + 1


def _delimiter(head: bytes, start: int, *, complete: bool) -> str:
    """The delimiter that makes a header of the first record, or else gives most records one and the
    same number of fields, three at least. A comma where none does."""
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        dialect = DialectSpec(delimiter=delimiter, header=False, data_start=start)
        spans = _records(head, dialect, _SAMPLE_RECORDS, complete=complete)
        records = [fields_of(head[s.start : s.end], delimiter) for s in spans]
        if records and set(COLUMNS) <= set(_names(head[spans[0].start : spans[0].end], delimiter)):
            return delimiter
        counts = Counter(len(fields) for fields in records if len(fields) >= len(COLUMNS))
        if counts and max(counts.values()) > most:
            best, most = delimiter, max(counts.values())
    return best

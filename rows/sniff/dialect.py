"""Sniffing: from a file's first bytes to how they become records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rows.sniff.file_types import refuse_binary
from schemas.errors import BadData
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS
from schemas.limits import Limits
from schemas.read_options import NONE, ReadOptions

if TYPE_CHECKING:
    from rows.sniff.candidates import Candidate, Head, Record

_BOM: Final = b"\xef\xbb\xbf"
_BLANK: Final = b" \t"
_DELIMITERS: Final = (",", ";", "\t", "|", " ")
_QUOTES: Final = ('"', "'")
_TEXT_BYTES: Final = 64 << 10
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_MARKED: Final = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])#")
_SINGLE_QUOTED: Final = re.compile(rb"(?:\A|(?<=[\r\n,;\t| ]))'[^'\r\n]*'(?=[\r\n,;\t| ]|\Z)")
# What is in the column of the sensors if a line says in what units the others are.
_UNIT_WORDS: Final = frozenset(
    [
        "",
        "-",
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
_BRACKETS: Final = ("[]", "()", "{}", "<>")


def sniff(
    head: bytes, options: ReadOptions, *, complete: bool, limits: Limits | None = None
) -> DialectSpec:
    """How the file that begins with `head` is to be read; docs/rows.md says by which rules.

    Args:
        head: its first bytes as plain UTF-8 text, 256 KiB are enough.
        complete: whether `head` is the whole file.
        limits: of its records; they go with the dialect.

    Raises:
        NotCsv: plainly binary.
        BadData: `bad_option` where an option cannot be followed, `too_many_columns`.
    """
    # The kernels: not wanted by those who only refuse binary files.
    from rows.sniff.candidates import Head, after_header, records_of, text_of

    refuse_binary(head.rstrip(b"\0\x1a"))
    limits = limits or Limits()
    start, line = beginning(head, options.skip_lines or 0, complete=complete)
    text = head[start : start + _TEXT_BYTES]
    plain = DialectSpec(
        header=False,
        comment=None if options.comment == NONE else options.comment,
        timestamp_format=next(iter(options.timestamp_format), None),
        line_end=line_end_of(text),
        data_start=start,
        data_line=line,
        max_record_bytes=limits.max_record_bytes,
        max_record_lines=limits.max_record_lines,
    )
    whole = Head(head, complete, limits)
    candidate = _best(whole, plain, text, options)
    dialect = candidate.dialect
    if options.comment is None:
        dialect = dialect.model_copy(update={"comment": _comment(candidate)})
    header = candidate.header
    if header is None and options.header is not False:
        header = _first_record(candidate, dialect, options)
    if header is None:
        if options.header is None:
            text_again = dialect.delimiter.join(COLUMNS)
            dialect = dialect.model_copy(update={"header_text": text_again})
        return dialect
    with_header = after_header(candidate, header)
    if with_header.width > limits.max_columns:
        raise BadData(
            "too_many_columns",
            f"the header has {with_header.width} columns; at most {limits.max_columns} are taken",
        )
    with_header = with_header.model_copy(update={"comment": dialect.comment})
    if options.units is False:
        return with_header
    for record in records_of(whole, with_header, 1):
        if options.units or _are_units(record, with_header):
            # What would be a valid row (the option says otherwise) is skipped here and nowhere else.
            units_text = None if candidate.is_valid(record, with_header) else text_of(record)
            return with_header.model_copy(
                update={
                    "units_text": units_text,
                    "data_start": record.end,
                    "data_line": record.next_line,
                }
            )
    return with_header


def _bad_option(name: str, value: object, expected: str) -> BadData:
    return BadData("bad_option", f"{name} {value!r}: {expected}")


def beginning(head: bytes, skipped: int, *, complete: bool) -> tuple[int, int]:
    """Offset and line number where reading begins: after byte order marks and skipped lines."""
    start = 0
    while head.startswith(_BOM, start):  # programs that write one before the one they read
        start += len(_BOM)
    for line in range(skipped):
        found = _LINE_END.search(head, start)
        if found is None and complete:
            # The last line has no line end; padding is none of it.
            rest = len(head[start:].rstrip(b"\0\x1a"))
            return start + rest, line + 1 + (rest > 0)
        if found is None:
            reason = f"expected at most {line}, the lines that end within the file's first bytes"
            raise _bad_option("skip_lines", skipped, reason)
        start = found.end()
    return start, 1 + skipped


def line_end_of(text: bytes) -> str | None:
    """The kind of line ends in a text."""
    both = text.count(b"\r\n")
    found = {
        "lf": text.count(b"\n") - both,
        "crlf": both,
        "cr": text.count(b"\r") - both - text.endswith(b"\r"),
    }
    kinds = [kind for kind, count in found.items() if count]
    return None if not kinds else kinds[0] if len(kinds) == 1 else "mixed"


def _best(head: Head, plain: DialectSpec, text: bytes, options: ReadOptions) -> Candidate:
    """The combination of quote, escape and delimiter that does best."""
    from rows.sniff.candidates import Candidate

    may_have_header = options.header is not False
    quotes = [options.quote] if options.quote else ['"']
    if not options.quote and b"'" in text and _SINGLE_QUOTED.search(text):
        quotes.insert(1 if b'"' in text else 0, "'")
    delimiters = [options.delimiter] if options.delimiter else list(_DELIMITERS)
    combinations = []
    for quote in quotes:
        escapes = [None, "\\"] if b"\\" + quote.encode() in text else [None]
        if options.escape:
            escapes = [None if options.escape == NONE else options.escape]
        combinations += [(quote, escape) for escape in escapes]
    alone = len(combinations) == 1
    if (
        alone
        and not options.delimiter
        and may_have_header
        and (found := _plain_header(text, head.limits))
    ):
        decimal = options.decimal or ("." if found == "," else ",")
        by_header = plain.model_copy(
            update={
                "quote": quotes[0],
                "escape": combinations[0][1],
                "delimiter": found,
                "decimal": decimal,
            }
        )
        return Candidate(head, by_header, may_have_header=True, header_known=True)
    nameless = COLUMNS[0].encode() not in text.lower()
    best: Candidate | None = None
    for quote, escape in combinations:
        for delimiter in delimiters:
            decimal = options.decimal or ("." if delimiter == "," else ",")
            update: dict[str, str | None] = {
                "quote": quote, "escape": escape, "delimiter": delimiter, "decimal": decimal
            }  # fmt: skip
            candidate = Candidate(
                head, plain.model_copy(update=update), may_have_header=may_have_header
            )
            # Where every line is a valid row, none can do better.
            sure = alone and nameless and b'"' not in text
            if (len(delimiters) == 1 and alone) or (sure and candidate.is_faultless):
                return candidate
            if best is None or candidate.score > best.score:
                best = candidate
    assert best is not None
    return best


def _plain_header(text: bytes, limits: Limits) -> str | None:
    """The delimiter that the first line settles, being the only one that can be a header.

    A short cut for what nearly all files begin with: the comparison would come to the same.
    """
    found = _LINE_END.search(text)
    line = text[: found.start()] if found else b""
    if text.lower().count(COLUMNS[0].encode()) != 1 or b'"' in line or line.startswith(b"#"):
        return None
    if len(line) > limits.max_record_bytes:
        return None
    for delimiter in _DELIMITERS[:-1]:
        names = [name.strip(_BLANK) for name in line.lower().split(delimiter.encode())]
        if all(name.encode() in names for name in COLUMNS):
            return (
                None
                if all(name.encode() in line.lower().split() for name in COLUMNS)
                else delimiter
            )
    return None


def _comment(candidate: Candidate) -> str | None:
    """What comments begin with, where the sample has some."""
    if b"#" not in candidate.head.data or not _MARKED.search(candidate.head.data):
        return None
    marked = [record for record in candidate.records if record.is_known]
    if not marked:
        return None
    begin = candidate.with_header.data_start
    if any(r.start >= begin and candidate.is_valid(r, candidate.with_header) for r in marked):
        return None
    from rows.sniff.candidates import fields_of

    first = candidate.first_valid()
    for record in marked:
        fields = fields_of(record.text, candidate.dialect)
        if (
            record == candidate.header
            or (first is not None and record.start < first)
            or (fields is not None and len(fields) < len(COLUMNS))
        ):
            return "#"
    return None


def _first_record(
    candidate: Candidate, dialect: DialectSpec, options: ReadOptions
) -> Record | None:
    """The first record that is no comment, where it is a header by the option or by a name in it."""
    from rows.sniff.candidates import names_of, records_of

    for record in records_of(candidate.head, dialect, 1):
        names = names_of(record.text, dialect, candidate.head.limits)
        if options.header or (
            any(name in names for name in COLUMNS) and not candidate.is_valid(record, dialect)
        ):
            return record
    return None


def _are_units(record: Record, dialect: DialectSpec) -> bool:
    """Whether the first record after the header says in what units the columns are."""
    from rows.sniff.candidates import fields_of

    too_long = len(record.text) > (dialect.max_record_bytes or Limits().max_record_bytes)
    fields = None if too_long else fields_of(record.text, dialect)
    if fields is None or min(dialect.columns) < 0 or len(fields) <= max(dialect.columns):
        return False
    if any(field.strip(_BLANK) for field in fields[dialect.width :]):
        return False
    sensor, timestamp, value = (fields[k] for k in dialect.columns)
    name = sensor.strip(_BLANK).lower().decode("utf-8", "replace")
    if name not in _UNIT_WORDS and not (len(name) > 1 and name[0] + name[-1] in _BRACKETS):
        return False
    return _code(value, 2, dialect) == "value_format" and _code(timestamp, 1, dialect) in (
        "timestamp_empty",
        "timestamp_format",
    )


def _code(text: bytes, column: int, of: DialectSpec) -> str | None:
    """What is wrong with a text in one of the three columns."""
    from rows.parse import parse_batch

    fields = [b"s", b"0", b"0"]
    fields[column] = text
    row = b",".join(b'"' + field.replace(b'"', b'""') + b'"' for field in fields)
    form = of.timestamp_format if column == 1 else None
    dialect = DialectSpec(header=False, decimal=of.decimal, timestamp_format=form)
    return next(iter(parse_batch(row, dialect, Limits(), first_row=1, first_line=1).codes), None)

"""The CSV in which invalid rows are exported, corrected, and resubmitted.

What comes back may have been through a spreadsheet: other delimiter, other encoding, other line
ends, columns moved, rows left out. Only `row` and the three fields are read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import IO, Any, Final, NamedTuple

from rows.invalid.fields import rejected_row
from rows.invalid.planned import takes_iso_too
from rows.invalid.record import Fields, RejectedRow
from rows.invalid.spreadsheet import defuse, restore
from schemas.errors import BadData
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS
from schemas.read_options import ReadOptions

EXPORTED: Final = (
    *("row", "line", "byte", "column", "code", "error"),
    *(*COLUMNS, "raw", "truncated", "cell"),
)
# Of rows of several files, after the others: the file that a row is of, and its name.
_OF: Final = "file_id"
MEMBER_COLUMNS: Final = (_OF, "member")
# Of several invalid cells of one record: which one. Without the column it is the first.
_CELL: Final = "cell"
_NEEDED: Final = ("row", *COLUMNS)
_DELIMITERS: Final = (",", ";", "\t", "|")
_HEADER_BYTES: Final = 64 << 10
_PIECE: Final = 1 << 20
_DIGIT: Final = re.compile(r"\d")
_LINE_END: Final = re.compile(r"\r\n?")


def write_rows(
    rows: Iterable[Mapping[str, Any]], dialect: DialectSpec | None, of: Sequence[str] = ()
) -> str:
    """Invalid rows of a file as lines of the export; `EXPORTED` names the columns.

    Args:
        of: the values of `MEMBER_COLUMNS`, if the export has them.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        rejected = rejected_row(row, dialect)
        cells = [
            _guarded(cell) if k > 0 and faulty else defuse(cell)
            for k, (cell, faulty) in enumerate(zip(rejected.cells, rejected.faulty, strict=True))
        ]
        place = [row["row"], row["line"], row["byte"], row["column"] or "", row["code"]]
        texts = [defuse(row["error"]), *cells, defuse(row["raw"])]
        truncated = str(bool(row["truncated"])).lower()
        writer.writerow([*place, *texts, truncated, row.get("cell", 0), *map(defuse, of)])
    return text.getvalue()


def _guarded(cell: str) -> str:
    """A faulty timestamp or value as text, so that no spreadsheet reads a number or date into it:
    `1,234` would be saved as 1234, and look corrected."""
    guarded = defuse(cell)
    return f"'{guarded}" if guarded == cell and _DIGIT.search(cell) else guarded


def header(more: Sequence[str] = ()) -> str:
    """The first line of the export, with `more` columns at its end."""
    return ",".join((*EXPORTED, *more)) + "\r\n"


class EditedRow(NamedTuple):
    """A resubmitted row: the text of its cells `row` and `cell`, the restored fields, and its line;
    `of` is the file_id in it, empty if there is none."""

    line: int
    row: str
    fields: Fields
    cell: str = "0"
    of: str = ""


class Correction(NamedTuple):
    """What was done to a rejected row.

    `fields` are the corrected fields, if every faulty cell was changed. Otherwise the row is as
    invalid as it was: `changed` says whether any cell is another one, and `left` names the columns
    whose faulty cell is as it was exported.
    """

    fields: Fields | None
    changed: bool
    left: tuple[str, ...] = ()


def correction(sent: Fields, rejected: RejectedRow) -> Correction:
    """Compare the fields of a returned row with its cells in the export.

    A cell that was left alone is taken to the letter, one that was written by hand is trimmed.
    Blanks around a cell and the kind of its line ends change with the program that saves the file,
    and count for nothing.
    """
    fields = list(rejected.cells)
    left: list[str] = []
    changed = False
    for k, exported in enumerate(rejected.cells):
        cell = sent[k]
        if cell != exported:
            # Neither a timestamp nor a value begins with an apostrophe: it is the export's.
            bare = cell.removeprefix("'") if k > 0 else cell
            normal = _normal(exported)
            if _normal(cell) != normal and (bare == cell or _normal(bare) != normal):
                fields[k], changed = bare.strip(), True
                continue
        if rejected.faulty[k]:
            left.append(COLUMNS[k])
    if left:
        return Correction(None, changed, tuple(left))
    sensor, timestamp, value = fields
    return Correction((sensor, timestamp, value), changed=True)


def options_for(options: ReadOptions, dialect: DialectSpec | None) -> ReadOptions:
    """How the file of corrected rows is read: a cell means what it meant in the original file.

    Args:
        options: those of the original file.
        dialect: how it was read.
    """
    decimal = options.decimal or (dialect.decimal if dialect else None) or "."
    formats = options.timestamp_format
    return ReadOptions(
        delimiter=";" if decimal == "," else ",",
        encoding="utf-8",
        header=True,
        decimal=decimal,
        timestamp_format=(*formats, "iso") if takes_iso_too(formats) else formats,
        timestamp_shift=options.timestamp_shift,
        timestamp_start=options.timestamp_start,
        timezone=options.timezone,
        ambiguous_time=options.ambiguous_time,
        missing=options.missing,
        value_map=options.value_map,
        thousands=options.thousands,
        quote='"',
        escape="none",
        comment="none",
        skip_lines=0,
        units=False,
    )


def corrected_line(cells: Sequence[str], options: ReadOptions) -> bytes:
    """One record of the file of corrected rows: its row in the original file, and its fields."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=options.delimiter or ",", quoting=csv.QUOTE_ALL)
    writer.writerow(cells)
    return text.getvalue().encode()


def _normal(cell: str) -> str:
    return (_LINE_END.sub("\n", cell) if "\r" in cell else cell).strip()


def read_edited_rows(file: IO[bytes]) -> Iterator[EditedRow]:
    """The rows of an export that comes back; rows without a single cell are left out.

    Raises:
        BadData: `invalid_resubmission`, if it is not CSV or lacks one of the four columns.
    """
    with closing(_records(file)) as records:
        names = [name.strip().casefold() for name in next(records)[1]]
        places = _places(names)
        at, of = (names.index(name) if name in names else -1 for name in (_CELL, _OF))
        for line, cells in records:
            row, *fields = (cells[n] if n < len(cells) else "" for n in places)
            sensor, timestamp, value = map(restore, fields)
            cell = cells[at].strip() if 0 <= at < len(cells) else ""
            file_id = cells[of].strip() if 0 <= of < len(cells) else ""
            yield EditedRow(line, row.strip(), (sensor, timestamp, value), cell or "0", file_id)


class RowsByFile:
    """The rows of an export of several files that comes back, by the file that they are of.

    Args:
        file: the export.
        into: an empty file for the rows, as CSV.

    Raises:
        BadData: `invalid_resubmission`, if it is not CSV, lacks one of the columns, or a row does not
            say which file it is of.
    """

    def __init__(self, file: IO[bytes], into: IO[bytes]) -> None:
        self._into = into
        # Offsets of rows that follow each other. In an export those of a file do.
        self._spans: dict[str, list[tuple[int, int]]] = {}
        with closing(_records(file)) as records:
            names = next(records)[1]
            folded = [name.strip().casefold() for name in names]
            _places(folded)
            if _OF not in folded:
                raise BadData("invalid_resubmission", f"its first line lacks {_OF}")
            self._header = _csv_line(names)
            self._keep(records, folded.index(_OF))

    def _keep(self, records: Iterator[tuple[int, list[str]]], place: int) -> None:
        end = 0
        for line, cells in records:
            file_id = cells[place].strip() if place < len(cells) else ""
            if not file_id:
                raise BadData(
                    "invalid_resubmission",
                    f"line {line} has no {_OF}, which says which file the row is of",
                )
            begin, end = end, end + self._into.write(_csv_line(cells))
            spans = self._spans.setdefault(file_id, [])
            if spans and spans[-1][1] == begin:
                spans[-1] = spans[-1][0], end
            else:
                spans.append((begin, end))

    def __iter__(self) -> Iterator[str]:
        """The files, in the order of their first rows."""
        return iter(self._spans)

    def size(self, file_id: str) -> int:
        """Bytes of the export with the rows of one file."""
        return len(self._header) + sum(end - begin for begin, end in self._spans[file_id])

    def rows(self, file_id: str) -> Iterator[bytes]:
        """The export with the rows of one file."""
        yield self._header
        for begin, end in self._spans[file_id]:
            for at in range(begin, end, _PIECE):
                self._into.seek(at)
                yield self._into.read(min(_PIECE, end - at))


def _csv_line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _records(file: IO[bytes]) -> Generator[tuple[int, list[str]], None, None]:
    """The first record, and then those with any cell that is not blank: its last line and its cells.

    Raises:
        BadData: `invalid_resubmission`, if it is not CSV.
    """
    encoding = _encoding(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        reader = csv.reader(text, delimiter=_delimiter(text))
        yield 1, next(reader, [])
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as exc:
        raise BadData("invalid_resubmission", f"line {reader.line_num} is no CSV: {exc}") from exc
    finally:
        text.detach()


def _places(names: Sequence[str]) -> list[int]:
    """The positions of the four columns."""
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise BadData(
            "invalid_resubmission",
            f"its first line lacks {', '.join(missing)}; send the invalid rows as they were "
            "exported, with the columns row, sensor_id, timestamp and value",
        )
    return [names.index(name) for name in _NEEDED]


def _delimiter(text: io.TextIOWrapper) -> str:
    """The delimiter between the names of the first line."""
    line = text.readline(_HEADER_BYTES)
    text.seek(0)
    counts = {
        delimiter: len(
            {name.strip('" \r\n').casefold() for name in line.split(delimiter)} & {*_NEEDED}
        )
        for delimiter in _DELIMITERS
    }
    return max(counts, key=lambda delimiter: counts[delimiter])


def _encoding(file: IO[bytes]) -> str:
    """UTF-8 or UTF-16 by its mark, UTF-8 if all of it is valid, else windows-1252."""
    file.seek(0)
    head = file.read(2)
    if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"

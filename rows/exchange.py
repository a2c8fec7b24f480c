"""The CSV in which invalid rows go out, are mended, and come back.

What comes back may have been through a spreadsheet: other delimiter, other encoding, other line
ends, columns moved, rows left out. Only `row` and the three fields are read.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

from rows.codes import COLUMNS
from rows.fields import Fields, fields_of_refused
from rows.spreadsheet import defuse, restore
from schemas.errors import BadData
from schemas.events import DialectSpec

EXPORTED: Final = (
    *("row", "line", "byte", "column", "code", "error"),
    *(*COLUMNS, "raw", "truncated"),
)
_NEEDED: Final = ("row", *COLUMNS)
_DELIMITERS: Final = (",", ";", "\t", "|")
_HEADER_BYTES: Final = 64 << 10
_PIECE: Final = 1 << 20


def write_rows(rows: Iterable[Mapping[str, Any]], dialect: DialectSpec | None) -> str:
    """Invalid rows as lines of the export; `EXPORTED` names the columns."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        raw = row["raw"]
        fields = fields_of_refused(raw, dialect) if dialect is not None else ("", "", "")
        place = [row["row"], row["line"], row["byte"], row["column"] or "", row["code"]]
        told = [defuse(cell) for cell in (row["error"], *fields, raw)]
        writer.writerow([*place, *told, str(bool(row["truncated"])).lower()])
    return text.getvalue()


def header() -> str:
    """The first line of the export."""
    return ",".join(EXPORTED) + "\r\n"


@dataclass(frozen=True, slots=True)
class Returned:
    """A row that came back: `row` as its cell says it, the fields restored, where it stands."""

    line: int
    row: str
    fields: Fields


def read_returned(file: IO[bytes]) -> Iterator[Returned]:
    """The rows of an export that comes back; rows without a single cell are left out.

    Raises:
        BadData: `not_an_export`, where it is no CSV or lacks one of the four columns.
    """
    encoding = _encoding(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        reader = csv.reader(text, delimiter=_delimiter(text))
        places = _places(next(reader, []))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row, *fields = (cells[n] if n < len(cells) else "" for n in places)
                sensor, timestamp, value = map(restore, fields)
                yield Returned(reader.line_num, row.strip(), (sensor, timestamp, value))
    except csv.Error as exc:
        raise BadData("not_an_export", f"line {reader.line_num} is no CSV: {exc}") from exc
    finally:
        text.detach()


def _places(names: Sequence[str]) -> list[int]:
    """Where the four columns stand."""
    known = [name.strip().casefold() for name in names]
    missing = [name for name in _NEEDED if name not in known]
    if missing:
        raise BadData(
            "not_an_export",
            f"its first line lacks {', '.join(missing)}; send the invalid rows as they were "
            "exported, with the columns row, sensor_id, timestamp and value",
        )
    return [known.index(name) for name in _NEEDED]


def _delimiter(text: io.TextIOWrapper) -> str:
    """What stands between the names of the first line."""
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
    """UTF-8 or UTF-16 by its mark, UTF-8 where all of it is that, else what Windows writes."""
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

"""What a file begins with, for people who choose how it is read: its first records, cell by cell, the
role of each column, and the readings they give."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import pyarrow as pa

from rows.decode.encoding import Decoder, find_encoding
from rows.decode.offsets import original_size
from rows.sniff.dialect import sniff
from rows.sniff.head import HEAD_BYTES, find_dialect
from rows.sniff.lines import Line
from rows.sniff.table import Marks, physical_lines, read_lines
from schemas.dialect_document import dialect_document
from schemas.errors import BadData
from schemas.events import DialectSpec
from schemas.read_options import ReadOptions
from schemas.suggestions import Suggestion

# A record may have several lines; comments and blank lines are none.
_LINES = 50
_CELL_CHARACTERS = 200


def preview(
    data: bytes, dialect: DialectSpec, readings: pa.RecordBatch | None, count: int
) -> dict[str, Any]:
    """The first `count` records and readings of a file that is read with `dialect`.

    Args:
        data: what begins with the first data record, in the encoding of the file, expanded.
    """
    return {
        "columns": dialect_document(dialect)["columns"],
        "records": _records(data, dialect, count),
        "readings": [] if readings is None else _readings(readings, count),
    }


def preview_in_doubt(
    head: bytes,
    options: ReadOptions,
    suggestions: Sequence[Suggestion],
    count: int,
    filename: str,
) -> dict[str, Any]:
    """The first `count` records of a file that is in doubt: in the columns of its first suggestion, or
    as they are separated without one. No column has a role."""
    head = head[:HEAD_BYTES]
    try:
        dialect = _in_columns(head, options, suggestions, filename)
        columns = dialect_document(dialect)["columns"]
        records = _records(head[dialect.data_start :], dialect, count)
    except BadData:
        return {"columns": [], "records": [], "readings": []}
    width = max(map(len, records), default=0)
    names = [column["name"] for column in columns[:width]]
    names += [f"#{place}" for place in range(len(names) + 1, width + 1)]
    return {
        "columns": [{"name": name, "role": None} for name in names],
        "records": records,
        "readings": [],
    }


def _in_columns(
    head: bytes, options: ReadOptions, suggestions: Sequence[Suggestion], filename: str
) -> DialectSpec:
    for suggestion in suggestions:
        chosen = ReadOptions.model_validate(suggestion.options)
        return find_dialect(head, chosen, complete=False, filename=filename)
    encoding, mark = find_encoding(head, options.encoding)
    text = bytes(Decoder(encoding).feed(head[mark:]))
    found = sniff(text, options.model_copy(update={"encoding": None}), complete=False)
    start = mark + original_size(text[: found.data_start], encoding)
    return found.model_copy(update={"encoding": encoding, "data_start": start})


def _records(data: bytes, dialect: DialectSpec, count: int) -> list[list[str]]:
    """Cells as text; a record whose quotes are damaged is one cell."""
    text = bytes(Decoder(dialect.encoding).feed(data[:HEAD_BYTES]))
    physical = physical_lines(text, 0, complete=True, most=count + _LINES)
    lines = read_lines(text, physical, Marks.of(dialect))
    return [_cells(line) for line in islice((one for one in lines if _counts(one, dialect)), count)]


def _counts(line: Line, dialect: DialectSpec) -> bool:
    text = line.text.decode("utf-8", "replace")
    if line.is_blank or (dialect.comment and text.startswith(dialect.comment)):
        return False
    return text not in (dialect.header_text, dialect.units_text)


def _cells(line: Line) -> list[str]:
    fields = line.fields if line.fields is not None else (line.text,)
    return [field.decode("utf-8", "replace")[:_CELL_CHARACTERS] for field in fields]


def _readings(readings: pa.RecordBatch, count: int) -> list[dict[str, Any]]:
    return [
        {
            "sensor_id": row["sensor_id"],
            "timestamp": row["timestamp"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "value": row["value"],
        }
        for row in readings.slice(0, count).to_pylist()
    ]

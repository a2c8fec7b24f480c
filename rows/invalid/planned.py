"""Rejected rows of files with a read plan: their cells, and how corrected ones are read.

A corrected row is a reading of its own: the file of corrected rows is long whatever the layout of the
original file is, and its plan is that of the original file with other columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any, Final

from rows.invalid.record import Field, Fields, RejectedRow, split_record
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMN_OF, COLUMNS, InvalidCode
from schemas.read_plan import COLUMN, ReadPlan, Template
from schemas.timestamp_format import ELAPSED, is_time_of_day

# In the cells of a record that is invalid as a whole: the name, and the values, of all value columns.
EVERY: Final = "*"
# Name and place of the column with the time zone in a file of corrected rows.
ZONE: Final = "zone"
_ZONE_AT: Final = 4
# A record whose quotes or number of fields are wrong: which text is in which column is open.
_UNCLEAR: Final = frozenset(
    {InvalidCode.BAD_QUOTE, InvalidCode.QUOTE_NOT_CLOSED, InvalidCode.EXTRA_FIELDS}
)
_ALL: Final = (True, True, True)


def planned_row(row: Any, dialect: DialectSpec, plan: ReadPlan) -> RejectedRow:
    """The cells of an invalid row; see `rows.invalid.fields.rejected_row`.

    If a record of a wide file is invalid as a whole, the sensor_id has `*` for the name of the column
    and the value is `*`: left so, they stand for all of its value columns.
    """
    code = row["code"]
    if code == InvalidCode.RECORD_TOO_LONG:
        return RejectedRow(("", "", ""), _ALL)
    found = _fields(row, dialect)
    place = None if _is_whole(row, plan) else _value_place(row, plan)
    column = EVERY if place is None else plan.columns[place]
    value = EVERY if place is None else _text(found, place)
    parts = [part if isinstance(part, str) else _text(found, part) for part in plan.time.parts]
    cells = (_filled(plan.sensor, found, column), " ".join(parts).strip(), value)
    role = COLUMN_OF[InvalidCode(code)]
    if role is not None:
        return RejectedRow(cells, _faulty(role))
    if place is None:
        return RejectedRow(("", "", row["raw"].strip(" \t")), _ALL)
    if code in _UNCLEAR:
        return _unclear(row, plan, found, cells)
    # Fields that the record lacks.
    return RejectedRow(cells, _any([not cell for cell in cells]))


def values_of(
    row: Any, dialect: DialectSpec, plan: ReadPlan, corrected: Fields
) -> list[tuple[str, ...]] | None:
    """The records of a corrected row in the file of corrected rows, without its number.

    Returns:
        One for each reading; None if the cells of the record are not all known: its text was cut off,
        or the sensor_id of one of several value columns is at fault.
    """
    found = _fields(row, dialect)
    zone: tuple[str, ...] = ()
    if plan.time.zone_parts:
        bad = row["code"] == InvalidCode.TIMESTAMP_ZONE
        zone = ("UTC" if bad else _filled(plan.time.zone_parts, found, ""),)
    sensor, timestamp, value = corrected
    if not (_is_whole(row, plan) and value == EVERY):
        return [(*corrected, *zone)]
    if row["truncated"] or _is_of_one_column(row, plan):
        return None
    named = COLUMN in plan.sensor
    before, _, after = sensor.rpartition(EVERY) if named and EVERY in sensor else (sensor, "", "")
    return [
        (
            f"{before}{plan.columns[place]}{after}" if named and EVERY in sensor else sensor,
            timestamp,
            _text(found, place),
            *zone,
        )
        for k, place in enumerate(plan.values)
        if not _is_excluded(plan, k, found)
    ]


def columns_of(plan: ReadPlan) -> tuple[str, ...]:
    """The columns of the file of corrected rows."""
    return ("row", *COLUMNS, *((ZONE,) if plan.time.zone_parts else ()))


def corrected_dialect(
    dialect: DialectSpec, plan: ReadPlan, delimiter: str, header: bytes
) -> DialectSpec:
    """How the file of corrected rows of a file with this plan is read.

    Args:
        delimiter, header: of that file; its first line.
    """
    time = plan.time
    # Rows out of their order do not tell which of two equal local times is the first: they ask.
    ambiguous = "invalid" if time.ambiguous == "order" else time.ambiguous
    zone_parts: Template = (_ZONE_AT,) if time.zone_parts else ()
    open_zone = bool(zone_parts) or (ambiguous == "invalid" and time.zone != "UTC")
    formats = time.formats
    # With an offset, it settles an open zone.
    if takes_iso_too(formats) or (open_zone and formats and "iso" not in formats):
        formats = (*formats, "iso")
    columns = columns_of(plan)
    corrected = ReadPlan(
        layout="long",
        columns=columns,
        time=time.model_copy(
            update={
                "parts": (2,),
                "zone_parts": zone_parts,
                "ambiguous": ambiguous,
                "formats": formats,
            }
        ),
        values=(3,),
        sensor=(1,),
        # An empty cell of a wide file is missing.
        missing=(*plan.missing, "") if plan.layout == "wide" else plan.missing,
        value_map=plan.value_map,
        value_unit=plan.value_unit,
        decimal=plan.decimal,
        thousands=plan.thousands,
    )
    return DialectSpec(
        header=True,
        delimiter=delimiter,
        decimal=dialect.decimal,
        columns=(1, 2, 3),
        width=len(columns),
        data_start=len(header),
        data_line=2,
        plan=corrected,
        sources=dialect.sources,
        profile=dialect.profile,
        profile_version=dialect.profile_version,
    )


def takes_iso_too(formats: Sequence[str]) -> bool:
    """Whether a corrected timestamp may be ISO 8601 although the file has other formats: not if one
    of them begins with the year too, or if times are counted from a start."""
    return bool(formats) and not any(
        one in ("iso", *ELAPSED) or one.startswith("%Y") or is_time_of_day(one) for one in formats
    )


def _unclear(row: Any, plan: ReadPlan, fields: Sequence[Field], cells: Fields) -> RejectedRow:
    """The cells of a record of a long file that has more fields than columns, or damaged quotes.

    If the value is the last of the columns that are read, its cell takes all that follows: `23,1` is
    one cell. Otherwise no cell is known.
    """
    value = plan.values[0]
    used = [part for part in (*plan.sensor, *plan.time.parts) if isinstance(part, int)]
    damaged = any(field.damaged for field in fields[:value])
    if max(used, default=-1) < value < len(fields) and not damaged:
        rest = row["raw"][fields[value].start :].strip(" \t")
        return RejectedRow((cells[0], cells[1], rest), (False, False, True))
    return RejectedRow(("", "", row["raw"].strip(" \t")), _ALL)


def _fields(row: Any, dialect: DialectSpec) -> list[Field]:
    fields = split_record(row["raw"], dialect)
    if row["truncated"]:
        # The last field has no end, nor has a quoted one that seems to be damaged.
        fields = list(takewhile(lambda field: not field.damaged, fields[:-1]))
    return fields


def _is_whole(row: Any, plan: ReadPlan) -> bool:
    """Whether the entry is about a record of a wide file as a whole, or about what is not known."""
    if plan.layout != "wide" or COLUMN_OF[InvalidCode(row["code"])] == "value":
        return False
    return not _is_of_one_column(row, plan) or row["column"] not in _value_names(plan)


def _is_of_one_column(row: Any, plan: ReadPlan) -> bool:
    """Whether the entry is about the sensor_id of one value column.

    Entries of earlier releases do not name it.
    """
    sensor = COLUMN_OF[InvalidCode(row["code"])] == "sensor_id"
    return sensor and len(plan.values) > 1 and row["cells"] == 1


def _value_names(plan: ReadPlan) -> dict[str, int]:
    return {plan.columns[place]: place for place in plan.values}


def _value_place(row: Any, plan: ReadPlan) -> int:
    """The place of the value column that an entry is about."""
    return _value_names(plan).get(row["column"], plan.values[0])


def _text(fields: Sequence[Field], place: int) -> str:
    return fields[place].text if place < len(fields) else ""


def _filled(template: Template, fields: Sequence[Field], column: str) -> str:
    parts = []
    for part in template:
        if isinstance(part, str):
            parts.append(part)
        else:
            parts.append(column if part == COLUMN else _text(fields, part))
    return "".join(parts)


def _is_excluded(plan: ReadPlan, value: int, fields: Sequence[Field]) -> bool:
    """Whether the flag of a value is one that excludes it."""
    if not plan.quality:
        return False
    place = plan.quality[value if len(plan.quality) > 1 else 0]
    if place is None:
        return False
    flag = _text(fields, place)
    accepted, rejected = plan.quality_accept, plan.quality_reject
    return flag in rejected or bool(accepted and flag not in accepted)


def _faulty(role: str) -> tuple[bool, bool, bool]:
    sensor, timestamp, value = (name == role for name in COLUMNS)
    return sensor, timestamp, value


def _any(faulty: Sequence[bool]) -> tuple[bool, bool, bool]:
    sensor, timestamp, value = faulty if any(faulty) else _ALL
    return sensor, timestamp, value

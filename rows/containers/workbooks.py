"""Sheets of workbooks (XLSX, ODS) as CSV."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, Final

from rows.containers.archives import zip_members
from rows.containers.error_cells import with_error_cells
from rows.containers.member import Budget, ContainerLimits, Member
from schemas.errors import BadData

_ROWS_AT_ONCE: Final = 2_000
_ONE_MILLISECOND: Final = datetime.timedelta(milliseconds=1)


def sheets(file: BinaryIO, budget: Budget, limits: ContainerLimits) -> Iterator[Member]:
    """The sheets of a workbook that have cells, as CSV in UTF-8, in the workbook's order.

    Line n of the CSV is row n of the sheet. Days are written as `2026-03-01 06:10:00`, to the
    millisecond, because the workbook has them as floats; errors of formulas as `#DIV/0!`.

    Raises:
        BadData: `container_damaged`; `workbook_size`; `too_many_members`.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    _check_size(file, limits)
    try:
        book = CalamineWorkbook.from_filelike(with_error_cells(file))
        for sheet in book.sheets_metadata:
            if sheet.typ != SheetTypeEnum.WorkSheet:
                continue
            cells = book.get_sheet_by_name(sheet.name)
            if cells.start is not None:
                budget.member()
                yield Member(sheet.name, partial(_csv_of, cells, budget))
    except (
        *(CalamineError, zipfile.BadZipFile, zlib.error),
        *(OSError, ValueError, EOFError, RuntimeError),
    ) as exc:
        raise BadData(
            "container_damaged",
            f"the workbook cannot be read ({exc}); save it again, or export the sheets as CSV",
        ) from exc


def _check_size(file: BinaryIO, limits: ContainerLimits) -> None:
    """Bound the bytes of a workbook's parts by expanding them: what their directory says can be
    wrong, and the library would hold them all."""
    size = 0
    for part in zip_members(file, Budget(limits, 1 << 40)):
        for chunk in part.read() if part.refused is None else ():
            size += len(chunk)
            if size > limits.max_workbook_bytes:
                raise BadData(
                    "workbook_size",
                    f"the workbook has more than {limits.max_workbook_bytes} bytes when it is "
                    "unpacked; export its sheets as CSV",
                )


def _csv_of(cells: Any, budget: Budget) -> Iterator[bytes]:
    start = cells.start or (0, 0)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(cells.iter_rows(), 1):
        values = [_text(value) for value in row]
        if any(values):
            writer.writerow([""] * start[1] + values)
        else:
            text.write("\n")
        if number % _ROWS_AT_ONCE == 0:
            yield _taken(text, budget)
    yield _taken(text, budget)


def _taken(text: io.StringIO, budget: Budget) -> bytes:
    data = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    budget.take(len(data))
    return data


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime.datetime():
            return _moment(value)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta():
            return _duration(value)
        case _:
            return str(value)


def _moment(value: datetime.datetime) -> str:
    part = datetime.timedelta(microseconds=value.microsecond)
    rounded = value - part + round(part / _ONE_MILLISECOND) * _ONE_MILLISECOND
    return rounded.isoformat(" ", "milliseconds" if rounded.microsecond else "seconds")


def _duration(value: datetime.timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"

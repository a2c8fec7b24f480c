"""A process that reads a workbook: `python -m rows.containers.sheet_process BYTES SECONDS`.

The library holds every cell of the rectangle around those of a sheet, so two cells that are far apart
fill any memory, and so does a text that many cells share. Here that costs this process alone, which may
have `BYTES` of address space and `SECONDS` of processor time.

Standard input is the workbook, a file. Standard output is a series of frames (`read_frame`): the name of
each sheet that has cells, its CSV in pieces and `SHEET_END`, and at last `END`, or why the workbook cannot
be read.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from runtime.out_of_memory import end_first

SHEET: Final = b"S"
DATA: Final = b"D"
SHEET_END: Final = b"F"
END: Final = b"E"
DAMAGED: Final = b"X"
# The exit code if memory was not enough; that of the library's own end is a signal.
NO_MEMORY: Final = 12
_LENGTH_BYTES: Final = 8
_ROWS_AT_ONCE: Final = 2_000
_PIECE_CHARACTERS: Final = 1 << 20
_ONE_MILLISECOND: Final = datetime.timedelta(milliseconds=1)


def read_frame(file: BinaryIO) -> tuple[bytes, bytes] | None:
    """The kind and the content of the next frame; None if the process ended within it."""
    kind, length = file.read(1), file.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    content = file.read(int.from_bytes(length))
    return (kind, content) if len(content) == int.from_bytes(length) else None


def _write_frame(file: BinaryIO, kind: bytes, content: bytes = b"") -> None:
    file.write(kind + len(content).to_bytes(_LENGTH_BYTES))
    file.write(content)


def _write_sheets(file: BinaryIO, out: BinaryIO) -> None:
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    book = CalamineWorkbook.from_filelike(file)
    for sheet in book.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        cells = book.get_sheet_by_name(sheet.name)
        if cells.start is not None:
            _write_frame(out, SHEET, sheet.name.encode())
            for piece in _csv_of(cells):
                _write_frame(out, DATA, piece)
            _write_frame(out, SHEET_END)
            # The next sheet may be the end of this process.
            out.flush()


def _csv_of(cells: Any) -> Iterator[bytes]:
    start = cells.start or (0, 0)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(cells.iter_rows(), 1):
        values = [_text(value) for value in row]
        if any(values):
            writer.writerow([""] * start[1] + values)
        else:
            text.write("\n")
        if number % _ROWS_AT_ONCE == 0 or text.tell() >= _PIECE_CHARACTERS:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    data = text.getvalue().encode()
    text.seek(0)
    text.truncate()
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


def limit(memory: int, seconds: int) -> None:
    """Bound this process by bytes of address space and seconds of processor time."""
    # Not on every system: without it the system's own limits hold.
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        # A signal of its own, some seconds before the one that lack of memory has too.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    # If the memory of the container is not enough, this process ends, and not the one that asks.
    end_first()


def main() -> None:
    """Read the workbook of standard input."""
    limit(int(sys.argv[1]), int(sys.argv[2]))
    out = sys.stdout.buffer
    try:
        _write_sheets(sys.stdin.buffer, out)
        _write_frame(out, END)
        out.flush()
    except MemoryError:
        os._exit(NO_MEMORY)
    except BrokenPipeError:
        os._exit(0)
    except BaseException as exc:  # noqa: BLE001 - a panic of the library is no Exception
        _write_frame(out, DAMAGED, str(exc).encode(errors="replace"))
        out.flush()


if __name__ == "__main__":
    main()

"""Sheets of workbooks (XLSX, ODS) as CSV."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from rows.containers.archives import zip_members
from rows.containers.error_cells import with_error_cells
from rows.containers.member import Budget, ContainerLimits, Member
from rows.containers.sheet_process import (
    DAMAGED,
    DATA,
    END,
    NO_MEMORY,
    SHEET,
    SHEET_END,
    read_frame,
)
from schemas.errors import BadData

_PROCESS: Final = "rows.containers.sheet_process"
# How it ends if memory is not enough: of its own, of the library, and of the system.
_ENDS_WITHOUT_MEMORY: Final = (NO_MEMORY, -signal.SIGABRT, -signal.SIGKILL)


def sheets(
    file: BinaryIO, budget: Budget, limits: ContainerLimits, folder: Path | None = None
) -> Iterator[Member]:
    """The sheets of a workbook that have cells, as CSV in UTF-8, in the workbook's order.

    Line n of the CSV is row n of the sheet. Days are written as `2026-03-01 06:10:00`, to the
    millisecond, because the workbook has them as floats; errors of formulas as `#DIV/0!`.

    Args:
        folder: for copies of the workbook, which a process of its own reads.

    Raises:
        BadData: `container_damaged`; `workbook_size`; `too_many_members`.
    """
    _check_size(file, limits)
    with tempfile.TemporaryFile(dir=folder) as copy:
        try:
            book = with_error_cells(file, folder)
            shutil.copyfileobj(book, copy)
            copy.seek(0)
        except (
            *(zipfile.BadZipFile, zlib.error),
            *(OSError, ValueError, EOFError, RuntimeError),
        ) as exc:
            raise _damaged(exc) from exc
        # The limits are arguments of the process: a handler that runs between fork and exec is not
        # safe with threads.
        with subprocess.Popen(
            [
                *(sys.executable, "-m", _PROCESS),
                *(str(limits.max_workbook_memory), str(limits.max_workbook_seconds)),
            ],
            stdin=copy,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield from _Sheets(process, budget, limits)
            finally:
                process.kill()


class _Sheets:
    """The sheets that a process writes; what is not read of one is passed over."""

    def __init__(
        self, process: subprocess.Popen[bytes], budget: Budget, limits: ContainerLimits
    ) -> None:
        assert process.stdout is not None
        self._process, self._budget, self._limits = process, budget, limits
        self._frames: BinaryIO = process.stdout  # type: ignore[assignment]
        self._within = False

    def __iter__(self) -> Iterator[Member]:
        while True:
            for _ in self._pieces():
                pass
            kind, content = self._frame()
            if kind == END:
                return
            assert kind == SHEET
            self._budget.member()
            self._within = True
            yield Member(content.decode(), partial(self._counted, self._pieces()))

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._budget.take(len(piece))
            yield piece

    def _pieces(self) -> Iterator[bytes]:
        """What is left of the CSV of this sheet."""
        while self._within:
            kind, content = self._frame()
            if kind == SHEET_END:
                self._within = False
                return
            assert kind == DATA
            yield content

    def _frame(self) -> tuple[bytes, bytes]:
        frame = read_frame(self._frames)
        if frame is None:
            raise self._ended()
        if frame[0] == DAMAGED:
            raise _damaged(frame[1].decode())
        return frame

    def _ended(self) -> Exception:
        code = self._process.wait()
        if code in _ENDS_WITHOUT_MEMORY:
            return BadData(
                "workbook_size",
                f"the workbook needs more than {self._limits.max_workbook_memory >> 20} MiB of "
                "memory: a sheet may have cells far from the others; delete these, or export the "
                "sheets as CSV",
            )
        if code == -signal.SIGXCPU:
            return _damaged(f"it takes more than {self._limits.max_workbook_seconds} s")
        if code < 0:
            return _damaged(signal.Signals(-code).name)
        return RuntimeError(f"{_PROCESS} ended with code {code}")


def _damaged(why: object) -> BadData:
    return BadData(
        "container_damaged",
        f"the workbook cannot be read ({why}); save it again, or export the sheets as CSV",
    )


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
    # What is between the parts is copied too.
    if file.seek(0, 2) > limits.max_workbook_bytes + limits.max_directory_bytes:
        raise BadData(
            "workbook_size",
            f"the workbook has more than {limits.max_workbook_bytes} bytes; export its sheets as CSV",
        )

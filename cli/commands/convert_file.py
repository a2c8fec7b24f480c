"""`convert`: the readings of a file as canonical CSV or Parquet; offline, by the engine of the workers."""

from __future__ import annotations

import csv
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TextIO

import pyarrow as pa

from cli.contents import Content, code_of_all, contents
from cli.exit_codes import FAILED, PARTIAL, PROCESSED, WRONG_USE, CommandError
from cli.inputs import Source, sources
from cli.reading_options import read_options_of
from cli.received import written_whole
from cli.terminal import complain, note, printable
from dryrun.reading_files import Writer, writer_of
from dryrun.request import Form
from rows.decode.compression import compression_said
from rows.file_aggregate import too_many_invalid
from rows.invalid.spreadsheet import defuse
from rows.outcome import BatchOutcome
from rows.reader import FileReader
from rows.sniff.describe import suggestion_document
from rows.sniff.doubt import InDoubt
from rows.turns import Counted, Turns, together
from schemas.errors import BadData
from schemas.instants import micros_of, utc_now
from schemas.limits import MAX_INVALID_EXCEEDED, Limits
from schemas.notices import with_counted
from schemas.read_options import ReadOptions

_BATCH_BYTES: Final = 8 << 20
_MAX_REJECTS: Final = 1_000_000
_REJECTED: Final = (
    *("row", "line", "byte_offset", "column", "code", "error", "cells", "observed", "raw"),
    "truncated",
)
_TEXTS: Final = frozenset({"column", "error", "observed", "raw"})


def convert_file(
    path: str,
    *,
    filename: str | None,
    options: dict[str, Any],
    to: Form,
    output: Path | None,
    rejects: Path | None,
) -> int:
    """Write the readings of a file to `output` or standard output; the exit code for the file."""
    chosen = read_options_of(options)
    found = sources([path], filename)
    if len(found) != 1:
        raise CommandError(f"{path}: {len(found)} files match; name one", code=WRONG_USE)
    if output is None and to != "csv" and sys.stdout.isatty():
        raise CommandError(
            f"{to} is not written to a terminal", "name a file by -o", code=WRONG_USE
        )
    try:
        with ExitStack() as files:
            out = (
                sys.stdout.buffer if output is None else files.enter_context(written_whole(output))
            )
            rejected = (
                None
                if rejects is None
                else files.enter_context(rejects.open("w", newline="", encoding="utf-8"))
            )
            return _converted(found[0], chosen, writer_of(to, out), rejected)
    except OSError as exc:
        if isinstance(exc, BrokenPipeError):
            raise
        raise CommandError(f"{exc.filename or path}: {exc.strerror or exc}") from exc


def _converted(file: Source, chosen: ReadOptions, writer: Writer, rejects: TextIO | None) -> int:
    rejected = _Rejects(rejects)
    codes = [_written(content, chosen, writer, rejected) for content in contents(file)]
    writer.close()
    return code_of_all(codes)


def _written(file: Content, chosen: ReadOptions, writer: Writer, rejected: _Rejects) -> int:
    """Write the readings of one file; its exit code."""
    said = compression_said(file.filename, None)
    reader = FileReader(chosen, Limits(), _BATCH_BYTES, said=said, filename=file.filename)
    count = invalid = 0
    counted: Counted = {}
    turns, latest = Turns(), micros_of(utc_now())
    held = _Held(writer, until_the_end=chosen.max_invalid is not None)
    try:
        if file.refused is not None:
            raise file.refused
        for batch in reader.batches(file.read()):
            outcome = reader.parse(batch, max_invalid=rejected.room, readings=True, latest=latest)
            assert outcome.readings is not None
            held.write(outcome.readings)
            rejected.write(outcome)
            count += outcome.row_count
            invalid += outcome.invalid_count
            counted = together((counted, outcome.notices))
            turns.add(outcome.partials)
        too_many = too_many_invalid(count, invalid, chosen.max_invalid)
        if too_many is not None:
            raise BadData(MAX_INVALID_EXCEEDED, too_many)
        held.release()
    except BadData as exc:
        held.drop()
        _complain(file, exc)
        return FAILED
    if reader.damage is not None:
        complain(f"{printable(file.label)}: {reader.damage}")
    if invalid:
        more = "" if rejected.are_kept else "; --rejects FILE writes them to a file"
        readings = "1 reading" if count == 1 else f"{count:,} readings"
        rows = "1 invalid row" if invalid == 1 else f"{invalid:,} invalid rows"
        note(f"{printable(file.label)}: {readings}, {rows}{more}")
    seen = reader.dialect.notices if reader.dialect is not None else ()
    for notice in with_counted(seen, counted | turns.notices()):
        advice = f"; {notice.suggestion}" if notice.suggestion else ""
        note(printable(f"{file.label}: notice {notice.code}: {notice.message}{advice}"))
    if not invalid and reader.damage is None:
        return PROCESSED
    return PARTIAL if count else FAILED


class _Held:
    """Readings on their way to `writer`: kept in a temporary file until the end of their file, if
    only its totals say whether they are written."""

    def __init__(self, writer: Writer, *, until_the_end: bool) -> None:
        self._writer = writer
        self._file = tempfile.TemporaryFile() if until_the_end else None  # noqa: SIM115
        self._kept: pa.RecordBatchWriter | None = None

    def write(self, readings: pa.RecordBatch) -> None:
        if self._file is None:
            self._writer.write(readings)
            return
        if self._kept is None:
            self._kept = pa.ipc.new_stream(self._file, readings.schema)
        self._kept.write_batch(readings)

    def release(self) -> None:
        """Write what is kept, once."""
        if self._file is not None and self._kept is not None:
            self._kept.close()
            self._file.seek(0)
            for readings in pa.ipc.open_stream(self._file):
                self._writer.write(readings)
        self.drop()

    def drop(self) -> None:
        """Forget what is kept."""
        if self._file is not None:
            self._file.close()


class _Rejects:
    """The file of invalid rows, if one is wanted."""

    def __init__(self, file: TextIO | None) -> None:
        self._writer = None if file is None else csv.writer(file)
        self.room = 0 if file is None else _MAX_REJECTS
        if self._writer is not None:
            self._writer.writerow(_REJECTED)

    @property
    def are_kept(self) -> bool:
        """Whether they are written to a file."""
        return self._writer is not None

    def write(self, outcome: BatchOutcome) -> None:
        if self._writer is None:
            return
        self.room -= outcome.invalid_rows.num_rows
        for row in outcome.invalid_rows.to_pylist():
            self._writer.writerow(
                [defuse(row[name] or "") if name in _TEXTS else row[name] for name in _REJECTED]
            )


def _complain(file: Content, exc: BadData) -> None:
    complain(f"{printable(file.label)}: {exc.reason}")
    if isinstance(exc, InDoubt):
        for suggestion in map(suggestion_document, exc.suggestions):
            note(f"if {printable(suggestion['message'])}:")
            note(f"    {suggestion['command']}")

"""All readings of processed files: their raw bytes, read again as they were read then.

`python -m dryrun.export` reads an `ExportRequest` (a line of JSON) and any number of files
(`ExportedFile`) on standard input, and writes their readings, in the order of the files, to standard
output. The API runs it so, because the row engine takes more memory than the API may have; and for all
members of a container at once, because to start it takes longer than to read a small file.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from dryrun.reading_files import Writer, writer_of
from dryrun.request import ExportedFile, ExportRequest
from rows.reader import FileReader
from rows.split.encoded_splitter import start_of
from schemas.read_options import ReadOptions


class OtherReadings(Exception):  # noqa: N818 - what was found, not a fault of the caller
    """The file does not give the readings that were counted when it was processed."""


def export(stdin: BinaryIO, out: BinaryIO) -> None:
    """Write the readings of the files in `stdin`, in their order. Memory: that of a batch.

    Raises:
        OtherReadings: a file has more or fewer than were counted; what was written is not to be
            trusted.
    """
    request = ExportRequest.model_validate_json(stdin.readline())
    writer = writer_of(request.to, out)
    while line := stdin.readline():
        pieces = _pieces(stdin)
        _write(ExportedFile.model_validate_json(line), pieces, request, writer)
        # Of a damaged file the rest is not read.
        deque(pieces, maxlen=0)
    writer.close()


def _pieces(stdin: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file."""
    while length := int(stdin.readline()):
        yield stdin.read(length)


def _write(
    file: ExportedFile, chunks: Iterable[bytes], request: ExportRequest, writer: Writer
) -> None:
    dialect = file.dialect
    reader = FileReader(
        ReadOptions(),
        request.engine.limits,
        request.engine.batch_bytes,
        begun=(dialect, start_of(dialect)),
        expansion=request.engine.expansion,
    )
    count = 0
    for batch in reader.batches(chunks):
        outcome = reader.parse(batch, max_invalid=0, readings=True)
        assert outcome.readings is not None
        count += outcome.row_count
        writer.write(_asked(outcome.readings, request))
    if count != file.row_count:
        raise OtherReadings(f"{count} readings instead of {file.row_count}")


def _asked(readings: pa.RecordBatch, request: ExportRequest) -> pa.RecordBatch:
    """Those of the sensor and range that were asked for."""
    tests = []
    if request.sensor_id is not None:
        ids = readings.column("sensor_id")
        tests.append(pc.equal(pc.cast(ids, pa.string()), request.sensor_id))
    times = readings.column("timestamp")
    if request.begin is not None:
        tests.append(pc.greater_equal(times, _moment(request.begin, times.type)))
    if request.end is not None:
        tests.append(pc.less(times, _moment(request.end, times.type)))
    for test in tests[1:]:
        tests[0] = pc.and_(tests[0], test)
    return readings.filter(tests[0]) if tests else readings


def _moment(moment: datetime, kind: pa.DataType) -> pa.Scalar:
    return pa.scalar(moment, pa.timestamp("us", tz="UTC")).cast(kind)


def main() -> None:
    """Read a request and files on standard input, write their readings."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        export(sys.stdin.buffer, out)


if __name__ == "__main__":
    main()

"""All readings of a processed file: its raw bytes, read again as they were read then.

`python -m dryrun.export` reads an `ExportRequest` (a line of JSON) and the file's bytes on standard
input, and writes the readings to standard output. The API runs it so, because the row engine takes
more memory than the API may have.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc

from dryrun.reading_files import writer_of
from dryrun.request import ExportRequest
from rows.reader import FileReader
from rows.split.encoded_splitter import start_of
from schemas.read_options import ReadOptions

_READ_BYTES: Final = 256 << 10


class OtherReadings(Exception):  # noqa: N818 - what was found, not a fault of the caller
    """The file does not give the readings that were counted when it was processed."""


def export(chunks: Iterable[bytes], request: ExportRequest, out: BinaryIO) -> None:
    """Write the readings of the file of `chunks`, in its order. Memory: that of a batch.

    Raises:
        OtherReadings: there are more or fewer than `request.row_count`; what was written is not
            to be trusted.
    """
    dialect = request.dialect
    reader = FileReader(
        ReadOptions(),
        request.engine.limits,
        request.engine.batch_bytes,
        begun=(dialect, start_of(dialect)),
        expansion=request.engine.expansion,
    )
    writer = writer_of(request.to, out)
    count = 0
    for batch in reader.batches(chunks):
        outcome = reader.parse(batch, max_invalid=0, readings=True)
        assert outcome.readings is not None
        count += outcome.row_count
        writer.write(_asked(outcome.readings, request))
    if count != request.row_count:
        raise OtherReadings(f"{count} readings instead of {request.row_count}")
    writer.close()


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
    """Read a request and a file on standard input, write its readings."""
    stdin = sys.stdin.buffer
    request = ExportRequest.model_validate_json(stdin.readline())
    chunks = iter(lambda: stdin.read(_READ_BYTES), b"")
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        export(chunks, request, out)


if __name__ == "__main__":
    main()

"""Readings of several files are written by one process, one file after the other."""

from __future__ import annotations

import gzip
import io

import pytest

from dryrun.export import OtherReadings, export
from dryrun.request import ExportedFile, ExportRequest
from rows.reader import FileReader
from schemas.limits import Limits
from schemas.read_options import ReadOptions

ROWS = b"sensor_id,timestamp,value\na,2026-03-01T00:00:00Z,1\nb,2026-03-01T00:00:01Z,2.5\n"
EXPORTED = [b"a,2026-03-01T00:00:00.000000Z,1", b"b,2026-03-01T00:00:01.000000Z,2.5"]


def sent(data: bytes, row_count: int, piece: int = 7) -> bytes:
    """A file as the API sends it to the process."""
    reader = FileReader(ReadOptions(), Limits(), 1 << 20)
    list(reader.batches([data]))
    assert reader.dialect is not None
    file = ExportedFile(dialect=reader.dialect, row_count=row_count)
    pieces = [data[n : n + piece] for n in range(0, len(data), piece)]
    framed = b"".join(b"%d\n%s" % (len(one), one) for one in pieces)
    return file.model_dump_json().encode() + b"\n" + framed + b"0\n"


def exported(*files: bytes) -> list[bytes]:
    request = ExportRequest().model_dump_json().encode() + b"\n"
    out = io.BytesIO()
    export(io.BytesIO(request + b"".join(files)), out)
    return out.getvalue().splitlines()


def test_one_header_and_then_the_readings_of_each_file() -> None:
    assert exported() == [b"sensor_id,timestamp,value"]
    assert exported(sent(ROWS, 2), sent(ROWS, 2, piece=1 << 20)) == [
        b"sensor_id,timestamp,value",
        *EXPORTED,
        *EXPORTED,
    ]


def test_the_rest_of_a_damaged_file_is_no_other_file() -> None:
    damaged = gzip.compress(ROWS, mtime=0) + b"no gzip member\n" * 20
    assert exported(sent(damaged, 2), sent(ROWS, 2))[1:] == EXPORTED * 2


def test_a_file_with_other_readings_than_were_counted_ends_the_export() -> None:
    with pytest.raises(OtherReadings, match="2 readings instead of 3"):
        exported(sent(ROWS, 2), sent(ROWS, 3))

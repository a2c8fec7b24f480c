"""Any message decodes, or is bad data with a reason."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime

import orjson
import pytest

from schemas.errors import BadData
from schemas.events import (
    MAX_UNPACKED,
    PACKED_FROM,
    BatchResult,
    DialectSpec,
    Event,
    FileSplit,
    FileUploaded,
    ObjectRef,
    RowBatch,
    decode,
    encode,
)
from schemas.read_plan import COLUMN, ReadPlan, TimePlan
from schemas.topics import PARTIALS

RESULT = BatchResult(
    file_id="f", generation=1, batch_no=0, row_count=1, invalid_count=0, min_value=1.0, max_value=1.0
)  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\n",
        b"\xff\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[1, 2]",
        b'{"type":"\\ud800"}',
        b'{"type":[],"version":{}}',
        b'{"type":"batch_result","version":NaN}',
        b'{"type":"batch_result","version":' + b"9" * 5000 + b"}",
        b'{"type":"batch_result","version":99}',
    ],
)
def test_what_is_no_event_is_bad_data(value: bytes | None) -> None:
    with pytest.raises(BadData) as caught:
        decode(value)
    assert caught.value.code in ("undecodable", "unknown_event")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch_no", -1),
        # A bit for each batch: this many would take all the memory there is.
        ("batch_no", 10**12),
        ("generation", 0),
        ("row_count", -1),
        ("row_count", 2**63),
        ("codes", {"value_format": -1}),
        ("file_id", ""),
        ("file_id", "f" * 201),
        ("min_value", "warm"),
    ],
)
def test_a_number_out_of_range_is_bad_data(field: str, value: object) -> None:
    fields = orjson.loads(encode(RESULT)) | {field: value}
    with pytest.raises(BadData, match=field):
        decode(orjson.dumps(fields))


def wide_split(columns: int) -> FileSplit:
    """The end of the split of a wide file of so many columns."""
    names = ("time", *(f"Sensor {n:05d} temperature" for n in range(1, columns)))
    upload = FileUploaded(
        file_id="f", source="upload", raw=ObjectRef(bucket="b", key="raw/f"), filename="wide.csv",
        size_bytes=1, sha256="0" * 64, upload_time=datetime(2026, 3, 1, tzinfo=UTC), batch_bytes=8 << 20,
    )  # fmt: skip
    plan = ReadPlan(
        layout="wide",
        columns=names,
        time=TimePlan(parts=(0,)),
        values=tuple(range(1, columns)),
        sensor=(COLUMN,),
    )
    dialect = DialectSpec(header=True, width=columns, plan=plan, header_text=",".join(names))
    return FileSplit(file=upload, batches=1, rows=1, dialect=dialect)


@pytest.mark.parametrize("columns", [3, 1_000, 10_000])
def test_an_event_with_a_plan_of_any_width_fits_a_message(columns: int) -> None:
    event = wide_split(columns)
    message = encode(event, b"payload\nwith a line end")
    assert decode(message) == (event, b"payload\nwith a line end")
    assert len(message) < PARTIALS.max_message_bytes // 4
    packed = orjson.loads(message.partition(b"\n")[0]).get("packed")
    assert (packed is not None) == (len(event.model_dump_json()) > PACKED_FROM)


def pack(body: bytes) -> str:
    return base64.b64encode(zlib.compress(body)).decode()


@pytest.mark.parametrize(
    "packed",
    [
        7,
        "no base64",
        base64.b64encode(b"no zlib").decode(),
        pack(b"[1]"),
        pack(b"{"),
        pack(b" " * (MAX_UNPACKED + 1)),
        pack(orjson.dumps({"file_id": "f"}))[:-8],
    ],
)
def test_what_cannot_be_unpacked_is_bad_data(packed: object) -> None:
    value = orjson.dumps({"type": "batch_result", "version": 1, "packed": packed})
    with pytest.raises(BadData) as caught:
        decode(value)
    assert caught.value.code == "undecodable"
    assert len(caught.value.reason) < 1000


def changed(event: Event, *path: str, **fields: object) -> bytes:
    """An event with other fields at a place in it."""
    value = orjson.loads(encode(event))
    place = value
    for name in path:
        place = place.setdefault(name, {})
    place.update(fields)
    return orjson.dumps(value)


def row_batch() -> RowBatch:
    split = wide_split(3)
    assert split.dialect is not None
    return RowBatch(
        file_id="f", generation=1, batch_no=0, source=ObjectRef(bucket="b", key="raw/f"), start=0,
        end=9, rows=1, first_row=1, first_line=2, dialect=split.dialect,
    )  # fmt: skip


@pytest.mark.parametrize(
    "path", ["dialect", "dialect plan", "dialect plan time", "dialect plan time order"]
)
def test_what_a_newer_version_reads_in_another_way_is_refused(path: str) -> None:
    value = changed(row_batch(), *path.split(), of_the_next=1)
    with pytest.raises(BadData, match="of_the_next is of a newer version") as caught:
        decode(value)
    assert caught.value.code == "unknown_event"


def test_a_format_or_an_option_of_a_newer_version_is_refused() -> None:
    value = changed(row_batch(), "dialect", "plan", "time", formats=["iso", "elapsed_weeks"])
    with pytest.raises(BadData, match="elapsed_weeks") as caught:
        decode(value)
    assert caught.value.code == "unknown_event"
    value = changed(wide_split(3).file, "options", of_the_next="x")
    with pytest.raises(BadData, match="of_the_next") as caught:
        decode(value)
    assert caught.value.code == "unknown_event"


def test_fields_with_their_default_are_not_written() -> None:
    """A field that a newer version adds concerns the files only that need it."""
    value = orjson.loads(encode(row_batch()))
    assert value["dialect"].keys() == {"header", "plan", "header_text"}
    assert value["dialect"]["plan"].keys() == {"layout", "columns", "time", "values", "sensor"}
    assert value["dialect"]["plan"]["time"] == {"parts": [0]}
    # Beside the way it is read, what is not known says nothing.
    assert decode(changed(row_batch(), of_the_next=1))[0] == row_batch()


def test_dialects_that_cut_and_read_a_file_alike_have_the_same_fingerprint() -> None:
    dialect = row_batch().dialect
    sent = decode(encode(row_batch()))[0]
    assert isinstance(sent, RowBatch)
    assert sent.dialect.fingerprint() == dialect.fingerprint()
    # What says how it was found makes no difference.
    found = {"sources": {"header": "content"}, "profile": "own", "profile_version": 2}
    assert dialect.model_copy(update=found).fingerprint() == dialect.fingerprint()
    for change in ({"decimal": ","}, {"max_record_bytes": 100}, {"data_start": 7}, {"plan": None}):
        assert dialect.model_copy(update=change).fingerprint() != dialect.fingerprint(), change

"""Any message decodes, or is bad data with a reason."""

from __future__ import annotations

import orjson
import pytest

from schemas.errors import BadData
from schemas.events import BatchResult, decode, encode

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

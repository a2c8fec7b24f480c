"""The repeated hour is read by the order of records, at any batch boundaries."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rows.order import Order
from rows.reader import FileReader
from rows.split.encoded_splitter import parse_source
from schemas.limits import Limits
from schemas.read_options import ReadOptions

_BERLIN = ZoneInfo("Europe/Berlin")
# Every five minutes from before to after the end of daylight saving in 2025.
_TIMES = [datetime.fromtimestamp(1761433200 + 300 * n, UTC).astimezone(_BERLIN) for n in range(60)]
_DATA = b"sensor_id,timestamp,value\n" + b"".join(
    b"s,%s,%d\n" % (when.strftime("%Y-%m-%d %H:%M").encode(), n) for n, when in enumerate(_TIMES)
)


@pytest.mark.parametrize("batch_bytes", [1, 50, 700, 1 << 20])
def test_the_repeated_hour_is_equal_to_zoneinfo(batch_bytes: int) -> None:
    reader = FileReader(ReadOptions(timezone="Europe/Berlin"), Limits(), batch_bytes)
    batches = [b for found in reader.feed(_DATA) for b in found]
    batches += [b for found in reader.finish() for b in found]
    assert reader.dialect is not None
    seen: list[datetime] = []
    for batch in batches:
        outcome = parse_source(
            batch.data,
            reader.dialect,
            Limits(),
            first_row=batch.span.first_row,
            first_line=batch.span.first_line,
            first_byte=batch.span.start,
            readings=True,
            # As events carry it.
            order=Order.from_text(batch.span.order.to_text()),
        )
        assert outcome.readings is not None
        seen += outcome.readings.column("timestamp").to_pylist()
    assert seen == [when.astimezone(UTC) for when in _TIMES]

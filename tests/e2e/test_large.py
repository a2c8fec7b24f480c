"""A file of many batches, checked against the oracle's answer for one of its equal blocks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.harness import verification
from tests.harness.client import Client
from tests.harness.oracle import Expected, expect
from tests.harness.sensor_files import SensorFile, generate

_BLOCK_ROWS, _BLOCKS = 20_000, 100


def repeated(block: Expected, times: int) -> Expected:
    """The result of a file whose records are those of `block`, so many times (header once)."""
    records = block.record_count
    whole = Expected(
        row_count=block.row_count * times,
        row_sum=times * block.row_sum + block.row_count * records * times * (times - 1) // 2,
        record_count=records * times,
    )
    for name, sensor in block.sensors.items():
        moment, row, value = sensor.last
        last = (moment, row + (times - 1) * records, value)
        whole.sensors[name] = replace(sensor, values=sensor.values * times, last=last)
    for number in range(times):
        shift = number * records
        whole.invalid += [replace(i, row=i.row + shift, line=i.line + shift) for i in block.invalid]
    return whole


def test_repeated_is_what_the_oracle_says_itself() -> None:
    file = generate("columns", 500, seed=3)
    head, _, body = file.data.partition(b"\n")
    found = repeated(expect(file.data), 3)
    assert found == expect(head + b"\n" + body * 3)


@pytest.mark.slow
async def test_two_million_rows(client: Client) -> None:
    file = generate("columns", _BLOCK_ROWS, seed=1)
    head, _, body = file.data.partition(b"\n")
    large = SensorFile("two-million-rows.csv", head + b"\n" + body * _BLOCKS)
    file_id = (await client.upload(large)).json()["file_id"]
    document = await client.ended(file_id, seconds=300)
    assert document["progress"]["batches_total"] > 1, "it must be cut for this to prove anything"
    expected = repeated(expect(file.data), _BLOCKS)
    assert expected.record_count == _BLOCK_ROWS * _BLOCKS
    assert await verification.one_file(client, file_id, expected) == []

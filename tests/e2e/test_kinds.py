"""Every kind of file, over every way in, exact in API and SQL."""

from __future__ import annotations

import pytest

from tests.harness import verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import KINDS, generate


@pytest.mark.parametrize("rows", [10, 3_000])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_of_every_kind(client: Client, kind: str, rows: int) -> None:
    file = generate(kind, rows, seed=rows)
    answer = await client.upload(file, multipart=rows == 10)
    assert answer.status_code == 202
    document = answer.json()
    assert answer.headers["location"].endswith(f"/api/v1/files/{document['file_id']}")
    await client.ended(document["file_id"])
    assert await verification.one_file(client, document["file_id"], expect(file.data)) == []


@pytest.mark.slow
async def test_many_sensors_in_pages(client: Client) -> None:
    """More sensors than the document carries: the list of sensors has them all."""
    file = generate("many_sensors", 30_000, seed=2)
    file_id = (await client.upload(file)).json()["file_id"]
    document = await client.ended(file_id)
    expected = expect(file.data)
    assert document["sensor_count"] == len(expected.sensors) == 15_000
    assert len(document["aggregations"]["per_sensor_count"]) == 10_000
    assert await verification.one_file(client, file_id, expected) == []

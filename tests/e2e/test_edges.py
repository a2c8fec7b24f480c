"""Files with nothing in them, files that were seen before, things that are no files."""

from __future__ import annotations

import pytest

from tests.harness import verification
from tests.harness.client import Client, Refused
from tests.harness.oracle import expect
from tests.harness.sensor_files import SensorFile, generate

HEADER = b"sensor_id,timestamp,value"


@pytest.mark.parametrize("data", [HEADER, HEADER + b"\n", HEADER + b"\r\n\n \n"])
async def test_a_header_alone_is_processed(client: Client, data: bytes) -> None:
    file_id = (await client.upload(SensorFile("header-only.csv", data))).json()["file_id"]
    document = await client.ended(file_id)
    assert document["status"] == "processed"
    assert document["aggregations"] == {
        "row_count": 0,
        "min_value": None,
        "max_value": None,
        "per_sensor_count": {},
    }
    assert document["invalid_rows"] == []
    assert await verification.one_file(client, file_id, expect(data)) == []


@pytest.mark.parametrize("multipart", [True, False])
async def test_an_empty_body_is_refused(client: Client, multipart: bool) -> None:
    with pytest.raises(Refused, match=r"400 .*Missing file"):
        await client.upload(SensorFile("empty.csv", b""), multipart=multipart)


async def test_what_is_no_text_in_columns_is_refused(client: Client) -> None:
    picture = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x01\x00\x08\x06\x00\x00"
    body = {"file": ("picture.png", picture, "image/png")}
    response = await client.request("POST", "/api/v1/files", files=body)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title"] == "Invalid Parameter Type"


async def test_the_same_file_twice_is_one_file(client: Client) -> None:
    file = generate("clean", 50, seed=77)
    first = await client.upload(file)
    again = await client.upload(file)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["file_id"] == first.json()["file_id"]
    other_name = await client.upload(SensorFile("another-name.csv", file.data))
    other_bytes = await client.upload(SensorFile(file.name, file.data + b"\n"))
    forced = await client.upload(file, params={"force": "true"})
    ids = [answer.json()["file_id"] for answer in (first, other_bytes, forced, other_name)]
    assert len(set(ids)) == 4
    duplicate = await client.ended(ids.pop())
    assert duplicate["duplicate_of"] == ids[0]
    for file_id in ids:
        await client.ended(file_id)
        assert await verification.one_file(client, file_id, expect(file.data)) == []


async def test_the_same_key_is_the_same_upload(client: Client) -> None:
    file, key = generate("dirty", 100, seed=78), "key of test_edges"
    first = await client.upload(file, key=key, params={"force": "true"})
    again = await client.upload(file, key=key, params={"force": "true"})
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["file_id"] == first.json()["file_id"]


async def test_raw_gives_the_original_bytes(client: Client) -> None:
    file = generate("crlf", 1_000, seed=79)
    file_id = (await client.upload(file)).json()["file_id"]
    response = await client.request("GET", f"/api/v1/files/{file_id}/raw")
    assert response.status_code == 200
    assert response.content == file.data

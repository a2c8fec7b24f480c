"""Resumable uploads: cut, gone on with, finished, and what is left of them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ingest.uploads.tus import PIECE_BYTES
from schemas.events import ObjectRef
from tests.harness.api_process import BUCKET, Stack
from tests.harness.waiting import eventually
from tests.integration.ingest.test_uploads import PNG, events_of, new_csv, post, problem, raw

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


class Cut(Exception):  # noqa: N818
    """The client's line is cut."""


def metadata(**values: str) -> str:
    pairs = (
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items()
    )
    return ",".join(pairs)


async def begin(
    client: httpx.AsyncClient, length: int, name: str = "readings.csv", **values: str
) -> str:
    """Where the upload goes on."""
    headers = {
        **TUS,
        "Upload-Length": str(length),
        "Upload-Metadata": metadata(filename=name, **values),
    }
    answer = await client.post(UPLOADS, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["upload-expires"]
    return answer.headers["location"]


async def offset_of(client: httpx.AsyncClient, where: str) -> int:
    answer = await client.head(where, headers=TUS)
    assert answer.status_code == 204
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


async def send(
    client: httpx.AsyncClient, where: str, data: bytes, offset: int, cut_after: int | None = None
) -> httpx.Response:
    """Send what follows `offset`; with `cut_after`, only so many bytes of it."""

    async def body() -> AsyncIterator[bytes]:
        end = len(data) if cut_after is None else offset + cut_after
        for start in range(offset, end, 1 << 16):
            yield data[start : min(start + (1 << 16), end)]
        if cut_after is not None:
            raise Cut

    headers = {**BYTES, "Upload-Offset": str(offset)}
    return await client.patch(where, headers=headers, content=body())


async def pieces(stack: Stack, where: str) -> set[str]:
    """Names of the objects of an upload."""
    prefix = f"resumable/{where.rpartition('/')[2]}/"
    return {key.removeprefix(prefix) for key in await stack.keys() if key.startswith(prefix)}


async def test_a_large_upload_cut_five_times_is_resumed(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    block = new_csv(20_000)
    data = block * (60_000_000 // len(block) + 1)
    where = await begin(client, len(data), "large.csv", filetype="text/csv")
    offset, cut = 0, len(data) // 6
    for _ in range(5):
        with pytest.raises(Cut):
            await send(client, where, data, offset, cut_after=cut)
        reached = await offset_of(client, where)
        assert offset < reached <= offset + cut
        offset = reached
    assert offset > 3 * cut, "what came before the cuts was kept"
    answer = await send(client, where, data, offset)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(data)))
    document = (await client.get(answer.headers["content-location"])).json()
    assert document["sha256"] == hashlib.sha256(data).hexdigest()
    assert (document["filename"], document["size_bytes"]) == ("large.csv", len(data))
    assert len(await events_of(stack, document["file_id"])) == 1
    assert await pieces(stack, where) == {"info", "file"}
    assert await offset_of(client, where) == len(data)
    shown = (await client.get(where)).json()
    assert (shown["offset"], shown["file_id"]) == (len(data), document["file_id"])


async def test_an_upload_outlives_the_process_that_received_it(stack: Stack) -> None:
    api = stack.new_api({}, "killed")
    api.start()
    data = new_csv(600_000)
    try:
        async with stack.client(api) as client:
            where = await begin(client, len(data))
            sent, hang = 2 * PIECE_BYTES + 1_000_000, asyncio.Event()

            async def body() -> AsyncIterator[bytes]:
                yield data[:sent]
                await hang.wait()

            headers = {**BYTES, "Upload-Offset": "0"}
            sending = asyncio.create_task(client.patch(where, headers=headers, content=body()))
            await eventually(lambda: has_pieces(stack, where, 2), "two pieces are kept")
            api.kill()
            hang.set()
            with pytest.raises(httpx.TransportError):
                await sending
        api.start()
        async with stack.client(api) as client:
            offset = await offset_of(client, where)
            assert 2 * PIECE_BYTES <= offset <= sent
            answer = await send(client, where, data, offset)
            file_id = answer.headers["content-location"].rpartition("/")[2]
            assert (await client.get(f"/api/v1/files/{file_id}/raw")).content == data
    finally:
        api.kill()


async def has_pieces(stack: Stack, where: str, count: int) -> bool:
    return len(await pieces(stack, where)) == count + 1


async def test_a_new_request_ends_an_older_connection_of_the_upload(
    client: httpx.AsyncClient,
) -> None:
    data = new_csv(1000)
    where = await begin(client, len(data))
    sent, hang = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield data[:5000]
        sent.set()
        await hang.wait()

    headers = {**BYTES, "Upload-Offset": "0"}
    older = asyncio.create_task(client.patch(where, headers=headers, content=body()))
    await sent.wait()
    async with asyncio.timeout(10):
        while (offset := await offset_of(client, where)) == 0:
            pass
        assert (await send(client, where, data, offset)).status_code == 204
    assert offset == 5000
    hang.set()
    older.cancel()


async def test_a_finished_upload_is_the_same_file_as_one_that_was_posted(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    data = new_csv(50)
    first = (await post(client, **raw(data, name="same.csv"))).json()["file_id"]
    where = await begin(client, len(data), "same.csv")
    answer = await send(client, where, data, 0)
    assert answer.headers["content-location"] == f"/api/v1/files/{first}"
    assert answer.headers["upload-known"] == "true"
    asked = await client.head(where, headers=TUS)
    assert asked.headers["upload-known"] == "true"
    where = await begin(client, len(data), "same.csv", force="true", delimiter="comma")
    answer = await send(client, where, data, 0)
    forced = answer.headers["content-location"]
    assert forced != f"/api/v1/files/{first}"
    assert answer.headers["upload-known"] == "false"
    (event,) = await events_of(stack, forced.rpartition("/")[2])
    assert event.options.delimiter == ","
    assert event.source == "upload"


async def test_the_first_bytes_may_come_with_the_announcement(client: httpx.AsyncClient) -> None:
    data = new_csv(20)
    headers = {
        **BYTES,
        "Upload-Length": str(len(data)),
        "Upload-Metadata": metadata(filename="at-once.csv"),
    }
    answer = await client.post(UPLOADS, headers=headers, content=data)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(data)))
    document = (await client.get(answer.headers["content-location"])).json()
    assert document["filename"] == "at-once.csv"


async def test_an_upload_that_is_complete_but_not_recorded_is_recorded_when_it_is_asked_for(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    data = new_csv(1000)
    where = await begin(client, len(data))
    assert (await send(client, where, data[:5000], 0)).status_code == 204
    # As a process leaves it that ends right after the last piece.
    store = stack.objects()
    key = f"resumable/{where.rpartition('/')[2]}/{5000:020d}"
    await store.put_bytes(ObjectRef(bucket=BUCKET, key=key), data[5000:])
    await store.close()
    answer = await client.head(where, headers=TUS)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(data)))
    document = (await client.get(answer.headers["content-location"])).json()
    assert document["sha256"] == hashlib.sha256(data).hexdigest()


async def test_an_upload_is_forgotten(stack: Stack, client: httpx.AsyncClient) -> None:
    where = await begin(client, 100)
    await send(client, where, b"a,2024-01-01,1\n", 0)
    assert len(await pieces(stack, where)) == 2
    assert (await client.delete(where, headers=TUS)).status_code == 204
    assert await pieces(stack, where) == set()
    answer = await client.head(where, headers=TUS)
    assert (answer.status_code, answer.headers["tus-resumable"]) == (404, "1.0.0")


async def test_inactive_uploads_are_removed(stack: Stack) -> None:
    api = stack.new_api({"RESUMABLE_UPLOAD_HOURS": "0.0004"}, "sweeping")
    api.start()
    try:
        async with stack.client(api) as client:
            where = await begin(client, 100)
            await send(client, where, b"a,2024-01-01,1\n", 0)
            await eventually(lambda: gone(client, where), "the upload is removed")
        assert await pieces(stack, where) == set()
    finally:
        api.kill()


async def gone(client: httpx.AsyncClient, where: str) -> bool:
    return (await client.get(where)).status_code == 404


async def test_no_bytes_are_taken_that_are_no_columns(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    data = PNG + bytes(PIECE_BYTES + 100_000)
    where = await begin(client, 10 * len(data), "photo.png", filetype="image/png")
    answer = await send(client, where, data, 0)
    assert (answer.status_code, problem(answer)["code"]) == (400, "invalid_parameter_type")
    assert await pieces(stack, where) == set()


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412, "unsupported_tus_version"),
        ({"Upload-Offset": "7"}, 409, "wrong_offset"),
        ({"Upload-Offset": "-1"}, 400, "invalid_parameter"),
        ({"Upload-Offset": "1e3"}, 400, "invalid_parameter"),
        ({"Content-Type": "text/csv"}, 415, "unsupported_media_type"),
        ({}, 413, "upload_too_long"),
    ],
)
async def test_a_request_at_a_wrong_offset_is_rejected_with_the_reason(
    client: httpx.AsyncClient, headers: dict[str, str], status: int, code: str
) -> None:
    where = await begin(client, 5)
    sent = {**BYTES, "Upload-Offset": "0", **headers}
    answer = await client.patch(where, headers=sent, content=b"a,2024-01-01,1\n")
    assert (answer.status_code, problem(answer)["code"]) == (status, code)
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert await offset_of(client, where) == 0


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "invalid_parameter"),
        ({"Upload-Length": "many"}, "invalid_parameter"),
        ({"Upload-Length": "0", "Upload-Metadata": metadata(filename="a.csv")}, "missing_file"),
        ({"Upload-Length": "9"}, "missing_file"),
        ({"Upload-Length": "9", "Upload-Metadata": "filename ?"}, "invalid_parameter"),
        (
            {"Upload-Length": "9", "Upload-Metadata": metadata(filename="a.csv", header="x")},
            "invalid_parameter",
        ),
        ({"Upload-Length": "9", "Upload-Metadata": "filename é".encode()}, "invalid_parameter"),
        ({"Upload-Length": "9", "Upload-Metadata": "filename /w=="}, "invalid_parameter"),
        (
            {"Upload-Length": "9", "Upload-Metadata": metadata(filename="a.csv", delimeter=";")},
            "unknown_parameter",
        ),
    ],
)
async def test_an_announcement_that_cannot_be_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str | bytes], code: str
) -> None:
    sent = {name.encode(): v if isinstance(v, bytes) else v.encode() for name, v in headers.items()}
    sent |= {name.encode(): value.encode() for name, value in TUS.items()}
    answer = await client.post(UPLOADS, headers=sent)
    assert (answer.status_code, problem(answer)["code"]) == (400, code)


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE", "GET"])
@pytest.mark.parametrize("upload_id", ["x", "01a20c97-18b3-7884-bdd9-be2c74eda277", "..%2Fraw"])
async def test_an_unknown_upload_is_reported(
    client: httpx.AsyncClient, method: str, upload_id: str
) -> None:
    arguments: dict[str, Any] = {"headers": {**BYTES, "Upload-Offset": "0"}}
    answer = await client.request(method, f"{UPLOADS}/{upload_id}", **arguments)
    assert answer.status_code == 404
    if method != "HEAD" and "%" not in upload_id:
        assert problem(answer)["code"] == "unknown_upload"


async def test_clients_find_out_what_is_possible(client: httpx.AsyncClient) -> None:
    answer = await client.options(UPLOADS)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert "creation" in answer.headers["tus-extension"].split(",")
    data = new_csv(5)
    where = await begin(client, len(data))
    headers = {**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    answer = await client.post(where, headers=headers, content=data)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(data)))

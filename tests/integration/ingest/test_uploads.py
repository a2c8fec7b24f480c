"""Uploads against the real API: what is stored, recorded, announced and answered."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.events import FileUploaded
from schemas.file_record import FileRecord
from schemas.read_options import ReadOptions
from schemas.topics import UPLOADED
from sinks.clickhouse.client import Database
from sinks.queries import file_by_id
from tests.harness.api_process import BATCH_BYTES, BUCKET, Stack
from tests.harness.waiting import until

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
_number = itertools.count()


def new_csv(rows: int = 3) -> bytes:
    """A file that no other test sends."""
    unique = next(_number)
    lines = [f"s{unique},2024-01-01T00:00:{n % 60:02d},{n}" for n in range(rows)]
    return ("sensor_id,timestamp,value\n" + "\n".join(lines) + "\n").encode()


def form(data: bytes, name: str = "readings.csv", kind: str = "text/csv") -> dict[str, Any]:
    return {"files": {"file": (name, data, kind)}}


def raw(data: bytes, name: str = "readings.csv", **params: str) -> dict[str, Any]:
    return {"content": data, "params": {"filename": name, **params}}


async def post(client: httpx.AsyncClient, **arguments: Any) -> httpx.Response:
    return await client.post("/api/v1/files", **arguments)


async def events_of(stack: Stack, file_id: str) -> list[FileUploaded]:
    return [event for event in await stack.announced() if event.file_id == file_id]


async def traces(stack: Stack) -> tuple[set[str], set[str], int]:
    """Everything an upload leaves: objects, files, events."""
    return await stack.keys(), await stack.file_ids(), len(await stack.announced())


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem document of an answer."""
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert document["code"]
    assert document["detail"]
    return document


@pytest.mark.parametrize("way", [form, raw])
async def test_an_upload_is_stored_recorded_and_announced(
    stack: Stack, client: httpx.AsyncClient, database: Database, way: Any
) -> None:
    data = new_csv(1000)
    answer = await post(client, **way(data))
    assert answer.status_code == 202
    document = answer.json()
    file_id = document["file_id"]
    assert answer.headers["location"] == f"/api/v1/files/{file_id}"
    assert document["status"] == "waiting"
    assert document["aggregations"] is None
    assert document["filename"] == "readings.csv"
    assert document["size_bytes"] == len(data)
    assert document["sha256"] == hashlib.sha256(data).hexdigest()

    record = await file_by_id(database, file_id)
    assert record is not None
    assert record.raw.bucket == BUCKET
    assert record.raw.key == f"raw/{file_id}"
    assert record.batch_bytes == BATCH_BYTES
    store = stack.objects()
    assert await store.get_range(record.raw, 0, len(data) + 1) == data
    await store.close()

    keys = [key for event, key in await stack.messages(UPLOADED.name) if event == record.upload()]
    assert keys == [file_id]
    assert (await client.get(answer.headers["location"])).json() == document


@pytest.mark.parametrize("place", ["query", "fields before", "fields after"])
async def test_options_are_taken_from_the_query_and_from_the_form(
    stack: Stack, client: httpx.AsyncClient, place: str
) -> None:
    given = {
        "delimiter": ";",
        "encoding": "latin1",
        "header": "false",
        "decimal": ",",
        "timestamp_format": "%d.%m.%Y",
    }
    data = new_csv()
    if place == "query":
        answer = await post(client, **raw(data, **given))
    elif place == "fields before":
        answer = await post(client, data=given, **form(data))
    else:
        parts = [form_part("file", data, "x.csv"), *(form_part(n, v) for n, v in given.items())]
        answer = await post(client, **form_body(parts))
    assert answer.status_code == 202
    (event,) = await events_of(stack, answer.json()["file_id"])
    assert event.options == ReadOptions(
        delimiter=";", encoding="latin-1", header=False, decimal=",", timestamp_format=("%d.%m.%Y",)
    )


def form_part(name: str, value: bytes | str, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    body = value if isinstance(value, bytes) else value.encode()
    return f'Content-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + body


def form_body(parts: list[bytes], end: bytes = b"--B--\r\n") -> dict[str, Any]:
    return {
        "content": b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + end,
        "headers": {"content-type": "multipart/form-data; boundary=B"},
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("delimiter", "ab"),
        ("delimiter", '"'),
        ("encoding", "klingon"),
        ("encoding", "zlib"),
        ("header", "perhaps"),
        ("decimal", "x"),
        ("timestamp_format", "no directive"),
        ("force", "perhaps"),
    ],
)
async def test_an_option_that_cannot_be_is_refused_by_name(
    stack: Stack, client: httpx.AsyncClient, name: str, value: str
) -> None:
    before = await traces(stack)
    answer = await post(client, **raw(new_csv(), **{name: value}))
    assert answer.status_code == 400
    assert problem(answer)["code"] == "invalid_parameter"
    assert name in problem(answer)["detail"]
    assert await traces(stack) == before


async def test_a_wrong_option_after_the_file_leaves_nothing(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    before = await traces(stack)
    parts = [form_part("file", new_csv(), "x.csv"), form_part("delimiter", "ab")]
    answer = await post(client, **form_body(parts))
    assert (answer.status_code, problem(answer)["code"]) == (400, "invalid_parameter")
    assert await traces(stack) == before


async def test_the_same_file_again_is_the_first_one(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    data = new_csv()
    first = await post(client, **form(data))
    before = await traces(stack)
    again = await post(client, **raw(data))
    assert again.status_code == 200
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert await traces(stack) == before

    named_otherwise = await post(client, **raw(data, name="other.csv"))
    forced = await post(client, **raw(data, force="true"))
    ids = {answer.json()["file_id"] for answer in (first, named_otherwise, forced)}
    assert (named_otherwise.status_code, forced.status_code, len(ids)) == (202, 202, 3)


async def test_the_same_file_many_times_at_once_is_one_file(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    data = new_csv()
    answers = await asyncio.gather(*(post(client, **raw(data)) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [202]
    (file_id,) = {answer.json()["file_id"] for answer in answers}
    assert len(await events_of(stack, file_id)) == 1
    assert f"raw/{file_id}" in await stack.keys()


@pytest.mark.parametrize("force", ["false", "true"])
async def test_the_same_key_again_is_the_first_upload(
    stack: Stack, client: httpx.AsyncClient, force: str
) -> None:
    headers = {"Idempotency-Key": f"key {next(_number)}"}
    body = raw(new_csv(), force=force)
    answers = await asyncio.gather(*(post(client, **body, headers=headers) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [202]
    (file_id,) = {answer.json()["file_id"] for answer in answers}
    before = await traces(stack)
    again = await post(client, **body, headers=headers)
    assert (again.status_code, again.json()["file_id"]) == (200, file_id)
    assert await traces(stack) == before


@pytest.mark.parametrize("rows", [3, 60_000], ids=["small", "larger than is held in memory"])
async def test_a_key_with_other_bytes_is_rejected(
    stack: Stack, client: httpx.AsyncClient, rows: int
) -> None:
    headers = {"Idempotency-Key": f"key {next(_number)}"}
    first = await post(client, **raw(new_csv(rows)), headers=headers)
    assert first.status_code == 202
    before = await traces(stack)
    for way in (form, raw):
        answer = await post(client, **way(new_csv(rows)), headers=headers)
        assert (answer.status_code, problem(answer)["code"]) == (422, "idempotency_key_reused")
        assert first.json()["file_id"] in problem(answer)["detail"]
    assert await traces(stack) == before


@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param({}, id="nothing at all"),
        pytest.param({"files": {"file": ("x.csv", b"", "text/csv")}}, id="an empty file"),
        pytest.param({"files": {"other": ("x.csv", b"a,b", "text/csv")}}, id="another field"),
        pytest.param({"content": b"", "params": {"filename": "x.csv"}}, id="an empty body"),
        pytest.param({"content": b"a,b\n1,2\n"}, id="a body without a name"),
        pytest.param(form_body([]), id="an empty form"),
    ],
)
async def test_a_missing_file_is_refused(
    stack: Stack, client: httpx.AsyncClient, request_of: dict[str, Any]
) -> None:
    before = await traces(stack)
    answer = await post(client, **request_of)
    assert answer.status_code == 400
    assert problem(answer)["title"] == "Missing file"
    assert problem(answer)["code"] == "missing_file"
    assert await traces(stack) == before


async def test_what_is_no_text_in_columns_is_refused_before_it_is_stored(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    before = await traces(stack)
    for arguments in (form(PNG * 1000, "x.png", "image/png"), raw(PNG, "x.png")):
        answer = await post(client, **arguments)
        assert answer.status_code == 400
        assert problem(answer)["title"] == "Invalid Parameter Type"
        assert problem(answer)["code"] == "invalid_parameter_type"
    assert await traces(stack) == before


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(form(PNG + b"1", "x.csv", "image/png"), id="by its name"),
        pytest.param(form(PNG + b"2", "x.bin", "text/csv"), id="by its type"),
        pytest.param(form(b"a;b;c\n5;6;7\n", "x.bin", "image/png"), id="by its first bytes"),
        pytest.param(form(gzip.compress(b"a,b,c\n"), "x.bin", "x/y"), id="by what is packed"),
    ],
)
async def test_one_sign_of_text_in_columns_is_enough(
    client: httpx.AsyncClient, arguments: dict[str, Any]
) -> None:
    assert (await post(client, **arguments)).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(form_body([form_part("file", b"a,b,c\n" * 99, "x.csv")], b""), id="cut off"),
        pytest.param(form_body([form_part("file", b"a,b\n", "x.csv")] * 2), id="two files"),
        pytest.param({"content": b"no form", "headers": {"content-type": "multipart/form-data; boundary=B"}}, id="no form"),
        pytest.param({"content": b"--B", "headers": {"content-type": "multipart/form-data"}}, id="no boundary"),
        pytest.param(form_body([form_part("x", b"y" * 70_000)]), id="a large field"),
    ],
)  # fmt: skip
async def test_a_form_that_is_none_is_refused_and_leaves_nothing(
    stack: Stack, client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    before = await traces(stack)
    answer = await post(client, **body)
    assert (answer.status_code, problem(answer)["code"]) == (400, "malformed_body")
    assert await traces(stack) == before


async def test_a_compressed_body_is_stored_unchanged(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    packed = gzip.compress(new_csv())
    answer = await post(client, **raw(packed), headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 202
    file_id = answer.json()["file_id"]
    (event,) = await events_of(stack, file_id)
    assert event.content_encoding == "gzip"
    assert (await client.get(f"/api/v1/files/{file_id}/raw")).content == packed
    refused = await post(client, **raw(packed), headers={"Content-Encoding": "br"})
    assert (refused.status_code, problem(refused)["code"]) == (415, "unsupported_encoding")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\data\\January 2024.csv", "January 2024.csv"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("größe µ 温度.csv", "größe µ 温度.csv"),
        ("line\nbreak\x00.csv", "linebreak.csv"),
    ],
)
async def test_a_filename_is_kept_without_its_folders(
    client: httpx.AsyncClient, sent: str, kept: str
) -> None:
    by_query = await post(client, **raw(new_csv(), name=sent))
    assert by_query.json()["filename"] == kept
    if "\n" not in sent:
        # As browsers and curl send it.
        part = form_part("file", new_csv(), sent.replace("\\", "\\\\"))
        assert (await post(client, **form_body([part]))).json()["filename"] == kept


async def test_a_client_that_hangs_up_leaves_nothing(
    stack: Stack, client: httpx.AsyncClient, running: Stack
) -> None:
    before = await traces(stack)
    sent = asyncio.Event()
    # A store that was killed in the middle of an object has pieces of it for good.
    old = pieces(running.folder)

    def new_pieces() -> set[Path]:
        return pieces(running.folder) - old

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield new_csv(30_000)
        sent.set()
        await asyncio.Event().wait()

    for length in ({}, {"Content-Length": str(1 << 32)}):
        sent.clear()
        upload = asyncio.create_task(
            post(client, content=endless(), params={"filename": "x.csv"}, headers=length)
        )
        await asyncio.wait_for(sent.wait(), 90)
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        await until(lambda: not new_pieces(), lambda: f"nothing is left: {new_pieces()}")
    assert await traces(stack) == before


def pieces(folder: Path) -> set[Path]:
    """What unfinished uploads have in the folder of the store."""
    paths = (folder / "nanio").rglob("*")
    return {p for p in paths if ".tmp" in p.name or ".bin" in p.name}


async def uploaded(client: httpx.AsyncClient, database: Database) -> FileRecord:
    file_id = (await post(client, **raw(new_csv()))).json()["file_id"]
    record = await file_by_id(database, file_id)
    assert record is not None
    return record


async def test_many_small_files_at_once(stack: Stack, client: httpx.AsyncClient) -> None:
    files = [new_csv() for _ in range(100)]
    answers = await asyncio.gather(*(post(client, **raw(data)) for data in files))
    assert {answer.status_code for answer in answers} == {202}
    ids = {answer.json()["file_id"] for answer in answers}
    assert len(ids) == 100
    assert ids <= {event.file_id for event in await stack.announced()}
    assert ids <= await stack.file_ids()

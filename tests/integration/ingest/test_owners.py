"""What a key may do to files and uploads of its own and of others: the table in SECURITY.md."""

from __future__ import annotations

import asyncio
import base64
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest

from ingest.api import events
from ingest.auth import api_keys
from schemas.api_keys import ApiKey, Scope, new_key_id, new_secret, secret_sha256, token_of
from schemas.instants import utc_now
from sinks.queries.api_keys import read_keys, write_key
from tests.harness.api_process import Stack
from tests.harness.services import Service

NUMBERS = itertools.count()
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
ROWS = b"row,sensor_id,timestamp,value\n1,a,2026-01-01,1\n"


async def new_key(stack: Stack, *scopes: Scope, seconds: float | None = None) -> tuple[str, str]:
    """(id, what a client sends) of a new key."""
    now, secret = utc_now(), new_secret()
    key = ApiKey(
        key_id=new_key_id(),
        name="test",
        scopes=frozenset(scopes),
        secret_sha256=secret_sha256(secret),
        created_at=now,
        expires_at=None if seconds is None else now + timedelta(seconds=seconds),
    )
    database = stack.open_database()
    await write_key(database, key, version=1)
    await database.close()
    return key.key_id, token_of(key.key_id, secret)


async def revoke(stack: Stack, key_id: str) -> None:
    database = stack.open_database()
    (key,) = (key for key in await read_keys(database) if key.key_id == key_id)
    revoked = ApiKey(
        key_id=key.key_id,
        name=key.name,
        scopes=key.scopes,
        secret_sha256=key.secret_sha256,
        created_at=key.created_at,
        revoked_at=utc_now(),
    )
    await write_key(database, revoked, version=2)
    await database.close()


@pytest.fixture(scope="module")
def locked(running: Stack) -> Iterator[Service]:
    """An API that needs keys, on the same database as one that does not."""
    asyncio.run(new_key(running, Scope.ADMIN))
    api = running.new_api({"REQUIRE_KEYS": "1"}, "owners")
    api.start()
    yield api
    api.kill()


@pytest.fixture
async def client(stack: Stack, locked: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with stack.client(locked) as opened:
        yield opened


def by(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def new_csv() -> bytes:
    return b"sensor_id,timestamp,value\na,2026-01-01,%d\n" % next(NUMBERS)


async def upload(client: httpx.AsyncClient, key: str | None = None) -> str:
    headers = by(key) if key else {}
    answer = await client.post(
        "/api/v1/files?filename=mine.csv", content=new_csv(), headers=headers
    )
    assert answer.status_code == 202, answer.text
    file_id: str = answer.json()["file_id"]
    return file_id


async def begin(client: httpx.AsyncClient, key: str) -> str:
    """A resumable upload that waits for its bytes."""
    name = base64.b64encode(b"mine.csv").decode()
    headers = {**TUS, **by(key), "Upload-Length": "40", "Upload-Metadata": f"filename {name}"}
    answer = await client.post("/api/v1/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


async def outcome(client: httpx.AsyncClient, key: str, method: str, path: str) -> str:
    """The code of the problem, or the status of another answer."""
    headers = by(key)
    content = None
    if "/uploads/" in path:
        headers |= BYTES
        content = b"sensor_id," if method == "PATCH" else None
    elif path.endswith("/resubmit"):
        content = ROWS
    answer = await client.request(method, path, headers=headers, content=content)
    if answer.headers.get("content-type") == "application/problem+json" and answer.content:
        return str(answer.json()["code"])
    return str(answer.status_code)


# By caller: the key that uploaded the file, another one with the scope upload, one that may read as
# well, one that may only read, and one with the scope admin. No worker takes the files, so what is
# allowed is answered with `file_waiting`.
FILES = {
    ("POST", "/replay"): ["file_waiting", "unknown_file", "not_owner", "insufficient_scope", "file_waiting"],
    ("POST", "/resubmit"): ["file_waiting", "unknown_file", "not_owner", "insufficient_scope", "file_waiting"],
    ("GET", ""): ["insufficient_scope", "insufficient_scope", "200", "200", "200"],
    ("GET", "/raw"): ["insufficient_scope", "insufficient_scope", "200", "200", "200"],
    ("DELETE", ""): [*["insufficient_scope"] * 4, "204"],
}  # fmt: skip
UPLOADS = {
    "HEAD": ["204", "404", "404", "403", "204"],
    "GET": ["200", "unknown_upload", "unknown_upload", "insufficient_scope", "200"],
    "PATCH": ["204", "unknown_upload", "unknown_upload", "insufficient_scope", "wrong_offset"],
    "DELETE": ["204", "unknown_upload", "unknown_upload", "insufficient_scope", "204"],
}


async def callers(stack: Stack) -> list[str]:
    scopes = [
        (Scope.UPLOAD,),
        (Scope.UPLOAD,),
        (Scope.UPLOAD, Scope.READ),
        (Scope.READ,),
        (Scope.ADMIN,),
    ]
    return [(await new_key(stack, *some))[1] for some in scopes]


@pytest.mark.parametrize(("call", "expected"), FILES.items(), ids=str)
async def test_a_key_changes_its_own_files_only(
    client: httpx.AsyncClient, stack: Stack, call: tuple[str, str], expected: list[str]
) -> None:
    keys = await callers(stack)
    file_id = await upload(client, keys[0])
    method, below = call
    path = f"/api/v1/files/{file_id}{below}"
    assert [await outcome(client, key, method, path) for key in keys] == expected


@pytest.mark.parametrize(("method", "expected"), UPLOADS.items(), ids=str)
async def test_an_upload_in_progress_exists_for_its_key_only(
    client: httpx.AsyncClient, stack: Stack, method: str, expected: list[str]
) -> None:
    keys = await callers(stack)
    at = await begin(client, keys[0])
    # Others first: whatever they try must not hinder the owner.
    for key, answer in list(zip(keys, expected, strict=True))[1:4]:
        assert await outcome(client, key, method, at) == answer
    assert await outcome(client, keys[0], method, at) == expected[0]
    if method == "DELETE":
        at = await begin(client, keys[0])
    assert await outcome(client, keys[4], method, at) == expected[4]


async def test_a_file_without_an_owner_is_changed_by_admins_only(
    client: httpx.AsyncClient, stack: Stack
) -> None:
    async with stack.client() as anybody:
        file_id = await upload(anybody)
        replay = f"/api/v1/files/{file_id}/replay"
        keys = await callers(stack)
        found = [await outcome(client, key, "POST", replay) for key in keys]
        assert found == [
            "unknown_file", "unknown_file", "not_owner", "insufficient_scope", "file_waiting",
        ]  # fmt: skip
        # Without keys, every user of this machine may do everything, to files of keys too.
        owned = await upload(client, keys[0])
        answer = await anybody.post(f"/api/v1/files/{owned}/replay")
        assert answer.json()["code"] == "file_waiting"


async def test_a_file_that_was_uploaded_in_pieces_has_its_owner(
    client: httpx.AsyncClient, stack: Stack
) -> None:
    keys = await callers(stack)
    data = new_csv()
    name = base64.b64encode(b"pieces.csv").decode()
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {name}"}
    answer = await client.post("/api/v1/uploads", headers={**TUS, **by(keys[0]), **headers})
    at = answer.headers["Location"]
    done = await client.patch(at, headers={**BYTES, **by(keys[0])}, content=data)
    replay = f"{done.headers['Content-Location']}/replay"
    assert [await outcome(client, key, "POST", replay) for key in keys[:3]] == [
        "file_waiting", "unknown_file", "not_owner",
    ]  # fmt: skip


async def test_a_stranger_does_not_stop_an_upload_that_is_being_sent(
    client: httpx.AsyncClient, stack: Stack
) -> None:
    """A request of the owner takes over from an older one; one of a stranger must not."""
    owner, stranger, *_ = await callers(stack)
    data = new_csv().ljust(40, b"\n")[:40]
    at = await begin(client, owner)
    sent, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield data[:10]
        sent.set()
        await go_on.wait()
        yield data[10:]

    sending = asyncio.create_task(
        client.patch(at, headers={**BYTES, **by(owner)}, content=slowly())
    )
    await sent.wait()
    for method in ("HEAD", "PATCH", "DELETE"):
        await outcome(client, stranger, method, at)
    go_on.set()
    answer = await sending
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "40")


async def ended(client: httpx.AsyncClient, path: str, key: str, opened: asyncio.Event) -> float:
    """When a stream of events ends."""
    async with client.stream("GET", path, headers=by(key)) as answer:
        assert answer.status_code == 200
        async for _ in answer.aiter_bytes():
            opened.set()
    return time.monotonic()


def test_a_stream_looks_at_its_key_often_enough() -> None:
    """A revoked key stops working within 3 seconds, for streams as for requests."""
    assert events._KEY_SECONDS + events._KEY_FRESH_SECONDS < api_keys._FRESH_SECONDS == 3.0


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_a_stream_of_events_ends_with_its_key(
    client: httpx.AsyncClient, stack: Stack, how: str
) -> None:
    _, uploader = await new_key(stack, Scope.UPLOAD)
    file_id = await upload(client, uploader)
    _, other = await new_key(stack, Scope.READ)
    key_id, key = await new_key(stack, Scope.READ, seconds=4.0 if how == "expired" else None)
    began = time.monotonic()
    paths = ("/api/v1/events", f"/api/v1/files/{file_id}/events")
    opened = [asyncio.Event() for _ in (*paths, other)]
    streams = [
        asyncio.create_task(ended(client, path, key, one))
        for path, one in zip(paths, opened, strict=False)
    ]
    stays = asyncio.create_task(ended(client, paths[0], other, opened[-1]))
    for one in opened:
        await asyncio.wait_for(one.wait(), 90)
    if how == "revoked":
        await revoke(stack, key_id)
        good_until = time.monotonic()
    else:
        good_until = began + 4.0
    at = await asyncio.wait_for(asyncio.gather(*streams), 90)
    # 3 s by a machine that has nothing else to do.
    assert max(at) - good_until < 10
    assert not stays.done()
    stays.cancel()
    answer = await client.get("/api/v1/stats", headers=by(key))
    assert answer.status_code == 401

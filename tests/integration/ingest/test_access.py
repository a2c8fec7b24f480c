"""No request without a key reads or writes if keys are needed, for every route."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ingest.auth.api_keys import ApiKeyStore
from ingest.http.errors import Problem
from schemas.api_keys import ApiKey, Quotas, Scope, new_key_id, new_secret, secret_sha256, token_of
from schemas.instants import utc_now
from sinks.queries.api_keys import write_key
from tests.harness.api_process import Stack
from tests.harness.services import Service

CSV = b"sensor_id,timestamp,value\na,2026-01-01,1\n"
OPEN = {"/health/live", "/health/ready"}


@dataclass(frozen=True, slots=True)
class Keys:
    """`csv-processor keys` on the database of a stack."""

    stack: Stack

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "cli", "keys", *arguments],
            env={**os.environ, "CLICKHOUSE_URL": self.stack.env["CLICKHOUSE_URL"]},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


async def create(stack: Stack, name: Scope, quotas: Quotas | None = None) -> tuple[str, str]:
    """(id, key) of a new key with one scope, as `csv-processor keys create` makes it."""
    secret = new_secret()
    key = ApiKey(
        key_id=new_key_id(),
        name=name,
        scopes=frozenset({name}),
        secret_sha256=secret_sha256(secret),
        created_at=utc_now(),
        quotas=quotas or Quotas(),
    )
    database = stack.open_database()
    await write_key(database, key, version=1)
    await database.close()
    return key.key_id, token_of(key.key_id, secret)


@pytest.fixture(scope="module")
def keys(running: Stack) -> Keys:
    return Keys(running)


@pytest.fixture(scope="module")
def locked(running: Stack, keys: Keys) -> Iterator[Service]:
    """An API that wants keys."""
    keys("create", "first", "--scope", "admin")
    api = running.new_api({"REQUIRE_KEYS": "1", "LOG_LEVEL": "DEBUG"}, "locked")
    api.start()
    yield api
    api.kill()


@pytest.fixture
async def client(stack: Stack, locked: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with stack.client(locked) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    scope: str


async def calls_of(client: httpx.AsyncClient) -> list[Call]:
    """Every call of the API's own description, with the scope that it says it needs."""
    paths = (await client.get("/openapi.json")).raise_for_status().json()["paths"]
    found = []
    for path, methods in paths.items():
        for method, call in methods.items():
            if path in OPEN:
                continue
            needed = {
                scope for one in call.get("security", []) for s in one.values() for scope in s
            }
            assert len(needed) == 1, f"{method} {path} says of no scope that it needs it"
            at = re.sub(r"\{\w+\}", "0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f", path)
            found.append(Call(method, at, needed.pop()))
    assert len(found) >= 9
    return found


async def status_of(client: httpx.AsyncClient, call: Call, key: str | None) -> tuple[int, str]:
    """(status, code) of a call; streams are not read."""
    headers = {"authorization": f"Bearer {key}"} if key is not None else {}
    content = CSV if call.method == "post" else None
    async with client.stream(call.method, call.path, headers=headers, content=content) as answer:
        said = answer.headers.get("content-type") == "application/problem+json"
        if not said or call.method == "head":
            return answer.status_code, ""
        return answer.status_code, json.loads(await answer.aread())["code"]


@pytest.mark.slow
async def test_no_call_is_answered_without_a_key_that_has_its_scope(
    client: httpx.AsyncClient, stack: Stack, keys: Keys
) -> None:
    by_scope = {scope.value: await create(stack, scope) for scope in Scope}
    revoked_id, revoked = await create(stack, Scope.ADMIN)
    keys("revoke", revoked_id)
    stranger = token_of(new_key_id(), new_secret())
    guessed = token_of(by_scope["admin"][0], new_secret())
    for call in await calls_of(client):
        silent = call.method == "head"
        expected = (401, "" if silent else "missing_api_key")
        assert await status_of(client, call, None) == expected, call
        for wrong in ("nonsense", stranger, guessed, revoked):
            expected = (401, "" if silent else "invalid_api_key")
            assert await status_of(client, call, wrong) == expected, (call, wrong)
        for scope, (_, key) in by_scope.items():
            status, code = await status_of(client, call, key)
            if scope in (call.scope, "admin"):
                assert status not in (401, 403), (call, scope, code)
            else:
                expected = (403, "" if silent else "insufficient_scope")
                assert (status, code) == expected, (call, scope)
    files = await client.get("/api/v1/files", headers={"x-api-key": by_scope["read"][1]})
    assert files.status_code == 200
    for path in OPEN:
        assert (await client.get(path)).status_code == 200


async def test_logs_say_no_secrets(
    client: httpx.AsyncClient, stack: Stack, locked: Service
) -> None:
    _, key = await create(stack, Scope.READ)
    stranger = token_of(new_key_id(), new_secret())
    for sent in (key, stranger):
        for headers in ({"authorization": f"Bearer {sent}"}, {"x-api-key": sent}):
            await client.get("/api/v1/files", headers=headers)
            await client.post("/api/v1/files?filename=x.csv", headers=headers, content=CSV)
    said = locked.log.read_text()
    assert said
    for secret in (key, stranger, key.split("_", 2)[2], stack.env["S3_SECRET_KEY"]):
        assert secret not in said


@pytest.mark.slow
async def test_a_key_is_rotated_without_a_gap_and_revoked_within_seconds(
    client: httpx.AsyncClient, keys: Keys
) -> None:
    async def works(key: str) -> bool:
        answer = await client.get("/api/v1/stats", headers={"authorization": f"Bearer {key}"})
        assert answer.status_code in (200, 401)
        return answer.status_code == 200

    made = json.loads(keys("create", "rotated", "--scope", "read", "--json"))
    key_id, first = made["key_id"], made["key"]
    assert await works(first)
    second = keys("rotate", key_id, "--grace", "1h").strip()
    assert await works(second)
    assert await works(first)
    third = keys("rotate", key_id, "--grace", "0s").strip()
    assert await works(third)
    assert not await works(second)
    assert not await works(first)
    keys("revoke", key_id)
    seen: list[bool] = []

    async def poll() -> None:
        while not seen or seen[-1]:
            seen.append(await works(third))

    await asyncio.wait_for(poll(), 90)
    listed = {key["key_id"]: key for key in json.loads(keys("list", "--json"))}
    assert listed[key_id]["state"] == "revoked"
    assert not any(text.split("_", 2)[2] in json.dumps(listed) for text in (first, second, third))


async def test_a_key_is_good_from_the_moment_it_is_made(
    client: httpx.AsyncClient, stack: Stack
) -> None:
    """Also if keys were read just before, for a client whose key is unknown."""

    async def status(key: str) -> int:
        headers = {"authorization": f"Bearer {key}"}
        return (await client.get("/api/v1/stats", headers=headers)).status_code

    for _ in range(3):
        _, key = await create(stack, Scope.READ)
        unknown = key[:-4] + ("AAAA" if not key.endswith("AAAA") else "BBBB")
        assert await status(unknown) == 401
        _, key = await create(stack, Scope.READ)
        assert await status(key) == 200


async def test_quotas_hold_across_processes(client: httpx.AsyncClient, stack: Stack) -> None:
    _, key = await create(stack, Scope.UPLOAD, Quotas(files_per_day=2))
    _, thin = await create(stack, Scope.UPLOAD, Quotas(bytes_per_day=len(CSV) + 5))

    async def upload(key: str, number: int, content: bytes = CSV) -> httpx.Response:
        return await client.post(
            "/api/v1/files",
            params={"filename": f"{key[:12]}-{number}.csv"},
            content=content + b"\n" * number,
            headers={"authorization": f"Bearer {key}"},
        )

    assert [(await upload(key, n)).status_code for n in (0, 1)] == [202, 202]
    # One that was seen before is none more.
    assert (await upload(thin, 1)).status_code == 202
    assert (await upload(thin, 1)).status_code == 429
    refused = await upload(key, 2)
    assert (refused.status_code, refused.json()["quota"]) == (429, "files_per_day")
    assert int(refused.headers["retry-after"]) > 0

    async def chunks() -> AsyncIterator[bytes]:
        yield CSV
        yield CSV

    streamed = await client.post(
        "/api/v1/files",
        params={"filename": "streamed.csv"},
        content=chunks(),
        headers={"authorization": f"Bearer {thin}"},
    )
    assert (streamed.status_code, streamed.json()["quota"]) == (429, "bytes_per_day")

    async def another_refuses() -> bool:
        database = stack.open_database()
        ring = ApiKeyStore(database, utc_now)
        found = await ring.find(key)
        await database.close()
        assert found is not None
        try:
            ring.usage.upload(found, 1)
        except Problem as problem:
            return problem.code == "quota_exceeded"
        return False

    deadline = time.monotonic() + 10
    while not await another_refuses():
        assert time.monotonic() < deadline, "another process does not see what the key has used"


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1:5173"}, True),
        ({"origin": "http://localhost:5173"}, True),
        ({"origin": "https://example.org"}, False),
        ({"origin": "null"}, False),
        ({"host": "example.org"}, False),
    ],
)
async def test_without_keys_pages_from_elsewhere_get_nothing(
    stack: Stack, headers: dict[str, str], let_in: bool
) -> None:
    async with stack.client() as anybody:
        answer = await anybody.get("/api/v1/stats", headers=headers)
    assert answer.status_code == (200 if let_in else 403)
    if not let_in:
        assert answer.json()["code"] == "cross_origin_request"


async def test_on_an_address_that_others_reach_it_starts_with_keys_only(stack: Stack) -> None:
    env = {"API_HOST": "0.0.0.0", "CLICKHOUSE_URL": f"{stack.env['CLICKHOUSE_URL']}_empty"}
    api = stack.new_api(env, "without-keys")
    with pytest.raises(AssertionError, match="there is no API key yet"):
        api.start()
    opened = stack.new_api({**env, "ALLOW_OPEN": "1"}, "open")
    opened.start()
    opened.kill()


async def test_heads_are_bounded_in_size_and_time(stack: Stack) -> None:
    api = stack.new_api({"HEADER_SECONDS": "0.3", "BODY_IDLE_SECONDS": "0.3"}, "bounded")
    api.start()
    try:

        async def answer_to(*sent: bytes) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
            for piece in sent:
                writer.write(piece)
                await writer.drain()
            try:
                return await asyncio.wait_for(reader.read(), 90)
            finally:
                writer.close()

        start = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        assert (await answer_to(start + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200")
        assert (await answer_to(start)).startswith(b"HTTP/1.1 408")
        assert (await answer_to(b"")).startswith(b"HTTP/1.1 408")
        long = await answer_to(start + b"X-Long: " + b"x" * 40_000)
        assert long.startswith(b"HTTP/1.1 431")
        head = b"POST /api/v1/files?filename=slow.csv HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        slow = await answer_to(head + b"Connection: close\r\nContent-Length: 99\r\n\r\nsensor_id,")
        assert slow.startswith(b"HTTP/1.1 408")
        assert b"client_too_slow" in slow
    finally:
        api.kill()


async def test_a_body_that_is_too_large_is_refused(stack: Stack) -> None:
    api = stack.new_api({"MAX_UPLOAD_BYTES": "50"}, "narrow")
    api.start()
    try:
        async with stack.client(api) as client:

            async def chunks() -> AsyncIterator[bytes]:
                yield CSV
                yield CSV

            for content in (CSV * 2, chunks()):
                answer = await client.post(
                    "/api/v1/files", params={"filename": "large.csv"}, content=content
                )
                assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
            small = await client.post("/api/v1/files?filename=small.csv", content=CSV)
            assert small.status_code == 202
    finally:
        api.kill()


async def test_the_idempotency_key_of_one_holder_is_not_that_of_another(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    answers = []
    for n in range(2):
        _, key = await create(stack, Scope.UPLOAD)
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "batch 1"}
        body = CSV + f"holder {n},2026-01-01,1\n".encode()
        params = {"filename": f"holder-{n}.csv"}
        for status in (202, 200):
            answer = await client.post(
                "/api/v1/files", params=params, content=body, headers=headers
            )
            assert answer.status_code == status, answer.text
        answers.append(answer.json())
        other = await client.post(
            "/api/v1/files", params=params, content=body + b"more,2026-01-01,2\n", headers=headers
        )
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert [answer["filename"] for answer in answers] == ["holder-0.csv", "holder-1.csv"]
    assert answers[0]["file_id"] != answers[1]["file_id"]


async def test_a_key_may_be_written_to_a_file(
    stack: Stack, keys: Keys, locked: Service, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    out = keys("create", "in a file", "--scope", "read", "--key-file", str(file))
    key = file.read_text()
    assert key not in out
    assert file.stat().st_mode & 0o077 == 0
    async with stack.client(locked) as client:
        answer = await client.get("/api/v1/files", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200

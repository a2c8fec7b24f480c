"""Two API processes on the same services: what both do at the same moment happens once.

Each process reaches the database through a proxy that holds calls, so that the moment is the same:
both have looked for the file, and found none, before either of them records it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx
import pytest

from schemas.events import ObjectRef
from tests.harness.api_process import BUCKET, Stack
from tests.harness.proxied_api import ProxiedApi, at_once
from tests.harness.waiting import until
from tests.integration.ingest.test_resumable import TUS, begin, send
from tests.integration.ingest.test_uploads import form, new_csv, post, raw


@pytest.fixture(scope="module")
def apis(running: Stack) -> Iterator[list[ProxiedApi]]:
    with ExitStack() as started:
        yield [
            started.enter_context(ProxiedApi(running.env, running.folder / f"process-{n}.log"))
            for n in range(2)
        ]


@pytest.fixture
async def clients(apis: list[ProxiedApi]) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with apis[0].client() as one, apis[1].client() as other:
        yield [one, other]


def records_a_file(label: str) -> bool:
    """Whether a call to the database writes a file's record."""
    return "INSERT INTO" in label and "file_records" in label


SMALL, STREAMED = 3, 60_000


@pytest.mark.parametrize(
    ("way", "rows", "key", "force"),
    [
        pytest.param(form, SMALL, None, False, id="a small form"),
        pytest.param(raw, SMALL, "once", False, id="a small body with a key"),
        pytest.param(raw, SMALL, "forced", True, id="a small body forced with a key"),
        pytest.param(raw, STREAMED, None, False, id="a body that is not held in memory"),
        pytest.param(form, STREAMED, "large", False, id="a large form with a key"),
    ],
)
async def test_an_upload_that_two_processes_take_in_at_once_is_one_file(
    stack: Stack,
    apis: list[ProxiedApi],
    clients: list[httpx.AsyncClient],
    way: Callable[..., dict[str, Any]],
    rows: int,
    key: str | None,
    force: bool,
) -> None:
    before = await stack.file_ids()
    data = new_csv(rows)
    arguments = {
        **way(data),
        "headers": {"Idempotency-Key": f"at two processes, {key}"} if key else {},
    }
    arguments["params"] = {**arguments.get("params", {}), "force": str(force).lower()}
    answers = await at_once(
        apis, [partial(post, client, **arguments) for client in clients], records_a_file
    )
    assert {answer.status_code for answer in answers} <= {200, 202}
    (file_id,) = {answer.json()["file_id"] for answer in answers}
    assert await stack.file_ids() == before | {file_id}
    # Both say the same afterwards, and the bytes are there.
    shown = [(await client.get(f"/api/v1/files/{file_id}")).json() for client in clients]
    assert shown[0] == shown[1]
    for client in clients:
        assert (await client.get(f"/api/v1/files/{file_id}/raw")).content == data
    # However often it is announced: every event says the same, but when it was made and, of a large
    # file, which of two equal objects it is in.
    events = [e for e in await stack.announced() if e.file_id == file_id]
    attempt = {"upload_time", "raw"} if rows == STREAMED else {"upload_time"}
    assert len({repr(e.model_dump(exclude=attempt)) for e in events}) == 1
    again = await post(clients[0], **arguments)
    assert (again.status_code, again.json()) == (200, shown[0])


async def test_a_resumable_upload_that_two_processes_complete_at_once_is_one_file(
    stack: Stack,
    apis: list[ProxiedApi],
    clients: list[httpx.AsyncClient],
) -> None:
    before = await stack.file_ids()
    data = new_csv(100)
    where = [await begin(client, len(data)) for client in clients]
    answers = await at_once(
        apis,
        [partial(send, clients[n], where[n], data, 0) for n in range(2)],
        records_a_file,
    )
    assert [answer.status_code for answer in answers] == [204, 204]
    (location,) = {answer.headers["content-location"] for answer in answers}
    assert await stack.file_ids() == before | {location.rpartition("/")[2]}


async def test_an_upload_that_another_process_completes_meanwhile_is_its_file(
    stack: Stack, apis: list[ProxiedApi], clients: list[httpx.AsyncClient]
) -> None:
    data = new_csv(1000)
    where = await begin(clients[0], len(data))
    assert (await send(clients[0], where, data[:5000], 0)).status_code == 204
    # As a process leaves it that ends right after the last piece.
    upload_id = where.rpartition("/")[2]
    store = stack.objects()
    key = f"resumable/{upload_id}/{5000:020d}"
    await store.put_bytes(ObjectRef(bucket=BUCKET, key=key), data[5000:])
    await store.close()
    reads = (
        apis[0]
        .proxy("store")
        .hold(lambda label: label.startswith("GET") and label.split()[1].endswith(f"/{5000:020d}"))
    )
    late = asyncio.create_task(clients[0].head(where, headers=TUS))
    try:
        await until(lambda: bool(reads.waiting), lambda: "the first process reads the pieces")
        done = await clients[1].head(where, headers=TUS)
    finally:
        reads.release()
    answers = [done, await late]
    assert [answer.status_code for answer in answers] == [204, 204]
    (location,) = {answer.headers["content-location"] for answer in answers}
    assert (await clients[0].get(f"{location}/raw")).content == data


async def test_a_file_that_was_deleted_is_one_new_file_at_both_processes(
    stack: Stack,
    apis: list[ProxiedApi],
    clients: list[httpx.AsyncClient],
) -> None:
    data = new_csv()
    gone: list[str] = []
    for _ in range(2):
        first = await post(clients[0], **raw(data))
        assert first.status_code == 202
        gone.append(first.json()["file_id"])
        assert (await clients[1].delete(f"/api/v1/files/{gone[-1]}")).status_code == 204
    answers = await at_once(
        apis, [partial(post, client, **raw(data)) for client in clients], records_a_file
    )
    (file_id,) = {answer.json()["file_id"] for answer in answers}
    assert file_id not in gone
    assert len(set(gone)) == 2
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert file_id in await stack.file_ids()
    for old in gone:
        assert (await clients[0].get(f"/api/v1/files/{old}")).status_code == 404


async def test_uploads_that_differ_in_an_option_do_not_mix(
    stack: Stack,
    apis: list[ProxiedApi],
    clients: list[httpx.AsyncClient],
) -> None:
    data = new_csv()
    answers = await at_once(
        apis,
        [
            partial(post, client, **raw(data, delimiter=delimiter))
            for client, delimiter in zip(clients, ",;", strict=True)
        ],
        records_a_file,
    )
    ids = [answer.json()["file_id"] for answer in answers]
    assert len(set(ids)) == 2
    events = {e.file_id: e.options.delimiter for e in await stack.announced() if e.file_id in ids}
    assert [events[file_id] for file_id in ids] == [",", ";"]

"""Replays and resubmissions at two API processes in the same moment: each happens once, a row is
brought back once, and a file is not replayed while its rows come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx
import pytest

from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.e2e.test_deletion import delete
from tests.e2e.test_replay import replayed
from tests.e2e.test_resubmission import ROWS, export, sheet, shown, upload
from tests.harness.client import Client
from tests.harness.proxied_api import ProxiedApi, at_once
from tests.harness.waiting import until


@pytest.fixture(scope="module")
def apis(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[ProxiedApi]]:
    """Two APIs on the services of the shared stack."""
    folder, env = tmp_path_factory.mktemp("two-processes"), {**stack.endpoints, **EVERYTHING}
    with ExitStack() as started:
        yield [
            started.enter_context(ProxiedApi(env, folder / f"process-{n}.log")) for n in range(2)
        ]


@pytest.fixture
async def clients(apis: list[ProxiedApi]) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with apis[0].client() as one, apis[1].client() as other:
        yield [one, other]


def decides(label: str) -> bool:
    """Whether a call to the database settles which operation comes next."""
    return "INSERT INTO" in label and "file_operations" in label


async def replay(http: httpx.AsyncClient, file_id: str, **options: str) -> httpx.Response:
    return await http.post(f"/api/v1/files/{file_id}/replay", params=options)


async def resubmit(
    http: httpx.AsyncClient, file_id: str, rows: list[dict[str, str]], key: str | None = None
) -> httpx.Response:
    headers = {"Content-Type": "text/csv", **({"Idempotency-Key": key} if key else {})}
    return await http.post(
        f"/api/v1/files/{file_id}/resubmit", content=sheet(rows), headers=headers
    )


async def invalid_rows(client: Client) -> tuple[str, dict[int, dict[str, str]]]:
    """A new file, and its invalid rows as they are exported, by number."""
    file_id = await upload(client, ROWS)
    return file_id, {int(row["row"]): row for row in await export(client, file_id)}


def code(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


@pytest.mark.slow
async def test_the_same_replay_is_one_generation(
    client: Client, apis: list[ProxiedApi], clients: list[httpx.AsyncClient]
) -> None:
    file_id = await upload(client)
    answers = await at_once(
        apis, [partial(replay, http, file_id, delimiter="comma") for http in clients], decides
    )
    assert [code(answer) for answer in answers] == [(202, None)] * 2
    # To the microsecond of its beginning: what one process began is what the other answers.
    assert answers[0].json() == answers[1].json()
    assert (await replayed(client, file_id, 2))["generation"] == 2
    await delete(client, file_id)


async def test_of_two_replays_with_other_options_one_is_rejected(
    client: Client, apis: list[ProxiedApi], clients: list[httpx.AsyncClient]
) -> None:
    rows = [f"back-1,2026-03-01T00:{minute:02}:00Z,{minute}" for minute in range(9)]
    file_id = await upload(client, rows)
    answers = await at_once(
        apis,
        [
            partial(replay, http, file_id, skip_after_header=lines)
            for http, lines in zip(clients, ("0", "1"), strict=True)
        ],
        decides,
    )
    assert sorted(map(code, answers)) == [(202, None), (409, "replay_in_progress")]
    ended = await replayed(client, file_id, 2)
    (begun,) = (answer.json() for answer in answers if answer.status_code == 202)
    assert ended["generation"] == begun["generation"] == 2
    # All its rows are read with the same options.
    read = ended["aggregations"]["row_count"]
    assert read == len(rows) - begun["options"]["skip_after_header"]
    await delete(client, file_id)


@pytest.mark.slow
async def test_the_same_rows_sent_twice_are_one_file(
    client: Client, apis: list[ProxiedApi], clients: list[httpx.AsyncClient]
) -> None:
    file_id, rows = await invalid_rows(client)
    sent = [{**rows[2], "value": "1"}, {**rows[3], "value": "2"}]
    answers = await at_once(
        apis, [partial(resubmit, http, file_id, sent, "a key") for http in clients], decides
    )
    assert sorted(answer.status_code for answer in answers) == [200, 202]
    (new_id,) = {answer.json()["file_id"] for answer in answers}
    assert (await client.ended(new_id))["aggregations"]["row_count"] == 2
    document = await shown(client, file_id, 2)
    assert document["resubmissions"] == [
        {"file_id": new_id, "corrected_count": 2, "mended_count": 2}
    ]
    # The key with other rows, at either process.
    for http in clients:
        other = await resubmit(http, file_id, [{**rows[4], "timestamp": "2026-03-01"}], "a key")
        assert code(other) == (422, "idempotency_key_reused")
    # Once the resulting file is deleted, the same rows are a new file.
    await delete(client, new_id)
    again = await resubmit(clients[0], file_id, sent, "a key")
    assert again.status_code == 202
    assert again.json()["file_id"] != new_id
    await client.ended(again.json()["file_id"])
    await shown(client, file_id, 2)


async def test_a_process_that_finds_its_rows_taken_by_the_same_request_answers_with_its_file(
    client: Client, apis: list[ProxiedApi], clients: list[httpx.AsyncClient]
) -> None:
    """It has looked for the request before the other process recorded it, and for the rows after."""
    file_id, rows = await invalid_rows(client)
    sent = [{**rows[2], "value": "1"}, {**rows[3], "value": "2"}]
    hold = (
        apis[0]
        .proxy("database")
        .hold(lambda label: "resubmitted_row_rows" in label and "INSERT INTO" not in label)
    )
    try:
        held = asyncio.create_task(resubmit(clients[0], file_id, sent))
        await until(
            lambda: bool(hold.waiting) or held.done(), lambda: "the first process asks for rows"
        )
        first = await resubmit(clients[1], file_id, sent)
    finally:
        hold.release()
    second = await held
    assert (first.status_code, second.status_code) == (202, 200), second.text
    assert second.json()["file_id"] == first.json()["file_id"]
    await client.ended(first.json()["file_id"])
    await shown(client, file_id, 2)


async def test_a_row_that_two_callers_bring_back_is_taken_once(
    client: Client, apis: list[ProxiedApi], clients: list[httpx.AsyncClient]
) -> None:
    file_id, rows = await invalid_rows(client)
    sent = [
        [{**rows[2], "value": str(n)}, {**rows[row], "value": "0", "timestamp": "2026-03-01"}]
        for n, row in enumerate((3, 4))
    ]
    answers = await at_once(
        apis,
        [partial(resubmit, http, file_id, some) for http, some in zip(clients, sent, strict=True)],
        decides,
    )
    taken = [answer.json()["resubmission"] for answer in answers]
    assert sorted((one["accepted"], one["refused"]) for one in taken) == [(1, 1), (2, 0)]
    refused = [refusal for one in taken for refusal in one["refusals"]]
    # The file of the first caller may have ended before the second is answered.
    ((row, code),) = ((refusal["row"], refusal["code"]) for refusal in refused)
    assert row == "2"
    assert code in ("waiting", "already_corrected")
    for answer in answers:
        ended = await client.ended(answer.json()["file_id"])
        assert ended["status"] == "processed"
    await shown(client, file_id, 3)
    totals = await client.sql(
        "SELECT count() AS n FROM csv_processor.mended_rows WHERE file_id = {id:String}",
        id=file_id,
    )
    assert totals == [{"n": 3}]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_file_is_not_replayed_while_its_rows_come_back(
    client: Client,
    apis: list[ProxiedApi],
    clients: list[httpx.AsyncClient],
    order: tuple[int, int],
) -> None:
    file_id, rows = await invalid_rows(client)
    sent = [{**rows[2], "value": "1"}]
    calls: list[Any] = [
        partial(replay, clients[order[0]], file_id),
        partial(resubmit, clients[order[1]], file_id, sent),
    ]
    replaying, resubmitted = await at_once(apis, calls, decides)
    answers = code(replaying), code(resubmitted)
    if answers == ((202, None), (202, None)):
        # Not beside each other: the replay had ended before the rows were taken.
        await replayed(client, file_id, 2)
        (times,) = await client.sql(
            "SELECT (SELECT finished_at FROM csv_processor.files WHERE file_id = {old:String})"
            " <= (SELECT upload_time FROM csv_processor.files WHERE file_id = {new:String}) AS after",
            old=file_id,
            new=resubmitted.json()["file_id"],
        )
        assert times == {"after": 1}
    else:
        assert answers in (
            ((202, None), (409, "replay_in_progress")),
            ((409, "has_resubmissions"), (202, None)),
        )
    if resubmitted.status_code == 202:
        await client.ended(resubmitted.json()["file_id"])
        await shown(client, file_id, 1)
    else:
        await replayed(client, file_id, 2)


@pytest.mark.slow
async def test_an_operation_that_its_process_did_not_record_is_recorded_by_the_next(
    client: Client, apis: list[ProxiedApi], clients: list[httpx.AsyncClient]
) -> None:
    file_id, rows = await invalid_rows(client)
    database = apis[0].proxy("database")
    database.lose(1, refuse_seconds=600, match=decides)
    answer = await resubmit(clients[0], file_id, [{**rows[2], "value": "1"}])
    database.behave()
    assert code(answer) == (503, "database_unavailable")
    # The other process writes the record of what it finds begun, and decides after it.
    other = await resubmit(
        clients[1], file_id, [{**rows[2], "value": "2"}, {**rows[3], "value": "3"}]
    )
    taken = other.json()["resubmission"]
    assert (taken["accepted"], taken["refused"]) == (1, 1)
    assert taken["refusals"][0]["code"] in ("waiting", "already_corrected")
    # The caller that was answered 503 repeats the request, and finds its file.
    again = await resubmit(clients[0], file_id, [{**rows[2], "value": "1"}])
    assert again.status_code == 200
    for one in (again, other):
        assert (await client.ended(one.json()["file_id"]))["status"] == "processed"
    await shown(client, file_id, 2)

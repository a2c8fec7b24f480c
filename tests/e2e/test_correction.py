"""Invalid rows of many files are corrected at once: on the running product."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from tests.harness.client import Client
from tests.harness.polling import pauses
from tests.harness.sensor_files import SensorFile

HEADER = "sensor_id,timestamp,value\n"
ROWS = [
    "many-1,2026-03-01T00:00:00Z,5",
    'many-1,2026-03-01T00:01:00Z,"1,234.5"',
    "many-2,01.04.2026 10:00:17,6",
    "many-2,2026-03-01T00:03:00Z,off",
    "many-2,01.04.2026 10:01:17,on",
    "many-3,yesterday,7",
]
CHANGES: list[dict[str, Any]] = [
    {"kind": "time_format", "format": "%d.%m.%Y %H:%M:%S"},
    {"kind": "map", "words": {"ON": "1", "OFF": "0"}},
]
NUMBERS = count(1)


@pytest.fixture
async def files(client: Client) -> list[str]:
    """Three files of `ROWS` with different bytes, processed; their ids."""
    ids = []
    for _ in range(3):
        number = f"{next(NUMBERS)}-{uuid4().hex[:6]}"
        rows = [*ROWS, f"many-{number},2026-03-02T00:00:00Z,9"]
        file = SensorFile(f"many-to-correct-{number}.csv", (HEADER + "\n".join(rows)).encode())
        ids.append((await client.upload(file)).json()["file_id"])
    for file_id in ids:
        await client.ended(file_id)
    return ids


async def post(client: Client, path: str, body: Any, **headers: str) -> dict[str, Any]:
    answer = await client.request("POST", f"/api/v1/{path}", json=body, headers=headers)
    assert answer.status_code in (200, 202), answer.text
    document: dict[str, Any] = answer.json()
    return document


async def done(client: Client, operation: dict[str, Any]) -> dict[str, Any]:
    """The operation once it is done."""
    pause = pauses()
    async with asyncio.timeout(60):
        while operation["status"] != "done":
            await asyncio.sleep(next(pause))
            operation = await client.get(operation["links"]["self"])
    return operation


async def members(client: Client, operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [one async for one in client.pages(operation["links"]["files"])]


async def test_a_preview_counts_and_nothing_is_stored(client: Client, files: list[str]) -> None:
    body = {"files": {"file_ids": files}, "changes": CHANGES}
    found = await post(client, "corrections/preview", body)
    counts = {name: value for name, value in found.items() if name not in ("examples", "left")}
    assert counts == {
        "files": 3, "changed_files": 3, "more_files": False, "matched": 15, "corrected": 9,
        "unchanged": 6, "still_invalid": 0, "corrected_before": 0,
    }  # fmt: skip
    assert found["examples"][0] == {
        "file_id": min(files),
        "filename": (await client.get(f"/api/v1/files/{min(files)}"))["filename"],
        "row": 3,
        "line": 4,
        "code": "timestamp_format",
        "before": {"sensor_id": "many-2", "timestamp": "01.04.2026 10:00:17", "value": "6"},
        "after": {"sensor_id": "many-2", "timestamp": "2026-04-01T10:00:17", "value": "6"},
    }
    for file_id in files:
        assert (await client.get(f"/api/v1/files/{file_id}"))["resubmissions"] == []


async def test_rows_of_many_files_are_corrected_once(client: Client, files: list[str]) -> None:
    body = {"files": {"file_ids": files}, "changes": CHANGES}
    key = {"Idempotency-Key": f"correct {files[0]}"}
    first, again = await asyncio.gather(
        post(client, "corrections", body, **key), post(client, "corrections", body, **key)
    )
    assert first["id"] == again["id"]
    ended = await done(client, first)
    assert (ended["files"], ended["files_done"], ended["corrected"], ended["unchanged"]) == (
        3, 3, 9, 6,
    )  # fmt: skip
    found = await members(client, ended)
    assert sorted(one["file_id"] for one in found) == sorted(files)
    for one in found:
        new = await client.ended(one["new_file_id"])
        assert (new["status"], new["aggregations"]["row_count"]) == ("processed", 3)
        assert new["resubmission_of"] == one["file_id"]
        sensors = {row["sensor_id"]: row for row in await client.sensors(one["new_file_id"])}
        assert sensors["many-2"]["row_count"] == 3
        assert sensors["many-2"]["last_timestamp"] == "2026-04-01T10:01:17.000000Z"
        assert sensors["many-2"]["last_value"] == 1
        document = await client.get(f"/api/v1/files/{one['file_id']}")
        assert document["corrected_count"] == 3

    # Another request about the same rows finds nothing to do.
    other = await done(client, await post(client, "corrections", body, **{"Idempotency-Key": "x"}))
    assert other["results"]["nothing_to_do"] == 3
    assert other["corrected"] == 0
    preview = await post(client, "corrections/preview", body)
    assert (preview["corrected"], preview["corrected_before"]) == (0, 9)


async def test_corrected_files_have_names_of_their_own(client: Client, files: list[str]) -> None:
    names = set()
    for change in CHANGES:
        body = {"files": {"file_ids": files[:1]}, "changes": [change]}
        ended = await done(client, await post(client, "corrections", body))
        (one,) = await members(client, ended)
        names.add((await client.get(f"/api/v1/files/{one['new_file_id']}"))["filename"])
    name = (await client.get(f"/api/v1/files/{files[0]}"))["filename"]
    assert names == {f"corrected-{name}", f"corrected-2-{name}"}


async def test_only_rows_that_fit_the_filter_are_changed(client: Client, files: list[str]) -> None:
    body = {
        "files": {"file_ids": files},
        "rows": {"code": "value_format", "text": "OFF"},
        "changes": CHANGES,
    }
    assert (await post(client, "corrections/preview", body))["matched"] == 3
    ended = await done(client, await post(client, "corrections", body))
    assert (ended["corrected"], ended["unchanged"]) == (3, 0)


async def test_times_are_shifted(client: Client, files: list[str]) -> None:
    shift = {"kind": "shift", "by": "-1h"}
    body = {"files": {"file_ids": files}, "changes": [*CHANGES, shift]}
    (first, *_) = (await post(client, "corrections/preview", body))["examples"]
    assert first["after"]["timestamp"] == "2026-04-01T09:00:17"


async def test_files_are_processed_again_once(client: Client, files: list[str]) -> None:
    body = {"files": {"file_ids": files}, "options": {"value_map": ["on=1", "off=0"]}}
    preview = await post(client, "reprocessings/preview", body)
    assert preview["files"] == 3
    ended = await done(client, await post(client, "reprocessings", body))
    assert ended["results"]["reprocessing"] == 3
    for file_id in files:
        document = await client.ended(file_id)
        async with asyncio.timeout(60):
            while document["generation"] != 2:
                await asyncio.sleep(0.02)
                document = await client.get(f"/api/v1/files/{file_id}")
        assert document["codes"] == {"timestamp_format": 3, "value_format": 1}

    again = await done(client, await post(client, "reprocessings", body))
    assert again["results"] == {
        "corrected": 0, "reprocessing": 0, "nothing_to_do": 3, "rejected": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("corrections", {"files": {}, "changes": CHANGES}, "say which files"),
        ("corrections", {"files": {"q": "x"}, "changes": []}, "changes"),
        ("corrections/preview", {"files": {"q": "x"}, "changes": [{"kind": "shift", "by": "x"}]},
         "no duration"),
        ("reprocessings", {"files": {"q": "x"}, "options": {"zone": "UTC"}}, "no read option 'zone'"),
        ("reprocessings", {"files": {"q": "x"}, "options": {"timezone": "Nowhere"}}, "timezone"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_named(
    client: Client, path: str, body: Any, detail: str
) -> None:
    answer = await client.request("POST", f"/api/v1/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert detail in answer.json()["detail"]

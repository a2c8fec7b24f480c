"""Retention on the running product: what the dry run says goes, nothing else does, and totals are those
of the files that stay.

An API process of its own has the rules, for names that no other test has.
"""

from __future__ import annotations

import asyncio
import io
import uuid
import zipfile
from collections.abc import AsyncIterator, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from embedded.stack import Stack
from storage.base import ObjectStore
from storage.factory import open_store
from tests.e2e.test_deletion import keys_of, service_settings
from tests.e2e.test_replay import replayed
from tests.harness import comparison
from tests.harness.client import Client
from tests.harness.fault_proxy import Hold
from tests.harness.oracle import expect
from tests.harness.polling import pauses
from tests.harness.retention_api import with_rules
from tests.harness.sensor_files import SensorFile
from tests.harness.waiting import eventually, until

SECONDS = 60.0
ROWS = 60
# Files of different names have different bytes.
FIRST = {"old": 30, "kept": 40, "new": 50}


# At which calls a process is killed: what they are, and what of the call is looked for.
DECIDED, RECORDED = (
    ("database", "INSERT INTO file_operations"),
    ("database", "INSERT INTO file_records"),
)
STEPS = {
    "results": (DECIDED, RECORDED, ("store", "DELETE")),
    "raw": (DECIDED, RECORDED, ("store", "DELETE")),
    "readings": (("database", "DELETE FROM readings_by_sensor"), RECORDED),
}


@pytest.fixture
async def objects(stack: Stack) -> AsyncIterator[ObjectStore]:
    """The store of the shared stack."""
    store = open_store(service_settings(stack))
    yield store
    await store.close()


def contains(text: str, label: str) -> bool:
    """Whether a call is the one that is looked for."""
    return all(word in label for word in text.split())


def is_held(hold: Hold) -> bool:
    """Whether a call waits."""
    return bool(hold.waiting)


async def is_at(hold: Hold, stack: Stack, objects: ObjectStore, file_ids: Iterable[str]) -> bool:
    """Whether a call waits; or none will, because the stack's own API has purged the files."""
    return is_held(hold) or not any([await keys_of(stack, objects, one) for one in file_ids])


def file_of(key: str, name: str, seed: int = 0) -> SensorFile:
    """A file with sensors of a test, some rows of which are invalid."""
    rows = [
        f"{key}-{n % 3},2026-03-0{1 + n % 9}T{n % 24:02}:00:00Z,{(n * 37 + seed * 1001) % 997 - 500}"
        if n % 11
        else f"{key}-{n % 3},yesterday,1"
        for n in range(ROWS + seed)
    ]
    data = "\n".join(["sensor_id,timestamp,value", *rows, f"{key}-{seed},2026-03-10,7.25"])
    return SensorFile(f"{key}-{name}-{seed}.csv", data.encode())


async def stored(client: Client, key: str, name: str, count: int) -> dict[str, SensorFile]:
    """New files of a name, by id; processed."""
    files = {}
    for seed in range(count):
        file = file_of(key, name, seed + FIRST[name])
        files[(await client.upload(file)).json()["file_id"]] = file
    for file_id in files:
        await client.ended(file_id)
    return files


async def plan(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await http.get("/api/v1/retention")
    assert answer.status_code == 200, answer.text
    rules: list[dict[str, Any]] = answer.json()["rules"]
    return rules


async def due(http: httpx.AsyncClient, *counts: int) -> list[dict[str, Any]]:
    """What the rules would remove, once each is about so many files."""
    pause = pauses()
    found: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                found = await plan(http)
                if [one["files"] for one in found] == list(counts):
                    return found
                await asyncio.sleep(next(pause))
    except TimeoutError:
        pytest.fail(f"the dry run says {found}")


async def applied(http: httpx.AsyncClient) -> None:
    """Ask for a round, and wait until nothing is due any more."""
    answer = await http.post("/api/v1/retention/apply")
    assert answer.status_code == 202, answer.text
    await due(http, *(0 for _ in answer.json()["rules"]))


async def without_objects(stack: Stack, objects: ObjectStore, file_ids: Iterable[str]) -> None:
    """Wait until nothing of files is in the store."""
    pause = pauses()
    async with asyncio.timeout(SECONDS):
        for file_id in file_ids:
            while await keys_of(stack, objects, file_id):  # noqa: ASYNC110
                await asyncio.sleep(next(pause))


async def names(client: Client, key: str) -> list[str]:
    page = await client.get("/api/v1/files", q=key, limit=100)
    return sorted(item["filename"] for item in page["items"])


async def with_readings(client: Client, file_ids: list[str]) -> set[str]:
    """Those of the files that have readings in SQL."""
    ids = ", ".join(f"'{file_id}'" for file_id in file_ids)
    sql = f"SELECT DISTINCT file_id FROM csv_processor.readings WHERE file_id IN ({ids})"
    return {row["file_id"] for row in await client.sql(sql)}


async def check_totals(client: Client, key: str, files: list[SensorFile]) -> None:
    """The totals of the test's sensors are those of these files."""
    rows = await client.sql(comparison.TOTALS_SQL)
    of_test = [row for row in rows if row["sensor_id"].startswith(key)]
    assert comparison.totals([expect(file.data) for file in files], of_test) == []
    page = await client.get("/api/v1/sensors", q=key, limit=100)
    assert {i["sensor_id"]: i["row_count"] for i in page["items"]} == {
        row["sensor_id"]: row["row_count"] for row in of_test
    }


@pytest.mark.slow
async def test_what_the_dry_run_says_goes_and_totals_are_those_of_the_files_that_stay(
    stack: Stack, client: Client, objects: ObjectStore, tmp_path: Path
) -> None:
    key = uuid.uuid4().hex[:10]
    old = await stored(client, key, "old", 4)
    kept = await stored(client, key, "kept", 3)
    before = await client.get("/api/v1/stats")
    rules = f"results never name={key}-old-33*; results 1s name={key}-old-*"
    with with_rules(stack, tmp_path, rules) as api:
        async with api.client() as http:
            never, removed = await due(http, 0, 3)
            assert (never["what"], never["age_seconds"]) == ("results", None)
            going = {one["file_id"] for one in removed["first"]}
            staying = next(file_id for file_id in old if file_id not in going)
            assert old[staying].name.startswith(f"{key}-old-33")
            gone = [file for file_id, file in old.items() if file_id in going]
            assert removed["size_bytes"] == sum(len(file.data) for file in gone)
            assert removed["row_count"] == sum(expect(file.data).row_count for file in gone)
            assert removed["members"] == 0
            # Others upload in the meantime.
            new, _ = await asyncio.gather(stored(client, key, "new", 3), applied(http))
    left = [*kept.values(), old[staying], *new.values()]
    assert await names(client, key) == sorted(file.name for file in left)
    await check_totals(client, key, left)
    after = await client.get("/api/v1/stats")
    assert after["files"] - before["files"] == len(new) - len(gone)
    for file_id in going:
        assert (await client.request("GET", f"/api/v1/files/{file_id}")).status_code == 404
        assert await keys_of(stack, objects, file_id) == []
    for file_id in (*kept, staying, *new):
        assert await keys_of(stack, objects, file_id) == [f"raw/{file_id}"]


@pytest.mark.slow
async def test_a_file_without_raw_bytes_and_readings_keeps_its_results_and_says_what_went(
    stack: Stack, client: Client, objects: ObjectStore, tmp_path: Path
) -> None:
    key = uuid.uuid4().hex[:10]
    files = await stored(client, key, "old", 2)
    (file_id, file), (other, _) = files.items()
    path = f"/api/v1/files/{file_id}"
    rules = f"readings 1s name={key}-*; raw 1s name={key}-old-*"
    with with_rules(stack, tmp_path, rules) as api:
        async with api.client() as http:
            readings, raw = await due(http, 2, 2)
            assert raw["size_bytes"] == sum(len(one.data) for one in files.values())
            assert (raw["row_count"], readings["size_bytes"]) == (0, 0)
            assert readings["row_count"] == sum(expect(f.data).row_count for f in files.values())
            await applied(http)
    document = await client.get(path)
    assert document["status"] == "partial"
    assert document["raw_removed_at"] is not None
    assert document["readings_removed_at"] is not None
    assert await keys_of(stack, objects, file_id) == []
    for method, place, accept, code in (
        ("GET", "/raw", "*/*", "raw_file_removed"),
        ("GET", "/readings", "text/csv", "raw_file_removed"),
        ("GET", "/readings", "application/json", "readings_removed"),
        ("POST", "/replay", "*/*", "raw_file_removed"),
        ("POST", "/replay?delimiter=semicolon", "*/*", "raw_file_removed"),
    ):
        answer = await client.request(method, path + place, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["code"]) == (410, code), answer.text
        assert file_id in answer.json()["detail"]
    # Its results are as before, and so are totals.
    assert comparison.document(expect(file.data), document) == []
    assert comparison.sensors(expect(file.data), await client.sensors(file_id)) == []
    await check_totals(client, key, list(files.values()))
    assert await with_readings(client, [file_id, other]) == set()
    # The same file again is known; read in another way it would have to be uploaded again.
    assert (await client.upload(file)).json()["file_id"] == file_id
    # Invalid rows can still be corrected, because they are kept.
    exported = await client.request("GET", f"{path}/invalid-rows", headers={"Accept": "text/csv"})
    sheet = exported.text.replace("yesterday", "2026-03-11")
    fixed = await client.request(
        "POST", f"{path}/resubmit", content=sheet.encode(), headers={"Content-Type": "text/csv"}
    )
    assert fixed.status_code == 202, fixed.text
    ended = await client.ended(fixed.json()["file_id"])
    assert ended["aggregations"]["row_count"] == document["invalid_count"]


@pytest.mark.slow
async def test_a_replay_stores_readings_again_that_were_removed(
    stack: Stack, client: Client, tmp_path: Path
) -> None:
    key = uuid.uuid4().hex[:10]
    ((file_id, file),) = (await stored(client, key, "old", 1)).items()
    with with_rules(stack, tmp_path, f"readings 1s name={key}-*") as api:
        async with api.client() as http:
            await due(http, 1)
            await applied(http)
    answer = await client.request("GET", f"/api/v1/files/{file_id}/readings")
    assert "A replay stores them again" in answer.json()["detail"]
    answer = await client.request("POST", f"/api/v1/files/{file_id}/replay")
    assert answer.status_code == 202, answer.text
    document = await replayed(client, file_id, 2)
    assert (document["generation"], document["readings_removed_at"]) == (2, None)
    found = await client.get(f"/api/v1/files/{file_id}/readings")
    assert sum(item["row_count"] for item in found["items"]) == expect(file.data).row_count


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", ["results", "raw", "readings"])
async def test_what_is_removed_is_exact_though_the_process_is_killed(
    stack: Stack, client: Client, objects: ObjectStore, tmp_path: Path, what: str
) -> None:
    key = uuid.uuid4().hex[:10]
    old = await stored(client, key, "old", 6)
    kept = await stored(client, key, "kept", 2)
    with with_rules(stack, tmp_path, f"{what} 1s name={key}-old-*") as api:
        async with api.client() as http:
            await due(http, 6)
            for service, text in STEPS[what]:
                hold = api.proxy(service).hold(partial(contains, text))
                try:
                    assert (await http.post("/api/v1/retention/apply")).status_code == 202
                    at = partial(is_at, hold, stack, objects, old)
                    await eventually(at, f"retention is at {text}")
                    api.restart()
                finally:
                    hold.release()
            await applied(http)
        if what != "readings":
            await without_objects(stack, objects, old)
    left = [*kept.values(), *(old.values() if what != "results" else ())]
    assert await names(client, key) == sorted(file.name for file in left)
    await check_totals(client, key, left)
    found = await with_readings(client, [*old, *kept])
    assert found == {*kept, *(old if what == "raw" else ())}


@pytest.mark.slow
async def test_a_file_of_which_a_replay_begins_in_the_meantime_is_left_alone(
    stack: Stack, client: Client, objects: ObjectStore, tmp_path: Path
) -> None:
    key = uuid.uuid4().hex[:10]
    ((file_id, file),) = (await stored(client, key, "old", 1)).items()
    with with_rules(stack, tmp_path, f"raw 1s name={key}-*") as api:
        async with api.client() as http:
            await due(http, 1)
            hold = api.proxy("database").hold(partial(contains, DECIDED[1]))
            try:
                assert (await http.post("/api/v1/retention/apply")).status_code == 202
                await until(lambda: bool(hold.waiting), lambda: "retention decides")
                answer = await client.request("POST", f"/api/v1/files/{file_id}/replay")
                assert answer.status_code == 202, answer.text
                begun = await client.get(f"/api/v1/files/{file_id}")
            finally:
                hold.release()
            document = await replayed(client, file_id, 2)
            assert (begun["raw_removed_at"], document["generation"]) == (None, 2)
            assert comparison.document(expect(file.data), document) == []
            # It is due again when it was not changed for a time.
            await due(http, 1)
            assert await keys_of(stack, objects, file_id) == [f"raw/{file_id}"]


async def container_of(
    client: Client, key: str, inside: list[SensorFile]
) -> tuple[SensorFile, str, list[str]]:
    """A container with these files, processed: its bytes, its id and the ids of the members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in inside:
            archive.writestr(file.name, file.data)
    whole = SensorFile(f"{key}-whole.zip", buffer.getvalue())
    file_id = (await client.upload(whole)).json()["file_id"]
    await client.ended(file_id)
    page = await client.get("/api/v1/files", parent_id=file_id)
    return whole, file_id, [item["file_id"] for item in page["items"]]


@pytest.mark.slow
async def test_a_replay_of_a_member_that_begins_at_the_same_moment_is_done_or_refused(
    stack: Stack, client: Client, tmp_path: Path
) -> None:
    key = uuid.uuid4().hex[:10]
    inside = [file_of(key, "in", seed) for seed in range(2)]
    _, file_id, members = await container_of(client, key, inside)
    path = f"/api/v1/files/{members[0]}"
    for name in ("other", "rules"):
        (tmp_path / name).mkdir()
    with (
        with_rules(stack, tmp_path / "other", f"raw 1s name={key}-no-such-file") as other,
        with_rules(stack, tmp_path / "rules", f"raw 1s name={key}-whole*") as api,
    ):
        async with api.client() as http, other.client() as replaying:
            await due(http, 1)
            hold = other.proxy("database").hold(partial(contains, DECIDED[1]))
            try:
                replay = asyncio.create_task(replaying.post(f"{path}/replay"))
                await until(partial(is_held, hold), "the replay is decided and not recorded")
                await applied(http)
                await asyncio.wait_for(until_raw_is_removed(client, members), SECONDS)
            finally:
                hold.release()
            answer = await replay
    assert (answer.status_code, answer.json()["code"]) == (410, "raw_file_removed")
    document = await client.get(path)
    assert (document["generation"], document["replay"]) == (1, None)
    assert (await client.get(f"/api/v1/files/{file_id}"))["raw_removed_at"] is not None


async def until_raw_is_removed(client: Client, file_ids: Iterable[str]) -> None:
    """Wait until the records of files say that their raw bytes are removed."""
    pause = pauses()
    for file_id in file_ids:
        while (await client.get(f"/api/v1/files/{file_id}"))["raw_removed_at"] is None:  # noqa: ASYNC110
            await asyncio.sleep(next(pause))


@pytest.mark.slow
async def test_the_members_of_a_container_go_with_it(
    stack: Stack, client: Client, objects: ObjectStore, tmp_path: Path
) -> None:
    key = uuid.uuid4().hex[:10]
    inside = [file_of(key, "in", seed) for seed in range(2)]
    whole, file_id, members = await container_of(client, key, inside)
    rules = f"raw 1s name={key}-whole*; readings 1s name={key}-whole*"
    with with_rules(stack, tmp_path, rules) as api:
        async with api.client() as http:
            raw, readings = await due(http, 1, 1)
            assert raw["members"] == readings["members"] == 2
            assert raw["size_bytes"] == len(whole.data) + sum(len(f.data) for f in inside)
            assert readings["row_count"] == sum(expect(f.data).row_count for f in inside)
            await applied(http)
            # The rule is done with the container, and its members follow.
            await asyncio.wait_for(until_raw_is_removed(client, members), SECONDS)
    for one in (file_id, *members):
        document = await client.get(f"/api/v1/files/{one}")
        assert None not in (document["raw_removed_at"], document["readings_removed_at"]), document
        answer = await client.request("POST", f"/api/v1/files/{one}/replay")
        assert (answer.status_code, answer.json()["code"]) == (410, "raw_file_removed")
    await without_objects(stack, objects, [file_id, *members])
    await check_totals(client, key, inside)

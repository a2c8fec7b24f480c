"""An API process that is killed in the middle of a correction of many files: each row is corrected
once, whichever process goes on.

Each of three processes is held at another step, with some files done and others not, and killed there.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.e2e.test_correction import done, members
from tests.harness.client import Client
from tests.harness.proxied_api import ProxiedApi
from tests.harness.sensor_files import SensorFile
from tests.harness.waiting import until

FILES, INVALID = 20, 3
# Rows are entered as corrected, the operation of a file is decided, what became of it is recorded.
STEPS = ("resubmitted_row_rows", "file_operations", "bulk_outcomes")
CHANGES = [{"kind": "map", "words": {"OFF": "0"}}]


async def new_files(client: Client, sensor: str) -> list[str]:
    """Files with `INVALID` invalid rows each, processed; their ids."""
    ids = []
    for number in range(FILES):
        rows = [f"{sensor},2026-03-01T00:{number:02}:00Z,{number}"]
        rows += [f"{sensor},2026-03-02T0{row}:{number:02}:00Z,OFF" for row in range(INVALID)]
        data = "\n".join(["sensor_id,timestamp,value", *rows, ""]).encode()
        answer = await client.upload(SensorFile(f"{sensor}-{number}.csv", data))
        ids.append(answer.json()["file_id"])
    for file_id in ids:
        assert (await client.ended(file_id))["invalid_count"] == INVALID
    return ids


async def killed_at(api: ProxiedApi, table: str, files: list[str]) -> dict[str, Any]:
    """The operation of a correction whose process was killed when it wrote to `table`."""
    hold = api.proxy("database").hold(lambda label: "INSERT INTO" in label and table in label)
    try:
        async with api.client() as http:
            body = {"files": {"file_ids": files}, "changes": CHANGES}
            answer = await http.post(
                "/api/v1/corrections", json=body, headers={"Idempotency-Key": uuid.uuid4().hex}
            )
        assert answer.status_code == 202, answer.text
        await until(lambda: bool(hold.waiting), lambda: f"nothing is written to {table}")
        api.restart()
    finally:
        hold.release()
    operation: dict[str, Any] = answer.json()
    return operation


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_each_row_is_corrected_once_though_processes_are_killed(
    stack: Stack, client: Client, tmp_path: Path
) -> None:
    sensors = {step: uuid.uuid4().hex for step in STEPS}
    files = {step: await new_files(client, sensor) for step, sensor in sensors.items()}
    operations = {}
    with ProxiedApi({**stack.endpoints, **EVERYTHING}, tmp_path / "api.log") as api:
        for step in STEPS:
            operations[step] = await killed_at(api, step, files[step])
        ended = {step: await done(client, operation) for step, operation in operations.items()}
    for step, operation in ended.items():
        assert operation["files_done"] == FILES
        assert operation["corrected"] == FILES * INVALID
        found = {one["file_id"]: one["new_file_id"] for one in await members(client, operation)}
        assert sorted(found) == sorted(files[step])
        for file_id, new_id in found.items():
            assert (await client.ended(new_id))["aggregations"]["row_count"] == INVALID
            document = await client.get(f"/api/v1/files/{file_id}")
            assert document["corrected_count"] == INVALID
            assert document["resubmissions"] == [
                {"file_id": new_id, "corrected_count": INVALID, "mended_count": INVALID}
            ]
        page = await client.get("/api/v1/sensors", q=sensors[step])
        assert [item["row_count"] for item in page["items"]] == [FILES * (1 + INVALID)]

"""Profiles of users: the second file of a partner needs no option, through every entry point."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from embedded.stack import Stack
from tests.e2e import test_announced, test_inbox
from tests.e2e.test_announced import ended_by_name
from tests.e2e.test_replay import replayed
from tests.harness import kafka
from tests.harness.client import Client
from tests.harness.command import Command
from tests.harness.sensor_files import SensorFile

# What no file says by itself: day or month first, and the zone.
OPTIONS = {"timestamp_format": ["%d.%m.%Y %H:%M"], "timezone": "Europe/Berlin"}


class Partner:
    """A sender of files that look alike, with names of its own."""

    def __init__(self) -> None:
        self.name = f"partner-{uuid.uuid4().hex[:12]}"
        self._files = 0
        # Files with the same bytes would be duplicates.
        self._own = uuid.uuid4().int % 10**9

    def file(self, day: int = 3) -> SensorFile:
        """Another file: of 3 July 2025, 12:00 local time, unless another day is given."""
        self._files += 1
        text = f"Zeit;Vorlauf;Ruecklauf\n0{day}.07.2025 12:00;{self._own},5;{self._files},25\n"
        return SensorFile(f"{self.name}-{self._files}.csv", text.encode())

    async def save(self, client: Client, options: dict[str, Any] | None = None) -> dict[str, Any]:
        body = {"match": {"filename": [f"{self.name}-*.csv"]}, "options": options or OPTIONS}
        return await save(client, self.name, body)


async def save(client: Client, name: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.request("PUT", f"/api/v1/profiles/{name}", json=body)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def partner(client: Client) -> Partner:
    """A partner whose first file was in doubt, and has a profile since."""
    made = Partner()
    first = await client.ended((await client.upload(made.file())).json()["file_id"])
    assert first["status"] == "failed"
    assert "timestamp_ambiguous" in first["error"]
    await made.save(client)
    return made


async def times_of(client: Client, file_id: str) -> set[str]:
    sensors = await client.sensors(file_id)
    assert len(sensors) == 2
    return {sensor["first_timestamp"] for sensor in sensors}


async def check_read(client: Client, partner: Partner, file_id: str) -> None:
    document = await client.ended(file_id)
    assert (document["status"], document["profile"], document["profile_version"]) == (
        "processed",
        partner.name,
        1,
    )
    assert await times_of(client, file_id) == {"2025-07-03T10:00:00.000000Z"}
    assert document["dialect"]["timezone"] == {"value": "Europe/Berlin", "source": "profile"}


@dataclass(frozen=True, slots=True)
class Entries:
    """Every way in; each returns the file_id."""

    stack: Stack
    client: Client
    folder: Path

    async def upload(self, file: SensorFile) -> str:
        return str((await self.client.upload(file, multipart=True)).json()["file_id"])

    async def tus(self, file: SensorFile) -> str:
        name = base64.b64encode(file.name.encode()).decode()
        answer = await self.client.request(
            "POST",
            "/api/v1/uploads",
            content=file.data,
            headers={
                "Tus-Resumable": "1.0.0",
                "Upload-Length": str(len(file.data)),
                "Content-Type": "application/offset+octet-stream",
                "Upload-Metadata": f"filename {name}",
            },
        )
        assert answer.status_code == 201, answer.text
        return answer.headers["content-location"].rpartition("/")[2]

    async def announcement(self, file: SensorFile) -> str:
        bucket, _ = test_announced.put(self.stack, f"elsewhere/{file.name}", file.data)
        async with kafka.producer(self.stack.endpoints) as producer:
            event = {"bucket": bucket, "object_key": f"elsewhere/{file.name}"}
            await producer.send_and_wait("files.announced", json.dumps(event).encode(), key=b"x")
        return await ended_by_name(self.client, file.name)

    async def message(self, file: SensorFile) -> str:
        async with kafka.producer(self.stack.endpoints) as producer:
            await producer.send_and_wait(
                "files.inline", file.data, headers=[("filename", file.name.encode())]
            )
        return await ended_by_name(self.client, file.name)

    async def bucket(self, file: SensorFile) -> str:
        test_inbox.put(self.stack, f"north/{file.name}", file.data)
        return await ended_by_name(self.client, file.name)

    async def command(self, file: SensorFile) -> str:
        (self.folder / file.name).write_bytes(file.data)
        done = Command(self.stack.endpoints["CSV_PROCESSOR_API"])(
            "upload", self.folder / file.name, "--wait", "--json"
        )
        assert done.code == 0, done.stderr
        return str(done.answer["file_id"])


@pytest.mark.parametrize("way", ["upload", "tus", "announcement", "message", "bucket", "command"])
async def test_the_second_file_of_a_partner_needs_no_option(
    stack: Stack, client: Client, partner: Partner, tmp_path: Path, way: str
) -> None:
    send: Callable[[SensorFile], Awaitable[str]] = getattr(Entries(stack, client, tmp_path), way)
    await check_read(client, partner, await send(partner.file()))


async def test_the_dry_run_reads_a_file_with_its_profile(client: Client, partner: Partner) -> None:
    file = partner.file()
    answer = await client.request(
        "POST", "/api/v1/validate", params={"filename": file.name}, content=file.data
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["profile"]) == ("processed", partner.name)


async def test_a_replay_uses_the_profile_as_it_is_now_or_another_one(
    client: Client, partner: Partner
) -> None:
    file_id = (await client.upload(partner.file())).json()["file_id"]
    await check_read(client, partner, file_id)
    await partner.save(client, OPTIONS | {"timezone": "UTC"})
    unchanged = await client.get(f"/api/v1/files/{file_id}")
    assert unchanged["profile_version"] == 1

    await client.request("POST", f"/api/v1/files/{file_id}/replay")
    assert (await replayed(client, file_id, 2))["profile_version"] == 2
    assert await times_of(client, file_id) == {"2025-07-03T12:00:00.000000Z"}

    other = f"other-{partner.name}"
    await save(client, other, {"options": OPTIONS | {"timezone": "Asia/Tokyo"}})
    await client.request("POST", f"/api/v1/files/{file_id}/replay", params={"profile": other})
    document = await replayed(client, file_id, 3)
    assert (document["profile"], document["options"]) == (other, {"profile": other})
    assert await times_of(client, file_id) == {"2025-07-03T03:00:00.000000Z"}


async def test_a_tie_asks_and_stores_no_reading(client: Client, partner: Partner) -> None:
    other = f"other-{partner.name}"
    await save(
        client,
        other,
        {
            "match": {"header": ["Zeit", "Vorlauf", "Ruecklauf"], "filename": [f"{partner.name}*"]},
            "options": OPTIONS | {"timezone": "UTC"},
        },
    )
    document = await client.ended((await client.upload(partner.file())).json()["file_id"])
    assert document["status"] == "failed"
    assert document["error"].startswith("profile_ambiguous")
    assert document["aggregations"]["row_count"] == 0
    offered = {one["options"]["profile"]: one for one in document["suggestions"]}
    assert set(offered) == {partner.name, other}
    assert offered[partner.name]["readings"][0]["timestamp"].startswith("2025-07-03T10:00")
    deleted = await client.request("DELETE", f"/api/v1/profiles/{other}")
    assert deleted.status_code == 204
    await check_read(client, partner, (await client.upload(partner.file())).json()["file_id"])

"""Files of strangers become correct numbers with at most two commands each, and the second file of
the same partner with none, through every entry point."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from embedded.stack import Stack
from schemas.instants import moment_of
from tests.e2e.test_profiles import Entries
from tests.harness.client import Client
from tests.harness.command import Command
from tests.harness.partners import Partner, Reading, partners
from tests.harness.sensor_files import SensorFile

WAYS = ["upload", "tus", "announcement", "message", "bucket", "command"]


async def stored(client: Client, file_id: str) -> list[Reading]:
    """The readings of a file, or of the members of a container."""
    rows = await client.sql(
        "SELECT sensor_id, toUnixTimestamp64Micro(timestamp) AS time, value"
        " FROM csv_processor.readings WHERE file_id IN (SELECT file_id FROM csv_processor.files"
        " WHERE file_id = {id:String} OR parent_id = {id:String})",
        id=file_id,
    )
    return sorted((r["sensor_id"], moment_of(int(r["time"])), float(r["value"])) for r in rows)


def commands_of(partner: Partner, path: Path) -> list[list[str | Path]]:
    """What a person types who knows the zone of a file that does not say it."""
    upload: list[str | Path] = ["upload", path, "--wait", "--json"]
    if not partner.options:
        return [upload]
    match = f"filename={partner.name}-*{partner.suffix}"
    flags = [f"--{name}={value}" for name, value in partner.options.items()]
    return [["profiles", "save", partner.name, "--match", match, *flags], upload]


@pytest.mark.slow
@pytest.mark.parametrize("kind", partners())
async def test_files_of_a_stranger_are_read_with_two_commands_and_later_ones_with_none(
    stack: Stack, client: Client, tmp_path: Path, kind: str
) -> None:
    partner = partners()[kind]()
    command = Command(stack.endpoints["CSV_PROCESSOR_API"])
    file, expected = partner.file()
    path = tmp_path / file.name
    path.write_bytes(file.data)
    commands = commands_of(partner, path)
    assert len(commands) <= 2
    for arguments in commands:
        done = command(*arguments)
        assert done.code == 0, done.stderr
    document = done.answer
    assert (document["status"], document["invalid_count"]) == ("processed", 0)
    assert await stored(client, document["file_id"]) == sorted(expected)
    for way in WAYS:
        file, expected = partner.file()
        send: Callable[[SensorFile], Awaitable[str]] = getattr(
            Entries(stack, client, tmp_path), way
        )
        document = await client.ended(await send(file))
        assert (document["status"], document["invalid_count"], document["options"]) == (
            *("processed", 0, {}),
        ), way
        assert await stored(client, document["file_id"]) == sorted(expected), way

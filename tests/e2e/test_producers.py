"""The examples for producers in docs/producers.md and examples/ run unchanged."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.e2e.test_announced import ended_by_name, new_file, put
from tests.harness import kafka, verification
from tests.harness.client import Client
from tests.harness.oracle import expect

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
COMMANDS = re.findall(
    r"^```kcat\n(.*?)^```", (ROOT / "docs" / "producers.md").read_text(), re.MULTILINE | re.DOTALL
)


def environment(stack: Stack) -> dict[str, str]:
    return {**os.environ, **stack.endpoints, "GROUP": f"listener-{uuid.uuid4().hex[:8]}"}


async def run(stack: Stack, *command: str | Path, seconds: float = 180) -> str:
    """What the command prints; it must end well."""
    found = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=ROOT,
        env=environment(stack),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert found.returncode == 0, f"{found.stdout}\n{found.stderr}"
    return found.stdout


async def python(stack: Stack, example: str, *arguments: str | Path) -> str:
    return await run(stack, sys.executable, EXAMPLES / "python" / example, *arguments)


@pytest.mark.slow
async def test_python_announces_and_listens(stack: Stack, client: Client) -> None:
    file = new_file("dirty", 1_000, seed=41)
    bucket, _ = put(stack, f"plants/{file.name}", file.data)
    await python(stack, "announce.py", bucket, f"plants/{file.name}")
    said = await python(stack, "listen.py", file.name)
    file_id = await ended_by_name(client, file.name)
    assert await verification.one_file(client, file_id, expect(file.data)) == []
    expected = expect(file.data)
    assert said.splitlines()[-1] == (
        f"{file_id} {file.name} {expected.status}: "
        f"{expected.row_count} valid, {len(expected.invalid)} invalid"
    )


async def test_python_sends_a_file_inline(stack: Stack, client: Client, tmp_path: Path) -> None:
    file = new_file("quoted", 300, seed=42)
    (tmp_path / file.name).write_bytes(file.data)
    await python(stack, "send_inline.py", tmp_path / file.name, "gateway-42")
    file_id = await ended_by_name(client, file.name)
    assert await verification.one_file(client, file_id, expect(file.data)) == []


def test_the_document_has_the_commands() -> None:
    assert [re.findall(r"-t (\S+)", command) for command in COMMANDS] == [
        ["files.announced"],
        ["files.inline"],
        ["files.results"],
        ["files.dead-letters"],
    ]


@pytest.mark.parametrize(
    ("said", "code", "reason"),
    [
        ('{"bucket": "no-such-bucket", "object_key": "a.csv"}', "object_missing", "no-such-bucket"),
        ('{"bucket": "No Bucket!", "object_key": "a.csv"}', "object_missing", "No Bucket!/a.csv"),
        ('{"bucket": "csv-processor", "object_key": "../a.csv"}', "object_missing", "../a.csv"),
        (
            '{"bucket": "csv-processor", "object_key": "a.csv", "options": {"separator": ";"}}',
            "undecodable",
            "separator",
        ),
        ('["a.csv"]', "undecodable", "Input should be an object"),
    ],
)
async def test_what_is_wrong_with_an_announcement_is_said(
    stack: Stack, said: str, code: str, reason: str
) -> None:
    key = uuid.uuid4().hex.encode()
    async with kafka.producer(stack.endpoints) as producer:
        sent = await producer.send_and_wait("files.announced", said.encode(), key=key)
    letter = await kafka.first_message(
        stack.endpoints, "files.dead-letters", lambda m: m.key == key
    )
    headers = {name: value.decode() for name, value in letter.headers}
    assert headers["code"] == code
    assert reason in headers["reason"]
    assert headers["origin"] == f"files.announced/{sent.partition}/{sent.offset}"
    assert letter.value == said.encode()

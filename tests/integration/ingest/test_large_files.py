"""Large bodies pass through the API; it never holds one."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness.api_process import Stack

SIZE = 300 << 20
MOST_MIB = 200


def peak_mib(pid: int) -> float:
    """The most memory a process ever had, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


def spooled(pid: int) -> list[str]:
    """Files the process has open for writing outside of its logs."""
    found = []
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(handle.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("/") and not target.startswith("/dev/") and ".log" not in target:
            found.append(target)
    return found


@pytest.mark.parametrize("way", ["raw", "raw of unknown size", "form"])
async def test_a_large_file_is_streamed(stack: Stack, client: httpx.AsyncClient, way: str) -> None:
    line = f"sensor-{way},2024-01-01T00:00:00Z,1.5\n".encode()
    block = line * ((1 << 20) // len(line))
    count = SIZE // len(block)
    expected = hashlib.sha256(block * count).hexdigest()
    open_files: set[str] = set()

    async def blocks(before: bytes = b"", after: bytes = b"") -> AsyncIterator[bytes]:
        yield before
        for number in range(count):
            yield block
            if number % 50 == 0:
                open_files.update(spooled(stack.api.pid))
        yield after

    arguments: dict[str, Any] = {"content": blocks(), "params": {"filename": "large.csv"}}
    if way == "raw":
        arguments["headers"] = {"Content-Length": str(len(block) * count)}
    if way == "form":
        head = b'--B\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\n\r\n'
        arguments = {
            "content": blocks(head, b"\r\n--B--\r\n"),
            "headers": {"Content-Type": "multipart/form-data; boundary=B"},
        }
    answer = await client.post("/api/v1/files", timeout=120, **arguments)
    assert answer.status_code == 202
    document = answer.json()
    assert (document["size_bytes"], document["sha256"]) == (len(block) * count, expected)

    digest, size = hashlib.sha256(), 0
    async with client.stream("GET", f"/api/v1/files/{document['file_id']}/raw") as raw:
        async for chunk in raw.aiter_raw():
            digest.update(chunk)
            size += len(chunk)
    assert (size, digest.hexdigest()) == (len(block) * count, expected)
    assert peak_mib(stack.api.pid) < MOST_MIB
    assert open_files == set()

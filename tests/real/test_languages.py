"""The examples that the embedded broker cannot be asked by: Java, Go, and kcat (librdkafka)."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.e2e.test_announced import ended_by_name, new_file, put
from tests.e2e.test_producers import COMMANDS, EXAMPLES, ROOT, run
from tests.harness import verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.real.build import kafka_jars


@pytest.mark.needs("javac")
async def test_java_sends_a_file_inline(stack: Stack, client: Client, tmp_path: Path) -> None:
    source = EXAMPLES / "java" / "src" / "main" / "java" / "SendInline.java"
    jars = f"{kafka_jars()}/*"
    compiler = ["javac", "--release", "17", "-Xlint:all", "-Werror", "-cp", jars]
    await run(stack, *compiler, "-d", tmp_path, source)
    file = new_file("dirty", 400, seed=51)
    (tmp_path / file.name).write_bytes(file.data)
    await run(stack, "java", "-cp", f"{tmp_path}:{jars}", "SendInline", tmp_path / file.name)
    file_id = await ended_by_name(client, file.name)
    assert await verification.one_file(client, file_id, expect(file.data)) == []


@pytest.mark.needs("go")
async def test_go_announces_an_object(stack: Stack, client: Client, tmp_path: Path) -> None:
    program = tmp_path / "announce"
    await run(stack, "go", "build", "-C", EXAMPLES / "go", "-o", program, ".", seconds=240)
    file = new_file("clean", 400, seed=52)
    bucket, _ = put(stack, f"plants/{file.name}", file.data)
    await run(stack, program, bucket, f"plants/{file.name}")
    file_id = await ended_by_name(client, file.name)
    assert await verification.one_file(client, file_id, expect(file.data)) == []


def shell(index: int, **words: str) -> list[str]:
    """A command of the document, with other names in it."""
    command = COMMANDS[index]
    for old, new in words.items():
        assert old.replace("__", "-") in command
        command = command.replace(old.replace("__", "-"), new)
    return ["bash", "-euo", "pipefail", "-c", command]


@pytest.mark.needs("kcat")
async def test_kcat_produces_and_listens(stack: Stack, client: Client) -> None:
    announced, inline = new_file("clean", 200, seed=43), f"{uuid.uuid4().hex}.csv"
    put(stack, f"plants/{announced.name}", announced.data)
    await run(stack, *shell(0, plant__7=announced.name.removesuffix(".csv")))
    await run(stack, *shell(1, **{"gateway__7.csv": inline}))
    for name, data in (
        (announced.name, announced.data),
        (inline, (ROOT / "samples" / "clean.csv").read_bytes()),
    ):
        file_id = await ended_by_name(client, name)
        assert await verification.one_file(client, file_id, expect(data)) == []
        assert file_id in await run(stack, *shell(2))

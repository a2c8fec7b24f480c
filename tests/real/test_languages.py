"""The examples in Java and Go, compiled and run against Apache Kafka."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.e2e import checking
from tests.e2e.client import Client
from tests.e2e.test_announced import ended_by_name, new_file, put
from tests.e2e.test_producers import EXAMPLES, run
from tests.oracle import expect
from tests.real.build import kafka_jars


@pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK")
async def test_java_sends_a_file_inline(stack: Stack, client: Client, tmp_path: Path) -> None:
    source = EXAMPLES / "java" / "src" / "main" / "java" / "SendInline.java"
    jars = f"{kafka_jars()}/*"
    compiler = ["javac", "--release", "17", "-Xlint:all", "-Werror", "-cp", jars]
    await run(stack, *compiler, "-d", tmp_path, source)
    file = new_file("dirty", 400, seed=51)
    (tmp_path / file.name).write_bytes(file.data)
    await run(stack, "java", "-cp", f"{tmp_path}:{jars}", "SendInline", tmp_path / file.name)
    file_id = await ended_by_name(client, file.name)
    assert await checking.one_file(client, file_id, expect(file.data)) == []


@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go")
async def test_go_announces_an_object(stack: Stack, client: Client, tmp_path: Path) -> None:
    program = tmp_path / "announce"
    await run(stack, "go", "build", "-C", EXAMPLES / "go", "-o", program, ".", seconds=240)
    file = new_file("clean", 400, seed=52)
    bucket, _ = put(stack, f"plants/{file.name}", file.data)
    await run(stack, program, bucket, f"plants/{file.name}")
    file_id = await ended_by_name(client, file.name)
    assert await checking.one_file(client, file_id, expect(file.data)) == []

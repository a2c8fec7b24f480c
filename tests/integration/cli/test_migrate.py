"""`migrate --check` says what is missing, changes nothing, and ends with 1 if anything is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.stack import Stack
from sinks.clickhouse.client import Database
from tests.harness.services import free_port

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The three services, with nothing in them."""
    with Stack(
        tmp_path_factory.mktemp("services"), parts=["broker", "store", "clickhouse"]
    ) as stack:
        yield stack


def migrate(services: Stack, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", "migrate", *arguments],
        cwd=ROOT,
        env={**os.environ, **services.endpoints, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


async def command(services: Stack, sql: str) -> None:
    database = Database(services.endpoints["CLICKHOUSE_URL"], threads=1)
    try:
        await database.command(sql)
    finally:
        await database.close()


@pytest.mark.slow
def test_what_is_missing_is_printed_and_nothing_is_changed(services: Stack) -> None:
    for _ in range(2):
        empty = migrate(services, "--check")
        assert empty.returncode == 1
        assert "The database csv_processor_internal is missing." in empty.stdout
        assert "The topic files.uploaded is missing." in empty.stdout
        assert "bucket csv-processor does not exist" in empty.stdout
        assert "csv-processor migrate" in empty.stderr
        assert "Traceback" not in empty.stderr
    assert migrate(services).returncode == 0
    complete = migrate(services, "--check")
    assert (complete.returncode, complete.stdout, complete.stderr) == (0, "", "")
    asyncio.run(command(services, "DROP VIEW csv_processor.sensors"))
    broken = migrate(services, "--check")
    assert (broken.returncode, broken.stdout) == (1, "The view sensors is missing.\n")
    assert migrate(services).returncode == 0
    assert migrate(services, "--check").returncode == 0


def test_a_service_that_does_not_answer_is_named_beside_what_is_missing(services: Stack) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    done = migrate(services, "--check", S3_ENDPOINT=address)
    assert done.returncode == 1
    assert "The object store cannot be used: " in done.stdout
    assert "Traceback" not in done.stderr

"""Runs are forked from one process, each on its own, and none outlives what asked for it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import orjson
import pytest

from dryrun import fork_server
from dryrun.forks import PROGRAMS, ForkServer, Run
from dryrun.request import DryRunRequest

REQUEST = DryRunRequest(filename="a.csv").model_dump_json().encode() + b"\n"
FILE = b"sensor_id,timestamp,value\na,2026-03-01T00:00:00Z,1\n"


async def document(run: Run, file: bytes = FILE) -> object:
    run.stdin.write(REQUEST + file)
    run.stdin.close()
    answer = await run.stdout.read()
    assert await run.wait() == 0
    return orjson.loads(answer)["record_count"]


def test_both_sides_know_the_same_programs() -> None:
    assert tuple(fork_server.PROGRAMS) == PROGRAMS


async def test_runs_come_from_one_process_and_know_nothing_of_each_other(
    forks: ForkServer,
) -> None:
    async with forks.run("run") as first, forks.run("run") as second:
        assert await document(second, FILE * 1) == 1
        assert await document(first, FILE + b"b,2026-03-01T00:00:01Z,2\n") == 2
    async with forks.run("run") as third:
        assert await document(third) == 1


async def test_a_run_that_fails_has_a_code_and_leaves_the_next_alone(
    forks: ForkServer, capfd: pytest.CaptureFixture[str]
) -> None:
    async with forks.run("run") as run:
        run.stdin.write(b"no request\n")
        run.stdin.close()
        assert await run.stdout.read() == b""
        assert await run.wait() == 1
    assert "ValidationError" in capfd.readouterr().err
    async with forks.run("run") as run:
        assert await document(run) == 1


async def test_what_still_runs_at_the_end_is_killed(forks: ForkServer) -> None:
    async with forks.run("run") as run:
        run.stdin.write(REQUEST)
        pid = await run.pid()
        assert pid is not None
        os.kill(pid, 0)
        # Where memory runs out, it ends before the API does.
        assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "1000\n"
    assert await run.wait() == -signal.SIGKILL


async def test_a_server_that_was_killed_is_started_again(forks: ForkServer) -> None:
    async with forks.run("run") as run:
        assert await document(run) == 1
    before = forks.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    async with forks.run("run") as run:
        assert await document(run) == 1
    assert forks.pid != before


async def test_a_server_that_is_closed_before_it_was_to_start_does_not_start() -> None:
    forks = ForkServer()
    forks.start_soon()
    await asyncio.sleep(0)
    await forks.close()
    assert forks.pid is None

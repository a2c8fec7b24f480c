"""A call that never returns ends the process, whether or not other code can still run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
_STUCK = """
import asyncio, sys, threading, re
from pathlib import Path
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.exit import before_exit
from stream.runtime.journal import Journal
from stream.runtime.stalls import watch_stalls

async def main():
    journal = Journal(Path(sys.argv[1]))
    before_exit(journal.close)
    journal.enter("a" * 32, "t/0/1", alone=False)
    cpu_pool = CpuPool()
    watching = asyncio.create_task(watch_stalls(cpu_pool.longest, 1.5))
    await asyncio.sleep(0)
    if sys.argv[2] == "waits":
        await cpu_pool.run(threading.Event().wait)
    elif sys.argv[2] == "holds the lock":
        await cpu_pool.run(re.match, "(a+)+b", "a" * 60)
    elif sys.argv[2] == "works":
        for _ in range(8):
            await cpu_pool.run(threading.Event().wait, 0.5)
        watching.cancel()

asyncio.run(main())
"""


@pytest.mark.parametrize(("what", "code"), [("waits", 70), ("holds the lock", 1), ("works", 0)])
def test_a_call_that_does_not_return_ends_the_process(tmp_path: Path, what: str, code: int) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", _STUCK, str(tmp_path), what],
        env=env,
        check=False,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == code, ended.stderr
    # It is printed where every thread was, and what was in hand is left for the next process.
    assert ("Thread" in ended.stderr) == (what != "works")
    assert [path.suffix for path in tmp_path.iterdir()] == [".journal"]

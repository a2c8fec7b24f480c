"""A worker that is started before it is needed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

COMMAND = (sys.executable, "-m", "stream", "worker")


@pytest.mark.timeout(180)
def test_it_ends_with_the_process_that_would_have_it_work() -> None:
    # Nothing is connected to before it works.
    env = {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "CLICKHOUSE_URL": "http://127.0.0.1:1/nothing",
        "STORE_URL": "file:///nothing/bucket",
    }
    worker = subprocess.run(
        (*COMMAND, "--standby"), env=env, stdin=subprocess.DEVNULL, timeout=170, check=False
    )
    assert worker.returncode == 0


def test_an_unknown_argument_is_an_error() -> None:
    worker = subprocess.run((*COMMAND, "--soon"), capture_output=True, timeout=60, check=False)
    assert (worker.returncode, worker.stderr) == (
        2,
        b"usage: python -m stream worker [--standby]\n",
    )

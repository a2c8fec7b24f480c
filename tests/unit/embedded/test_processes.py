"""Processes that the runner keeps from running for a moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from embedded.processes import Identity, stopped
from tests.harness.waiting import wait_until


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def test_a_process_runs_again_whatever_happens_while_it_is_stopped(
    child: subprocess.Popen[bytes],
) -> None:
    seen = psutil.Process(child.pid)

    def fail() -> None:
        with stopped([Identity.of(child.pid)]):
            wait_until(lambda: seen.status() == psutil.STATUS_STOPPED, "it is stopped")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    wait_until(lambda: seen.status() != psutil.STATUS_STOPPED, "it runs")


def test_one_that_has_ended_is_left_alone(child: subprocess.Popen[bytes]) -> None:
    identity = Identity.of(child.pid)
    child.kill()
    child.wait()
    with stopped([identity]):
        pass

"""Why a stack is not ready, from what its runner, its parts and their logs say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from embedded import diagnosis
from embedded.diagnosis import Progress, last_words, reasons
from embedded.processes import Identity
from embedded.state import PartState, StackState, write_state
from rows.kernels.cache import Compiled, compiled

ME = Identity.of(os.getpid())
RUNS = PartState(ME, ready=False, starts=1)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> list[Compiled]:
    """How far the row engine is compiled: the last one of the list."""
    said = [Compiled(7, 7)]
    monkeypatch.setattr(diagnosis, "compiled", lambda: said[-1])
    return said


def said(data_dir: Path, **parts: PartState) -> list[str]:
    named = {name.replace("_", "-"): part for name, part in parts.items()}
    return reasons(data_dir, StackState(ME, False, named))


def log(data_dir: Path, name: str, *lines: str) -> None:
    (data_dir / "logs" / f"{name}.log").write_text("\n".join(lines) + "\n")


def test_a_part_that_ends_again_and_again_says_why(data_dir: Path) -> None:
    log(data_dir, "broker", "the broker listens")
    log(data_dir, "api", "starting", "cannot start: there is no API key yet", "")
    ready = PartState(ME, ready=True, starts=1)
    found = said(data_dir, broker=ready, api=PartState(None, False, 4, exit=2))
    assert found == ["api ended with code 2 (4 starts): cannot start: there is no API key yet"]
    (killed,) = said(data_dir, api=PartState(None, False, 2, exit=-9))
    assert killed.startswith("api ended with signal 9 (2 starts)")


def test_a_worker_that_compiles_the_row_engine_says_so(
    data_dir: Path, kernels: list[Compiled]
) -> None:
    log(data_dir, "worker-0", json.dumps({"message": "the worker starts"}))
    kernels.append(Compiled(3, 7))
    (reason,) = said(data_dir, worker_0=RUNS)
    assert reason.startswith("worker-0 is compiling the row engine (3 of 7 kernels)")
    kernels.append(Compiled(7, 7))
    (reason,) = said(data_dir, worker_0=RUNS)
    assert reason == "worker-0 does not answer yet; its log ends with: the worker starts"


class NotReady(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = {
            "kafka": {"ready": False, "reason": "no connection to 127.0.0.1:9092"},
            "store": {"ready": True, "reason": None},
        }
        self.send_response(503)
        self.end_headers()
        self.wfile.write(json.dumps({"status": "not ready", "parts": parts}).encode())

    def log_message(self, *_: object) -> None:
        pass


def test_a_process_that_answers_is_asked(data_dir: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), NotReady) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        (data_dir / "endpoints.env").write_text(f"CSV_PROCESSOR_API={url}\n")
        (reason,) = said(data_dir, api=RUNS)
        server.shutdown()
    assert reason == "api is not ready: kafka: no connection to 127.0.0.1:9092"


def test_what_waits_for_others_says_so(data_dir: Path) -> None:
    waits = PartState(None, False, 0)
    found = said(data_dir, clickhouse=RUNS, api=waits)
    assert found[0].startswith("clickhouse does not answer yet")
    assert found[1] == "api waits for the parts before it"


def test_without_a_runner_its_last_words_are_the_reason(data_dir: Path) -> None:
    log(data_dir, "runner", "port 8000 is taken by another program")
    assert reasons(data_dir, None) == [
        "the runner has ended: port 8000 is taken by another program"
    ]
    assert last_words(data_dir, "no-such-part") == ""


def test_parts_that_become_ready_and_kernels_are_progress(
    data_dir: Path, kernels: list[Compiled]
) -> None:
    progress = Progress(data_dir)
    assert not progress.made()
    write_state(data_dir, StackState(ME, False, {"broker": PartState(ME, True, 1)}))
    assert progress.made()
    assert not progress.made()
    # One that dies and comes back is none.
    write_state(data_dir, StackState(ME, False, {"broker": PartState(None, False, 1)}))
    write_state(data_dir, StackState(ME, False, {"broker": PartState(ME, True, 2)}))
    assert not progress.made()
    kernels[-1] = Compiled(7, 9)
    assert not progress.made()
    kernels[-1] = Compiled(8, 9)
    assert progress.made()


@pytest.mark.parametrize(
    ("code", "starts", "kernels_done", "made"),
    [
        ("while True: pass", 1, 3, True),
        ("import time; time.sleep(600)", 1, 3, False),
        # Nothing is left to be compiled, or it ended before: it may go on like that for ever.
        ("while True: pass", 1, 7, False),
        ("while True: pass", 2, 3, False),
    ],
)
def test_a_worker_that_compiles_makes_progress_as_long_as_it_works(
    data_dir: Path, kernels: list[Compiled], code: str, starts: int, kernels_done: int, made: bool
) -> None:
    kernels.append(Compiled(kernels_done, 7))
    worker = subprocess.Popen([sys.executable, "-c", code])
    try:
        state = PartState(Identity.of(worker.pid), False, starts)
        write_state(data_dir, StackState(ME, False, {"worker-0": state}))
        progress = Progress(data_dir)
        seen = [progress.made() for _ in _until_it_used(worker.pid, 1.5 if "True" in code else 0)]
        assert any(seen[1:]) == made
    finally:
        worker.kill()
        worker.wait()


def _until_it_used(pid: int, seconds: float) -> Iterator[None]:
    """Twice, and again until the process has used a processor for so long."""
    import psutil

    yield
    yield
    while sum(psutil.Process(pid).cpu_times()[:2]) < seconds:
        yield


def test_kernels_are_counted() -> None:
    now = compiled()
    assert 0 <= now.done <= now.total
    assert now.total >= 5

"""The embedded stack of a data folder: run it, start it in the background, stop it, look at it.

`run` is the runner itself; `up` starts one in the background and waits until every part is ready. A runner holds
a lock as long as it lives, and its parts end with it (SIGKILL from the kernel), so that even one
that was killed leaves nothing in the way of the next: whatever still runs is found by process id
and start time and stopped first.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from threading import Thread
from typing import Final

from embedded.broker_restart import InvalidLimit, limit
from embedded.endpoints import PortTaken, choose_endpoints, read_endpoints
from embedded.external_services import RealParts, elsewhere
from embedded.plan import ALL, environment, make_plan
from embedded.processes import Identity, end_all
from embedded.state import StackState, clear_state, make_private, read_state, take_lock
from embedded.supervisor import Supervisor, rotate

RUNNER_LOG: Final = "logs/runner.log"
ALREADY_UP: Final = 3
_STOP_SECONDS: Final = 60.0


def run(
    data_dir: Path,
    *,
    workers: int,
    api_port: int,
    parts: Collection[str] = ALL,
    tied: bool = False,
) -> int:
    """Run the stack in this process until SIGTERM or SIGINT; the exit code.

    `tied` ends it with the process that started it, too. The code is `ALREADY_UP` where another
    runner has the data folder, 1 where the API's port is taken or `BROKER_MEMORY_MB` is no number.
    """
    data_dir = data_dir.resolve()
    make_private(data_dir)
    os.umask(0o077)  # of every part, too
    lock = take_lock(data_dir)
    if lock is None:
        print(f"the stack of {data_dir} is already up", file=sys.stderr)
        return ALREADY_UP
    with lock:
        end_leftovers(read_state(data_dir))
        for log in (data_dir / "logs").glob("*.log"):
            rotate(log)
        real = RealParts.of(os.environ)
        try:
            endpoints = choose_endpoints(
                data_dir,
                os.environ.get("API_HOST") or "127.0.0.1",
                api_port,
                workers=workers if "worker" in parts else 0,
                real=real,
                elsewhere=elsewhere(os.environ, parts),
            )
            broker_memory_mb = limit(os.environ)
        except (PortTaken, InvalidLimit) as exc:
            print(exc, file=sys.stderr)
            return 1
        plan = make_plan(endpoints, data_dir, workers, parts, real, broker_memory_mb)
        supervisor = Supervisor(plan, environment(os.environ, endpoints), data_dir)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop())
        if tied:
            Thread(target=_stop_when_orphaned, args=(supervisor, os.getppid()), daemon=True).start()
        supervisor.run()
        clear_state(data_dir)
    return 0


def _stop_when_orphaned(supervisor: Supervisor, parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    supervisor.stop()


def end_leftovers(state: StackState | None) -> None:
    """Stop what an earlier runner that was killed left behind."""
    if state is None:
        return
    processes = [part.process for part in state.parts.values() if part.process is not None]
    for process in processes:
        if process.alive():
            logging.getLogger("embedded").warning("stopping pid %d of an earlier run", process.pid)
    end_all(processes, 5.0)


def runner_of(data_dir: Path) -> Identity | None:
    """The runner that has the data folder at the moment."""
    state = read_state(data_dir)
    return state.runner if state is not None and state.runner.alive() else None


def start_runner(
    data_dir: Path,
    *,
    workers: int,
    api_port: int,
    parts: Collection[str] = ALL,
    env: Mapping[str, str] | None = None,
    tied: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a runner as a process of its own, in a session of its own; see `run` for `tied`."""
    make_private(data_dir)
    log = data_dir / RUNNER_LOG
    log.parent.mkdir(mode=0o700, exist_ok=True)
    command = [sys.executable, "-m", "embedded", "run", "--data-dir", str(data_dir)]
    command += ["--workers", str(workers), "--api-port", str(api_port), "--parts", ",".join(parts)]
    if tied:
        command.append("--tied")
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=None if env is None else dict(env),
            cwd=Path(__file__).resolve().parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def up(data_dir: Path, *, workers: int, api_port: int, seconds: float) -> int:
    """Start the stack in the background; 0 when API and workers say that they are ready.

    A stack that is already up is fine. One that does not get ready in time is stopped again.
    """
    data_dir = data_dir.resolve()
    running = runner_of(data_dir) is not None
    process = None
    if running:
        print(f"the stack of {data_dir} is already up")
    else:
        process = start_runner(data_dir, workers=workers, api_port=api_port)
    try:
        ready = _wait_ready(data_dir, process, seconds)
    except KeyboardInterrupt:
        _abandon(data_dir, process)
        return 130
    if not ready:
        print(_why_not(data_dir), file=sys.stderr)
        _abandon(data_dir, process)
        return 1
    for name, value in read_endpoints(data_dir).items():
        if name not in ("S3_SECRET_KEY", "S3_ACCESS_KEY"):
            print(f"{name}={value}")
    return 0


def _abandon(data_dir: Path, process: subprocess.Popen[bytes] | None) -> None:
    """Stop a runner of ours that did not get ready; one that was there before goes on."""
    if process is not None:
        process.terminate()  # it may not yet have written down that it runs
        process.wait()
        stop(data_dir)


def _wait_ready(data_dir: Path, process: subprocess.Popen[bytes] | None, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        code = None if process is None else process.poll()
        if code is not None and code != ALREADY_UP:
            return False
        state = read_state(data_dir)
        if state is not None and state.ready and state.runner.alive():
            return True
        time.sleep(0.05)
    return False


def _why_not(data_dir: Path) -> str:
    """The ends of the logs of the runner and of what is not ready."""
    state = read_state(data_dir)
    parts = [] if state is None else [name for name, p in state.parts.items() if not p.ready]
    texts = [f"the stack did not start; {data_dir / 'logs'} says more:"]
    for name in ["runner", *parts]:
        if tail := _tail(data_dir / "logs" / f"{name}.log"):
            texts += [f"--- {name}", tail]
    return "\n".join(texts)


def _tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def stop(data_dir: Path) -> bool:
    """Stop the stack of a data folder, its data stays; whether there was one."""
    data_dir = data_dir.resolve()
    runner = runner_of(data_dir)
    if runner is not None:
        end_all([runner], _STOP_SECONDS)
    # A runner that had to be killed took its parts with it, or nearly: make sure.
    end_leftovers(read_state(data_dir))
    clear_state(data_dir)
    return runner is not None


def down(data_dir: Path) -> int:
    """`stop`, for the command line; 0 also where nothing runs."""
    stopped = stop(data_dir)
    print("stopped" if stopped else f"no stack is up on {data_dir.resolve()}")
    return 0


def status(data_dir: Path) -> int:
    """Print what runs; 0 where the stack is up and ready, 1 where it is not ready, 3 where down."""
    data_dir = data_dir.resolve()
    state = read_state(data_dir)
    if state is None or not state.runner.alive():
        print(f"no stack is up on {data_dir}")
        return 3
    for name, part in state.parts.items():
        if name == "migrate" and part.process is None:
            continue
        word = "ready" if part.ready else "starting"
        pid = f"pid {part.process.pid}" if part.process is not None else "not running"
        print(f"{name:12} {word if part.process else 'down':9} {pid:12} starts {part.starts}")
    print("ready" if state.ready else "not ready")
    return 0 if state.ready else 1

"""The embedded stack of a data folder: run it, start it in the background, stop it, look at it.

`run` is the runner itself; `up` starts one in the background and waits until every part is ready.
A runner holds a lock as long as it lives, and its parts end with it (SIGKILL from the kernel), so
that even one that was killed leaves nothing in the way of the next: whatever still runs is found by
process id and start time, or by its environment, and stopped first.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from threading import Thread
from typing import Final

from embedded.broker_restart import InvalidLimit, limit
from embedded.diagnosis import Progress, answers_ready, reasons
from embedded.discovery import parts_of, runner_of
from embedded.endpoints import PortTaken, choose_endpoints, read_endpoints
from embedded.external_services import RealParts, elsewhere
from embedded.plan import ALL, environment, make_plan
from embedded.processes import Identity, end_all
from embedded.state import StackState, clear_state, make_private, read_state, take_lock
from embedded.supervisor import Supervisor, rotate

RUNNER_LOG: Final = "logs/runner.log"
ALREADY_UP: Final = 3
_STOP_SECONDS: Final = 60.0
_REWRITE_SECONDS: Final = 3.0
# How often it is looked whether a start gets on.
_LOOK_SECONDS: Final = 2.0


def run(
    data_dir: Path,
    *,
    workers: int,
    api_port: int,
    parts: Collection[str] = ALL,
    tied: bool = False,
) -> int:
    """Run the stack in this process until SIGTERM or SIGINT; the exit code.

    `tied` ends it with the process that started it, too. The code is `ALREADY_UP` if another
    runner has the data folder; 1 if the API's port is taken, `BROKER_MEMORY_MB` is no number, or
    the data folder cannot be written.
    """
    data_dir = data_dir.resolve()
    try:
        return _run(data_dir, workers, api_port, parts, tied=tied)
    except OSError as exc:
        print(f"cannot work in {data_dir}: {exc}", file=sys.stderr)
        return 1


def _run(data_dir: Path, workers: int, api_port: int, parts: Collection[str], *, tied: bool) -> int:
    make_private(data_dir)
    os.umask(0o077)  # of every part, too
    lock = take_lock(data_dir)
    if lock is None:
        print(f"the stack of {data_dir} is already up", file=sys.stderr)
        return ALREADY_UP
    with lock:
        end_leftovers(data_dir)
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


def end_leftovers(data_dir: Path) -> None:
    """Stop the parts of an earlier runner that was killed."""
    state = read_state(data_dir)
    recorded = () if state is None else (part.process for part in state.parts.values())
    left = {process for process in recorded if process is not None and process.alive()}
    left |= set(parts_of(data_dir).values())
    for process in left:
        logging.getLogger("embedded").warning("stopping pid %d of an earlier run", process.pid)
    end_all(left, 5.0)


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
    """`bring_up`, for the command line: prints the addresses."""
    data_dir = data_dir.resolve()
    if runner_of(data_dir) is not None:
        print(f"the stack of {data_dir} is already up")
    code = bring_up(data_dir, workers=workers, api_port=api_port, seconds=seconds)
    if code == 0:
        for name, value in read_endpoints(data_dir).items():
            if name not in ("S3_SECRET_KEY", "S3_ACCESS_KEY"):
                print(f"{name}={value}")
    return code


def bring_up(
    data_dir: Path,
    *,
    workers: int,
    api_port: int,
    seconds: float,
    migrated: Callable[[], object] | None = None,
) -> int:
    """Start the stack in the background; 0 when API and workers say that they are ready.

    A stack that is already up is fine. One that makes no progress for `seconds` is stopped again,
    with the reason on stderr. `migrated` is called as soon as the database has its tables.
    """
    data_dir = data_dir.resolve()
    process = None
    if runner_of(data_dir) is None:
        try:
            process = start_runner(data_dir, workers=workers, api_port=api_port)
        except OSError as exc:
            print(f"cannot work in {data_dir}: {exc}", file=sys.stderr)
            return 1
    try:
        ready = _wait_ready(data_dir, process, seconds, migrated)
    except BaseException as exc:
        _abandon(data_dir, process)
        if isinstance(exc, KeyboardInterrupt):
            return 130
        raise
    if not ready:
        ended = process is not None and process.poll() not in (None, ALREADY_UP)
        print(_why_not(data_dir, ended=ended), file=sys.stderr)
        _abandon(data_dir, process)
        return 1
    return 0


def _abandon(data_dir: Path, process: subprocess.Popen[bytes] | None) -> None:
    """Stop a runner of ours that did not get ready; one that was there before goes on."""
    if process is not None:
        process.terminate()  # it may not yet have written down that it runs
        process.wait()
        stop(data_dir)


def _wait_ready(
    data_dir: Path,
    process: subprocess.Popen[bytes] | None,
    seconds: float,
    migrated: Callable[[], object] | None,
) -> bool:
    """Whether every part is ready; given up after `seconds` without progress."""
    progress = Progress(data_dir)
    deadline = time.monotonic() + seconds
    next_look = 0.0
    while (now := time.monotonic()) < deadline:
        code = None if process is None else process.poll()
        if code is not None and code != ALREADY_UP:
            return False
        state = read_state(data_dir)
        alive = state is not None and state.runner.alive()
        if state is not None and alive and state.migrated and migrated is not None:
            migrated()
            migrated = None
        if state is not None and alive and state.ready:
            return True
        if now >= next_look:
            next_look = now + min(_LOOK_SECONDS, seconds / 2)
            if progress.made():
                deadline = now + seconds
            if state is None and runner_of(data_dir) is not None and answers_ready(data_dir):
                return True
        time.sleep(0.05)
    return False


def _why_not(data_dir: Path, *, ended: bool) -> str:
    """The ends of the logs of what is not ready, and then the reasons: what is read last.

    `ended` if the runner has ended by itself.
    """
    state = None if ended else read_state(data_dir)
    parts = ["runner"] if state is None else [n for n, p in state.parts.items() if not p.ready]
    texts = []
    for name in parts:
        if tail := _tail(data_dir / "logs" / f"{name}.log"):
            texts += [f"--- {name}", tail]
    said = [f"  {reason}" for reason in reasons(data_dir, state)]
    texts += [f"The stack did not start; {data_dir / 'logs'} has the logs.", *said]
    return "\n".join(texts)


def _tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def stop(data_dir: Path) -> bool:
    """Stop the stack of a data folder, its data stays; whether there was one."""
    data_dir = data_dir.resolve()
    runner = runner_of(data_dir)
    if runner is not None:
        end_all([runner], _STOP_SECONDS)
    # A runner that had to be killed took its parts with it, or nearly: make sure.
    end_leftovers(data_dir)
    clear_state(data_dir)
    return runner is not None


def down(data_dir: Path) -> int:
    """`stop`, for the command line; 0 also if nothing runs."""
    stopped = stop(data_dir)
    print("stopped" if stopped else f"no stack is up on {data_dir.resolve()}")
    return 0


def status(data_dir: Path) -> int:
    """Print what runs; 0 if the stack is up and ready, 1 if it is not ready, 3 if it is down."""
    data_dir = data_dir.resolve()
    runner = runner_of(data_dir)
    if runner is None:
        print(f"no stack is up on {data_dir}")
        return 3
    state = _state_of(data_dir, runner)
    if state is None:
        print(f"the state of the stack cannot be read; its runner is pid {runner.pid}")
        for name, process in sorted(parts_of(data_dir).items()):
            print(f"{name:12} runs      pid {process.pid}")
        print("not known whether it is ready; `down` stops it")
        return 1
    for name, part in state.parts.items():
        if name == "migrate" and part.process is None:
            continue
        word = "ready" if part.ready else "starting"
        pid = f"pid {part.process.pid}" if part.process is not None else "not running"
        print(f"{name:12} {word if part.process else 'down':9} {pid:12} starts {part.starts}")
    print("ready" if state.ready else "not ready")
    return 0 if state.ready else 1


def _state_of(data_dir: Path, runner: Identity) -> StackState | None:
    """The state that the runner has written; None if it cannot write it.

    A file that is broken is written again by a runner within a second.
    """
    deadline = time.monotonic() + _REWRITE_SECONDS
    while True:
        state = read_state(data_dir)
        if state is not None and state.runner.pid == runner.pid:
            return state
        if time.monotonic() > deadline:
            return None
        time.sleep(0.05)

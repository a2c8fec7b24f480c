"""A stack for tests: the same runner in a process of its own, with parts that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded.endpoints import read_endpoints
from embedded.plan import ALL
from embedded.runner import start_runner, stop
from embedded.state import PartState, StackState, read_state


class StackNotReady(Exception):  # noqa: N818
    """The stack, or a part of it, was not ready in time. The text ends with the runner's log."""


class Stack:
    """A stack in a data folder, as a context manager: started and ready inside, stopped outside.

    Args:
        workers: how many stream workers.
        api_port: the API's port; 0 takes a free one and keeps it.
        env: on top of this process' environment, for every part.
        parts: which of `embedded.plan.ALL` to run.
        ready_seconds: how long to wait for everything at the start.
        migrated: called as soon as the database has its tables.
    """

    def __init__(
        self,
        data_dir: Path,
        workers: int = 2,
        api_port: int = 0,
        env: Mapping[str, str] | None = None,
        parts: Collection[str] = ALL,
        ready_seconds: float = 90.0,
        migrated: Callable[[], object] | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self._workers = workers
        self._api_port = api_port
        self._env = {**os.environ, **(env or {})}
        self._chosen = tuple(parts)
        self._ready_seconds = ready_seconds
        self._migrated = migrated
        self._runner: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_ready(self._ready_seconds)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the runner; what it starts is ready some seconds later."""
        self._runner = start_runner(
            self.data_dir,
            workers=self._workers,
            api_port=self._api_port,
            parts=self._chosen,
            env=self._env,
            tied=True,
        )

    def stop(self) -> None:
        """Stop everything; the data stays."""
        stop(self.data_dir)
        if self._runner is not None:
            # It may have been killed, or not have recorded yet that it runs.
            if self._runner.poll() is None:
                self._runner.terminate()
            self._runner.wait()
            self._runner = None

    @property
    def endpoints(self) -> dict[str, str]:
        """The addresses, by the names of the environment variables."""
        return read_endpoints(self.data_dir)

    @property
    def parts(self) -> list[str]:
        """The names of the parts that keep running: `broker`, …, `worker-0`, …"""
        state = self._state()
        return [] if state is None else [name for name in state.parts if name != "migrate"]

    @property
    def runner_pid(self) -> int:
        """The process id of the runner."""
        assert self._runner is not None
        return self._runner.pid

    def pid(self, part: str) -> int | None:
        """The process id of a part; None while it does not run."""
        process = self._part(part).process
        return process.pid if process is not None and process.alive() else None

    def starts(self, part: str) -> int:
        """How often a part was started."""
        return self._part(part).starts

    def kill(self, part: str) -> int:
        """SIGKILL to a part, which the runner will start again; the process id it had.

        Raises:
            StackNotReady: the part does not run at the moment.
        """
        process = self._part(part).process
        if process is None or not process.alive():
            raise StackNotReady(f"{part} does not run")
        process.send(signal.SIGKILL)
        return process.pid

    def kill_runner(self) -> None:
        """SIGKILL to the runner."""
        assert self._runner is not None
        self._runner.kill()
        self._runner.wait()

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Wait until every part runs and is ready.

        Raises:
            StackNotReady: it takes longer, or the runner ended.
        """
        self._wait("the stack", timeout, lambda state: state.ready and self._all_alive(state))

    def wait_restarted(self, part: str, starts: int, timeout: float = 30.0) -> None:
        """Wait until a part was started more often than `starts` and is ready again.

        Raises:
            StackNotReady: it takes longer, or the runner ended.
        """
        self._wait(
            part,
            timeout,
            lambda state: state.parts[part].starts > starts and state.parts[part].ready,
        )

    def log(self, part: str, lines: int = 40) -> str:
        """The end of a part's log (`runner` for that of the runner itself)."""
        path = self.data_dir / "logs" / f"{part}.log"
        if not path.exists():
            return ""
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

    def _wait(self, what: str, timeout: float, condition: Callable[[StackState], bool]) -> None:
        deadline = time.monotonic() + timeout
        while True:
            state = self._state()
            if state is not None and state.migrated and self._migrated is not None:
                self._migrated()
                self._migrated = None
            if state is not None and condition(state):
                return
            ended = self._runner is not None and self._runner.poll() is not None
            if ended or time.monotonic() > deadline:
                why = "the runner ended" if ended else f"not ready after {timeout} s"
                raise StackNotReady(f"{what}: {why}\n{self.log('runner')}")
            time.sleep(0.02)

    def _state(self) -> StackState | None:
        state = read_state(self.data_dir)
        return state if state is not None and state.runner.alive() else None

    @staticmethod
    def _all_alive(state: StackState) -> bool:
        kept = [part for name, part in state.parts.items() if name != "migrate"]
        return all(part.process is not None and part.process.alive() for part in kept)

    def _part(self, part: str) -> PartState:
        state = self._state()
        if state is None or part not in state.parts:
            raise StackNotReady(f"{part} is no part of a running stack")
        return state.parts[part]

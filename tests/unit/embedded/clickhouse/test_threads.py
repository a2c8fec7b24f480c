"""What runs beside the requests of the embedded database goes on, whatever goes wrong in between."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import cast

import pytest

from embedded.clickhouse import disk as disk_module
from embedded.clickhouse.disk import Disk
from embedded.clickhouse.errors import QueryError
from embedded.clickhouse.handler import Handler
from embedded.clickhouse.server import Server
from embedded.clickhouse.supervised import supervised
from embedded.clickhouse.watch import Watch
from tests.harness.small_disk import fill, small_disk
from tests.harness.waiting import wait_until


def test_a_thread_that_fails_is_started_again() -> None:
    calls: list[int] = []

    def look() -> None:
        calls.append(1)
        if len(calls) < 3:
            raise KeyError("a bug")
        threading.Event().wait()

    supervised("looks", look, pause=0.01)
    wait_until(lambda: len(calls) == 3, "it is called again")


@pytest.mark.parametrize("failure", [KeyError("a bug"), QueryError(1, "the engine is busy")])
def test_a_query_that_cannot_be_ended_keeps_no_other_from_being_ended(failure: Exception) -> None:
    killed: list[str] = []

    def kill(mark: str) -> None:
        killed.append(mark)
        if len(killed) == 1:
            raise failure

    def broken() -> bool:
        raise failure

    watch = Watch(kill)
    with watch.over(broken), watch.over(lambda: True) as one, watch.over(lambda: True) as other:
        wait_until(lambda: {one, other} <= set(killed), "both are ended")


def test_a_client_that_cannot_be_accepted_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(cast(Handler, None), "127.0.0.1", 0)
    accept, failures = server._listener.accept, [OSError(24, "Too many open files")] * 3

    class Listener:
        def accept(self) -> tuple[socket.socket, object]:
            if failures:
                raise failures.pop()
            return accept()

    listener = server._listener
    monkeypatch.setattr(server, "_listener", Listener())
    serving = threading.Thread(target=server.serve, daemon=True)
    serving.start()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"this is not HTTP\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 4")
    monkeypatch.setattr(server, "_listener", listener)
    server.stop()


class Writes:
    """The engine's count of failed writes, and whether the process gave up."""

    def __init__(self) -> None:
        self.failed, self.gave_up = 0, 0

    def count(self) -> int:
        return self.failed

    def give_up(self) -> None:
        self.gave_up += 1

    def disk(self, folder: Path) -> Disk:
        return Disk(folder, self.count, self.give_up)


def test_on_a_disk_without_room_no_write_begins(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 40) as folder:
        disk = Writes().disk(folder)
        with disk.writing():
            pass
        ballast = folder / "ballast"
        fill(ballast)
        with pytest.raises(QueryError) as full, disk.writing():
            raise AssertionError("it must not begin")
        assert full.value.code == 243
        assert str(folder) in full.value.message
        ballast.unlink()
        with disk.writing():
            pass


def test_a_write_that_failed_while_the_disk_was_full_ends_the_process(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 40) as folder:
        writes = Writes()
        disk = writes.disk(folder)
        with disk.writing():
            fill(folder / "ballast")
            writes.failed = 1
            (folder / "ballast").unlink()
            fill(folder / "ballast")
        assert writes.gave_up == 1
        # Once for each that failed.
        disk.count()
        assert writes.gave_up == 1


def test_a_write_that_succeeded_on_a_full_disk_is_acknowledged(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 40) as folder:
        writes = Writes()
        with writes.disk(folder).writing():
            fill(folder / "ballast")
        assert writes.gave_up == 0


@pytest.mark.parametrize(
    "failure", [QueryError(1, "the engine is busy"), OSError("no such folder"), KeyError("a bug")]
)
def test_failed_writes_are_found_later_even_if_they_could_not_be_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr(disk_module, "_COUNT_SECONDS", 0.05)
    monkeypatch.setattr(disk_module, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(disk_module, "_IDLE_SECONDS", 0.1)
    writes, asked = Writes(), 0

    def count() -> int:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise failure
        return writes.failed

    disk = Disk(tmp_path, count, writes.give_up)
    wait_until(lambda: asked >= 3, "it counts again")
    writes.failed = 1
    with disk.writing():
        pass
    wait_until(lambda: writes.gave_up == 1, "the failed write is found")

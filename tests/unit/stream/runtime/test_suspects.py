"""Messages that end the process are handled by themselves, and given up after five deaths."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from schemas.tables import Table
from stream.runtime.drain import Draining, DrainSignal
from stream.runtime.guard import DEATHS, Guard, Work
from stream.runtime.journal import Journal
from stream.runtime.message import Message
from stream.runtime.retry import Retry
from stream.runtime.suspects import Suspects
from tests.harness.memory_sink import MemorySink
from tests.unit.stream.runtime.test_executors import Log

ROOT = Path(__file__).parents[4]
_DIES = """
import os, signal, sys
from pathlib import Path
from stream.runtime.journal import Journal
journal = Journal(Path(sys.argv[1]))
first = journal.enter("a" * 32, "t/0/1", alone=False)
journal.enter("b" * 32, "t/0/2", alone=False)
journal.remove([first])
journal.enter("c" * 32, "t/0/3", alone=True)
if sys.argv[2] == "orderly":
    journal.close()
os.kill(os.getpid(), signal.SIGKILL)
"""


def die(folder: Path, how: str) -> None:
    """A process that ends with messages in hand."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", _DIES, str(folder), how], env=env, check=False)
    assert ended.returncode == -signal.SIGKILL


def message(log: Log, n: int) -> Message:
    return log.message(n, value=b"%d" % n)


def test_what_a_killed_process_had_in_hand_is_found_once(tmp_path: Path) -> None:
    die(tmp_path, "killed")
    journal, other = Journal(tmp_path), Journal(tmp_path)
    ((death, forget),) = journal.deaths()
    held = {(h.message[0], h.alone, h.origin) for h in death.in_hand}
    assert held == {("b", False, "t/0/2"), ("c", True, "t/0/3")}
    # While one process records it, no other one does; and afterwards neither.
    assert other.deaths() == []
    forget()
    assert journal.deaths() == other.deaths() == []


def test_a_process_that_lives_or_ended_in_an_orderly_way_leaves_nothing(tmp_path: Path) -> None:
    die(tmp_path, "orderly")
    (tmp_path / "begun.new").write_bytes(b"abandoned")
    alive = Journal(tmp_path)
    alive.enter("a" * 32, "t/0/1", alone=False)
    assert Journal(tmp_path).deaths() == []
    assert {path.suffix for path in tmp_path.iterdir()} == {".journal"}


def test_the_folder_is_closed_to_others_and_must_be_ours(tmp_path: Path) -> None:
    Journal(tmp_path / "state")
    assert (tmp_path / "state").stat().st_mode & 0o77 == 0
    if os.getuid() == 0:
        os.chown(tmp_path / "state", 12345, -1)
        with pytest.raises(PermissionError):
            Journal(tmp_path / "state")


class Rig:
    """A guard with suspects, whose deaths are given."""

    def __init__(self, deaths: Mapping[str, int], journal: Journal | None = None) -> None:
        self.log, self.drain, self.sink = Log(), DrainSignal(), MemorySink()
        self.asked = 0
        self.groups: list[list[int]] = []

        async def known() -> Mapping[str, int]:
            self.asked += 1
            return deaths

        self.suspects = Suspects(
            journal=journal,
            deaths=known,
            sink=self.sink,
            retry=Retry(self.drain),
            drain=self.drain,
            worker="w",
        )
        self.guard = Guard(
            dead_letters=self.log,
            limit=self.log,
            drain=self.drain,
            suspects=self.suspects,
            pause=0.001,
        )

    async def handle(self, messages: Sequence[Message]) -> None:
        self.groups.append([m.offset for m in messages])

    async def run(self, messages: Sequence[Message]) -> list[int]:
        work = Work(self.handle, self.log.fail)
        return [m.offset async for m in self.guard.done(work, messages)]


async def test_suspects_are_handled_one_by_one_and_given_up_after_five_deaths() -> None:
    log = Log()
    messages = [message(log, n) for n in range(6)]
    deaths = {messages[1].content_id(): 0, messages[4].content_id(): DEATHS - 1,
              messages[5].content_id(): DEATHS}  # fmt: skip
    rig = Rig(deaths)
    assert sorted(await rig.run(messages)) == list(range(6))
    assert rig.groups == [[0, 2, 3], [1], [4]]
    ((offset, reason),) = rig.log.failed
    assert (offset, reason) == (
        5,
        "worker error: WorkerDied: a worker's process ended 5 times while it handled this alone",
    )
    assert [letter[:2] for letter in rig.log.letters] == [(5, "worker_error")]


async def test_the_database_is_asked_once_for_each_assignment() -> None:
    rig = Rig({})
    for n in range(3):
        await rig.run([message(rig.log, n)])
    assert rig.asked == 1
    rig.drain.begin()
    rig.drain.end()
    await rig.run([message(rig.log, 3)])
    assert rig.asked == 2


async def test_deaths_are_recorded_before_messages_are_handled(tmp_path: Path) -> None:
    die(tmp_path, "killed")
    rig = Rig({}, Journal(tmp_path))
    await asyncio.gather(*(rig.run([message(rig.log, n)]) for n in range(3)))
    rows = rig.sink.rows(Table.SUSPECTS)
    assert [(row["message"][0], row["alone"]) for row in rows] == [("b", 0), ("c", 1)]
    assert [path.suffix for path in tmp_path.iterdir()] == [".journal"]


async def test_nothing_else_is_in_hand_while_a_suspect_is_handled() -> None:
    rig = Rig({})
    suspect, other = message(rig.log, 1), message(rig.log, 2)
    entered: list[str] = []

    async def alone() -> None:
        async with rig.suspects.alone(suspect):
            entered.append("alone")

    async def together() -> None:
        async with rig.suspects.together([other]):
            entered.append("together")

    async with rig.suspects.together([other]):
        waiting = asyncio.create_task(alone())
        await asyncio.sleep(0)
        assert rig.suspects.waiting
        # What comes later does not overtake the suspect.
        later = asyncio.create_task(together())
        for _ in range(10):  # whatever may run by now has run
            await asyncio.sleep(0)
        assert entered == []
    await asyncio.gather(waiting, later)
    assert entered == ["alone", "together"]


async def test_a_suspect_that_waits_is_given_back_when_partitions_leave() -> None:
    rig = Rig({})
    async with rig.suspects.together([message(rig.log, 2)]):
        rig.drain.begin()
        with pytest.raises(Draining):
            async with rig.suspects.alone(message(rig.log, 1)):
                raise AssertionError("not reached")
    assert not rig.suspects.waiting


def test_equal_content_is_the_same_suspect_at_any_offset() -> None:
    log = Log()
    one, again = log.message(1, b"v"), log.message(2, b"v")
    assert one.content_id() == again.content_id()
    assert (
        len({m.content_id() for m in (one, log.message(1, b"w"), log.message(1, b"v", b"j"))}) == 3
    )

"""The fault drill: files go in while parts of the stack are killed at seeded moments.

Only the order of kills and the pauses between them come from the seed; how the processes run
against each other does not, so a seed is a scenario, not a recording.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tests.e2e import checking
from tests.e2e.client import TERMINAL, Client
from tests.files import SensorFile, generate
from tests.oracle import Expected, expect

# How the drill names what it kills; the workers are one kind.
KINDS = ("api", "worker", "broker", "store", "clickhouse")
# What makes recovery quick enough for a test; every value is an ordinary setting.
ENV = {"RECONCILE_AFTER_SECONDS": "5", "RECONCILE_EVERY_SECONDS": "1"}
_UPLOADERS = 3
_UPLOAD_SECONDS = 120.0
_RESTART_SECONDS = 60.0


class Killable(Protocol):
    """What the drill needs of a running stack."""

    def kill(self, part: str) -> int:
        """End the part's process with SIGKILL; the id it had."""
        ...

    def pid(self, part: str) -> int | None:
        """The part's process; None while it is not running."""
        ...

    @property
    def parts(self) -> list[str]: ...


@dataclass(slots=True)
class Drill:
    """What was done and what came of it."""

    seed: int
    files: list[SensorFile]
    expected: list[Expected]
    kills: list[str] = field(default_factory=list)
    accepted: dict[str, int] = field(default_factory=dict)  # file_id: index of the file
    say: Callable[[str], None] = print


def make_files(count: int, seed: int) -> list[SensorFile]:
    """`count` files of 10 to 200,000 rows, the smallest and the largest size among them."""
    random_ = random.Random(f"files {seed}")
    kinds = ["dirty", "clean", "quoted", "crlf", "many_sensors", "columns", "any_form", "damaged"]
    sizes = [10, 200_000] + [int(10 ** random_.uniform(1.0, 4.9)) for _ in range(count - 2)]
    files = [generate(kinds[n % len(kinds)], size, seed * 1000 + n) for n, size in enumerate(sizes)]
    random_.shuffle(files)
    return files


def make_drill(files: int, seed: int, say: Callable[[str], None] = print) -> Drill:
    """Files with what they must come to, before anything is started."""
    made = make_files(files, seed)
    return Drill(seed, made, [expect(file.data) for file in made], say=say)


async def run(
    drill: Drill, stack: Killable, client: Client, kills: int, drain_seconds: float = 120.0
) -> list[str]:
    """Upload all files while `kills` parts die; every difference from the oracle afterwards."""
    progress = _Progress(len(drill.files), kills)
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(_kill(drill, stack, kills, progress, started))
        queue = list(enumerate(drill.files))
        queue.reverse()
        for _ in range(_UPLOADERS):
            group.create_task(_upload(drill, client, queue, progress))
    drill.say(
        f"{time.monotonic() - started:5.1f} s  {len(drill.accepted)} files accepted, "
        f"{len(drill.kills)} kills, {client.retries} requests repeated"
    )
    wrong = await _drain(drill, client, drain_seconds)
    drill.say(f"{time.monotonic() - started:5.1f} s  drained")
    if wrong:
        return wrong
    for file_id, number in drill.accepted.items():
        wrong += await checking.one_file(client, file_id, drill.expected[number])
    by_id = {file_id: drill.expected[number] for file_id, number in drill.accepted.items()}
    wrong += await checking.whole_database(client, by_id)
    drill.say(f"{time.monotonic() - started:5.1f} s  compared: {len(wrong)} differences")
    return wrong


class _Progress:
    """Keeps uploads and kills abreast, so that neither is over before the other."""

    def __init__(self, files: int, kills: int) -> None:
        self._files, self._kills = files, kills
        self._uploaded, self._killed = 0, 0
        self._changed = asyncio.Condition()

    async def uploaded(self) -> None:
        async with self._changed:
            self._uploaded += 1
            self._changed.notify_all()

    async def killed(self) -> None:
        async with self._changed:
            self._killed += 1
            self._changed.notify_all()

    async def turn_to_upload(self, number: int) -> None:
        """Wait until file `number` (from 0) is due: its share of the kills has been done."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._killed >= int(number / self._files * self._kills)
            )


async def _upload(
    drill: Drill, client: Client, queue: list[tuple[int, SensorFile]], progress: _Progress
) -> None:
    while queue:
        number, file = queue.pop()
        await progress.turn_to_upload(number)
        response = await client.upload(
            file, key=f"drill-{drill.seed}-{number}", seconds=_UPLOAD_SECONDS
        )
        file_id = response.json()["file_id"]
        if file_id in drill.accepted:
            raise AssertionError(f"{file.name} was answered with another file's id {file_id}")
        drill.accepted[file_id] = number
        await progress.uploaded()


async def _kill(
    drill: Drill, stack: Killable, kills: int, progress: _Progress, started: float
) -> None:
    random_ = random.Random(f"kills {drill.seed}")
    kinds = [KINDS[n % len(KINDS)] for n in range(kills)]
    random_.shuffle(kinds)
    for kind in kinds:
        await asyncio.sleep(random_.uniform(0.2, 4.0))
        part = random_.choice(sorted(p for p in stack.parts if p.startswith(kind)))
        before = await _running(stack, part, None)
        await asyncio.to_thread(stack.kill, part)
        drill.kills.append(part)
        drill.say(f"{time.monotonic() - started:5.1f} s  killed {part} ({before})")
        await progress.killed()
        # The next kill may hit while this part is still coming up, but it must come up.
        await _running(stack, part, before)


async def _running(stack: Killable, part: str, other_than: int | None) -> int:
    """The pid of `part` once it runs, as another process than `other_than`."""
    try:
        async with asyncio.timeout(_RESTART_SECONDS):
            while True:
                pid = stack.pid(part)
                if pid is not None and pid != other_than:
                    return pid
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{part} did not start again in {_RESTART_SECONDS} s") from None


async def _drain(drill: Drill, client: Client, seconds: float) -> list[str]:
    """Wait until every accepted file is terminal; those that are not, in words."""
    waiting = set(drill.accepted)
    last: dict[str, object] = {}
    deadline = time.monotonic() + seconds
    while waiting and time.monotonic() < deadline:
        for file_id in sorted(waiting):
            document = await client.get(f"/api/v1/files/{file_id}")
            last[file_id] = {k: document[k] for k in ("filename", "status", "progress")}
            if document["status"] in TERMINAL:
                waiting.discard(file_id)
        await asyncio.sleep(0.2)
    return [f"{last[file_id]} is not terminal {seconds} s after the end" for file_id in waiting]

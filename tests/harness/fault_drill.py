"""The fault drill: files go in while parts of the stack are killed at seeded moments.

Only the order of kills and the pauses between them come from the seed; how the processes run
against each other does not, so a seed is a scenario, not a recording.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.harness import comparison, verification
from tests.harness.client import TERMINAL, Client
from tests.harness.drill_faults import Killable, WithSecondApi, lose_answers, pause_parts
from tests.harness.drill_files import DrillFile, make_files
from tests.harness.drill_operations import Operations

# How the drill names what it kills; the workers are one kind.
KINDS = ("api", "worker", "broker", "store", "clickhouse")
# Quick recovery, and many batches of a file in flight, some of their partials in the store; every
# value is an ordinary setting.
ENV = {
    "RECONCILE_AFTER_SECONDS": "5",
    "RECONCILE_EVERY_SECONDS": "1",
    "BATCH_BYTES": str(128 << 10),
    "PARTIALS_INLINE_BYTES": str(8 << 10),
    "READINGS": "on",
}
_UPLOADERS = 3
_UPLOAD_SECONDS = 120.0
_RESTART_SECONDS = 60.0
# How long a kill waits for the stack to have finished something since the kill before.
_PROGRESS_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Faults:
    """What happens beside kills, if there is a second API process.

    Args:
        lost: answers of services that are lost.
        pauses: processes that are stopped for up to `longest_pause` seconds each.
        operations: whether files that have ended are deleted, replayed, with other read options too,
            and corrected.
    """

    second: WithSecondApi
    lost: int = 10
    pauses: int = 2
    longest_pause: float = 6.0
    operations: bool = True


@dataclass(slots=True)
class Drill:
    """What was done, and the results."""

    seed: int
    files: list[DrillFile]
    kills: list[str] = field(default_factory=list)
    accepted: dict[str, int] = field(default_factory=dict)  # file_id: index of the file
    ended: dict[str, str] = field(default_factory=dict)  # file_id: status when it was first seen
    lost: list[str] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)
    operations: dict[str, int] = field(default_factory=dict)  # how many files each was done with
    say: Callable[[str], None] = print


def make_drill(files: int, seed: int, say: Callable[[str], None] = print) -> Drill:
    """Files with their expected results, before anything is started."""
    return Drill(seed, make_files(files, seed), say=say)


async def run(
    drill: Drill,
    stack: Killable,
    client: Client,
    kills: int,
    *,
    kinds: Sequence[str] = KINDS,
    drain_seconds: float = 300.0,
    faults: Faults | None = None,
) -> list[str]:
    """Upload all files while `kills` parts of `kinds` die; every difference from the oracle.

    With `faults` answers are lost and processes are paused meanwhile, and files that have ended are
    deleted, replayed and corrected; `stack` is `faults.second` then.

    A file is compared twice: in the moment it is first seen ended, when parts may still die, and
    again when everything is over, together with the views over all files.
    """
    progress = _Progress(len(drill.files), kills)
    clock = _Clock(drill.say)
    wrong: list[str] = []
    operations = Operations(client, drill.seed) if faults and faults.operations else None
    watching = asyncio.create_task(_watch(drill, client, wrong, operations))
    over = asyncio.Event()
    beside = [] if faults is None else _beside(drill, faults, over)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(
                _kill(drill, stack, chosen(drill.seed, kinds, kills), progress, clock)
            )
            queue = list(enumerate(drill.files))
            queue.reverse()
            for _ in range(_UPLOADERS):
                group.create_task(_upload(drill, client, queue, progress))
        over.set()
        await asyncio.gather(*beside)
        clock.say(
            f"{len(drill.accepted)} files accepted, {len(drill.ended)} ended, "
            f"{len(drill.kills)} kills, {len(drill.lost)} answers lost, {len(drill.paused)} pauses, "
            f"{client.retries} requests repeated"
        )
        await asyncio.wait({watching}, timeout=drain_seconds)
        if not watching.done():
            return wrong + await _still_waiting(drill, client, drain_seconds)
        watching.result()
        if operations is not None:
            await operations.ended()
    finally:
        over.set()
        for task in (watching, *beside):
            task.cancel()
    by_id = {file_id: drill.files[number].expected for file_id, number in drill.accepted.items()}
    if operations is not None:
        by_id |= operations.corrected | operations.read_again
        by_id = {i: expected for i, expected in by_id.items() if i not in operations.deleted}
        drill.operations = operations.counts
        clock.say(", ".join(f"{n} files {done}" for done, n in operations.counts.items()))
    clock.say("all ended")
    for file_id, expected in by_id.items():
        wrong += await verification.one_file(client, file_id, expected)
    wrong += await verification.whole_database(client, by_id)
    clock.say(f"compared: {len(wrong)} differences")
    return wrong


def _beside(drill: Drill, faults: Faults, over: asyncio.Event) -> list[asyncio.Task[None]]:
    """The faults that go on until `over` is set."""
    second = faults.second
    losing = lose_answers(second.api, drill.seed, faults.lost, drill.lost, over)
    pausing = pause_parts(
        second, drill.seed, faults.pauses, faults.longest_pause, drill.paused, over
    )
    return [asyncio.create_task(losing), asyncio.create_task(pausing)]


class _Clock:
    """Says things with the time since the start."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._started = say, time.monotonic()

    def say(self, text: str) -> None:
        self._say(f"{time.monotonic() - self._started:5.1f} s  {text}")


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
    drill: Drill, client: Client, queue: list[tuple[int, DrillFile]], progress: _Progress
) -> None:
    while queue:
        number, file = queue.pop()
        await progress.turn_to_upload(number)
        response = await client.upload(
            file.file,
            key=f"drill-{drill.seed}-{number}",
            params=file.options,
            seconds=_UPLOAD_SECONDS,
        )
        file_id = response.json()["file_id"]
        if file_id in drill.accepted:
            raise AssertionError(f"{file.file.name} was answered with another file's id {file_id}")
        drill.accepted[file_id] = number
        await progress.uploaded()


def chosen(seed: int, kinds: Sequence[str], kills: int) -> list[str]:
    """What to kill, in order: every kind as often as the others, or nearly."""
    order = [kinds[n % len(kinds)] for n in range(kills)]
    random.Random(f"kills {seed}").shuffle(order)
    return order


async def _watch(
    drill: Drill, client: Client, wrong: list[str], operations: Operations | None
) -> None:
    """See each file end and compare it in that moment; returns when all files have ended."""
    while len(drill.ended) < len(drill.files):
        # Those that were accepted before the list was asked for: until its upload is repeated with
        # success, a file can be listed as failed.
        accepted = list(drill.accepted.items())
        listed = (await client.get("/api/v1/files", limit=1000))["items"]
        ended = {file["file_id"] for file in listed if file["status"] in TERMINAL}
        for file_id, number in accepted:
            if file_id not in ended or file_id in drill.ended:
                continue
            document = await client.get(f"/api/v1/files/{file_id}")
            file, expected = drill.files[number], drill.files[number].expected
            sensors = comparison.sensors(expected, await client.sensors(file_id))
            invalid = comparison.invalid_rows(expected, await client.invalid_rows(file_id))
            at_once = comparison.document(expected, document) + sensors + invalid
            wrong += [f"when it ended: {file.file.name}: {text}" for text in at_once]
            drill.ended[file_id] = document["status"]
            if operations is not None:
                operations.begin(file_id, file)
        await asyncio.sleep(0.1)


async def _kill(
    drill: Drill, stack: Killable, kinds: Sequence[str], progress: _Progress, clock: _Clock
) -> None:
    random_ = random.Random(f"moments {drill.seed}")
    for kind in kinds:
        # Some kills hit a stack that is coming up, most of them one that is at work.
        if random_.random() < 0.7:
            await _something_ended(drill)
        await asyncio.sleep(random_.uniform(0.0, 2.5))
        part = random_.choice(sorted(p for p in stack.parts if p.startswith(kind)))
        before = await _running(stack, part, None)
        await asyncio.to_thread(stack.kill, part)
        drill.kills.append(part)
        clock.say(
            f"killed {part} ({before}); {len(drill.accepted)} files accepted, "
            f"{len(drill.ended)} ended"
        )
        await progress.killed()
        # The next kill may hit while this part is still coming up, but it must come up.
        await _running(stack, part, before)


async def _something_ended(drill: Drill) -> None:
    """Wait until one more file has ended, or for `_PROGRESS_SECONDS` if none does."""
    known = len(drill.ended)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PROGRESS_SECONDS):
            while True:
                if len(drill.ended) > known:
                    return
                await asyncio.sleep(0.05)


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


async def _still_waiting(drill: Drill, client: Client, seconds: float) -> list[str]:
    """The accepted files that have not ended, in words."""
    wrong = []
    for file_id in sorted(drill.accepted.keys() - drill.ended.keys()):
        document = await client.get(f"/api/v1/files/{file_id}")
        shown = {k: document[k] for k in ("file_id", "filename", "status", "progress")}
        wrong.append(f"{seconds:g} s after the last kill: {shown}")
    return wrong or ["the watch over the files did not end"]

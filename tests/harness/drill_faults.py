"""Faults and operations of the drill beside kills: a second API process that loses answers, pauses,
and files that are deleted, replayed and corrected while parts die."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import random
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, Protocol

import httpx

from tests.harness.client import Client
from tests.harness.oracle import Expected, expect
from tests.harness.proxied_api import SERVICES, ProxiedApi

SECOND_API: Final = "api-2"
HEADER: Final = "sensor_id,timestamp,value\n"
# How many calls a fault waits for at the most, and for how many seconds.
_CALLS: Final = 12
_LOSE_SECONDS: Final = 5.0
_REFUSES: Final = (0.0, 0.3, 1.5)
# So many invalid rows of a file are corrected.
_CORRECTED: Final = 20
_SECONDS: Final = 600.0


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


class WithSecondApi:
    """A stack with a second API process, which reaches its services through proxies."""

    def __init__(self, stack: Killable, env: Mapping[str, str], log: Path) -> None:
        self._stack = stack
        self._started = ExitStack()
        self.api = self._started.enter_context(ProxiedApi(env, log))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.api.port}"

    @property
    def parts(self) -> list[str]:
        return [*self._stack.parts, SECOND_API]

    def pid(self, part: str) -> int | None:
        return self.api.pid if part == SECOND_API else self._stack.pid(part)

    def kill(self, part: str) -> int:
        return self.api.restart() if part == SECOND_API else self._stack.kill(part)

    def close(self) -> None:
        self._started.close()


async def lose_answers(
    api: ProxiedApi, seed: int, count: int, lost: list[str], over: asyncio.Event
) -> None:
    """Lose `count` answers of the services to `api`, whatever calls they belong to; fewer if
    everything is over before."""
    random_ = random.Random(f"lost {seed}")
    while len(lost) < count and not over.is_set():
        proxy = api.proxy(random_.choice(SERVICES))
        nth, refuse = random_.randint(1, _CALLS), random_.choice(_REFUSES)
        await asyncio.to_thread(proxy.lose, nth, refuse_seconds=refuse)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOSE_SECONDS):
                while proxy.lost is None and not over.is_set():  # noqa: ASYNC110 - of a thread
                    await asyncio.sleep(0.02)
                # The caller notices, and tries again.
                await asyncio.sleep(refuse)
        if proxy.lost is not None:
            lost.append(proxy.lost)
        await asyncio.to_thread(proxy.behave)


async def pause_parts(
    stack: Killable, seed: int, count: int, longest: float, paused: list[str], over: asyncio.Event
) -> None:
    """Stop `count` processes for up to `longest` seconds each, one at a time."""
    random_ = random.Random(f"pauses {seed}")
    for _ in range(count):
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), random_.uniform(0.5, 4.0))
        if over.is_set():
            return
        part = random_.choice(sorted(stack.parts))
        seconds = random_.uniform(0.5, longest)
        pid = stack.pid(part)
        if pid is None:
            continue
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                os.kill(pid, signal.SIGCONT)
            paused.append(part)


class Operations:
    """What is done with files that have ended, and the results they must have then.

    Each may be repeated, at another process, because it was not answered.
    """

    def __init__(self, client: Client, seed: int) -> None:
        self._client = client
        self._random = random.Random(f"operations {seed}")
        self._tasks: list[asyncio.Task[None]] = []
        self.deleted: set[str] = set()
        self.corrected: dict[str, Expected] = {}
        self.replayed: set[str] = set()

    def begin(self, file_id: str, expected: Expected) -> None:
        """Do something with a file that has ended, or leave it alone."""
        choice = self._random.random()
        correctable = [i for i in expected.invalid if i.column in ("value", "timestamp")]
        if choice < 0.15:
            self.deleted.add(file_id)
            work = self._delete(file_id)
        elif choice < 0.4:
            self.replayed.add(file_id)
            work = self._replay(file_id)
        elif choice < 0.65 and correctable:
            work = self._correct(file_id, [str(i.row) for i in correctable[:_CORRECTED]])
        else:
            return
        self._tasks.append(asyncio.create_task(work))

    async def ended(self) -> None:
        """Wait for all of them, and for the files that they made.

        Raises:
            AssertionError: an answer that the documents do not allow.
        """
        await asyncio.gather(*self._tasks)
        for file_id in self.corrected:
            await self._client.ended(file_id, _SECONDS)

    async def _delete(self, file_id: str) -> None:
        answer = await self._ask("DELETE", f"/api/v1/files/{file_id}")
        # A repetition of what was done already.
        assert answer.status_code in (204, 404), answer.text

    async def _replay(self, file_id: str) -> None:
        answers = await asyncio.gather(
            *(self._ask("POST", f"/api/v1/files/{file_id}/replay") for _ in range(2))
        )
        for answer in answers:
            assert answer.status_code in (202, 409), answer.text
        async with asyncio.timeout(_SECONDS):
            while True:
                document = await self._client.get(f"/api/v1/files/{file_id}", _SECONDS)
                if document["generation"] >= 2 and document["replay"] is None:
                    return
                await asyncio.sleep(0.2)

    async def _correct(self, file_id: str, rows: Sequence[str]) -> None:
        path = f"/api/v1/files/{file_id}"
        answer = await self._ask("GET", f"{path}/invalid-rows", headers={"Accept": "text/csv"})
        assert answer.status_code == 200, answer.text
        exported = {row["row"]: row for row in csv.DictReader(io.StringIO(answer.text))}
        sent, readings = [], []
        for number, row in enumerate(rows):
            reading = {
                "sensor_id": f"corrected-{file_id[-6:]}-{number % 3}",
                "timestamp": f"2026-03-01T00:00:{number:02}Z",
                "value": str(number + 0.5),
            }
            sent.append({**exported[row], **reading})
            readings.append(",".join(reading.values()))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(sent[0]))
        writer.writeheader()
        writer.writerows(sent)
        answer = await self._ask(
            "POST",
            f"{path}/resubmit",
            content=text.getvalue().encode(),
            headers={"Content-Type": "text/csv", "Idempotency-Key": f"corrected {file_id}"},
        )
        assert answer.status_code in (200, 202), answer.text
        taken = expect((HEADER + "\n".join(readings)).encode())
        self.corrected[answer.json()["file_id"]] = taken

    async def _ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        return await self._client.request(method, path, _SECONDS, **arguments)

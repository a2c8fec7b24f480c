"""Runs cases against an API, many at once, and collects what must never happen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

import orjson
import psutil

from ingest.http.error_codes import CODES
from tests.fuzz.http.cases import Case
from tests.fuzz.http.wire import Answer, Exchange, exchange

# Connections at once.
ABREAST = 24
_KEPT = 50


@dataclass
class Attack:
    """An attack on the API at `port`: its findings, and what was answered how often."""

    port: int
    files: list[str]
    uploads: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    async def run(self, cases: Iterable[Case]) -> None:
        """Send all cases, in their order, `ABREAST` at a time."""
        waiting = iter(cases)

        async def client() -> None:
            for one in waiting:
                await self.send(one)

        async with asyncio.TaskGroup() as clients:
            for _ in range(ABREAST):
                clients.create_task(client())

    async def send(self, case: Case) -> Exchange:
        """Send one case and judge what comes back."""
        draw = Random(case.number)
        ids = {
            b"{FILE}": draw.choice(self.files[:3] + self.files[-20:]),
            b"{UPLOAD}": draw.choice(self.uploads[-20:] or ["x"]),
        }
        pieces = list(case.pieces)
        for name, known in ids.items():
            pieces = [piece.replace(name, known.encode()) for piece in pieces]
        try:
            found = await exchange(
                self.port,
                pieces,
                end=case.end,
                requests=case.requests,
                pause=case.pause,
                method=case.method,
            )
        except OSError as exc:
            self.findings.append(f"{case.number} ({case.kind}): no connection: {exc}")
            return Exchange()
        for fault in faults(found):
            self.findings.append(f"{case.number} ({case.kind}): {fault}")
        for answer in found.answers:
            self.answers[f"{answer.status}"] += 1
            self._remember(answer)
        if not found.answers:
            self.answers["none"] += 1
        return found

    def _remember(self, answer: Answer) -> None:
        place = answer.headers.get("location", "")
        if answer.status in (200, 202) and place.startswith("/api/v1/files/"):
            self.files = [*self.files[-_KEPT:], place.rpartition("/")[2]]
        elif answer.status == 201:
            self.uploads = [*self.uploads[-_KEPT:], place.rpartition("/")[2]]


def faults(found: Exchange) -> list[str]:
    """The faults of a response."""
    wrong = []
    if found.hung:
        wrong.append("neither an answer nor the end of the connection")
    if found.garbage:
        wrong.append(f"not HTTP: {found.garbage!r}")
    for answer in found.answers:
        if answer.status >= 500 and not (
            answer.status == 503 and answer.headers.get("retry-after", "").isdigit()
        ):
            wrong.append(f"{answer.status} {answer.body[:300]!r}")
        if answer.status >= 400 and answer.body and not _is_problem(answer):
            wrong.append(f"{answer.status} is no problem document: {answer.body[:200]!r}")
    return wrong


def _is_problem(answer: Answer) -> bool:
    if answer.headers.get("content-type", "") != "application/problem+json":
        return False
    problem = orjson.loads(answer.body)
    code = problem["code"]
    return problem["status"] == answer.status and (code in CODES or answer.status in (404, 405))


@dataclass(frozen=True)
class Held:
    """What a process holds."""

    descriptors: int
    memory: int
    children: int

    @classmethod
    def of(cls, pid: int) -> Held:
        """Now."""
        process = psutil.Process(pid)
        return cls(process.num_fds(), process.memory_info().rss, len(process.children()))

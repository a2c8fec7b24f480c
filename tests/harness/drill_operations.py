"""What the drill does with files that have ended: they are deleted, replayed, read with other options
and corrected, while parts die."""

from __future__ import annotations

import asyncio
import csv
import io
import random
from collections.abc import Iterable
from typing import Any, Final, Literal, get_args

import httpx

from tests.harness.client import Client
from tests.harness.drill_files import DrillFile, Options
from tests.harness.oracle import HEADER, Expected, expect

# So many invalid rows of a file are corrected.
_CORRECTED: Final = 20
_SECONDS: Final = 600.0
_CELLS: Final = ("value", "timestamp")
_ExportedRow = dict[str, str]
Kind = Literal["leave", "delete", "replay", "read_again", "correct"]
_ALL: Final[tuple[Kind, ...]] = (*get_args(Kind), "read_again")


class Operations:
    """What is done with files that have ended, and the results they must have then.

    Each may be repeated, at another process, because it was not answered.
    """

    def __init__(self, client: Client, seed: int) -> None:
        self._client = client
        self._random = random.Random(f"operations {seed}")
        self._tasks: list[asyncio.Task[None]] = []
        # Each kind comes once, or nearly, before any comes again.
        self._due: list[Kind] = []
        self.deleted: set[str] = set()
        self.corrected: dict[str, Expected] = {}
        self.replayed: set[str] = set()
        self.read_again: dict[str, Expected] = {}

    def begin(self, file_id: str, file: DrillFile) -> None:
        """Do something with a file that has ended, or leave it alone."""
        possible: set[Kind] = {"leave", "delete", "replay"}
        if file.other is not None:
            possible.add("read_again")
        if file.correctable or any(i.column in _CELLS for i in file.expected.invalid):
            possible.add("correct")
        if possible.isdisjoint(self._due):
            self._due += self._random.sample(_ALL, len(_ALL))
        # What few files can have first.
        order: tuple[Kind, ...] = ("correct", "read_again", *self._due)
        kind = next(one for one in order if one in possible and one in self._due)
        self._due.remove(kind)
        if kind == "leave":
            return
        if kind == "delete":
            self.deleted.add(file_id)
            work = self._delete(file_id)
        elif kind == "replay":
            self.replayed.add(file_id)
            work = self._replay(file_id, {})
        elif kind == "read_again":
            work = self._read_again(file_id, file, by_upload=self._random.random() < 0.5)
        else:
            work = self._correct(file_id, file)
        self._tasks.append(asyncio.create_task(work))

    @property
    def counts(self) -> dict[str, int]:
        """How many files each was done with."""
        return {
            "deleted": len(self.deleted),
            "replayed": len(self.replayed),
            "read with other options": len(self.read_again),
            "corrected": len(self.corrected),
        }

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

    async def _replay(self, file_id: str, options: Options) -> None:
        path = f"/api/v1/files/{file_id}/replay"
        answers = await asyncio.gather(*(self._ask("POST", path, params=options) for _ in range(2)))
        for answer in answers:
            assert answer.status_code in (202, 409), answer.text
        await self._is_read(file_id)

    async def _read_again(self, file_id: str, file: DrillFile, *, by_upload: bool) -> None:
        assert file.other is not None
        options, expected = await asyncio.to_thread(file.other)
        self.read_again[file_id] = expected
        if not by_upload:
            # Those that are not named would stay as they are.
            reset = dict.fromkeys(file.options.keys() - options.keys(), "auto")
            await self._replay(file_id, {**options, **reset})
            return
        # The same bytes with other options.
        key = f"again {file_id}"
        answer = await self._client.upload(file.file, key=key, params=options, seconds=_SECONDS)
        assert answer.json()["file_id"] == file_id, answer.text
        await self._is_read(file_id)

    async def _is_read(self, file_id: str) -> None:
        """Wait until a later generation than the first holds, and no other one begins."""
        async with asyncio.timeout(_SECONDS):
            while True:
                document = await self._client.get(f"/api/v1/files/{file_id}", _SECONDS)
                if document["generation"] >= 2 and document["replay"] is None:
                    return
                await asyncio.sleep(0.2)

    async def _correct(self, file_id: str, file: DrillFile) -> None:
        path = f"/api/v1/files/{file_id}"
        answer = await self._ask("GET", f"{path}/invalid-rows", headers={"Accept": "text/csv"})
        assert answer.status_code == 200, answer.text
        exported = list(csv.DictReader(io.StringIO(answer.text)))
        sent, expected = (
            _cells(file, exported) if file.wide else _rows(file_id, file.expected, exported)
        )
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
        self.corrected[answer.json()["file_id"]] = expected

    async def _ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        return await self._client.request(method, path, _SECONDS, **arguments)


def _rows(
    file_id: str, original: Expected, exported: Iterable[_ExportedRow]
) -> tuple[list[_ExportedRow], Expected]:
    """Corrected rows of a long file, all three cells of each, and what is read of them."""
    by_row = {row["row"]: row for row in exported}
    rows = [str(i.row) for i in original.invalid if i.column in _CELLS]
    sent, readings = [], []
    for number, row in enumerate(rows[:_CORRECTED]):
        reading = {
            "sensor_id": f"corrected-{file_id[-6:]}-{number % 3}",
            "timestamp": f"2026-03-01T00:00:{number:02}Z",
            "value": str(number + 0.5),
        }
        sent.append({**by_row[row], **reading})
        readings.append(",".join(reading.values()))
    return sent, expect("\n".join([HEADER, *readings]).encode())


def _cells(
    file: DrillFile, exported: Iterable[_ExportedRow]
) -> tuple[list[_ExportedRow], Expected]:
    """Corrected cells of a wide file, whose sensor and time stay as they are."""
    by_cell = {(row["row"], row["column"]): row for row in exported}
    sent, expected = [], Expected()
    for number, (row, column, sensor, micros) in enumerate(file.correctable[:_CORRECTED]):
        value = f"{number}{file.decimal}5"
        sent.append({**by_cell[str(row), column], "value": value})
        expected.add(sensor, number + 1, micros, number + 0.5)
    expected.record_count = len(sent)
    return sent, expected

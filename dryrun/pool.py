"""Dry runs, comparisons and exports for the API, each in a process of its own, a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from pydantic import BaseModel

from dryrun.forks import ForkServer, Program, Run
from dryrun.request import Comparison, ComparisonRequest, DryRunRequest, ExportedFile, ExportRequest

_AT_ONCE: Final = 2
_CHUNK_BYTES: Final = 256 << 10
# A process runs for as long as its client takes to send or to read.
_PATIENCE_SECONDS: Final = 30.0


class Busy(Exception):  # noqa: N818 - a state, not a fault of the caller
    """As many processes run as may, and none ended in time."""


class _Runs:
    """Runs of one program, a few at a time; the others wait for them.

    Args:
        patience: how long they wait, in seconds.
    """

    def __init__(self, forks: ForkServer, program: Program, patience: float) -> None:
        self._forks, self._program, self._patience = forks, program, patience
        self._room = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def run(
        self, chunks: AsyncIterator[bytes], request: BaseModel
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.Task[int]]]:
        """What a process writes that reads `request` (a line of JSON) and the bytes of a file, and
        its exit code once it has read them. The code raises what `chunks` raises.

        Raises:
            Busy: nothing is started.
        """
        async with self._a_place(), self._forks.run(self._program) as run:
            feeding = asyncio.create_task(_feed(run, chunks, request))
            try:
                yield run.stdout, feeding
            finally:
                feeding.cancel()
                await asyncio.wait([feeding])

    @asynccontextmanager
    async def _a_place(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience):
                await self._room.acquire()
        except TimeoutError:
            raise Busy(f"{_AT_ONCE} are running and did not end in {self._patience:g} s") from None
        try:
            yield
        finally:
            self._room.release()


class DryRunPool:
    """Makes the documents that files would have."""

    def __init__(self, forks: ForkServer, patience: float = _PATIENCE_SECONDS) -> None:
        self._runs = _Runs(forks, "run", patience)

    async def document(self, chunks: AsyncIterator[bytes], request: DryRunRequest) -> bytes:
        """The document, as JSON, of the file of `chunks`. What `chunks` raises comes out as it is.

        Raises:
            Busy: other dry runs take too long.
        """
        async with self._runs.run(chunks, request) as (output, ended):
            answer = await output.read()
            if (code := await ended) != 0:
                raise RuntimeError(f"the dry run ended with code {code}")
            return answer


class ComparisonPool:
    """Compares how files were read with how they would be."""

    def __init__(self, forks: ForkServer, patience: float = _PATIENCE_SECONDS) -> None:
        self._runs = _Runs(forks, "comparison", patience)

    async def compare(
        self, chunks: AsyncIterator[bytes], request: ComparisonRequest
    ) -> list[Comparison]:
        """The comparison of each file in `chunks` (see `dryrun.comparison`), in their order. What
        `chunks` raises comes out as it is.

        Raises:
            Busy: other comparisons take too long.
        """
        async with self._runs.run(chunks, request) as (output, ended):
            answer = await output.read()
            if (code := await ended) != 0:
                raise RuntimeError(f"the comparison ended with code {code}")
            return [Comparison.model_validate_json(line) for line in answer.splitlines()]


class ExportPool:
    """Writes the readings of processed files."""

    def __init__(self, forks: ForkServer, patience: float = _PATIENCE_SECONDS) -> None:
        self._runs = _Runs(forks, "export", patience)

    async def stream(
        self,
        files: AsyncIterator[tuple[ExportedFile, AsyncIterator[bytes]]],
        request: ExportRequest,
    ) -> AsyncIterator[bytes]:
        """The readings of files, each with its bytes. What these raise comes out as it is.

        Raises:
            Busy: other exports take too long.
            ConnectionAbortedError: the file gives other readings than were counted; what was sent
                is aborted, so that clients notice that it is incomplete.
        """
        async with self._runs.run(_framed(files), request) as (output, ended):
            while data := await output.read(_CHUNK_BYTES):
                yield data
            if (code := await ended) != 0:
                raise ConnectionAbortedError(f"the export ended with code {code}")


async def _framed(
    files: AsyncIterator[tuple[ExportedFile, AsyncIterator[bytes]]],
) -> AsyncIterator[bytes]:
    """As `dryrun.export` reads them."""
    async for file, chunks in files:
        yield file.model_dump_json().encode() + b"\n"
        async for chunk in chunks:
            if chunk:
                yield b"%d\n" % len(chunk)
                yield chunk
        yield b"0\n"


async def _feed(run: Run, chunks: AsyncIterator[bytes], request: BaseModel) -> int:
    try:
        # A process that ends early is known by its code.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            run.stdin.write(request.model_dump_json().encode() + b"\n")
            async for chunk in chunks:
                run.stdin.write(chunk)
                await run.stdin.drain()
    finally:
        run.stdin.close()
    return await run.wait()

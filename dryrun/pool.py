"""Dry runs and exports for the API, each in a process of its own, a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Final

from dryrun.request import DryRunRequest, ExportRequest

_AT_ONCE: Final = 2
_CHUNK_BYTES: Final = 256 << 10


class DryRunPool:
    """Starts processes; those that are asked for while others run wait for them."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def document(self, chunks: AsyncIterator[bytes], request: DryRunRequest) -> bytes:
        """The document, as JSON, of the file of `chunks`. What `chunks` raises comes out as it is."""
        async with self._room:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "dryrun.run",
                request.model_dump_json(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            if process.stdin is None or process.stdout is None:
                raise AssertionError("pipes were asked for")
            reading = asyncio.create_task(process.stdout.read())
            try:
                # The exit code shows that a process ended early.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    async for chunk in chunks:
                        process.stdin.write(chunk)
                        await process.stdin.drain()
                    process.stdin.close()
                answer = await reading
                if await process.wait() != 0:
                    raise RuntimeError(f"the dry run ended with code {process.returncode}")
                return answer
            finally:
                reading.cancel()
                if process.returncode is None:
                    process.kill()
                    await process.wait()


class ExportPool:
    """Writes the readings of processed files; exports that are asked for while others run wait."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def stream(
        self, chunks: AsyncIterator[bytes], request: ExportRequest
    ) -> AsyncIterator[bytes]:
        """The readings of the file of `chunks`. What `chunks` raises comes out as it is.

        Raises:
            ConnectionAbortedError: the file gives other readings than were counted; what was sent
                is aborted, so that clients notice that it is incomplete.
        """
        async with self._room:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "dryrun.export",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            if process.stdin is None or process.stdout is None:
                raise AssertionError("pipes were asked for")
            feeding = asyncio.create_task(_feed(process.stdin, chunks, request))
            try:
                while data := await process.stdout.read(_CHUNK_BYTES):
                    yield data
                await feeding
                if await process.wait() != 0:
                    raise ConnectionAbortedError(f"the export ended with code {process.returncode}")
            finally:
                feeding.cancel()
                # Whatever became of the feeding: no process is left that nothing reads from.
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await asyncio.wait([feeding])
                await process.wait()


async def _feed(
    stdin: asyncio.StreamWriter, chunks: AsyncIterator[bytes], request: ExportRequest
) -> None:
    try:
        # A process that ends early is known by its code.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            stdin.write(request.model_dump_json().encode() + b"\n")
            async for chunk in chunks:
                stdin.write(chunk)
                await stdin.drain()
    finally:
        stdin.close()

"""Runs of the row engine's programs, forked from a process that has it loaded."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Literal

Program = Literal["run", "comparison", "export"]

# In the order of `dryrun.fork_server.PROGRAMS`, whose module loads the engine (a test compares them).
PROGRAMS: Final[tuple[Program, ...]] = ("run", "export", "comparison")
_SERVER: Final = "dryrun.fork_server"
_SOON_SECONDS: Final = 2.0


class Run:
    """A process of a program: write its input to `stdin`, read its output from `stdout`."""

    def __init__(
        self,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        state: asyncio.StreamReader,
    ) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._pid = asyncio.create_task(_number(state))
        self._code = asyncio.create_task(self._ended(state))

    async def pid(self) -> int | None:
        """Its process id, once it has begun; None if it never does."""
        return await asyncio.shield(self._pid)

    async def wait(self) -> int:
        """Its exit code; that of a killed process if it ended without one."""
        return await asyncio.shield(self._code)

    async def kill(self) -> None:
        """End it, if it runs."""
        pid = await self.pid()
        # The id of a process that ended may be another's by now.
        if pid is not None and not self._code.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.shield(self._code)

    async def _ended(self, state: asyncio.StreamReader) -> int:
        await self._pid
        code = await _number(state)
        return -signal.SIGKILL if code is None else code


async def _number(state: asyncio.StreamReader) -> int | None:
    """The next line; None at the end."""
    line = await state.readline()
    return int(line) if line.endswith(b"\n") else None


class ForkServer:
    """Starts `dryrun.fork_server` at the first run, and again if it died."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._control: socket.socket | None = None
        self._starting = asyncio.Lock()
        self._soon: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id; None if it does not run."""
        return None if self._process is None else self._process.pid

    def start_soon(self) -> None:
        """Have the engine loaded in a moment, unless it is: who opens the web UI may drop a file."""
        if self._soon is None:
            self._soon = asyncio.create_task(self._start_later())

    async def _start_later(self) -> None:
        # The page that is being opened goes first.
        await asyncio.sleep(_SOON_SECONDS)
        await self.start()

    async def start(self) -> socket.socket:
        """Have the engine loaded; what is asked for in the meantime waits in the socket."""
        async with self._starting:
            if (
                self._control is None
                or self._process is None
                or self._process.returncode is not None
            ):
                await self._stop()
                ours, theirs = socket.socketpair()
                try:
                    self._process = await asyncio.create_subprocess_exec(
                        *(sys.executable, "-m", _SERVER, str(theirs.fileno())),
                        stdin=asyncio.subprocess.DEVNULL,
                        pass_fds=(theirs.fileno(),),
                    )
                except BaseException:
                    ours.close()
                    raise
                finally:
                    theirs.close()
                self._control = ours
            return self._control

    async def close(self) -> None:
        """End the server; runs that it forked go on."""
        if self._soon is not None:
            self._soon.cancel()
            await asyncio.wait([self._soon])
        async with self._starting:
            await self._stop()

    async def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None

    @asynccontextmanager
    async def run(self, program: Program) -> AsyncIterator[Run]:
        """A process of `program`; it is killed at the end, if it still runs."""
        async with AsyncExitStack() as stack:
            control = await self.start()
            run = await _forked(control, program, stack)
            if await run.pid() is None:
                # The server died before it saw what was asked for.
                async with self._starting:
                    if self._control is control:
                        await self._stop()
                run = await _forked(await self.start(), program, stack)
            stack.push_async_callback(run.kill)
            yield run


async def _forked(control: socket.socket, program: Program, stack: AsyncExitStack) -> Run:
    pairs = [socket.socketpair() for _ in range(3)]
    try:
        handles = [theirs.fileno() for _, theirs in pairs]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(control, [bytes([PROGRAMS.index(program)])], handles)
    finally:
        for _, theirs in pairs:
            theirs.close()
    ends = [await asyncio.open_connection(sock=ours) for ours, _ in pairs]
    for _, writer in ends:
        stack.callback(writer.close)
    return Run(ends[0][1], ends[1][0], ends[2][0])

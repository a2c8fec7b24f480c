"""A bell for consumers of a broker that cannot wake them.

Tansu looks for new messages again and again while it holds a fetch, which costs the more the sooner
they are to be seen. So who publishes rings, and who consumes asks when it is rung for, and every now
and then in any case: a ring that is lost delays a message and loses none.

Each listener has a named pipe in a folder that only processes of one machine share.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_SUFFIX: Final = ".bell"
# Who was rung for a moment ago is about to look, or looks again soon.
_QUIET_SECONDS: Final = 0.001
_READ: Final = 1 << 16
# A process may have several consumers.
_NUMBERS: Final = itertools.count()


class Bell:
    """Rings for every listener of a folder.

    Args:
        folder: None if no consumer listens.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._rung = float("-inf")

    def ring(self) -> None:
        """Wake those who listen; to be called when the broker has the message."""
        now = time.monotonic()
        if self._folder is None or now - self._rung < _QUIET_SECONDS:
            return
        self._rung = now
        with suppress(OSError):
            for pipe in self._folder.iterdir():
                if pipe.suffix == _SUFFIX:
                    _ring(pipe)


def _ring(pipe: Path) -> None:
    try:
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as exc:
        if exc.errno == errno.ENXIO:
            # Its process ended without removing it. One that is being made has another name still.
            with suppress(OSError):
                pipe.unlink()
        return
    try:
        # A full pipe wakes its reader too.
        with suppress(OSError):
            os.write(descriptor, b"\0")
    finally:
        os.close(descriptor)


class BellListener:
    """Hears rings of a folder, in one event loop.

    Args:
        folder: is made if it does not exist.

    Raises:
        OSError: there are no named pipes in such a folder.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._pipe = folder / f"{os.getpid()}-{next(_NUMBERS)}{_SUFFIX}"
        new = self._pipe.with_suffix(".new")
        with suppress(FileNotFoundError):
            new.unlink()
        os.mkfifo(new, 0o600)
        # Also to be written, so that it does not end with the last one who rings.
        self._descriptor = os.open(new, os.O_RDWR | os.O_NONBLOCK)
        new.rename(self._pipe)

    def close(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._pipe.unlink()
        os.close(self._descriptor)

    def forget(self) -> None:
        """Forget rings until now: the broker is asked after this."""
        with suppress(BlockingIOError):
            while len(os.read(self._descriptor, _READ)) == _READ:
                pass

    async def heard(self, seconds: float) -> bool:
        """Return at the first ring since `forget`, or after so many seconds; whether it was rung."""
        loop = asyncio.get_running_loop()
        rung: asyncio.Future[None] = loop.create_future()

        def on_ring() -> None:
            loop.remove_reader(self._descriptor)
            if not rung.done():
                rung.set_result(None)

        loop.add_reader(self._descriptor, on_ring)
        try:
            done, _ = await asyncio.wait({rung}, timeout=seconds)
        finally:
            loop.remove_reader(self._descriptor)
        return bool(done)

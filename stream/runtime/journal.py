"""What a worker has in hand, in a file that outlives its process.

The file is mapped into memory: an entry costs a copy of a few bytes, no call to the system, and what
was written is still there after SIGKILL. The process holds a lock on its file; a file that is not
locked is that of a process that died. A process that ends in an orderly way removes its file first.
"""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LOG = logging.getLogger(__name__)
# More than all executors together handle at a time.
_ENTRIES: Final = 2048
# Bytes of an entry: flag, content id, origin; unused ones are zero.
_ENTRY: Final = 256
_SUFFIX: Final = ".journal"
_NEW: Final = ".new"
_FREE, _ALONE, _TOGETHER = b"\0", b"1", b"0"


@dataclass(frozen=True, slots=True)
class InHand:
    """A message that was in hand when a process died."""

    message: str
    alone: bool
    origin: str


@dataclass(frozen=True, slots=True)
class Death:
    """A process that died, with what it had in hand."""

    id: str
    in_hand: tuple[InHand, ...]


class Journal:
    """The file of this process.

    Args:
        folder: shared by processes of one machine; created, for its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        """Raises:
        OSError: the folder cannot be written to.
        """
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to another user")
        self._path = folder / f"{uuid.uuid4()}{_SUFFIX}"
        new = self._path.with_suffix(_NEW)
        self._file = new.open("w+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            # Written rather than left sparse: a full disk is an error here, and not a fault later.
            self._file.write(bytes(_ENTRIES * _ENTRY))
            self._map = mmap.mmap(self._file.fileno(), _ENTRIES * _ENTRY)
            # Found by others only now that it is locked.
            new.rename(self._path)
        except OSError:
            self._file.close()
            with suppress(OSError):
                new.unlink()
            raise
        self._free = list(range(_ENTRIES))

    def enter(self, message: str, origin: str, *, alone: bool) -> int | None:
        """Enter a message that is in hand from now on; the number of its entry."""
        if not self._free:
            return None
        number = self._free.pop()
        flag = _ALONE if alone else _TOGETHER
        text = f"{message} {origin}".encode()[: _ENTRY - 1]
        at = number * _ENTRY
        self._map[at + 1 : at + _ENTRY] = text.ljust(_ENTRY - 1, b"\0")
        self._map[at : at + 1] = flag
        return number

    def remove(self, entries: Sequence[int | None]) -> None:
        """Remove entries by their numbers."""
        for number in entries:
            if number is not None:
                self._map[number * _ENTRY : number * _ENTRY + 1] = _FREE
                self._free.append(number)

    def close(self) -> None:
        """The process ends in an orderly way: whatever it has in hand is not at fault."""
        with suppress(OSError):
            self._path.unlink()

    def deaths(self) -> list[tuple[Death, Callable[[], None]]]:
        """Processes that died, each with a function that forgets it. Until then, or until this
        process ends, no other process is given it."""
        for path in self._folder.glob(f"*{_NEW}"):
            _remove_abandoned(path)
        paths = self._folder.glob(f"*{_SUFFIX}")
        found = (_dead(path) for path in paths if path != self._path)
        return [death for death in found if death is not None]


def _dead(path: Path) -> tuple[Death, Callable[[], None]] | None:
    """What a journal says; None if its process lives, or if another process reads it."""
    try:
        file = path.open("rb", buffering=0)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        content = file.read()
        # Another process may have read and removed it before the lock was free.
        if not path.exists():
            raise FileNotFoundError(path)
    except OSError:
        file.close()
        return None

    def forget() -> None:
        with suppress(OSError):
            path.unlink()
        file.close()

    entries = (content[n : n + _ENTRY] for n in range(0, len(content), _ENTRY))
    in_hand = tuple(_entry(entry) for entry in entries if entry[:1] in (_ALONE, _TOGETHER))
    return Death(path.stem, in_hand), forget


def _remove_abandoned(path: Path) -> None:
    """Remove a file whose process died before it was a journal."""
    with suppress(OSError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another process locks its file right after it has made it, and writes to it only then.
        if os.fstat(file.fileno()).st_size:
            path.unlink()


def _entry(entry: bytes) -> InHand:
    message, _, origin = entry[1:].rstrip(b"\0").decode("utf-8", "replace").partition(" ")
    return InHand(message, entry[:1] == _ALONE, origin)

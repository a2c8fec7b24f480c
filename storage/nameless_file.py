"""A file that has no name while it is written: it appears complete and on disk, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


class NamelessFile:
    """A new file in a folder, which gets its name at the end (open(2), `O_TMPFILE`).

    A process that is killed in between leaves nothing. Methods block; none runs beside `close`.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def in_folder(cls, folder: Path) -> NamelessFile | None:
        """A new file; None if there can be none, as on some systems."""
        try:
            return cls(os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o644))
        except (OSError, AttributeError):
            return None

    def write(self, chunks: Iterable[bytes]) -> None:
        """Append `chunks`.

        Raises:
            OSError: the disk does not take them.
        """
        for chunk in chunks:
            left = memoryview(chunk)
            while left:
                left = left[os.write(self._handle, left) :]

    def sync(self) -> None:
        """Have all that was written on disk."""
        os.fsync(self._handle)

    def read(self, start: int, count: int) -> bytes:
        """The bytes [start, start + count), fewer where it ends before."""
        return os.pread(self._handle, count, start)

    def name(self, path: Path) -> bool:
        """Give it its name, below the same mount; False if another file has the name, or that cannot be
        done."""
        try:
            # As open(2) describes it; a link takes no other file's place. Without a folder Python
            # calls link(2), which would link to the link.
            source = f"/proc/self/fd/{self._handle}"
            os.link(source, path, src_dir_fd=self._handle, follow_symlinks=True)
        except OSError:
            return False
        return True

    def is_at(self, path: Path) -> bool:
        """Whether this file has that name, and not another one that took its place."""
        try:
            return os.path.samestat(os.fstat(self._handle), os.lstat(path))
        except OSError:
            return False

    def close(self) -> None:
        """Let go of it: without a name it is gone."""
        os.close(self._handle)

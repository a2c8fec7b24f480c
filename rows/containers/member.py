"""A member of a container, and the bounds on what members may be."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from schemas.errors import BadData

_CHUNK_BYTES: Final = 256 << 10
# Files that operating systems add to archives.
_LITTER: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_LITTER_FOLDER: Final = "__MACOSX"


@dataclass(frozen=True, slots=True)
class ContainerLimits:
    """Bounds on what a container may become."""

    max_members: int = 20_000
    # Bytes of all members together.
    max_bytes: int = 64 << 30
    # Expanded bytes per byte of the container, once there are `ratio_from`.
    max_ratio: int = 250
    ratio_from: int = 16 << 20
    # Containers within containers: an archive of workbooks is 2 deep.
    max_depth: int = 3
    # A container within a container is copied to a temporary file.
    max_nested_bytes: int = 1 << 30
    # Of the directory of a ZIP archive, which is held in memory: room for 20,000 members with long
    # names.
    max_directory_bytes: int = 16 << 20
    # Of the parts of a workbook, and the address space of the process that holds them as cells.
    max_workbook_bytes: int = 256 << 20
    max_workbook_memory: int = 1 << 30
    # Processor time of that process: far more than a workbook of that size takes.
    max_workbook_seconds: int = 600


@dataclass(frozen=True, slots=True)
class Member:
    """A file or sheet in a container.

    `name` is its path in the container, with that of the containers between (`days/mon.zip/a.csv`).
    `read` gives its bytes, once, before the next member is asked for; it raises `BadData` at what
    is damaged or beyond the bounds. A member that is `refused` has none.
    """

    name: str
    read: Callable[[], Iterator[bytes]]
    refused: BadData | None = None


class Budget:
    """Counts what comes out of a container, over all of its members and containers within."""

    def __init__(self, limits: ContainerLimits, size: int) -> None:
        self._limits, self._size = limits, size
        self._bytes = self._members = 0

    def member(self) -> None:
        """One more member.

        Raises:
            BadData: `too_many_members`.
        """
        self._members += 1
        if self._members > self._limits.max_members:
            raise BadData(
                "too_many_members",
                f"the container has more than {self._limits.max_members} members; send it in parts",
            )

    def directory(self, size: int) -> None:
        """The directory of an archive has `size` bytes.

        Raises:
            BadData: `too_many_members`.
        """
        if size > self._limits.max_directory_bytes:
            raise BadData(
                "too_many_members",
                f"the directory of the container has {size} bytes, more than "
                f"{self._limits.max_directory_bytes}; send it in parts",
            )

    def take(self, count: int) -> None:
        """`count` more bytes.

        Raises:
            BadData: `expansion_size` or `expansion_ratio`.
        """
        self._bytes += count
        limits = self._limits
        if self._bytes > limits.max_bytes:
            raise BadData(
                "expansion_size",
                f"the container expands to more than {limits.max_bytes} bytes; send it in parts",
            )
        if self._bytes > max(limits.ratio_from, limits.max_ratio * self._size):
            raise BadData(
                "expansion_ratio",
                f"the container expands to more than {limits.max_ratio} times its size; send the "
                "files in it by themselves",
            )

    def chunks(self, file: BinaryIO) -> Iterator[bytes]:
        """The bytes of `file`, counted.

        Raises:
            BadData: as `take`.
        """
        while chunk := file.read(_CHUNK_BYTES):
            self.take(len(chunk))
            yield chunk


def is_litter(name: str) -> bool:
    """Whether an operating system added the member to the container."""
    parts = name.split("/")
    return parts[0] == _LITTER_FOLDER or parts[-1].lower() in _LITTER


def name_fault(name: str) -> BadData | None:
    """Why a member cannot have its name; None if it can."""
    plain = name.replace("\\", "/")
    parts = plain.split("/")
    if plain.startswith("/") or plain[1:3] == ":/" or ".." in parts:
        return BadData(
            "member_name", f"the member {name!r} names a place outside of the container; rename it"
        )
    if not posixpath.basename(plain) or not name.isprintable():
        return BadData("member_name", f"the member {name!r} has a name that cannot be shown")
    return None


def refused(name: str, reason: BadData) -> Member:
    """A member that cannot be read."""
    return Member(name, lambda: iter(()), reason)

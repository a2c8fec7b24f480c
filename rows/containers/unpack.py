"""All files in a container, those of containers within it too."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from rows.containers.archives import tar_members, zip_members
from rows.containers.kinds import HEAD_BYTES, Container, container_of
from rows.containers.member import Budget, ContainerLimits, Member, refused
from rows.containers.workbooks import sheets
from schemas.errors import BadData

# A container within a container is held in memory up to here, and on the disk beyond.
_IN_MEMORY: Final = 8 << 20
_NOUNS: Final = {"zip": "ZIP archive", "tar": "tar archive", "workbook": "workbook"}


def unpack(
    file: BinaryIO,
    kind: Container,
    limits: ContainerLimits | None = None,
    folder: Path | None = None,
) -> Iterator[Member]:
    """The files in a container, in its order.

    Args:
        file: opened for reading, and seekable.
        folder: for temporary files of containers within the container; None: that of the system.

    Raises:
        BadData: the container cannot be read on; the members before that hold.
    """
    limits = limits or ContainerLimits()
    size = file.seek(0, 2)
    file.seek(0)
    return _files(file, kind, "", 1, _Bounds(Budget(limits, size), limits, folder))


@dataclass(frozen=True, slots=True)
class _Bounds:
    budget: Budget
    limits: ContainerLimits
    # For temporary files.
    folder: Path | None


def _files(
    file: BinaryIO, kind: Container, folder: str, depth: int, bounds: _Bounds
) -> Iterator[Member]:
    budget = bounds.budget
    members: Iterator[Member]
    match kind:
        case "zip":
            members = zip_members(file, budget)
        case "tar":
            members = tar_members(file, budget)
        case "workbook":
            members = sheets(file, budget, bounds.limits, bounds.folder)
    is_empty = True
    for member in members:
        is_empty = False
        name = folder + member.name
        if member.refused is not None or kind == "workbook":
            yield Member(name, member.read, member.refused)
        else:
            yield from _file(member, name, depth, bounds)
    if is_empty:
        raise BadData("container_empty", f"there is no file in the {_NOUNS[kind]}")


def _file(member: Member, name: str, depth: int, bounds: _Bounds) -> Iterator[Member]:
    """A member as it is, or the files in it."""
    limits = bounds.limits
    content = member.read()
    head = b""
    try:
        for chunk in content:
            head += chunk
            if len(head) >= HEAD_BYTES:
                break
        kind = container_of(head)
        if not head:
            yield refused(name, BadData("missing_file", f"the member {name!r} is empty"))
        elif kind is None:
            yield Member(name, lambda: chain([head], content))
        elif depth >= limits.max_depth:
            reason = f"containers within containers are more than {limits.max_depth} deep"
            yield refused(name, BadData("member_nested", f"{name!r}: {reason}; unpack it"))
        else:
            folder = None if bounds.folder is None else str(bounds.folder)
            with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=folder) as inner:
                _copy(name, chain([head], content), inner, limits.max_nested_bytes)
                yield from _files(inner, kind, f"{name}/", depth + 1, bounds)  # type: ignore[arg-type]
    except BadData as exc:
        if exc.code == "too_many_members":
            raise
        yield refused(name, exc)


def _copy(
    name: str, content: Iterator[bytes], inner: tempfile.SpooledTemporaryFile[bytes], most: int
) -> None:
    size = 0
    for chunk in content:
        size += len(chunk)
        if size > most:
            reason = f"the container {name!r} in the container has more than {most} bytes"
            raise BadData("member_nested", f"{reason}; unpack it")
        try:
            inner.write(chunk)
        except OSError as exc:
            reason = f"there is no room for a copy of the container {name!r} in the container"
            raise BadData("member_nested", f"{reason} ({exc.strerror}); unpack it") from exc
    inner.seek(0)

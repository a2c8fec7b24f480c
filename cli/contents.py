"""What the commands that work offline read: files as they are, and the files in containers."""

from __future__ import annotations

import mimetypes
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from cli.exit_codes import FAILED, PARTIAL, PROCESSED
from cli.inputs import Source
from rows.containers.kinds import HEAD_BYTES, container_of
from rows.containers.unpack import unpack
from schemas.errors import BadData


@dataclass(frozen=True, slots=True)
class Content:
    """A file to read, once, before the next one is asked for.

    `filename` is its own; `parent` that of the container it is in, None if it is in none.
    """

    filename: str
    parent: str | None
    content_type: str
    read: Callable[[], Iterator[bytes]]
    refused: BadData | None = None

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.filename if self.parent is None else f"{self.parent}/{self.filename}"


def contents(source: Source) -> Iterator[Content]:
    """The file itself, or the files in it if it is a container.

    Raises:
        OSError: it cannot be read.
    """
    chunks = source.chunks(lambda _: None)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    kind = container_of(head)
    if kind is None:
        read = chain([head] if head else [], chunks)
        yield Content(source.filename, None, source.content_type, lambda: read)
        return
    with tempfile.TemporaryFile() as copy:
        file: BinaryIO
        if source.path is not None and source.size is not None:
            file = source.path.open("rb")
        else:
            copy.write(head)
            copy.writelines(chunks)
            file = copy
        with file:
            yield from _members(source.filename, file, head)


def _members(parent: str, file: BinaryIO, head: bytes) -> Iterator[Content]:
    kind = container_of(head)
    assert kind is not None
    try:
        for member in unpack(file, kind):
            content_type = mimetypes.guess_type(member.name)[0] or "text/csv"
            yield Content(member.name, parent, content_type, member.read, member.refused)
    except BadData as exc:
        yield Content("", parent, "", lambda: iter(()), exc)


def code_of_all(codes: Sequence[int]) -> int:
    """The exit code of a container by those of its files."""
    if all(code == PROCESSED for code in codes):
        return PROCESSED
    return FAILED if all(code == FAILED for code in codes) else PARTIAL

"""What `upload` is to send: paths, patterns and standard input, each checked before anything goes."""

from __future__ import annotations

import glob
import mimetypes
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cli.exit_codes import WRONG_USE, CommandError

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """One file to send; `path` None is standard input, whose size is not known."""

    path: Path | None
    filename: str
    size: int | None

    @property
    def content_type(self) -> str:
        """What its name says it is."""
        if self.path is None:
            return "text/csv"
        return mimetypes.guess_type(self.filename)[0] or "application/octet-stream"

    def chunks(self, sent: Callable[[int], None]) -> Iterator[bytes]:
        """Its bytes, at most `size` of them; `sent` hears how many each chunk has."""
        if self.path is None:
            yield from _read(sys.stdin.buffer, None, sent)
            return
        with self.path.open("rb") as file:
            yield from _read(file, self.size, sent)


def sources(arguments: Sequence[str], filename: str | None = None) -> list[Source]:
    """The files that `arguments` mean, in their order; a pattern stands for its matches by name.

    Raises:
        CommandError: wrong usage, if one of them is not a readable file.
    """
    found: list[Source] = []
    for argument in arguments:
        if argument == "-":
            found.append(Source(None, filename or "stdin.csv", None))
        elif Path(argument).exists() or not glob.has_magic(argument):
            found.append(_file(Path(argument), filename))
        else:
            matches = [Path(m) for m in sorted(glob.glob(argument, recursive=True))]  # noqa: PTH207 - absolute patterns too
            files = [_file(match, filename) for match in matches if not match.is_dir()]
            if not files:
                raise CommandError(f"{argument}: no file matches", code=WRONG_USE)
            found.extend(files)
    if filename is not None and len(found) > 1:
        raise CommandError(f"--filename names one file, and there are {len(found)}", code=WRONG_USE)
    if sum(source.path is None for source in found) > 1:
        raise CommandError("standard input (-) can be read only once", code=WRONG_USE)
    return found


def _file(path: Path, filename: str | None) -> Source:
    if path.is_dir():
        raise CommandError(
            f"{path} is a folder", f"name the files in it: '{path}/*.csv'", code=WRONG_USE
        )
    try:
        with path.open("rb"):
            # A pipe has no known size: it is streamed.
            size = path.stat().st_size if path.is_file() else None
    except OSError as exc:
        raise CommandError(f"{path}: {exc.strerror or exc}", code=WRONG_USE) from exc
    return Source(path, filename or shown_name(path.name), size)


def shown_name(name: str) -> str:
    """A file name as text: bytes that are none are U+FFFD, as in names of other encodings."""
    return "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in name)


def _read(file: BinaryIO, limit: int | None, sent: Callable[[int], None]) -> Iterator[bytes]:
    left = limit
    while chunk := file.read(_CHUNK_BYTES if left is None else min(left, _CHUNK_BYTES)):
        if left is not None:
            left -= len(chunk)
        yield chunk
        sent(len(chunk))

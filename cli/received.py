"""What is received as a stream, and where it goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cli.exit_codes import WRONG_USE, CommandError


def _is_file(path: Path) -> bool:
    return path.is_file() or not path.exists()


def check_terminal(form: str, output: Path | None) -> None:
    """Check that what is no text is not written to a terminal.

    Raises:
        CommandError: wrong usage: it would be.
    """
    if form != "csv" and output is None and sys.stdout.isatty():
        raise CommandError(
            f"{form.capitalize()} is not written to a terminal",
            "name a file with --output",
            code=WRONG_USE,
        )


def write_stream(chunks: Iterator[bytes], output: Path | None) -> None:
    """Write what is received to a file, or to stdout; a file is there as a whole or not at all.

    Raises:
        CommandError: it cannot be written.
    """
    if output is None:
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        return
    # Requested first, so that no file is left if there is nothing to write.
    first = next(chunks, b"")
    with written_whole(output) as file:
        file.write(first)
        file.writelines(chunks)


@contextmanager
def written_whole(output: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `output` when the block ends, and leaves nothing if that raises.

    Raises:
        CommandError: it cannot be written.
        OSError: of another file, which the block has read.
    """
    # A device or pipe is written to as it is.
    part = output.with_name(f"{output.name}.part") if _is_file(output) else output
    try:
        try:
            with part.open("wb") as file:
                yield file
        except BaseException:
            # A part is not to be taken for the whole.
            if part != output:
                part.unlink(missing_ok=True)
            raise
        if part != output:
            part.replace(output)
    except OSError as exc:
        if exc.filename not in (None, str(part)):
            raise
        raise CommandError(f"{output}: {exc.strerror or exc}") from exc

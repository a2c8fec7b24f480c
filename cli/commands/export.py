"""`csv-processor export`: readings of a file, or of many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cli.client import Api, Params, file_path
from cli.context import the_api
from cli.exit_codes import WRONG_USE, CommandError
from cli.file_names import file_named
from cli.received import check_terminal, write_stream, written_whole
from cli.terminal import note

_ACCEPT: Final = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
_READINGS: Final = "/api/v1/readings"
_CURSOR: Final = "next-cursor"
_BEGINNING: Final = "0"


def export_file(file_id: str, params: Params, to: str, output: Path | None) -> None:
    """The readings of a processed file, to `output` or stdout."""
    check_terminal(to, output)
    with the_api() as api:
        file_id = file_named(api, file_id)
        write_stream(api.stream(file_path(file_id, "readings"), _ACCEPT[to], params), output)


def export_many(params: Params, to: str, output: Path | None, cursor_file: Path | None) -> None:
    """The readings of all files, or of those that ended since the call that wrote `cursor_file`.

    The cursor is stored once the readings are written, so a call that fails is repeated as a whole.
    """
    check_terminal(to, output)
    with the_api() as api:
        if cursor_file is None:
            write_stream(api.stream(_READINGS, _ACCEPT[to], params), output)
            return
        found = {_CURSOR: _cursor_in(cursor_file)}
        write_stream(_since(api, params, to, found), output)
        _keep(cursor_file, found[_CURSOR])
        if to != "csv" and _goes_on(api, params, found[_CURSOR]):
            note("More files have ended: repeat the call for their readings.")


def _since(api: Api, params: Params, to: str, found: dict[str, str]) -> Iterator[bytes]:
    """The answers that follow the cursor in `found`, which goes on with them: all of CSV. Those of
    the other forms cannot be joined, so the first one."""
    asked = ""
    while found[_CURSOR] != asked:
        is_first, asked = not asked, found[_CURSOR]
        chunks = api.stream(_READINGS, _ACCEPT[to], {**params, "after": asked}, headers=found)
        yield from chunks if is_first else _without_header(chunks)
        if to != "csv":
            return


def _without_header(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    for chunk in chunks:
        head += chunk
        _, end, rest = head.partition(b"\n")
        if end:
            yield rest
            yield from chunks


def _goes_on(api: Api, params: Params, after: str) -> bool:
    """Whether files follow a cursor."""
    found: dict[str, str] = {}
    next(api.stream(_READINGS, _ACCEPT["csv"], {**params, "after": after}, headers=found), b"")
    return found[_CURSOR] != after


def _keep(cursor_file: Path, cursor: str) -> None:
    with written_whole(cursor_file) as file:
        file.write(f"{cursor}\n".encode())


def _cursor_in(path: Path) -> str:
    try:
        return path.read_text().strip() or _BEGINNING
    except FileNotFoundError:
        return _BEGINNING
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"{path}: {exc}", code=WRONG_USE) from exc

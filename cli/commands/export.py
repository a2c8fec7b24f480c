"""`csv-processor export`: readings of a file, or of many."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from cli.client import Params, file_path
from cli.context import the_api
from cli.exit_codes import WRONG_USE, CommandError
from cli.file_names import file_named
from cli.received import write_stream

_ACCEPT: Final = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
_BEGINNING: Final = "0"


def export_file(file_id: str, params: Params, to: str, output: Path | None) -> None:
    """The readings of a processed file, to `output` or stdout."""
    _check_terminal(to, output)
    with the_api() as api:
        file_id = file_named(api, file_id)
        write_stream(api.stream(file_path(file_id, "readings"), _ACCEPT[to], params), output)


def export_many(params: Params, to: str, output: Path | None, cursor_file: Path | None) -> None:
    """The readings of all files, or of those that ended since the call that wrote `cursor_file`.

    The cursor is stored once the readings are written, so a call that fails is repeated as a whole.
    """
    _check_terminal(to, output)
    found: dict[str, str] = {}
    asked = dict(params)
    if cursor_file is not None:
        asked["after"] = _cursor_in(cursor_file)
    with the_api() as api:
        chunks = api.stream("/api/v1/readings", _ACCEPT[to], asked, headers=found)
        write_stream(chunks, output)
    if cursor_file is not None:
        part = cursor_file.with_name(f"{cursor_file.name}.part")
        try:
            part.write_text(found["next-cursor"] + "\n")
            part.replace(cursor_file)
        except OSError as exc:
            raise CommandError(f"{cursor_file}: {exc.strerror or exc}") from exc


def _cursor_in(path: Path) -> str:
    try:
        return path.read_text().strip() or _BEGINNING
    except FileNotFoundError:
        return _BEGINNING
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"{path}: {exc}", code=WRONG_USE) from exc


def _check_terminal(to: str, output: Path | None) -> None:
    if to != "csv" and output is None and sys.stdout.isatty():
        raise CommandError(
            f"{to.capitalize()} is not written to a terminal",
            "name a file with --output",
            code=WRONG_USE,
        )

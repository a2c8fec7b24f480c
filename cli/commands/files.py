"""The commands that read: files, show, watch, sensors, invalid, raw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cli import render
from cli.client import Params, document, file_path
from cli.context import print_body, the_api
from cli.exit_codes import code_of
from cli.file_names import file_named
from cli.members import say_members
from cli.progress import bars
from cli.received import write_stream
from cli.terminal import note, say
from cli.wait import until_terminal

Items = Sequence[dict[str, Any]]


def list_files(params: Params, *, as_json: bool) -> None:
    """A page of files."""
    with the_api(as_json) as api:
        body = api.get("/api/v1/files", params)
    _show_page(body, render.files_lines, "no files", as_json=as_json)


def list_sensors(file_id: str | None, params: Params, *, as_json: bool) -> None:
    """A page of the results per sensor, of one file or over all files."""
    with the_api(as_json) as api:
        if file_id is None:
            body = api.get("/api/v1/sensors", params)
        else:
            body = api.get(file_path(file_named(api, file_id), "sensors"), params)
    _show_page(body, render.sensor_lines, "no sensors", as_json=as_json)


def list_invalid(file_id: str, params: Params, *, as_json: bool) -> None:
    """A page of a file's invalid rows."""
    with the_api(as_json) as api:
        body = api.get(file_path(file_named(api, file_id), "invalid-rows"), params)
    _show_page(body, render.invalid_lines, "no invalid rows", as_json=as_json)


def invalid_csv(file_id: str, code: str | None) -> None:
    """All invalid rows of a file to stdout, as CSV."""
    with the_api() as api:
        file_id = file_named(api, file_id)
        write_stream(
            api.stream(file_path(file_id, "invalid-rows"), "text/csv", {"code": code}), None
        )


def raw_bytes(file_id: str, output: Path | None) -> None:
    """The file's original bytes, to `output` or stdout."""
    with the_api() as api:
        file_id = file_named(api, file_id)
        write_stream(api.stream(file_path(file_id, "raw"), "*/*"), output)


def show_file(file_id: str, *, as_json: bool) -> int:
    """One file as it is now; exit code by its status."""
    with the_api(as_json) as api:
        body = api.get(file_path(file_named(api, file_id)))
        code = answer_file(body, as_json=as_json)
        lines = render.read_as_lines(document(body).get("dialect"))
        if lines and not as_json:
            say("\n".join(lines))
        if not as_json:
            say_members(api, document(body))
    return code


def watch_file(file_id: str, *, timeout: float | None, as_json: bool) -> int:
    """One file once it is processed; exit code by its status."""
    with the_api(as_json) as api:
        file_id = file_named(api, file_id)
        with bars(quiet=as_json) as shown:
            bar = shown.file(file_id, None)
            body = until_terminal(api, file_id, bar.seen, timeout)
        code = answer_file(body, as_json=as_json)
        if not as_json:
            say_members(api, document(body))
        return code


def answer_file(body: bytes, *, as_json: bool) -> int:
    """Print the file document in `body`; exit code by its status."""
    doc = document(body)
    if as_json:
        print_body(body)
    else:
        say("\n".join(render.file_lines(doc)))
    return code_of(doc.get("status"))


def _show_page(
    body: bytes, lines: Callable[[Items], list[str]], none: str, *, as_json: bool
) -> None:
    if as_json:
        print_body(body)
        return
    page = document(body)
    items = page.get("items") or []
    if items:
        say("\n".join(lines(items)))
    else:
        note(none)
    if page.get("next_cursor"):
        note(f"there is more: --cursor {page['next_cursor']}, or a higher --limit (to 1000)")

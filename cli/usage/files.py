"""Commands about files that were sent."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from cli.usage.parameters import Cursor, FileId, Form, Json, Limit, Timeout, complete_files

app = typer.Typer(rich_markup_mode=None)


class Status(enum.StrEnum):
    """What a file's status can be."""

    waiting = "waiting"
    processed = "processed"
    partial = "partial"
    failed = "failed"


@app.command()
def files(
    status: Annotated[
        Status | None, typer.Option(help="Only files of this status.", show_default=False)
    ] = None,
    q: Annotated[
        str | None, typer.Option("--q", help="Only names with this in them.", show_default=False)
    ] = None,
    parent: Annotated[
        str | None,
        typer.Option(help="Only the members of this container.", metavar="ID", show_default=False),
    ] = None,
    members: Annotated[bool, typer.Option("--members", help="Members of containers too.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            help="Only files uploaded since then: 2026-03-01T06:00Z, or ago: 90m, 24h, 7d.",
            show_default=False,
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            help="upload_time, filename, status, size_bytes, row_count, invalid_count, "
            "sensor_count or processing_ms; with - before it the largest first. "
            "Default: -upload_time.",
            show_default=False,
        ),
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    json_: Json = False,
) -> None:
    """List files, the newest first."""
    from cli.commands.files import list_files
    from cli.times import moment_of

    list_files(
        {
            "status": status and status.value,
            "q": q,
            "parent_id": parent,
            "members": "true" if members else None,
            "since": since and moment_of(since),
            "sort": sort,
            "limit": limit,
            "cursor": cursor,
        },
        as_json=json_,
    )


@app.command()
def show(file_id: FileId, json_: Json = False) -> None:
    """Show one file: status, totals, sensors, the first invalid rows."""
    from cli.commands.files import show_file

    raise typer.Exit(show_file(file_id, as_json=json_))


@app.command()
def watch(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|FOLDER",
            help="A file's id, or a folder.",
            show_default=False,
            autocompletion=complete_files,
        ),
    ],
    timeout: Timeout = None,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Send what is there, wait until it is processed, and show the results."
        ),
    ] = False,
    settle: Annotated[
        float,
        typer.Option(min=0, help="Seconds a file of a folder is unchanged before it is sent."),
    ] = 2.0,
    json_: Json = False,
) -> None:
    """Follow a file to its end, or send what is put into a folder."""
    if Path(what).is_dir():
        from cli.commands.watch_folder import watch_folder

        code = watch_folder(Path(what), settle=settle, once=once, timeout=timeout, as_json=json_)
    else:
        from cli.commands.files import watch_file

        code = watch_file(what, timeout=timeout, as_json=json_)
    raise typer.Exit(code)


@app.command()
def sensors(
    file_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="A file's id, its first characters, or its name; default: all files.",
            show_default=False,
            autocompletion=complete_files,
        ),
    ] = None,
    q: Annotated[
        str | None,
        typer.Option("--q", help="Over all files: only ids with this in them.", show_default=False),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            help="sensor_id, row_count, min_value, max_value, mean_value, first_timestamp, "
            "last_timestamp, or over all files files; with - before it the largest first. "
            "Default: sensor_id.",
            show_default=False,
        ),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    json_: Json = False,
) -> None:
    """List results per sensor, of one file or over all files."""
    from cli.commands.files import list_sensors

    if q is not None and file_id is not None:
        raise typer.BadParameter("--q is for the sensors of all files")
    params = {"q": q, "sort": sort, "limit": limit, "cursor": cursor}
    list_sensors(file_id, params, as_json=json_)


@app.command()
def invalid(
    file_id: FileId,
    csv: Annotated[bool, typer.Option("--csv", help="All of them, as CSV.")] = False,
    code: Annotated[
        str | None, typer.Option(help="Only rows with this code.", show_default=False)
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    json_: Json = False,
) -> None:
    """List the invalid rows of one file, and what was wrong with each."""
    from cli.commands.files import invalid_csv, list_invalid

    if csv and json_:
        raise typer.BadParameter("--csv and --json exclude each other")
    if csv:
        invalid_csv(file_id, code)
    else:
        list_invalid(file_id, {"code": code, "limit": limit, "cursor": cursor}, as_json=json_)


@app.command()
def resubmit(
    file_id: FileId,
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="Its corrected invalid rows (from invalid ID --csv); - is standard input.",
            show_default=False,
        ),
    ],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is processed.")] = False,
    filename: Annotated[
        str | None, typer.Option(help="Name of the new file.", show_default=False)
    ] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option(help="Rows sent twice with one key are one file.", show_default=False),
    ] = None,
    timeout: Timeout = None,
    json_: Json = False,
) -> None:
    """Send corrected invalid rows of one file as a new file."""
    from cli.commands.lifecycle import resubmit_rows

    code = resubmit_rows(
        file_id,
        path,
        filename=filename,
        key=idempotency_key,
        wait=wait,
        timeout=timeout,
        as_json=json_,
    )
    raise typer.Exit(code)


@app.command()
def delete(
    file_id: FileId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json_: Json = False,
) -> None:
    """Delete one file and its results."""
    from cli.commands.lifecycle import delete_file

    raise typer.Exit(delete_file(file_id, yes=yes, as_json=json_))


@app.command()
def raw(
    file_id: FileId,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Into this file, not stdout.", show_default=False),
    ] = None,
) -> None:
    """Print the original bytes of a file."""
    from cli.commands.files import raw_bytes

    raw_bytes(file_id, output)


@app.command()
def export(
    file_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="The file's id, its first characters, or its name; default: all files.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[Form, typer.Option(help="What they are written as.")] = Form.csv,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Into this file, not stdout.", show_default=False),
    ] = None,
    sensor: Annotated[
        str | None, typer.Option(help="Only of this sensor.", show_default=False)
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option(
            "--from", help="From this moment on, as 2026-03-01T06:00Z.", show_default=False
        ),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--until", help="Before this moment.", show_default=False)
    ] = None,
    cursor_file: Annotated[
        Path | None,
        typer.Option(
            help="Only files that ended since the call before, which this file remembers.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the readings of a processed file, in its order, or those of all files (READINGS=on)."""
    from cli.commands.export import export_file, export_many

    params = {"sensor": sensor, "from": begin, "to": end}
    if file_id is None:
        export_many(params, to.value, output, cursor_file)
    elif cursor_file is not None:
        raise typer.BadParameter("--cursor-file is for all files; leave ID out.")
    else:
        export_file(file_id, params, to.value, output)

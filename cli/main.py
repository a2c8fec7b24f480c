"""The commands and their options. What a command does is in the module it imports."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from cli.key_commands import keys
from cli.reading_options import ReadingOptions, takes_reading_options
from runtime.version import VERSION

app = typer.Typer(
    name="csv-processor",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Send sensor CSV files to CSV Processor and read their results.",
    epilog="Exit codes: 0 processed, 3 partial, 4 failed, 2 wrong use, 1 anything else. "
    "CSV_PROCESSOR_API names the API (http://127.0.0.1:8000 unless set), CSV_PROCESSOR_KEY its key,"
    " or CSV_PROCESSOR_KEY_FILE a file with the key.",
)


class Status(enum.StrEnum):
    """What a file's status can be."""

    waiting = "waiting"
    processed = "processed"
    partial = "partial"
    failed = "failed"


class Form(enum.StrEnum):
    """What readings are written as."""

    csv = "csv"
    parquet = "parquet"


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"csv-processor {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Options that come before the command."""


FileId = Annotated[str, typer.Argument(metavar="ID", help="The file's id.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print what the API answers.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")]
Cursor = Annotated[
    str | None, typer.Option(help="Where the list goes on: next_cursor of the answer before.")
]
Timeout = Annotated[
    float | None,
    typer.Option(min=0, help="Stop waiting after so many seconds.", show_default=False),
]


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...", help="Files or patterns; - is standard input.", show_default=False
    ),
]
FileName = Annotated[
    str | None, typer.Option(help="Another name for it, as with -.", show_default=False)
]


@app.command()
@takes_reading_options
def upload(
    paths: Paths,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all are processed.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Take it as new, though it was seen before.")
    ] = False,
    filename: FileName = None,
    reading: ReadingOptions,
    idempotency_key: Annotated[
        str | None,
        typer.Option(help="A file sent twice with one key is one file.", show_default=False),
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Files sent at a time.")] = 4,
    timeout: Timeout = None,
    json_: Json = False,
) -> None:
    """Send files; with --wait show their results."""
    from cli.commands.upload import upload_all

    code = upload_all(
        paths,
        filename=filename,
        options={"force": force or None, **reading},
        key=idempotency_key,
        wait=wait,
        timeout=timeout,
        parallel=parallel,
        as_json=json_,
    )
    raise typer.Exit(code)


@app.command()
@takes_reading_options
def validate(
    paths: Paths,
    *,
    filename: FileName = None,
    reading: ReadingOptions,
    json_: Json = False,
) -> None:
    """Show the results files would have, offline; nothing is stored."""
    from cli.commands.validate import validate_all

    raise typer.Exit(validate_all(paths, filename=filename, options=reading, as_json=json_))


@app.command()
@takes_reading_options
def inspect(
    paths: Paths,
    *,
    filename: FileName = None,
    reading: ReadingOptions,
    json_: Json = False,
) -> None:
    """Show how files are read, and their first readings, offline."""
    from cli.commands.inspect_file import inspect_all

    code = inspect_all(paths, filename=filename, options=reading, as_json=json_)
    raise typer.Exit(code)


@app.command()
@takes_reading_options
def convert(
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", help="A file; - is standard input.", show_default=False),
    ],
    *,
    to: Annotated[Form, typer.Option(help="What to write.")] = Form.csv,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Write invalid rows to this file, as CSV.", show_default=False),
    ] = None,
    filename: FileName = None,
    reading: ReadingOptions,
) -> None:
    """Write the readings of a file to standard output, offline."""
    from cli.commands.convert_file import convert_file

    code = convert_file(path, filename=filename, options=reading, to=to.value, rejects=rejects)
    raise typer.Exit(code)


@app.command()
def files(
    status: Annotated[
        Status | None, typer.Option(help="Only files of this status.", show_default=False)
    ] = None,
    q: Annotated[
        str | None, typer.Option("--q", help="Only names with this in them.", show_default=False)
    ] = None,
    sort: Annotated[
        str | None, typer.Option(help="A field, or -field.", show_default=False)
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    json_: Json = False,
) -> None:
    """List files, the newest first."""
    from cli.commands.files import list_files

    list_files(
        {"status": status and status.value, "q": q, "sort": sort, "limit": limit, "cursor": cursor},
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
        typer.Argument(metavar="ID|FOLDER", help="A file's id, or a folder.", show_default=False),
    ],
    timeout: Timeout = None,
    once: Annotated[
        bool, typer.Option("--once", help="End when the folder has nothing left to send.")
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

        code = watch_folder(Path(what), settle=settle, once=once, as_json=json_)
    else:
        from cli.commands.files import watch_file

        code = watch_file(what, timeout=timeout, as_json=json_)
    raise typer.Exit(code)


@app.command()
def sensors(
    file_id: FileId,
    sort: Annotated[
        str | None, typer.Option(help="A field, or -field.", show_default=False)
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    json_: Json = False,
) -> None:
    """List the results of one file per sensor."""
    from cli.commands.files import list_sensors

    list_sensors(file_id, {"sort": sort, "limit": limit, "cursor": cursor}, as_json=json_)


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
@takes_reading_options
def replay(
    file_id: FileId,
    *,
    reading: ReadingOptions,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is processed.")] = False,
    timeout: Timeout = None,
    json_: Json = False,
) -> None:
    """Process one file again; options override how it was read."""
    from cli.commands.lifecycle import replay_file

    raise typer.Exit(replay_file(file_id, reading, wait=wait, timeout=timeout, as_json=json_))


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
    file_id: FileId,
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
) -> None:
    """Write the readings of a processed file, in its order."""
    from cli.commands.files import export_readings

    params = {"sensor": sensor, "from": begin, "to": end}
    export_readings(file_id, params, to.value, output)


@app.command()
def migrate(
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Change nothing: print what is missing, exit code 1 if anything."
        ),
    ] = False,
) -> None:
    """Bring tables, topics and bucket up to date."""
    from cli.commands.stack import migrate_services

    migrate_services(check=check)


app.add_typer(keys, name="keys")

ApiPort = Annotated[
    int, typer.Option(envvar="API_PORT", min=0, max=65535, help="Port of the API; 0: a free one.")
]
DataDir = Annotated[Path, typer.Option(envvar="DATA_DIR", help="Folder of its data.")]
Workers = Annotated[int, typer.Option(envvar="WORKERS", min=1, max=64, help="Stream workers.")]


@app.command()
def up(api_port: ApiPort = 8000, data_dir: DataDir = Path(".data"), workers: Workers = 2) -> None:
    """Start the embedded stack in the background."""
    from cli.commands.stack import start

    raise typer.Exit(start(api_port, data_dir, workers))


@app.command()
def down(data_dir: DataDir = Path(".data")) -> None:
    """Stop the embedded stack of a data folder; the data stays."""
    from cli.commands.stack import stop

    raise typer.Exit(stop(data_dir))


@app.command()
def demo(api_port: ApiPort = 8000, data_dir: DataDir = Path(".data"), workers: Workers = 2) -> None:
    """Start everything, load the samples, show the results."""
    from cli.commands.demo import run_demo

    raise typer.Exit(run_demo(api_port, data_dir, workers))

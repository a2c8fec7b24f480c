"""Commands that read files with read options, and send them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.reading_options import ReadingOptions, takes_reading_options
from cli.usage.parameters import FileId, FileName, Form, Json, Paths, Timeout

app = typer.Typer(rich_markup_mode=None)


@app.command()
@takes_reading_options
def upload(
    paths: Paths,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all are processed.")] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Count it as a file of its own although the same bytes were uploaded before.",
        ),
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
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Into this file, not stdout.", show_default=False),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Write invalid rows to this file, as CSV.", show_default=False),
    ] = None,
    filename: FileName = None,
    reading: ReadingOptions,
) -> None:
    """Write the readings of a file to standard output or a file, offline."""
    from cli.commands.convert_file import convert_file

    code = convert_file(
        path, filename=filename, options=reading, to=to.value, output=output, rejects=rejects
    )
    raise typer.Exit(code)


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

"""Commands about the service as a whole, and about all files together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.usage.parameters import DataDir, Json, complete_files, complete_sensors

app = typer.Typer(rich_markup_mode=None)


@app.command()
def status(json_: Json = False) -> None:
    """Show parts, workers, lag, the oldest waiting file, dead letters and disks."""
    from cli.commands.service import show_status

    raise typer.Exit(show_status(as_json=json_))


@app.command("dead-letters")
def dead_letters(
    announced: Annotated[
        bool, typer.Option("--all", help="Also those that were announced again.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="As many at the most.")] = 20,
    json_: Json = False,
) -> None:
    """List messages that could not be processed, with the reason of each."""
    from cli.commands.service import show_dead_letters

    show_dead_letters(announced=announced, limit=limit, as_json=json_)


@app.command()
def announce(
    letter_id: Annotated[
        str, typer.Argument(help="As `dead-letters` prints it.", show_default=False)
    ],
    json_: Json = False,
) -> None:
    """Announce a dead letter again, once the cause is fixed."""
    from cli.commands.service import announce_dead_letter

    announce_dead_letter(letter_id, as_json=json_)


@app.command()
def retention(
    apply: Annotated[
        bool, typer.Option("--apply", help="Begin to remove it now instead of within a minute.")
    ] = False,
    json_: Json = False,
) -> None:
    """Show what the rules of RETENTION would remove now, and the first files by name."""
    from cli.commands.service import show_retention

    show_retention(apply=apply, as_json=json_)


@app.command()
def stats(json_: Json = False) -> None:
    """Count files by status, rows and sensors, over all files."""
    from cli.commands.service import show_stats

    show_stats(as_json=json_)


@app.command()
def readings(
    sensor: Annotated[
        str,
        typer.Argument(help="The sensor_id.", show_default=False, autocompletion=complete_sensors),
    ],
    file_id: Annotated[
        str | None,
        typer.Option(
            "--file",
            help="Only those of this file: its id or name.",
            show_default=False,
            autocompletion=complete_files,
        ),
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
    points: Annotated[int, typer.Option(min=1, max=2000, help="Intervals at the most.")] = 24,
    json_: Json = False,
) -> None:
    """Show smallest, mean and largest value of a sensor over time."""
    from cli.commands.service import show_readings

    params = {"from": begin, "to": end, "points": points}
    show_readings(sensor, file_id, params, as_json=json_)


@app.command()
def sql(
    query: Annotated[
        str, typer.Argument(help="A query; - reads it from standard input.", show_default=False)
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="CSVWithNames, JSON or Parquet; with --url any format of ClickHouse. Default: a "
            "table.",
            show_default=False,
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            envvar="SQL_URL",
            help="ClickHouse itself: http://user:password@host:port/csv_processor. Default: the API.",
            show_default=False,
            show_envvar=True,
        ),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            envvar="DATA_DIR",
            help="The database of this embedded stack. Default: .data, if no API is named.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Ask the views in SQL, as in "SELECT filename FROM files"."""
    from cli.commands.service import run_query

    run_query(query, form, url, data_dir)


@app.command("open")
def open_(
    file_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="A file.", show_default=False, autocompletion=complete_files
        ),
    ] = None,
) -> None:
    """Open the web UI, or the page of one file, in the browser."""
    from cli.commands.service import open_page

    open_page(file_id)


@app.command()
def logs(
    part: Annotated[
        str | None,
        typer.Argument(help="One part, as api or worker-0; default: all.", show_default=False),
    ] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="Last lines of each.")] = 20,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on printing what is added.")
    ] = False,
    data_dir: DataDir = Path(".data"),
) -> None:
    """Print the logs of the embedded stack."""
    from cli.commands.logs import print_logs

    print_logs(data_dir, part, lines, follow=follow)

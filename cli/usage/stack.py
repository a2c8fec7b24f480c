"""Commands that set services up, and run the embedded ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.usage.parameters import DataDir

app = typer.Typer(rich_markup_mode=None)

ApiPort = Annotated[
    int, typer.Option(envvar="API_PORT", min=0, max=65535, help="Port of the API; 0: a free one.")
]
Workers = Annotated[int, typer.Option(envvar="WORKERS", min=1, max=64, help="Stream workers.")]


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

"""Arguments and options that several commands have."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer


def complete_files(incomplete: str) -> list[tuple[str, str]]:
    """Names and ids of files, for the shell."""
    from cli.completion import file_names

    return file_names(incomplete)


def complete_profiles(incomplete: str) -> list[tuple[str, str]]:
    """Names of profiles, for the shell."""
    from cli.completion import profiles

    return profiles(incomplete)


def complete_sensors(incomplete: str) -> list[tuple[str, str]]:
    """Ids of sensors, for the shell."""
    from cli.completion import sensors

    return sensors(incomplete)


def complete_webhooks(incomplete: str) -> list[tuple[str, str]]:
    """Ids of webhooks, for the shell."""
    from cli.completion import webhooks

    return webhooks(incomplete)


def complete_contexts(incomplete: str) -> list[tuple[str, str]]:
    """Names of contexts, for the shell."""
    from cli.completion import contexts

    return contexts(incomplete)


class Form(enum.StrEnum):
    """What readings are written as."""

    csv = "csv"
    parquet = "parquet"
    arrow = "arrow"


FileId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The file's id, its first characters, or its name.",
        show_default=False,
        autocompletion=complete_files,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print what the API answers.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")]
Cursor = Annotated[
    str | None, typer.Option(help="Where the list goes on: next_cursor of the answer before.")
]
DataDir = Annotated[
    Path, typer.Option(envvar="DATA_DIR", help="Folder of the embedded stack's data.")
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

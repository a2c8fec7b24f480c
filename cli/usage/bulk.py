"""Commands about many files at once: correct their invalid rows, process them again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.reading_options import ReadingOptions, takes_reading_options
from cli.usage.files import Status
from cli.usage.parameters import Json

app = typer.Typer(rich_markup_mode=None)

Files = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID...]", help="Files, by id or name.", show_default=False),
]
OfProfile = Annotated[
    str | None,
    typer.Option(
        "--of-profile", help="Files that were read with this profile.", show_default=False
    ),
]
OfStatus = Annotated[
    Status | None, typer.Option("--status", help="Files of this status.", show_default=False)
]
Named = Annotated[
    str | None, typer.Option("--q", help="Files with this in their names.", show_default=False)
]
Parent = Annotated[
    str | None,
    typer.Option(help="The members of this container.", metavar="ID", show_default=False),
]
Since = Annotated[
    str | None,
    typer.Option(
        help="Files uploaded since then: 2026-03-01T06:00Z, or ago: 90m, 24h, 7d.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def _selection(
    files: list[str] | None,
    profile: str | None,
    status: Status | None,
    q: str | None,
    parent: str | None,
    since: str | None,
) -> dict[str, Any]:
    from cli.times import moment_of

    found = {
        "file_ids": files,
        "profile": profile,
        "status": status and status.value,
        "q": q,
        "parent_id": parent,
        "since": since and moment_of(since),
    }
    return {name: value for name, value in found.items() if value}


@app.command()
def correct(
    files: Files = None,
    *,
    of_profile: OfProfile = None,
    status: OfStatus = None,
    q: Named = None,
    parent: Parent = None,
    since: Since = None,
    code: Annotated[
        str | None, typer.Option(help="Only invalid rows with this code.", show_default=False)
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Only invalid rows with this text.", show_default=False)
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN:OLD=NEW",
            help="Replace a text in sensor_id, timestamp or value.",
            show_default=False,
        ),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="WORD=VALUE", help="The value of a word.", show_default=False
        ),
    ] = None,
    time_format: Annotated[
        list[str] | None,
        typer.Option(help="strptime format of the timestamps.", show_default=False),
    ] = None,
    shift: Annotated[
        str | None, typer.Option(help="Add it to the timestamps: -1h.", show_default=False)
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json_: Json = False,
) -> None:
    """Correct the invalid rows of files by a rule; shows a preview first."""
    from cli.commands.bulk import changes_of, correct_files

    request = {
        "files": _selection(files, of_profile, status, q, parent, since),
        "rows": {name: value for name, value in (("code", code), ("text", text)) if value},
        "changes": changes_of(replace or [], map_ or [], time_format or [], shift),
    }
    raise typer.Exit(correct_files(request, dry_run=dry_run, yes=yes, as_json=json_))


@app.command()
@takes_reading_options
def reprocess(
    files: Files = None,
    *,
    of_profile: OfProfile = None,
    status: OfStatus = None,
    q: Named = None,
    parent: Parent = None,
    since: Since = None,
    reading: ReadingOptions,
    dry_run: DryRun = False,
    yes: Yes = False,
    json_: Json = False,
) -> None:
    """Process many files again; options override how they were read."""
    from cli.commands.bulk import reprocess_files

    request = {
        "files": _selection(files, of_profile, status, q, parent, since),
        "options": reading,
    }
    raise typer.Exit(reprocess_files(request, dry_run=dry_run, yes=yes, as_json=json_))

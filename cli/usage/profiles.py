"""The commands about profiles and their options. What they do is in `cli.commands.profiles`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.reading_options import ReadingOptions, takes_reading_options
from cli.usage.parameters import Cursor, Json, Limit, complete_profiles

app = typer.Typer(
    name="profiles",
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Save read options for files that look alike, and see what a change does.",
)
Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="The profile.",
        show_default=False,
        autocompletion=complete_profiles,
    ),
]
Content = Annotated[
    str | None,
    typer.Option(
        "--from", help="JSON or TOML with title, match, options; - is stdin.", show_default=False
    ),
]
Title = Annotated[str | None, typer.Option(help="For people.", show_default=False)]
Matches = Annotated[
    list[str] | None,
    typer.Option(
        "--match",
        metavar="CONDITION=TEXT",
        help="filename, header, lines, api_key, topic or object_prefix, as in filename=klima-*.csv;"
        " may be given several times.",
        show_default=False,
    ),
]


@app.command("list")
def profiles_list(
    q: Annotated[
        str | None, typer.Option("--q", help="Part of the name or title.", show_default=False)
    ] = None,
    built_in: Annotated[
        bool | None,
        typer.Option("--built-in/--own", help="Only those.", show_default=False),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    json_: Json = False,
) -> None:
    """List profiles: your own, then those that are built in."""
    from cli.commands.profiles import list_profiles

    params = {"q": q, "built_in": built_in, "limit": limit, "cursor": cursor}
    list_profiles(params, as_json=json_)


@app.command("show")
def profiles_show(
    name: Name,
    version: Annotated[
        int | None, typer.Option(min=1, help="Default: the latest.", show_default=False)
    ] = None,
    json_: Json = False,
) -> None:
    """Show a profile: what it matches, and its read options."""
    from cli.commands.profiles import show_profile

    show_profile(name, version, as_json=json_)


@app.command("versions")
def profiles_versions(
    name: Name, limit: Limit = 100, cursor: Cursor = None, json_: Json = False
) -> None:
    """List the versions of a profile, the latest first."""
    from cli.commands.profiles import list_versions

    list_versions(name, {"limit": limit, "cursor": cursor}, as_json=json_)


@app.command("save")
@takes_reading_options
def profiles_save(
    name: Name,
    *,
    content: Content = None,
    title: Title = None,
    match: Matches = None,
    exact: Annotated[bool, typer.Option("--exact", help="The header has no other names.")] = False,
    if_version: Annotated[
        int | None,
        typer.Option(min=1, help="Only if this is the latest version.", show_default=False),
    ] = None,
    reading: ReadingOptions,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            "-y",
            help="Do not show what the change does to earlier files, and do not ask. Default: as if "
            "given, if there is no terminal.",
        ),
    ] = False,
    json_: Json = False,
) -> None:
    """Save a version of a profile, from a file or from options; it replaces all of the one before."""
    from cli.commands.profiles import content_of, save_profile

    body = content_of(content, title, match or [], exact, reading)
    save_profile(name, body, if_version, yes=yes, as_json=json_)


@app.command("copy")
def profiles_copy(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FROM",
            help="The profile.",
            show_default=False,
            autocompletion=complete_profiles,
        ),
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The copy.", show_default=False)],
    json_: Json = False,
) -> None:
    """Copy a profile, such as a built-in one, under a new name."""
    from cli.commands.profiles import copy_profile

    copy_profile(source, name, as_json=json_)


@app.command("preview")
@takes_reading_options
def profiles_preview(
    name: Name,
    *,
    content: Content = None,
    title: Title = None,
    match: Matches = None,
    exact: Annotated[bool, typer.Option("--exact", help="The header has no other names.")] = False,
    reading: ReadingOptions,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Files that are checked.")] = 50,
    cursor: Cursor = None,
    json_: Json = False,
) -> None:
    """Show which earlier files a change would read differently; without options, as it is saved."""
    from cli.commands.profiles import content_of, preview_profile

    given = content or title or match or exact or reading
    body = content_of(content, title, match or [], exact, reading) if given else None
    preview_profile(name, body, {"limit": limit, "cursor": cursor}, as_json=json_)


@app.command("replay")
def profiles_replay(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json_: Json = False,
) -> None:
    """Read those earlier files again that the profile, as it is saved, reads differently."""
    from cli.commands.profiles import replay_files

    raise typer.Exit(replay_files(name, yes=yes, as_json=json_))


@app.command("delete")
def profiles_delete(
    name: Name, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Delete a profile; its versions stay, and files stay as they are."""
    from cli.commands.profiles import delete_profile

    delete_profile(name, yes=yes)

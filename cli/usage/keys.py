"""The commands about API keys and their options. What they do is in `cli.commands.keys`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="keys",
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Make, list, rotate and revoke API keys, in the database itself.",
)
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id.", show_default=False)]


class KeyScope(enum.StrEnum):
    """What a key can be for."""

    upload = "upload"
    read = "read"
    admin = "admin"


@app.command("create")
def keys_create(
    name: Annotated[str, typer.Argument(help="Whose it is, or what for.", show_default=False)],
    scope: Annotated[
        list[KeyScope], typer.Option(help="May be given several times; admin is all of them.")
    ],
    files_per_day: Annotated[
        int | None,
        typer.Option(min=0, help="Most files a day. Default: no limit.", show_default=False),
    ] = None,
    bytes_per_day: Annotated[
        int | None,
        typer.Option(min=0, help="Most bytes a day. Default: no limit.", show_default=False),
    ] = None,
    requests_per_minute: Annotated[
        int | None,
        typer.Option(min=0, help="Most requests a minute. Default: no limit.", show_default=False),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="After a time such as 90d.", show_default=False)
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    key_file: Annotated[
        Path | None, typer.Option(help="Write the key to this file instead.", show_default=False)
    ] = None,
) -> None:
    """Create a key and print it."""
    from cli.commands.keys import create
    from schemas.api_keys import Quotas, Scope

    quotas = Quotas(
        files_per_day=files_per_day,
        bytes_per_day=bytes_per_day,
        requests_per_minute=requests_per_minute,
    )
    create(
        name, [Scope(one.value) for one in scope], quotas, expires, as_json=json_, key_file=key_file
    )


@app.command("list")
def keys_list(
    json_: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List keys with their state, scopes, quotas and expiry."""
    from cli.commands.keys import list_all

    list_all(as_json=json_)


@app.command("rotate")
def keys_rotate(
    key_id: KeyId,
    grace: Annotated[str, typer.Option(help="How long the former secret remains valid.")] = "24h",
    json_: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Give a key a new secret and print it."""
    from cli.commands.keys import rotate

    rotate(key_id, grace, as_json=json_)


@app.command("revoke")
def keys_revoke(key_id: KeyId) -> None:
    """Let a key open nothing any more."""
    from cli.commands.keys import revoke

    revoke(key_id)

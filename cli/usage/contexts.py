"""The commands about contexts and their options. What they do is in `cli.commands.contexts`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.usage.parameters import complete_contexts

app = typer.Typer(
    name="context",
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Name several servers, and choose which one commands use.",
)
Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="The context's name.",
        show_default=False,
        autocompletion=complete_contexts,
    ),
]


@app.command()
def add(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A name, such as plant.", show_default=False)
    ],
    address: Annotated[
        str,
        typer.Argument(metavar="URL", help="As https://csv.example.com.", show_default=False),
    ],
    key_file: Annotated[
        str | None,
        typer.Option(
            help="File with the API key; - is standard input. Default: it is asked for.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    use: Annotated[bool, typer.Option("--use", help="Use it from now on.")] = False,
) -> None:
    """Store a server under a name; the first one is used from then on."""
    from cli.commands.contexts import add_context, key_of

    add_context(name, address, key_of(key_file), use=use)


@app.command()
def use(name: Name) -> None:
    """Use a context from now on."""
    from cli.commands.contexts import use_context

    use_context(name)


@app.command("list")
def list_() -> None:
    """List the contexts; the one that is used has an asterisk."""
    from cli.commands.contexts import list_contexts

    list_contexts()


@app.command()
def remove(name: Name) -> None:
    """Forget a context and its key."""
    from cli.commands.contexts import remove_context

    remove_context(name)

"""`csv-processor`: its commands, each with the module that declares its arguments and options.

A module is imported when one of its commands is run, and only the help imports them all: most of
the time that a small command takes is that of its imports.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from cli.usage.examples import add_examples
from cli.usage.parameters import complete_contexts
from runtime.version import VERSION

# Modules of `cli.usage`, in the order of the help.
_MODULES: Final = {
    "upload": "sending",
    "validate": "sending",
    "inspect": "sending",
    "convert": "sending",
    "files": "files",
    "show": "files",
    "watch": "files",
    "sensors": "files",
    "invalid": "files",
    "replay": "sending",
    "resubmit": "files",
    "correct": "bulk",
    "reprocess": "bulk",
    "delete": "files",
    "raw": "files",
    "export": "files",
    "status": "service",
    "dead-letters": "service",
    "announce": "service",
    "retention": "service",
    "stats": "service",
    "readings": "service",
    "sql": "service",
    "open": "service",
    "migrate": "stack",
    "up": "stack",
    "down": "stack",
    "logs": "service",
    "demo": "stack",
    "profiles": "profiles",
    "webhooks": "webhooks",
    "context": "contexts",
    "keys": "keys",
}


class _Commands(TyperGroup):
    """The commands of `_MODULES`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # Their names are enough for the help and for suggestions.
        self.commands = dict.fromkeys(_MODULES)  # type: ignore[assignment]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command, declared by its module."""
        module = _MODULES.get(cmd_name)
        if module is None:
            return None
        group = typer.main.get_group(import_module(f"cli.usage.{module}").app)
        command = group if group.name == cmd_name else group.commands[cmd_name]
        add_examples(command, cmd_name)
        return command


app = typer.Typer(
    cls=_Commands,
    name="csv-processor",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Send sensor CSV files to CSV Processor and read their results.",
    epilog="Exit codes: 0 processed, 3 partial, 4 failed, 2 wrong usage, 1 anything else. "
    "CSV_PROCESSOR_API names the API (http://127.0.0.1:8000 unless set), CSV_PROCESSOR_KEY its key,"
    " or CSV_PROCESSOR_KEY_FILE a file with the key. Without them the context is used:"
    " `csv-processor context`.",
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"csv-processor {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
    context: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Use this context for this command, whatever else is set.",
            show_default=False,
            autocompletion=complete_contexts,
        ),
    ] = None,
) -> None:
    """Options that come before the command."""
    if context is not None:
        # Named for this command, so it comes before what the environment says of another server.
        for variable in ("CSV_PROCESSOR_API", "CSV_PROCESSOR_KEY", "CSV_PROCESSOR_KEY_FILE"):
            os.environ.pop(variable, None)
        os.environ["CSV_PROCESSOR_CONTEXT"] = context

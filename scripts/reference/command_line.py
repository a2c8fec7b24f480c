"""The command line, from its own declarations."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from cli.main import app
from cli.usage.examples import lines_of
from schemas.read_options import options
from scripts.reference.markdown import table

_WIDTH = 80


def commands() -> Iterator[tuple[str, Any, Any]]:
    """(full name, command, its context) of every command, in the order of the help."""
    group = typer.main.get_command(app)
    yield from _of(group, group.make_context("csv-processor", [], resilient_parsing=True), "")


def _of(command: Any, context: Any, prefix: str) -> Iterator[tuple[str, Any, Any]]:
    if not hasattr(command, "list_commands"):
        yield prefix.strip(), command, context
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        inner = child.make_context(name, [], parent=context, resilient_parsing=True)
        yield from _of(child, inner, f"{prefix} {name}")


def overview() -> str:
    """`csv-processor --help`."""
    group = typer.main.get_command(app)
    context = group.make_context(
        "csv-processor", [], resilient_parsing=True, terminal_width=_WIDTH, max_content_width=_WIDTH
    )
    lines = [line.rstrip() for line in group.get_help(context).splitlines()]
    return "```\n" + "\n".join(lines).strip() + "\n```\n"


def details() -> str:
    """Usage, arguments and options of every command."""
    return "\n".join(_details(*found) for found in commands())


def _details(name: str, command: Any, context: Any) -> str:
    reading = {option.name for option in options()}
    own = [p for p in command.params if p.name not in reading]
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [
        f"## {name}\n",
        f"`csv-processor {name} {usage}`\n",
        inspect.cleandoc(command.help or "") + "\n",
    ]
    records = [record for p in own if (record := _record(p, context))]
    if records:
        parts.append(table(("argument or option", "meaning"), records))
    if len(own) < len(command.params):
        parts.append("Takes all [read options](read-options.md).\n")
    if examples := lines_of(name):
        parts.append("\n".join(["```sh", *examples, "```\n"]))
    return "\n".join(parts)


def _record(parameter: Any, context: Any) -> tuple[str, str] | None:
    shown = parameter.get_help_record(context)
    return None if shown is None else (f"`{shown[0]}`", shown[1])

"""How a file is to be read, beyond what is found out: options that several commands share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

import typer

ReadingOptions: TypeAlias = dict[str, Any]
"""The options by name, as the API takes them; None where one was not given."""


def _options(
    *,
    delimiter: Annotated[
        str | None, typer.Option(help="Found out unless told.", show_default=False)
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Found out unless told.", show_default=False)
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Whether the first record is a header; found out unless told.",
            show_default=False,
        ),
    ] = None,
    timestamp_format: Annotated[
        str | None, typer.Option(help="ISO 8601 or epoch unless told.", show_default=False)
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="Decimal sign of values.", show_default=False)
    ] = None,
    quote: Annotated[str | None, typer.Option(help="double or single.", show_default=False)] = None,
    escape: Annotated[
        str | None, typer.Option(help="backslash or none.", show_default=False)
    ] = None,
    comment: Annotated[
        str | None,
        typer.Option(help="What comments begin with, or none.", show_default=False),
    ] = None,
    skip_lines: Annotated[
        int | None,
        typer.Option(help="Lines at the beginning not to be looked at.", show_default=False),
    ] = None,
    units: Annotated[
        bool | None,
        typer.Option(
            "--units/--no-units",
            help="Whether a line of units follows the header; found out unless told.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Only its signature is of use."""


def takes_reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """A command with these options in the place of its parameter `reading`, which gets them all."""
    shared = inspect.signature(_options, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def gathering(**given: Any) -> None:
        reading = {name: given.pop(name) for name in shared}
        command(reading=reading, **given)

    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        parameters += shared.values() if parameter.name == "reading" else [parameter]
    gathering.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return gathering

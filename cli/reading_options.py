"""How files are read: the read options as flags, for every command that takes them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeAlias

import typer

from cli.exit_codes import WRONG_USE, CommandError
from schemas.read_options import BadOption, Option, ReadOptions, options, parse_options

ReadingOptions: TypeAlias = dict[str, Any]
"""The options that were given, by name, as the API takes them; lists for those that can be repeated."""


def takes_reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """A command with all read options in the place of its parameter `reading`, which gets them."""
    own = inspect.signature(command, eval_str=True)
    shared = [_parameter(option) for option in options()]

    @functools.wraps(command)
    def gathering(**given: Any) -> None:
        reading = {option.name: given.pop(option.name) for option in options()}
        reading = {name: value for name, value in reading.items() if value not in (None, [])}
        command(reading=reading, **given)

    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        parameters += shared if parameter.name == "reading" else [parameter]
    gathering.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return gathering


def read_options_of(reading: Mapping[str, Any]) -> ReadOptions:
    """The options of a command, checked.

    Raises:
        CommandError: one of them cannot be followed; it is a wrong use.
    """
    texts = {
        name: [_text(one) for one in (value if isinstance(value, list) else [value])]
        for name, value in reading.items()
    }
    try:
        return parse_options(texts)
    except BadOption as exc:
        raise CommandError(exc.reason, code=WRONG_USE) from exc


def _parameter(option: Option) -> inspect.Parameter:
    help_ = option.help
    if option.kind == "flag":
        negative = "--no-" + option.name.replace("_", "-")
        declared: Any = typer.Option(f"{option.flag}/{negative}", help=help_, show_default=False)
        kind: Any = Annotated[bool | None, declared]
    else:
        declared = typer.Option(
            option.flag, help=help_, show_default=False, metavar=_metavar(option)
        )
        kind = Annotated[list[str] | None if option.repeated else str | None, declared]
    return inspect.Parameter(
        option.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind
    )


def _metavar(option: Option) -> str:
    return "|".join(option.choices) if option.choices else option.kind.upper()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

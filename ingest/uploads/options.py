"""Read options out of query parameters, form fields and tus metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from ingest.http.errors import Problem, invalid_parameter
from rows.decode.encoding import EXPECTED, encoding_named
from schemas.errors import BadData
from schemas.read_options import NAMES, BadOption, ReadOptions, options
from schemas.read_options import parse_options as _parse_options

__all__ = [
    "NAMES",
    "Texts",
    "flag",
    "form_fields",
    "lines_of",
    "parse_options",
    "query_parameters",
    "texts_of",
]

# Every text of every name: options can be repeated.
Texts: TypeAlias = Mapping[str, Sequence[str]]

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
REPEATED: Final = frozenset(option.name for option in options() if option.repeated)


def parse_options(*given: Texts) -> ReadOptions:
    """The options among `given`; later mappings win. Other names are not looked at.

    Raises:
        Problem: 400, naming the option, what was seen and what was expected.
    """
    values = {name: texts for one in given for name, texts in one.items() if name in NAMES}
    try:
        found = _parse_options(values)
    except BadOption as exc:
        raise invalid_parameter(f"{exc.reason}.") from None
    if found.encoding is None:
        return found
    try:
        return found.model_copy(update={"encoding": encoding_named(found.encoding)})
    except BadData:
        raise _unexpected("encoding", found.encoding, EXPECTED) from None


def texts_of(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Every text of every name, in order."""
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return found


def lines_of(metadata: Mapping[str, str]) -> dict[str, list[str]]:
    """Options out of tus metadata, which has each name once: values of a repeated one are lines."""
    return {
        name: text.split("\n") if name in REPEATED else [text]
        for name, text in metadata.items()
        if name in NAMES
    }


def query_parameters() -> list[dict[str, Any]]:
    """The read options as OpenAPI parameters."""
    return [
        {
            "name": option.name,
            "in": "query",
            "schema": _schema(option.repeated, option.choices),
            "description": option.help,
        }
        for option in options()
    ]


def form_fields() -> dict[str, Any]:
    """The read options as OpenAPI properties of a form."""
    return {option.name: _schema(option.repeated, option.choices) for option in options()}


def _schema(repeated: bool, choices: Sequence[str]) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string"}
    if choices:
        if all(choice.isalpha() for choice in choices):
            one["enum"] = list(choices)
        else:
            # Names such as `semicolon` are taken for signs too, so this is no closed list.
            one["examples"] = list(choices)
    return {"type": "array", "items": one} if repeated else one


def flag(name: str, value: str | None) -> bool | None:
    """A yes or no; None if it was not given."""
    if not value:
        return None
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise _unexpected(name, value, "true or false")


def _unexpected(name: str, value: str, expected: str) -> Problem:
    return invalid_parameter(f"{name} is {value[:80]!r}; expected {expected}.")

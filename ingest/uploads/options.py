"""Read options out of query parameters or form fields."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.http.errors import Problem, invalid_parameter
from rows.decode.encoding import EXPECTED, encoding_named
from schemas.errors import BadData
from schemas.read_options import NAMES, BadOption, ReadOptions
from schemas.read_options import parse_options as _parse_options

__all__ = ["NAMES", "flag", "parse_options"]

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


def parse_options(given: Mapping[str, str]) -> ReadOptions:
    """The options among `given`; an empty value is none.

    Raises:
        Problem: 400, naming the option, what was seen and what was expected.
    """
    values = {name: [given[name]] for name in NAMES if given.get(name)}
    try:
        options = _parse_options(values)
    except BadOption as exc:
        raise invalid_parameter(f"{exc.reason}.") from None
    if options.encoding is None:
        return options
    try:
        return options.model_copy(update={"encoding": encoding_named(options.encoding)})
    except BadData:
        raise _unexpected("encoding", options.encoding, EXPECTED) from None


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

"""What an uploader may prescribe about a file, from query parameters or form fields."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.problems import Problem, invalid_parameter
from rows.encoding import EXPECTED, encoding_named
from rows.timestamp_format import steps_of
from schemas.errors import BadData
from schemas.events import ParseOptions

NAMES = (
    "delimiter", "encoding", "header", "timestamp_format", "decimal",
    "quote", "escape", "comment", "skip_lines", "units",
)  # fmt: skip
_WORDS = {"tab": "\t", r"\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_DECIMALS = {".": ".", ",": ",", "point": ".", "comma": ","}
_QUOTES = {'"': '"', "'": "'", "double": '"', "single": "'"}
_ESCAPES = {"\\": "\\", "backslash": "\\", "none": "none"}


def parse_options(given: Mapping[str, str]) -> ParseOptions:
    """The options among `given`; an empty value is none.

    Raises:
        Problem: 400, naming the option, what was seen and what was expected.
    """
    values = {name: given[name] for name in NAMES if given.get(name)}
    options = ParseOptions(
        delimiter=_delimiter(values.get("delimiter")),
        encoding=_encoding(values.get("encoding")),
        header=flag("header", values.get("header")),
        timestamp_format=_format(values.get("timestamp_format")),
        decimal=_decimal(values.get("decimal")),
        quote=_one_of("quote", values.get("quote"), _QUOTES),
        escape=_one_of("escape", values.get("escape"), _ESCAPES),
        comment=_comment(values.get("comment")),
        skip_lines=_count("skip_lines", values.get("skip_lines")),
        units=flag("units", values.get("units")),
    )
    if options.comment is not None and options.comment == options.delimiter:
        raise invalid_parameter(
            f"delimiter and comment are both {options.comment!r}; they must differ."
        )
    if options.delimiter is not None and options.delimiter == options.decimal:
        raise invalid_parameter(
            f"delimiter and decimal are both {options.decimal!r}; they must differ."
        )
    return options


def flag(name: str, value: str | None) -> bool | None:
    """A yes or no; None where it was not given."""
    if not value:
        return None
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise _unexpected(name, value, "true or false")


def _delimiter(value: str | None) -> str | None:
    if value is None:
        return None
    delimiter = _WORDS.get(value.lower(), value)
    if (
        len(delimiter) != 1
        or delimiter in "\"\r\n\0'\\"
        or delimiter.isalnum()
        or not delimiter.isascii()
    ):
        raise _unexpected(
            "delimiter", value, "one ASCII character that is no letter, digit or quote, or `tab`"
        )
    return delimiter


def _encoding(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return encoding_named(value)
    except BadData:
        raise _unexpected("encoding", value, EXPECTED) from None


def _decimal(value: str | None) -> str | None:
    if value is None:
        return None
    if value.lower() not in _DECIMALS:
        raise _unexpected("decimal", value, "`.` or `,`")
    return _DECIMALS[value.lower()]


def _one_of(name: str, value: str | None, known: Mapping[str, str]) -> str | None:
    if value is None:
        return None
    if value.lower() not in known:
        raise _unexpected(name, value, " or ".join(f"`{word}`" for word in known))
    return known[value.lower()]


def _comment(value: str | None) -> str | None:
    if value is None or value.lower() == "none":
        return value and "none"
    if len(value) != 1 or not value.isascii() or value.isalnum() or value in "\"' \t\r\n\0":
        raise _unexpected(
            "comment",
            value,
            "one ASCII character that is no letter, digit, quote or blank, or `none`",
        )
    return value


def _count(name: str, value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 6):
        raise _unexpected(name, value, "a number of lines, 0 or more")
    return int(value)


def _format(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        steps_of(value)
    except ValueError as exc:
        expected = "a strptime format, such as %d.%m.%Y %H:%M:%S"
        raise _unexpected("timestamp_format", value, f"{expected} ({exc})") from None
    return value


def _unexpected(name: str, value: str, expected: str) -> Problem:
    return invalid_parameter(f"{name} is {value[:80]!r}; expected {expected}.")

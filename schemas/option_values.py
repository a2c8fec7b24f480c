"""Values of read options: how they may be spelled, which can be followed, and what they mean."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NoReturn

from pydantic_core import PydanticCustomError

from schemas.encoding_labels import EXPECTED, encoding_of_label
from schemas.timestamp_format import ELAPSED, NAMED, check_format, is_time_of_day
from schemas.zone_names import is_zone

if TYPE_CHECKING:
    from schemas.read_options import ReadOptions

MAX_WORDS: Final = 256  # entries of one repeated option; columns may be more
# Options in which an empty text says something.
MAY_BE_EMPTY: Final = frozenset({"missing", "column_names", "quality_accept", "quality_reject"})
_MAX_LINES: Final = 999_999
_MAX_PATTERN: Final = 1000
_WORDS: Final = {
    "tab": "\t",
    r"\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "space": " ",
}
_SPELLINGS: Final[dict[str, dict[str, str]]] = {
    "delimiter": _WORDS,
    "decimal": {"point": ".", "comma": ","},
    "thousands": {"comma": ",", "point": ".", "apostrophe": "'", " ": "space", "’": "'"},
    "quote": {"double": '"', "single": "'"},
    "escape": {"backslash": "\\"},
}
_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "0", "no", "off"})
_FLAGS: Final = frozenset({"header", "units"})
_COUNTS: Final = frozenset({"skip_lines", "skip_after_header"})
# Their values are words of the product, in any case.
_CHOICES: Final = frozenset({"layout", "ambiguous_time", "ragged"})
_DURATION: Final = re.compile(r"([+-]?)(\d{1,12}(?:\.\d{1,6})?)\s*(us|ms|s|min|h|d)")
UNIT_US: Final = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
_MAX_SHIFT_US: Final = 400 * 366 * UNIT_US["d"]
_START: Final = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.IGNORECASE,
)
_COUNT_OR_SHARE: Final = re.compile(r"\d{1,12}|\d{1,3}(?:\.\d{1,6})?%", re.ASCII)
_FIELD: Final = re.compile(r"\{([^{}]*)\}")


def texts(value: object) -> object:
    """A repeated option: a list, a single text, or nothing."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def spelled(name: str, value: object) -> object:
    """A value in the one spelling that the rest of the product knows."""
    if isinstance(value, list | tuple):
        return tuple(spelled(name, one) for one in value)
    if name == "max_invalid" and type(value) is int:  # JSON may have the number itself
        return str(value)
    if not isinstance(value, str):
        return value
    small = value.strip().lower()
    if name in _FLAGS:
        if small in _TRUE or small in _FALSE:
            return small in _TRUE
        bad(name, value, "true or false")
    if name in _COUNTS:
        if not (small.isascii() and small.isdigit() and int(small) <= _MAX_LINES):
            bad(name, value, "a number of lines, 0 or more")
        return int(small)
    if name in _CHOICES:
        return small
    if name == "max_invalid":
        return "".join(small.split())
    if name in ("comment", "escape") and small == "none":
        return "none"
    return _SPELLINGS.get(name, {}).get(small or value, value)


def check(name: str, value: Any) -> None:
    """Refuse a value that cannot be followed.

    Raises:
        PydanticCustomError: with name, seen and expected.
    """
    checker = _CHECKS.get(name)
    for one in value if isinstance(value, tuple) else (value,):
        if checker is not None:
            checker(name, one)
        elif isinstance(one, str) and not one and name not in MAY_BE_EMPTY:
            bad(name, one, "a text that is not empty")
    if isinstance(value, tuple) and len(value) > MAX_WORDS and name not in _COLUMN_LISTS:
        bad(name, f"{len(value)} values", f"at most {MAX_WORDS}")


def check_together(options: ReadOptions) -> None:
    """Refuse options that contradict each other.

    Raises:
        PydanticCustomError: with name, seen and expected.
    """
    marks = (("comment", options.comment), ("decimal", options.decimal))
    for name, mark in marks:
        if mark is not None and mark == options.delimiter:
            bad("delimiter", mark, f"another character than the one of {name}")
    thousands = " " if options.thousands == "space" else options.thousands
    if thousands is not None and thousands == options.decimal:
        bad("thousands", options.thousands or "", "another sign than the decimal sign")
    formats = options.timestamp_format
    if options.timestamp_start is None:
        for form in formats:
            if form in ELAPSED or is_time_of_day(form):
                bad("timestamp_format", form, "timestamp_start beside it, as it says no date")
    if options.quality_column is None and (options.quality_accept or options.quality_reject):
        bad("quality_column", "", "the column of the flags, as quality_accept or _reject is given")
    if options.quality_column is not None and not (
        options.quality_accept or options.quality_reject
    ):
        bad("quality_column", options.quality_column, "quality_accept or quality_reject beside it")


def bad(name: str, seen: object, expected: str) -> NoReturn:
    """Raise what pydantic reports as an error of this option."""
    raise PydanticCustomError(
        "read_option",
        "{name} is {seen}; expected {expected}",
        {"name": name, "seen": str(seen), "expected": expected},
    )


def shift_us(text: str) -> int | None:
    """Microseconds of a duration such as `-1min`; None if it is none."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    whole, _, fraction = match[2].partition(".")
    unit = UNIT_US[match[3]]
    micros = int(whole) * unit + int(fraction.ljust(6, "0") or 0) * unit // 1_000_000
    return -micros if match[1] == "-" else micros


def exceeds(invalid: int, valid: int, most: str | None) -> bool:
    """Whether a file has more invalid rows than `max_invalid` allows.

    Args:
        invalid, valid: rows; in a wide file, entries of invalid cells and readings.
        most: a number of rows, a share of both such as `5%`, or `none`.
    """
    if most is None or most == "none":
        return False
    if most.endswith("%"):
        return invalid * 100 > Fraction(most[:-1]) * (invalid + valid)
    return invalid > int(most)


def fields_of(template: str) -> list[str]:
    """The names in braces of a template."""
    return _FIELD.findall(template)


def word_and_number(text: str) -> tuple[str, float] | None:
    """`ON=1` as its word and its number; None if it is no such pair."""
    word, sign, number = text.rpartition("=")
    try:
        value = (
            float(number) if re.fullmatch(r"\s*[+-]?[\d.]+(?:[eE][+-]?\d+)?\s*", number) else None
        )
    except ValueError:
        value = None
    return (word.strip(), value) if sign and word.strip() and value is not None else None


def _mark(name: str, value: str, but: str, expected: str) -> None:
    if len(value) != 1 or not value.isascii() or value.isalnum() or value in but:
        bad(name, value, expected)


def _delimiter(name: str, value: str) -> None:
    expected = "one ASCII character that is no letter, digit or quote, or `tab`"
    _mark(name, value, "\"'\\\r\n\0", expected)


def _comment(name: str, value: str) -> None:
    if value != "none":
        expected = "one ASCII character that is no letter, digit, quote or blank, or `none`"
        _mark(name, value, "\"' \t\r\n\0", expected)


def _one_of(*known: str) -> Any:
    def checker(name: str, value: str) -> None:
        if value not in known:
            bad(name, value, " or ".join(f"`{word}`" for word in known))

    return checker


def _count(name: str, value: int) -> None:
    if not 0 <= value <= _MAX_LINES:
        bad(name, value, "a number of lines, 0 or more")


def _format(name: str, value: str) -> None:
    try:
        check_format(value)
    except ValueError as exc:
        known = ", ".join(NAMED)
        bad(name, value, f"a strptime format such as %d.%m.%Y %H:%M:%S, or one of {known} ({exc})")


def _shift(name: str, value: str) -> None:
    micros = shift_us(value)
    if micros is None or abs(micros) > _MAX_SHIFT_US:
        bad(name, value, "a duration such as -1min, 900s, 1.5h, of at most 400 years")


def _start(name: str, value: str) -> None:
    if not fields_of(value) and not _START.fullmatch(value.strip()):
        bad(name, value, "a date or a date and time such as 2025-06-01T12:00:00Z, or a {group}")


def _zone(name: str, value: str) -> None:
    if not fields_of(value) and not is_zone(value.strip()):
        bad(
            name,
            value,
            "an IANA name such as Europe/Berlin, an offset such as +01:00, or a {group}",
        )


def _pattern(name: str, value: str) -> None:
    if len(value) > _MAX_PATTERN:
        bad(name, f"{len(value)} characters", f"at most {_MAX_PATTERN}")
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), value)
    except pa.ArrowInvalid as exc:
        reason = str(exc).removeprefix("Invalid regular expression: ")
        bad(name, value, f"a regular expression as RE2 has them ({reason})")


def _pattern_with_groups(name: str, value: str) -> None:
    _pattern(name, value)
    if "(?P<" not in value and "(?<" not in value:
        bad(name, value, "a regular expression with a named group such as (?P<station>\\d+)")


def _template(name: str, value: str) -> None:
    if not value.strip():
        bad(name, value, "a text, with names in braces such as {column}")
    if "{" in _FIELD.sub("", value) or "}" in _FIELD.sub("", value):
        bad(name, value, "braces in pairs, with a name between them")
    if any(not field.strip() for field in fields_of(value)):
        bad(name, value, "a name between the braces")


def _count_or_share(name: str, value: str) -> None:
    if value == "none":
        return
    if not _COUNT_OR_SHARE.fullmatch(value) or (value[-1] == "%" and Fraction(value[:-1]) > 100):
        bad(name, value, "a number of rows such as 100, a share such as 5%, or none")


def _map(name: str, value: str) -> None:
    if word_and_number(value) is None:
        bad(name, value, "a word and a number such as ON=1")


def _encoding(name: str, value: str) -> None:
    if encoding_of_label(value) is None:
        bad(name, value, EXPECTED)


_COLUMN_LISTS: Final = frozenset(
    {"column_names", "sensor_column", "timestamp_column", "value_column", "ignore_column"}
)
_CHECKS: Final[dict[str, Any]] = {
    "sensor": _template,
    "quality_column": _template,
    "filename_pattern": _pattern_with_groups,
    "preamble_pattern": _pattern_with_groups,
    "end_pattern": _pattern,
    "timestamp_format": _format,
    "timestamp_shift": _shift,
    "timestamp_start": _start,
    "timezone": _zone,
    "value_map": _map,
    "thousands": _one_of(",", ".", "'", "space"),
    "skip_after_header": _count,
    "skip_lines": _count,
    "delimiter": _delimiter,
    "encoding": _encoding,
    "decimal": _one_of(".", ","),
    "quote": _one_of('"', "'"),
    "escape": _one_of("\\", "none"),
    "comment": _comment,
    "max_invalid": _count_or_share,
}

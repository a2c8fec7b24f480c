"""Read options: what a person may prescribe about a file. The one declaration of all of them.

HTTP parameters, CLI flags, Kafka headers, tus metadata, JSON schemas, the web UI's form and the
table in docs/read-options.md are made from `ReadOptions`. What each does is in docs/files.md and
docs/rows.md.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from schemas import option_values as v
from schemas.errors import BadData

Texts: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(v.texts)]
NONE: Final = "none"  # of `escape` and `comment`: the file has none

_SHOWN: Final = 80  # characters of a wrong value that a message shows


class BadOption(BadData):
    """A read option that cannot be followed.

    Args:
        name: of the option.
        seen: the value, or the unknown name itself.
        expected: what would be taken.
    """

    def __init__(self, name: str, seen: object, expected: str) -> None:
        shown = seen if isinstance(seen, str) else str(seen)
        super().__init__("bad_option", f"{name} is {shown[:_SHOWN]!r}; expected {expected}")
        self.name, self.seen, self.expected = name, shown, expected


class UnknownOption(BadOption):
    """An option that does not exist; `nearest` is the one that was probably meant, or None."""

    def __init__(self, name: str, nearest: str | None) -> None:
        hint = f"did you mean {nearest}?" if nearest else f"known are {', '.join(NAMES)}"
        super().__init__(name, name, hint)
        self.reason = f"there is no read option {name[:_SHOWN]!r}; {hint}"
        self.args = (f"bad_option: {self.reason}",)
        self.nearest = nearest


def _option(kind: str, help_: str, example: str, *, choices: Sequence[str] = ()) -> Any:
    """Declares one option. `kind` says what a form asks for: text, choice, flag, count, column,
    template, pattern, format, zone, duration or map."""
    extra: dict[str, Any] = {"kind": kind}
    if choices:
        extra["choices"] = list(choices)
    return Field(None, description=help_, examples=[example], json_schema_extra=extra)


def _options(kind: str, help_: str, example: str, *, choices: Sequence[str] = ()) -> Any:
    """Declares one option that can be repeated."""
    extra: dict[str, Any] = {"kind": kind, "repeated": True}
    if choices:
        extra["choices"] = list(choices)
    return Field((), description=help_, examples=[[example]], json_schema_extra=extra)


class ReadOptions(BaseModel):
    """How a file is to be read; what is not set is detected."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str | None = _option(
        "text", "Name of a profile, `auto` (the one that matches) or `none`.", "auto"
    )
    layout: Literal["long", "wide", "auto"] | None = _option(
        "choice",
        "long: a record is one reading. wide: a record is one time with several value columns.",
        "wide",
        choices=("long", "wide", "auto"),
    )
    column_names: Texts = _options(
        "text", "Names of the columns in order; they replace those of a header.", "time"
    )
    sensor_column: Texts = _options(
        "column", "Column with the sensor; several are joined by `/`.", "Station"
    )
    sensor: str | None = _option(
        "template",
        "Template of the sensor_id: text with {column}, {filename}, {stem}, {Some header}, {group}.",
        "{stem}/{column}",
    )
    filename_pattern: Texts = _options(
        "pattern",
        "Regular expression (RE2) with named groups, searched in the file name.",
        r"(?P<station>\d+)\.csv$",
    )
    preamble_pattern: Texts = _options(
        "pattern",
        "Regular expression (RE2) with named groups, searched in each line before the first record.",
        r"Serial: (?P<serial>\w+)",
    )
    timestamp_column: Texts = _options(
        "column", "Column with the timestamp; several are joined by a space.", "Date"
    )
    timestamp_format: Texts = _options(
        "format",
        "strptime format, or iso, epoch, epoch_s, epoch_ms, epoch_us, epoch_ns, excel, filetime, "
        "elapsed_s, elapsed_ms; the first that fits counts.",
        "%d.%m.%Y %H:%M",
    )
    timestamp_shift: str | None = _option(
        "duration", "Added to every timestamp: a number with us, ms, s, min, h or d.", "-1min"
    )
    timestamp_start: str | None = _option(
        "template", "Origin of elapsed times; the date for a time of day.", "2025-06-01T12:00:00Z"
    )
    timezone: str | None = _option(
        "zone",
        "IANA name or offset for timestamps without an offset, or a template such as {zone}; "
        "default UTC.",
        "Europe/Berlin",
    )
    ambiguous_time: Literal["order", "earlier", "later", "invalid"] | None = _option(
        "choice",
        "The repeated hour when daylight saving ends: by the order of records, the earlier one, "
        "the later one, or invalid.",
        "order",
        choices=("order", "earlier", "later", "invalid"),
    )
    value_column: Texts = _options(
        "column", "Column with values; `*` means every column not named by another option.", "Temp"
    )
    ignore_column: Texts = _options("column", "Column that `*` does not include.", "Record")
    quality_column: str | None = _option(
        "template",
        "Column with the quality flag; in wide files it may be a template such as {column}_flag.",
        "quality",
    )
    quality_accept: Texts = _options("text", "Flag of records that are taken.", "G")
    quality_reject: Texts = _options("text", "Flag of records that are excluded.", "B")
    missing: Texts = _options("text", "Text that means: no reading.", "-9999")
    value_map: Texts = _options("map", "Word and the number it means, in any case.", "ON=1")
    value_unit: Texts = _options("text", "Unit that may follow a number.", "kWh")
    thousands: str | None = _option(
        "choice", "Sign between groups of three digits.", ",", choices=(",", ".", "'", "space")
    )
    skip_after_header: int | None = _option(
        "count", "Lines after the header that are skipped.", "1"
    )
    end_pattern: str | None = _option(
        "pattern",
        "Regular expression (RE2); the first line after the first record that matches it ends the "
        "data.",
        "^$",
    )
    ragged: Annotated[tuple[Literal["fill", "cut"], ...], BeforeValidator(v.texts)] = _options(
        "choice",
        "fill: fields missing at the end are empty. cut: extra fields are ignored.",
        "fill",
        choices=("fill", "cut"),
    )
    delimiter: str | None = _option(
        "text",
        "One ASCII character, no letter, digit or quote, or tab, comma, semicolon, pipe, space; a "
        "space means runs of spaces.",
        ";",
    )
    encoding: str | None = _option("text", "Encoding of the file.", "windows-1252")
    header: bool | None = _option("flag", "Whether the file has a header.", "true")
    decimal: str | None = _option("choice", "Decimal sign of values.", ",", choices=(".", ","))
    quote: str | None = _option("choice", "Quote character: \" or '.", '"', choices=('"', "'"))
    escape: str | None = _option(
        "choice", "Escape character in quotes: a backslash, or none.", "\\", choices=("\\", NONE)
    )
    comment: str | None = _option("text", "What comment lines begin with, or none.", "#")
    skip_lines: int | None = _option("count", "Lines at the beginning that are skipped.", "3")
    units: bool | None = _option("flag", "Whether a line of units follows the header.", "false")
    max_invalid: str | None = _option(
        "text",
        "Most invalid rows a file may have: a number, or a share such as 5%; none is no limit. "
        "With more the file fails and none of its readings is visible.",
        "5%",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _spelled(cls, value: object, info: Any) -> object:
        """Words and other spellings of a value, from every entry point."""
        return v.spelled(info.field_name, value)

    @field_validator("*")
    @classmethod
    def _valid(cls, value: object, info: Any) -> object:
        if value is not None and value != ():
            v.check(info.field_name, value)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> ReadOptions:
        v.check_together(self)
        return self


NAMES: Final = tuple(ReadOptions.model_fields)
# Everything is detected.
NO_OPTIONS: Final = ReadOptions()


@dataclass(frozen=True, slots=True)
class Option:
    """One option as entry points, forms and documents need it."""

    name: str
    kind: str
    repeated: bool
    choices: tuple[str, ...]
    help: str
    example: str

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")


def options() -> Iterator[Option]:
    """All options in the order of their declaration."""
    for name, field in ReadOptions.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        choices = extra.get("choices", [])
        example = (field.examples or [""])[0]
        assert isinstance(choices, list)
        yield Option(
            name,
            str(extra["kind"]),
            bool(extra.get("repeated")),
            tuple(str(choice) for choice in choices),
            field.description or "",
            str(example[0] if isinstance(example, list) else example),
        )


def parse_options(given: Mapping[str, Sequence[str]]) -> ReadOptions:
    """Options from texts: HTTP parameters, CLI flags, Kafka headers, tus metadata.

    An empty text means that the option is not set, except for those in which it says something:
    `missing` (an empty cell), `column_names` (a column without a name) and the quality flags.

    Args:
        given: every text of every option by its name, with underscores or dashes.

    Raises:
        UnknownOption: an option that does not exist.
        BadOption: a value that cannot be followed.
    """
    fields: dict[str, object] = {}
    for written, texts in given.items():
        name = written.replace("-", "_")
        if name not in NAMES:
            raise UnknownOption(written, nearest(name))
        values = [text for text in texts if text or name in v.MAY_BE_EMPTY]
        if not values:
            continue
        if _is_repeated(name):
            fields[name] = values
        elif len(values) > 1:
            raise BadOption(name, ", ".join(values), "one value")
        else:
            fields[name] = values[0]
    return read_options(fields)


def read_options(fields: Mapping[str, object]) -> ReadOptions:
    """Options from values by name, as in JSON.

    Raises:
        UnknownOption, BadOption: as `parse_options`.
    """
    for name in fields:
        if name not in NAMES:
            raise UnknownOption(name, nearest(name))
    try:
        return ReadOptions.model_validate(dict(fields))
    except ValidationError as exc:
        raise _bad_option(exc.errors()[0]) from None


def nearest(name: str) -> str | None:
    """The known option that is written most like `name`."""
    found = difflib.get_close_matches(name.lower(), NAMES, 1)
    return found[0] if found else None


def _is_repeated(name: str) -> bool:
    extra = ReadOptions.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("repeated"))


def _bad_option(error: Any) -> BadOption:
    context = error.get("ctx") or {}
    name = str(context.get("name") or (error["loc"] or ("options",))[0])
    seen = context.get("seen", error.get("input"))
    return BadOption(name, seen, str(context.get("expected") or error["msg"]))

"""Polluted sensor files, each with what a reader should get out of it.

The kinds of pollution are those of the Pollock benchmark (Vitagliano et al., "Pollock: A Data Loading
Benchmark", PVLDB 16(8), 2023), found there in real open data, applied to a sensor file; at the end
follow some more that gateways and spreadsheets produce. The files are generated here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# sensor_id, timestamp in microseconds since 1970, value.
Reading = tuple[str, int, float]

_HEADER = ("sensor_id", "timestamp", "value", "note")
_START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS = 24
_NOTES = ("", "ok", "checked, by hand", 'the "old" one', "two\nlines", "+5 % drift")


@dataclass(frozen=True)
class Case:
    """One polluted file. Whether `optional` readings are found does not matter: a reader
    may drop or repair a damaged row; what it finds of it must be right."""

    name: str
    data: bytes
    expected: tuple[Reading, ...]
    optional: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Row:
    """A reading as it is written, with a note beside it."""

    sensor: str
    moment: datetime
    value: str
    note: str

    @property
    def reading(self) -> Reading:
        micros = (self.moment - _EPOCH) // timedelta(microseconds=1)
        return self.sensor, micros, float(self.value.replace(",", "."))

    @property
    def fields(self) -> tuple[str, str, str, str]:
        return self.sensor, f"{self.moment:%Y-%m-%dT%H:%M:%SZ}", self.value, self.note


def rows() -> list[Row]:
    """The readings that every file is made of."""
    return [
        Row(
            f"boiler-{k % 3 + 1}",
            _START + timedelta(minutes=10 * k),
            f"{58.25 + k * 0.5:.2f}",
            _NOTES[k % len(_NOTES)],
        )
        for k in range(_ROWS)
    ]


@dataclass(frozen=True)
class Style:
    """How a file is written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    line_end: str = "\r\n"
    always_quoted: bool = False

    def field(self, text: str) -> str:
        special = (self.delimiter[0], self.quote, "\n", "\r")
        if self.always_quoted or any(c in text for c in special):
            escaped = text.replace(self.quote, self.escape + self.quote)
            return f"{self.quote}{escaped}{self.quote}"
        return text

    def line(self, fields: tuple[str, ...] | list[str]) -> str:
        return self.delimiter.join(self.field(f) for f in fields) + self.line_end


def _text(of: list[Row], style: Style | None = None, header: bool = True) -> str:
    style = style or Style()
    lines = [style.line(_HEADER)] if header else []
    return "".join(lines + [style.line(row.fields) for row in of])


def _readings(of: list[Row]) -> tuple[Reading, ...]:
    return tuple(row.reading for row in of)


def _simple(of: list[Row]) -> list[Row]:
    """Without notes that need quotes, for styles that cannot have them."""
    return [Row(r.sensor, r.moment, r.value, "ok") for r in of]


def _whole() -> Iterator[Case]:
    """Pollution of the file as a whole."""
    of = rows()
    all_ = _readings(of)

    def case(name: str, text: str, expected: tuple[Reading, ...] = all_) -> Case:
        return Case(name, text.encode(), expected)

    yield case("source", _text(of))
    yield case("file_no_trailing_newline", _text(of).rstrip("\r\n"))
    yield case("file_double_trailing_newline", _text(of) + "\r\n")
    # Without a header the three fields go by position.
    bare = "".join(Style().line(row.fields[:3]) for row in of)
    yield case("file_no_header", bare)
    yield case("file_header_only", _text([]), ())
    yield case("file_one_data_row", _text(of[:1]), all_[:1])
    yield case("file_preamble", "Export of gateway 7\r\nNorth plant, hall 2\r\n\r\n" + _text(of))
    units = Style().line(("", "UTC", "degC", ""))
    first, rest = _text([]), _text(of, header=False)
    yield case("file_header_multirow_2", first + units + rest)
    yield case(
        "file_header_multirow_3", Style().line(("Boilers", "", "", "")) + first + units + rest
    )
    yield case("file_field_delimiter_0x9", _text(of, Style("\t")))
    yield case("file_field_delimiter_0x3B", _text(of, Style(";")))
    yield case("file_field_delimiter_0x20", _text(of, Style(" ", always_quoted=True)))
    yield case("file_field_delimiter_0x2C_0x20", _text(_simple(of), Style(", ")))
    yield case(
        "file_quotation_char_0x27", _text(of, Style(quote="'", escape="'", always_quoted=True))
    )
    yield case("file_escape_char_0x5C", _text(of, Style(escape="\\")))
    yield case("file_record_delimiter_0xA", _text(of, Style(line_end="\n")))
    yield case("file_record_delimiter_0xD", _text(of, Style(line_end="\r")).replace("\n", "\r"))
    narrow = Style().line(("station", "height")) + Style().line(("north", "212"))
    yield case("file_multitable_less", _text(of) + "\r\n" + narrow)
    same = Style().line(_HEADER) + _text(of[:3], header=False)
    yield case("file_multitable_same", _text(of) + "\r\n" + same, all_ + all_[:3])
    wide = Style().line(("a", "b", "c", "d", "e", "f")) + Style().line(
        ("p", "q", "r", "s", "t", "u")
    )
    yield case("file_multitable_more", _text(of) + "\r\n" + wide)


def _rows() -> Iterator[Case]:
    """Pollution of one row, at the beginning, in the middle and at the end.

    Rows with a note: one delimiter more in a row that ends with an empty field looks like
    the delimiter that many writers put at a line's end, and that is no fault.
    """
    of = rows()
    for k in (1, 13, _ROWS - 1):
        one = of[k]

        def case(name: str, line: str, k: int = k) -> Case:
            data = _text(of[:k]) + line + _text(of[k + 1 :], header=False)
            others = _readings(of[:k] + of[k + 1 :])
            return Case(f"{name}_row{k}", data.encode(), others, (of[k].reading,))

        fields = list(one.fields)
        for column in range(4):
            merged = [
                *fields[: column - 1],
                "".join(fields[column - 1 : column + 1]),
                *fields[column + 1 :],
            ]
            if column:
                yield case(f"row_less_sep_col{column}", Style().line(merged))
            broken = [Style().field(f) for f in fields]
            text = broken[column]
            half = len(text) // 2
            if not text.startswith('"') and text:
                broken[column] = f"{text[:half]},{text[half:]}"
                yield case(f"row_more_sep_col{column}", ",".join(broken) + "\r\n")
            broken[column] = f'"{text}'
            yield case(f"row_extra_quote_col{column}", ",".join(broken) + "\r\n")
        yield case("row_field_delimiter_0x3B", Style(";").line(fields))
        yield case("row_field_delimiter_0x20", Style(" ", always_quoted=True).line(fields))


def _more() -> Iterator[Case]:
    """What else sensor files come with."""
    of = rows()
    simple = _simple(of)
    all_ = _readings(of)
    text = _text(of)
    yield Case("utf8_bom", b"\xef\xbb\xbf" + text.encode(), all_)
    yield Case("utf16_le_bom", b"\xff\xfe" + text.encode("utf-16-le"), all_)
    yield Case("utf16_be_bom", b"\xfe\xff" + text.encode("utf-16-be"), all_)
    accented = [Row(f"chaudière-{k % 3}", r.moment, r.value, "été") for k, r in enumerate(of)]
    yield Case("windows_1252", _text(accented).encode("cp1252"), _readings(accented))
    comma = [Row(r.sensor, r.moment, r.value.replace(".", ","), "ok") for r in of]
    yield Case("decimal_comma", _text(comma, Style(";")).encode(), all_)
    yield Case("comments", ("# logger 3\r\n# site: north\r\n" + text).encode(), all_)
    middle = _text(of[:12]) + _text(of[12:])
    yield Case("header_repeated", middle.encode(), all_)
    trailing = _text(simple).replace("\r\n", ",\r\n")
    yield Case("trailing_delimiter", trailing.encode(), all_)
    yield Case("ctrl_z_at_end", text.encode() + b"\x1a", all_)
    lines = _text(simple).splitlines(keepends=True)
    mixed = "".join(
        line.replace("\r\n", ("\n", "\r", "\r\n")[k % 3]) for k, line in enumerate(lines)
    )
    yield Case("line_ends_mixed", mixed.encode(), all_)
    blank = "".join(line + ("\r\n" if k % 5 == 0 else "") for k, line in enumerate(lines))
    yield Case("blank_lines", blank.encode(), all_)
    aligned = "".join(
        "".join(f"{f:<24}" for f in (("ok", *r.fields[:3]))).rstrip() + "\n" for r in simple
    )
    names = "".join(f"{n:<24}" for n in ("note", *_HEADER[:3])).rstrip() + "\n"
    yield Case("runs_of_spaces", (names + aligned).encode(), all_)
    nul = text.encode().replace(b"boiler-2", b"boiler\x00-2", 1)
    yield Case("nul_byte", nul, _readings(of[:1] + of[2:]))
    bad = text.encode().replace(b"boiler-2", b"boil\xe9r-2", 1)
    yield Case("invalid_utf8_in_one_row", bad, _readings(of[:1] + of[2:]))
    nan = _text(
        [Row(r.sensor, r.moment, "nan" if k == 5 else r.value, "ok") for k, r in enumerate(of)]
    )
    # Not by itself what RFC 4180 allows, but what joining by ", " makes.
    yield Case("blanks_before_quotes", _text(of, Style(", ")).encode(), all_)
    yield Case("nan_in_one_row", nan.encode(), _readings(of[:5] + of[6:]))
    text_value = _text(
        [Row(r.sensor, r.moment, "ERR" if k == 5 else r.value, "ok") for k, r in enumerate(of)]
    )
    yield Case("text_for_a_value", text_value.encode(), _readings(of[:5] + of[6:]))


def cases() -> list[Case]:
    """All of them, in order."""
    makers: tuple[Callable[[], Iterator[Case]], ...] = (_whole, _rows, _more)
    return [case for make in makers for case in make()]

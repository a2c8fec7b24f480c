"""Files with the header `sensor_id,timestamp,value`: how their cells are written, beyond the dialect.

Nearly all of them need nothing: their timestamps are ISO 8601 or epoch numbers. That is seen in
microseconds; only the others are looked at cell by cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rows.sniff.cells import NUMBER, STATES
from rows.sniff.doubt import Alternative, Question
from rows.sniff.lines import PADDING
from rows.sniff.moment import Moment
from rows.sniff.number_times import find_number_formats, is_epoch, number_way
from rows.sniff.refusals import check_decimal_commas
from rows.sniff.sign_plan import detect_signs
from rows.sniff.table import Marks, physical_lines, read_lines, split_fields
from rows.sniff.time_plan import numbers_unknown, settled_way
from rows.sniff.timestamps import Way, find_ways
from rows.sniff.value_signs import Signs
from rows.sniff.written_times import ISO
from schemas.events import DialectSpec
from schemas.read_options import ReadOptions

_MOST_LINES: Final = 20_000
_NAME: Final = "'timestamp'"


@dataclass(frozen=True, slots=True)
class CellForms:
    """How cells are written.

    Attributes:
        formats: of timestamps; empty: ISO 8601 and epoch numbers.
        signs: of values; None: as the delimiter says.
        way: how the timestamps are written, if not as usual.
        stamps: the timestamps of the head, if they were looked at.
    """

    formats: tuple[str, ...] = ()
    signs: Signs | None = None
    way: Way | None = None
    stamps: tuple[str, ...] = ()


def forms_of_cells(
    head: bytes, found: DialectSpec, options: ReadOptions, *, complete: bool
) -> CellForms:
    """How the cells are written of a file whose columns are known by the header.

    Raises:
        Question: timestamps or values can be read in more than one way.
    """
    formats_given = bool(options.timestamp_format)
    if _is_plain(head, found):
        return CellForms()
    stamps, values = _cells(head, found, complete=complete)
    way = None
    formats: tuple[str, ...] = ()
    if not formats_given:
        way = _way(stamps, options)
        formats = way.formats if way is not None else ()
    if not options.value_map and not options.missing:
        _refuse_states(values)
    signs = None
    signed = found.delimiter != "," and any("," in value for value in values)
    if options.decimal is None and options.thousands is None and signed:
        signs = _signs(values)
    return CellForms(formats, signs, way, tuple(stamps))


def _is_plain(head: bytes, found: DialectSpec) -> bool:
    """Whether every line of the head is sensor, ISO 8601 or a recent epoch number, and a number."""
    if found.columns != (0, 1, 2) or found.width != 3 or found.delimiter == " ":
        return False
    if any(month in head for month in _CLOCKS_CHANGE):
        return False  # the hours of that night are looked at
    text = head[found.data_start :]
    lines = text.count(b"\n")
    rest = len(text) - text.rfind(b"\n") - 1
    quote = found.quote if found.quote.encode() in text else None
    matched = len(_line(found.delimiter, quote).findall(text))
    return matched >= lines and (rest == 0 or matched > lines or rest < _LONGEST_REST)


# Dates about the ends of daylight saving time.
_CLOCKS_CHANGE: Final = (b"-10-2", b"-10-3", b"-11-0")
# What the head breaks off in is no line of its own.
_LONGEST_REST: Final = 200


@lru_cache(8)
def _line(delimiter: str, quote: str | None) -> re.Pattern[bytes]:
    """A line of three such cells; with a quote, each may be in quotes."""
    sign, mark = re.escape(delimiter.encode()), re.escape((quote or '"').encode())

    def cell(pattern: bytes) -> bytes:
        return (
            pattern if quote is None else rb"(?:" + mark + pattern + mark + rb"|" + pattern + rb")"
        )

    other = rb"[^\r\n\"" + mark + sign + rb"]+"
    time = (
        rb"(?:\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
        rb"|1[0-8]\d{8}(?:\.\d+)?|1[0-8]\d{11})"
    )
    number = rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
    return re.compile(rb"(?m)^" + cell(other) + sign + cell(time) + sign + cell(number) + rb"\r?$")


def _cells(head: bytes, found: DialectSpec, *, complete: bool) -> tuple[list[str], list[str]]:
    """The timestamps and the values of the head's records."""
    physical = physical_lines(head, found.data_start, complete=complete, most=_MOST_LINES)
    lines = read_lines(head, physical, Marks.of(found))
    header = split_fields((found.header_text or "").encode(), Marks.of(found)) or ()
    check_decimal_commas(header, filter(None, lines.fields), found.delimiter)
    mark = found.comment.encode() if found.comment else None
    known = {found.header_text, found.units_text}
    _, stamp, value = found.columns
    stamps, values = [], []
    for text, fields in zip(lines.texts, lines.fields, strict=True):
        if not text.strip(PADDING) or fields is None or len(fields) <= max(stamp, value):
            continue
        if (mark and text.startswith(mark)) or text.strip().decode("utf-8", "replace") in known:
            continue
        stamps.append(fields[stamp].decode("utf-8", "replace"))
        values.append(fields[value].decode("utf-8", "replace"))
    return stamps, values


def _way(stamps: list[str], options: ReadOptions) -> Way | None:
    """How the timestamps are written if that is neither ISO 8601 nor epoch; None if it is.

    What is in no known form stays with the row it is in, and so does any other form if at least half
    of the timestamps are ISO 8601.
    """
    filled = [stamp for stamp in stamps if stamp]
    numbers = [stamp for stamp in filled if NUMBER.fullmatch(stamp)]
    texts = [stamp for stamp in filled if not NUMBER.fullmatch(stamp)]
    if len(numbers) * 2 > len(filled):
        return _way_of_numbers(numbers, options)
    iso = sum(ISO.fullmatch(stamp) is not None for stamp in texts)
    if iso * 2 < len(texts):
        found = find_ways(texts)
        if not found.ways:
            return None
        return settled_way(Moment((1,), found.ways, frozenset(), False, texts), _NAME, options)
    unpadded = {form for form in find_ways(texts).formats if form.startswith("%Y-%m-%d ")}
    strange = any(is_epoch(number, 1900, 2300) for number in numbers) and (
        find_number_formats(numbers) != ("epoch",)
    )
    if not unpadded and not strange:
        return None
    # Numbers among dates are no timestamps.
    zoned = "offset" if all(stamp[10:].endswith(("Z", "z")) for stamp in texts) else None
    return Way(("iso", *sorted(unpadded)), "", iso, True, True, zoned)


def _way_of_numbers(numbers: list[str], options: ReadOptions) -> Way | None:
    """How timestamps that are mostly numbers are written; None if they are epoch numbers."""
    formats = find_number_formats(numbers)
    if formats == ("epoch",):
        return None
    if not formats:
        raise numbers_unknown(_NAME, numbers[0])
    ways = tuple(number_way(form, len(numbers)) for form in formats)
    return settled_way(Moment((1,), ways, frozenset(), True, numbers), _NAME, options)


def _refuse_states(values: list[str]) -> None:
    """Ask for numbers if all values are words for states such as ON and OFF."""
    words = sorted({value.lower() for value in values})
    if not words or any(word not in STATES for word in words):
        return
    value_map = tuple(f"{word}={STATES[word]}" for word in words)
    raise Question(
        "value_unknown",
        f"values are words such as {values[0]!r}; say with value_map which numbers they are",
        [Alternative({"value_map": value_map}, f"{', '.join(value_map)}")],
    )


def _signs(values: list[str]) -> Signs | None:
    """The signs of values if commas are no decimal signs; None if they are, as usual."""
    signs = detect_signs(values, comma_delimited=False, wide=False)
    return signs if signs.decimal == "." and any("," in value for value in values) else None

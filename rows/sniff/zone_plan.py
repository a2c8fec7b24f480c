"""The zone of timestamps that say no offset themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rows.sniff.clock_lines import ShiftLine, ZonedLine, shift_line, starts_at, zoned_lines
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import Roles
from rows.sniff.naming import Names
from rows.sniff.sources import Sources
from rows.sniff.spoken_zones import likely_zone_of_name
from rows.sniff.structure import Structure
from rows.sniff.timestamps import Way
from rows.sniff.zones import (
    abbreviation_of_name,
    are_zones,
    offset_of_hours,
    offset_text,
    offsets_in_numbers,
    unsigned_offset_in,
    zone_in,
    zone_of_name,
    zone_of_preamble,
)
from schemas.read_options import BadOption, ReadOptions
from schemas.read_plan import Template
from schemas.zone_names import CELL_ABBREVIATIONS, ZONE_ABBREVIATIONS, fixed_offset, is_zone

# Zones to choose from if a file names one by an abbreviation that can mean several.
_LIKELY_ZONES: Final = {
    "EST": "America/New_York", "EDT": "America/New_York", "CST": "America/Chicago",
    "CDT": "America/Chicago", "MST": "America/Denver", "MDT": "America/Denver",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin", "MEZ": "Europe/Berlin", "MESZ": "Europe/Berlin",
    "EET": "Europe/Athens", "EEST": "Europe/Athens", "WET": "Europe/Lisbon",
    "WEST": "Europe/Lisbon", "BST": "Europe/London", "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney", "JST": "Asia/Tokyo", "IST": "Asia/Kolkata",
    "MET": "Europe/Berlin", "MEST": "Europe/Berlin",
}  # fmt: skip

# Words that lines before the data use for zones, as a well-known system names them.
_WORDS_OF_ZONES: Final = {
    "eastern": "America/New_York", "central european": "Europe/Berlin",
    "central europe": "Europe/Berlin", "westeurop": "Europe/Berlin",
    "mitteleurop": "Europe/Berlin", "central time": "America/Chicago",
    "central standard": "America/Chicago", "central daylight": "America/Chicago",
    "mountain": "America/Denver", "pacific": "America/Los_Angeles",
    "w. europe": "Europe/Berlin", "romance": "Europe/Paris", "london": "Europe/London",
    "berlin": "Europe/Berlin", "paris": "Europe/Paris", "tokyo": "Asia/Tokyo",
}  # fmt: skip
# Formats of timestamps that are counted from an instant of UTC.
_ABSOLUTE: Final = frozenset({"epoch", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "filetime"})


def zone_of(
    structure: Structure,
    options: ReadOptions,
    names: Names,
    roles: Roles,
    way: Way | None,
    sources: Sources,
) -> tuple[str, Template]:
    if options.timezone is not None:
        sources.note("timezone", "option")
        parts = names.template("timezone", options.timezone)
        if any(isinstance(part, int) for part in parts):
            return "UTC", parts
        zone = "".join(str(part) for part in parts)
        if not is_zone(zone):
            raise BadOption("timezone", zone, "an IANA name such as Europe/Berlin, or an offset")
        minutes = fixed_offset(zone)
        return zone if minutes is None else offset_text(minutes), ()
    if way is not None and way.zone == "offset":
        sources.note("timezone", "content")
        return "UTC", ()
    if way is not None and way.zone not in (None, "utc", "mixed"):
        raise _abbreviated(str(way.zone), {})
    if way is not None and way.zone == "mixed":
        raise Question(
            "timestamp_ambiguous",
            "some timestamps say their distance from UTC and others do not; say with timezone what "
            "the others are",
            [Alternative({"timezone": "UTC"}, "timestamps without an offset are UTC")],
        )
    if "utc" in roles.moment.qualifiers and (way is None or way.zone is None):
        # A column for the offset is that of the local time beside it.
        sources.note("timezone", "header")
        return "UTC", ()
    if roles.zone is not None and (way is None or way.zone is None):
        return _zone_of_column(structure, roles, sources)
    if way is not None and way.zone == "utc":
        sources.note("timezone", "content")
        return "UTC", ()
    if _are_absolute(way):
        sources.note("timezone", "default")
        return "UTC", ()
    texts = _texts(structure, roles)
    hours = next((said for text in texts if (said := unsigned_offset_in(text)) is not None), None)
    if hours is not None:
        raise _without_sign(hours)
    named = next((said for text in texts if (said := zone_of_name(text)) is not None), None)
    if named is not None:
        sources.note("timezone", "header")
        return named, ()
    short = next((name for text in texts if (name := abbreviation_of_name(text)) is not None), None)
    if short is not None:
        raise _abbreviated(short, {}, in_cells=False)
    spoken = next((text for text in texts if likely_zone_of_name(text) is not None), None)
    if spoken is not None:
        raise _unknown_zone(spoken)
    before = [
        [cell.decode("utf-8", "replace") for cell in line.fields or (line.text,)]
        for line in structure.preamble
    ]
    if structure.marks.delimiter == " ":
        # Lines before the data are separated otherwise: `Instrument number  =   UTC-8`.
        before += [[line.text.decode("utf-8", "replace")] for line in structure.preamble]
    with_commas = [_by_commas(cells) for cells in before]
    stated = zone_of_preamble(before) or zone_of_preamble(with_commas)
    if stated is not None:
        if stated.zone is None:
            raise _unknown_zone(stated.text)
        sources.note("timezone", "header")
        return stated.zone, ()
    shift = shift_line(before) or shift_line(with_commas)
    if shift is not None and options.timestamp_shift is None:
        raise _shifted(shift)
    lines = [line.text.decode("utf-8", "replace") for line in structure.preamble]
    about_data = [line for line in zoned_lines(lines) if line.about_data]
    others = [line for line in about_data if line.zone != "UTC"]
    if others:
        raise _of_a_moment(others)
    first = next((cell for cell in roles.moment.cells if cell), "")
    is_utc = any(starts_at(line.clock, first) for line in about_data)
    sources.note("timezone", "header" if is_utc else "default")
    return "UTC", ()


def _are_absolute(way: Way | None) -> bool:
    """Whether timestamps are counted from an instant, so that no zone is needed."""
    return way is not None and set(way.formats) <= _ABSOLUTE


def _texts(structure: Structure, roles: Roles) -> list[str]:
    """What the header and lines of units say about the timestamp."""
    if structure.header is None:
        return []
    return [
        text
        for place in roles.moment.parts
        for text in (structure.names[place], *structure.units_of(place))
    ]


def _by_commas(cells: Sequence[str]) -> Sequence[str]:
    """The cells of a line before the data that has one only: `Time Zone,UTC+8` in a file whose records
    are separated by semicolons."""
    filled = [cell for cell in cells if cell.strip()]
    return filled[0].split(",") if len(filled) == 1 else cells


def _without_sign(hours: str) -> Question:
    """A header says an offset without a sign."""
    sides = [offset_text(sign * int(hours) * 60) for sign in (1, -1)]
    return Question(
        "timestamp_ambiguous",
        f"the header says an offset of {hours} without a sign; say with timezone which it is",
        [
            *(Alternative({"timezone": side}, f"timestamps are of {side}") for side in sides),
            Alternative({"timezone": "UTC"}, "timestamps are UTC"),
        ],
    )


def _unknown_zone(text: str) -> Question:
    """Lines before the data name a zone that is not known, or is not plainly one."""
    short = text.strip()
    likely = likely_zone_of_name(short)
    if short in CELL_ABBREVIATIONS or short in _LIKELY_ZONES:
        return _abbreviated(short, {}, in_cells=False)
    alternatives = [
        Alternative({"timezone": zone}, f"timestamps are those of {zone}")
        for word, zone in _WORDS_OF_ZONES.items()
        if word in text.lower()
    ]
    if likely is not None and all(likely != other.options["timezone"] for other in alternatives):
        alternatives.insert(
            0, Alternative({"timezone": likely}, f"timestamps are those of {likely}")
        )
    alternatives += [
        Alternative({"timezone": offset}, f"timestamps are of {offset} all year")
        for offset in offsets_in_numbers(text)
    ]
    said = zone_in(text)
    if said is not None:
        alternatives.append(Alternative({"timezone": said}, f"timestamps are of {said} all year"))
    return Question(
        "timestamp_ambiguous",
        f"the file says {text[:60]!r} about its time zone, which is no name of a zone; say with "
        "timezone which it is",
        [*alternatives, Alternative({"timezone": "UTC"}, "timestamps are UTC")],
    )


def _of_a_moment(lines: Sequence[ZonedLine]) -> Question:
    """Lines about the data have times of day with a zone that is not UTC."""
    said: dict[str, str] = {}
    for zone in dict.fromkeys(line.zone for line in lines):
        minutes = CELL_ABBREVIATIONS.get(zone, fixed_offset(zone))
        if zone in _LIKELY_ZONES:
            likely = _LIKELY_ZONES[zone]
            said[likely] = f"timestamps are those of {likely}"
        if minutes is not None:
            offset = offset_text(minutes)
            said[offset] = f"timestamps are of {offset} all year"
    return Question(
        "timestamp_ambiguous",
        f"timestamps say no zone, and the line {lines[0].text[:60]!r} before the data has a time of "
        f"the zone {lines[0].zone!r}; say with timezone which one timestamps are of",
        [
            *(Alternative({"timezone": zone}, text) for zone, text in said.items()),
            Alternative({"timezone": "UTC"}, "timestamps are UTC"),
        ],
    )


def _shifted(line: ShiftLine) -> Question:
    """A line before the data says that times are shifted, and not from what."""
    return Question(
        "timestamp_ambiguous",
        f"the file says {line.text[:60]!r} about its times, and not from which zone; say with "
        "timezone which zone they are of",
        [
            *(
                Alternative({"timezone": offset}, f"timestamps are of {offset} all year")
                for offset in line.offsets
            ),
            Alternative({"timezone": "UTC"}, "timestamps are UTC"),
        ],
    )


def _zone_of_column(structure: Structure, roles: Roles, sources: Sources) -> tuple[str, Template]:
    """The zone in a column of its own."""
    assert roles.zone is not None
    column = structure.column(roles.zone)
    distinct = sorted({cell for cell in column.cells if cell})
    sources.note("timezone", "content")
    if not distinct:
        sources.note("timezone", "default")
        return "UTC", ()
    hours = [offset_of_hours(cell) for cell in distinct]
    if len(hours) == 1 and hours[0] is not None:
        return hours[0], ()
    if are_zones(distinct) and not (set(distinct) & _SEVERAL_MEANINGS):
        return "UTC", (roles.zone,)
    raise _abbreviated(distinct[0], {"timezone": "{" + structure.names[roles.zone] + "}"})


# CST is also the time of China and of Cuba.
_SEVERAL_MEANINGS: Final = frozenset({"CST", "BST", "IST"})


def _abbreviated(name: str, by_column: dict[str, object], *, in_cells: bool = True) -> Question:
    likely = _LIKELY_ZONES.get(name)
    alternatives = []
    if by_column and name in ZONE_ABBREVIATIONS:
        alternatives.append(Alternative(by_column, "the zone is that of each record, of America"))
    if likely is not None:
        alternatives.append(Alternative({"timezone": likely}, f"timestamps are those of {likely}"))
    minutes = CELL_ABBREVIATIONS.get(name)
    if not in_cells and minutes is not None:
        offset = offset_text(minutes)
        alternatives.append(
            Alternative({"timezone": offset}, f"timestamps are of {offset} all year")
        )
    alternatives += [
        Alternative({"timezone": offset}, f"timestamps are of {offset} all year")
        for offset in offsets_in_numbers(name)
    ]
    alternatives.append(Alternative({"timezone": "UTC"}, "timestamps are UTC"))
    return Question(
        "timestamp_ambiguous",
        f"timestamps are of the zone {name!r}, a name that several zones can have; say which with "
        "timezone",
        alternatives,
    )

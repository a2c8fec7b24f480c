"""From options and roles to the read plan of a file.

Everything that a plan says is either said by an option, or by what detection found; `Sources` keeps
which of them it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from rows.sniff.cells import MISSING_WORDS, Kind, kind_of
from rows.sniff.doubt import Alternative, Question
from rows.sniff.moments import Moment
from rows.sniff.naming import Names, merged
from rows.sniff.roles import Given, Roles
from rows.sniff.structure import Structure
from rows.sniff.timestamps import Way
from rows.sniff.value_signs import Signs, find_signs
from rows.sniff.zones import are_zones, offset_text, zone_in
from schemas.events import PropertySource
from schemas.option_values import shift_us, word_and_number
from schemas.read_options import BadOption, ReadOptions
from schemas.read_plan import COLUMN, ReadPlan, Template, TimePlan
from schemas.zone_names import ZONE_ABBREVIATIONS, fixed_offset, is_zone

_ALL: Final = "*"
_FEW: Final = 0.02
# Zones to choose from if a file names one by an abbreviation that can mean several.
_LIKELY_ZONES: Final = {
    "EST": "America/New_York", "EDT": "America/New_York", "CST": "America/Chicago",
    "CDT": "America/Chicago", "MST": "America/Denver", "MDT": "America/Denver",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin", "MEZ": "Europe/Berlin", "MESZ": "Europe/Berlin",
    "EET": "Europe/Athens", "EEST": "Europe/Athens", "WET": "Europe/Lisbon",
    "WEST": "Europe/Lisbon", "BST": "Europe/London", "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney", "JST": "Asia/Tokyo", "IST": "Asia/Kolkata",
}  # fmt: skip


@dataclass(slots=True)
class Sources:
    """How each property of a dialect was determined."""

    options: ReadOptions
    from_profile: frozenset[str] = frozenset()
    found: dict[str, PropertySource] = field(default_factory=dict)

    def note(self, name: str, source: PropertySource) -> None:
        """Keep `source` for a property, unless an option or a profile says it."""
        if name in self.from_profile:
            self.found[name] = "profile"
        elif getattr(self.options, name, None) not in (None, ()):
            self.found[name] = "option"
        else:
            self.found[name] = source


def given_by(options: ReadOptions, names: Names) -> Given:
    """What options say about the columns of a file.

    Raises:
        BadOption: a column that is not there.
    """
    times: list[int] = []
    literal = False
    for name in options.timestamp_column:
        part = _time_part(names, name)
        literal = literal or isinstance(part, str)
        if isinstance(part, int):
            times.append(part)
    values: tuple[int, ...] | str | None = None
    if _ALL in options.value_column:
        values = _ALL
    elif options.value_column:
        values = tuple(names.place("value_column", name) for name in options.value_column)
    others: set[int] = set()
    for option in ("sensor", "timezone", "quality_column"):
        text = getattr(options, option)
        if isinstance(text, str):
            others |= _columns_in(names, option, text)
    ignored = frozenset(names.place("ignore_column", name) for name in options.ignore_column)
    sensors = tuple(
        names.place("sensor_column", name) for name in options.sensor_column if name != _ALL
    )
    if _ALL in options.sensor_column:
        taken = {
            *sensors,
            *times,
            *ignored,
            *others,
            *(values if isinstance(values, tuple) else ()),
        }
        sensors += tuple(place for place in range(len(names.columns)) if place not in taken)
    return Given(
        layout=options.layout if options.layout in ("long", "wide") else None,
        sensors=sensors or None,
        times=tuple(times) if options.timestamp_column else None,
        literal_times=literal,
        values=values,  # type: ignore[arg-type]
        has_sensor=options.sensor is not None,
        has_format=bool(options.timestamp_format),
        ignored=ignored,
        others=frozenset(others),
    )


def _columns_in(names: Names, option: str, text: str) -> set[int]:
    """The columns that a template names; all of `{column}_flag`."""
    if option == "quality_column" and "{" not in text:
        return {names.place(option, text)}
    if option == "quality_column":
        flags = (names.find(text.replace("{column}", column)) for column in names.columns)
        return {place for place in flags if place is not None}
    if "{" not in text:
        return set()
    parts = names.template(option, text)
    return {part for part in parts if isinstance(part, int) and part != COLUMN}


def _time_part(names: Names, name: str) -> int | str:
    """A column, or the text of a group that is a part of the timestamp."""
    if name.startswith("{") and name.endswith("}") and names.find(name) is None:
        parts = names.template("timestamp_column", name)
        if len(parts) == 1:
            return parts[0]
    return names.place("timestamp_column", name)


def plan_of(
    structure: Structure,
    options: ReadOptions,
    names: Names,
    roles: Roles,
    sources: Sources,
) -> ReadPlan:
    """The plan of a file.

    Raises:
        Question: the timestamps or the signs of values can be read in more than one way.
        BadOption: a name in an option is none of the file.
    """
    signs = _signs(structure, options, roles, sources)
    time = _time(structure, options, names, roles, sources)
    sources.note("layout", "header" if structure.header else "content")
    sources.note("timestamp_column", "header" if structure.header else "content")
    sources.note("value_column", "header" if structure.header else "content")
    return ReadPlan(
        layout=roles.layout,
        columns=structure.names,
        time=time,
        values=roles.values,
        sensor=_sensor(options, names, roles, sources),
        quality=_quality(options, names, roles),
        quality_accept=options.quality_accept,
        quality_reject=options.quality_reject,
        missing=_missing(structure, options, roles, sources),
        value_map=tuple(
            pair for text in options.value_map if (pair := word_and_number(text)) is not None
        ),
        value_unit=options.value_unit,
        decimal=_decimal(signs),
        thousands=_thousands(signs),
        ragged=options.ragged,
        end_pattern=options.end_pattern,
    )


def _decimal(signs: Signs) -> Literal[".", ",", "any"]:
    known: dict[str, Literal[".", ",", "any"]] = {",": ",", "any": "any"}
    return known.get(signs.decimal, ".")


def _thousands(signs: Signs) -> Literal[",", ".", "'", " "] | None:
    known: dict[str | None, Literal[",", ".", "'", " "]] = {
        ",": ",", ".": ".", "'": "'", "space": " "
    }  # fmt: skip
    return known.get(signs.thousands)


def _sensor(options: ReadOptions, names: Names, roles: Roles, sources: Sources) -> Template:
    if options.sensor is not None:
        sources.note("sensor", "option")
        return names.template("sensor", options.sensor)
    sources.note("sensor_column", "header" if roles.sensors else "default")
    parts: list[int | str] = []
    for place in roles.sensors:
        parts += [place, "/"]
    if roles.layout == "wide":
        return merged([*parts, COLUMN])
    return merged(parts[:-1]) if parts else (COLUMN,)


def _quality(options: ReadOptions, names: Names, roles: Roles) -> tuple[int | None, ...]:
    text = options.quality_column
    if text is None:
        return ()
    if "{" not in text:
        return (names.place("quality_column", text),)
    places = tuple(
        names.find(text.replace("{column}", names.columns[place])) for place in roles.values
    )
    if all(place is None for place in places):
        first = text.replace("{column}", names.columns[roles.values[0]])
        raise BadOption("quality_column", text, f"columns such as {first!r} in the file")
    return places


def _missing(
    structure: Structure, options: ReadOptions, roles: Roles, sources: Sources
) -> tuple[str, ...]:
    if options.missing or roles.layout == "long":
        sources.note("missing", "default")
        return options.missing
    seen = {
        cell
        for place in roles.values
        if structure.column(place).kinds[Kind.MISSING]
        for cell in structure.column(place).cells
        if cell.lower() in _WORDS
    }
    sources.note("missing", "content" if seen else "default")
    return tuple(sorted(seen))


_WORDS: Final = frozenset(MISSING_WORDS)


def _signs(structure: Structure, options: ReadOptions, roles: Roles, sources: Sources) -> Signs:
    """The signs of values, by the options or by all values of the head."""
    comma_delimited = structure.marks.delimiter == ","
    sources.note("thousands", "content")
    if options.thousands is not None:
        sources.note("decimal", "default")
        other = "," if options.thousands == "." else "."
        return Signs(options.decimal or other, options.thousands)
    if options.decimal is not None:
        sources.note("decimal", "option")
        return Signs("any" if options.decimal == "," else ".")
    cells = [
        cell
        for place in roles.values
        if structure.column(place).numbers
        for cell in structure.column(place).cells
    ]
    sources.note("decimal", "content")
    return settled_signs(cells, comma_delimited=comma_delimited, wide=roles.layout == "wide")


def settled_signs(cells: Sequence[str], *, comma_delimited: bool, wide: bool) -> Signs:
    """The signs of values without options.

    Raises:
        Question: they are not settled; or the file is long, most values have signs between
            thousands, and no option says that they are taken.
    """
    found = find_signs(cells, comma_delimited=comma_delimited)
    example = next((cell for cell in cells if "," in cell), "") or next(
        (cell for cell in cells if "." in cell), ""
    )
    signed = sum(kind_of(cell) is Kind.SIGNED for cell in cells)
    if comma_delimited and signed * 2 < sum(map(bool, cells)):
        return Signs(".")
    if len(found.ways) > 1:
        if found.grouped <= _FEW * found.cells and all(
            way.decimal == "." for way in found.ways[1:]
        ):
            return Signs(".")  # a few cells that are in question cost themselves
        raise Question(
            "number_ambiguous",
            f"values such as {example[:40]!r} have a decimal sign or one between thousands; say "
            "which with decimal or thousands",
            [_signs_alternative(way) for way in found.ways],
        )
    way = found.ways[0]
    if comma_delimited and way.decimal != ".":
        raise Question(
            "number_ambiguous",
            f"values such as {example[:40]!r} have commas in a file that is separated by commas; "
            "say with decimal that they are decimal signs",
            [_signs_alternative(way)],
        )
    if way.thousands is None or wide:
        return way
    if found.grouped * 2 >= found.cells:
        raise Question(
            "number_ambiguous",
            f"values such as {example[:40]!r} have signs between thousands; say with thousands "
            "that they are taken",
            [_signs_alternative(way)],
        )
    return Signs(way.decimal)


def _signs_alternative(way: Signs) -> Alternative:
    options: dict[str, object] = {"decimal": "." if way.decimal == "." else ","}
    if way.thousands is not None:
        options["thousands"] = way.thousands
    decimal = "point" if way.decimal == "." else "comma"
    between = f", {way.thousands!r} is between thousands" if way.thousands else ""
    return Alternative(options, f"the decimal sign is a {decimal}{between}")


def _time(
    structure: Structure, options: ReadOptions, names: Names, roles: Roles, sources: Sources
) -> TimePlan:
    moment = roles.moment
    if options.timestamp_column:
        parts: Template = tuple(_time_part(names, name) for name in options.timestamp_column)
    else:
        parts = moment.parts
    way: Way | None = None
    formats = options.timestamp_format
    if not formats:
        way = settled_way(
            moment, " ".join(options.timestamp_column) or _named(structure, moment), options
        )
        formats = way.formats
    sources.note("timestamp_format", "content")
    start = None
    if options.timestamp_start is not None:
        start = _text("timestamp_start", names, options.timestamp_start)
    zone, zone_parts = _zone(structure, options, names, roles, way, sources)
    return TimePlan(
        parts=parts,
        formats=formats,
        shift_us=shift_us(options.timestamp_shift) or 0 if options.timestamp_shift else 0,
        start=start,
        zone=zone,
        zone_parts=zone_parts,
        ambiguous=options.ambiguous_time or "order",
    )


def settled_way(moment: Moment, name: str, options: ReadOptions) -> Way:
    """The one way to read the timestamps.

    Raises:
        Question: there is none, or more than one.
    """
    shown = next((cell for cell in moment.cells if cell), "")[:40]
    if not moment.ways:
        if moment.numeric:
            raise numbers_unknown(name, shown)
        raise Question(
            "timestamp_unknown",
            f"{name} should be the timestamp, but {shown!r} is in no known form; say it with "
            "timestamp_format",
        )
    if len(moment.ways) > 1:
        meanings = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
        raise Question(
            "timestamp_ambiguous",
            f"timestamps such as {shown!r} can be read as "
            + " or ".join(meanings.get(way.order) or " ".join(way.formats) for way in moment.ways)
            + "; say which with timestamp_format",
            [
                Alternative(
                    {"timestamp_format": way.formats},
                    f"timestamps are {meanings.get(way.order) or ' or '.join(way.formats)}",
                )
                for way in moment.ways
            ],
        )
    way = moment.ways[0]
    if not way.has_date and options.timestamp_start is None:
        raise Question(
            "timestamp_unknown",
            f"timestamps such as {shown!r} say no date; say it with timestamp_start",
            [
                Alternative(
                    {"timestamp_format": way.formats, "timestamp_start": "2000-01-01"},
                    "times of the day that timestamp_start says; put it in place of 2000-01-01",
                )
            ],
        )
    return way


def numbers_unknown(name: str, shown: str) -> Question:
    """Numbers that no known way puts into the years 1990 to 2099."""
    if "e" in shown.lower():
        return Question(
            "timestamp_unknown",
            f"numbers such as {shown!r} in {name} have lost digits, as if a spreadsheet had "
            "written them; export the file again with all digits",
        )
    return Question(
        "timestamp_unknown",
        f"numbers such as {shown!r} in {name} are no dates of the years 1990 to 2099; say with "
        "timestamp_format what they are",
        [
            Alternative(
                {"timestamp_format": (form,), "timestamp_start": "2000-01-01"},
                f"{unit} since a start; put the real one in place of 2000-01-01",
            )
            for form, unit in (("elapsed_s", "seconds"), ("elapsed_ms", "milliseconds"))
        ]
        + [Alternative({"timestamp_format": ("epoch_s",)}, "seconds since 1970")],
    )


def _named(structure: Structure, moment: Moment) -> str:
    return " and ".join(repr(structure.names[place]) for place in moment.parts)


def _text(option: str, names: Names, text: str) -> str:
    """An option with its groups filled in; it must not depend on the record."""
    parts = names.template(option, text)
    if any(isinstance(part, int) for part in parts):
        raise BadOption(option, text, "a text, or groups of filename_pattern or preamble_pattern")
    return "".join(str(part) for part in parts)


def _zone(
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
    if roles.zone is not None and (way is None or way.zone is None):
        return _zone_of_column(structure, roles, sources)
    if way is not None and way.zone == "utc":
        sources.note("timezone", "content")
        return "UTC", ()
    for place in roles.moment.parts:
        named = zone_in(structure.names[place]) if structure.header is not None else None
        if named is not None:
            sources.note("timezone", "header")
            return named, ()
    sources.note("timezone", "default")
    return "UTC", ()


def _zone_of_column(structure: Structure, roles: Roles, sources: Sources) -> tuple[str, Template]:
    """The zone in a column of its own."""
    assert roles.zone is not None
    column = structure.column(roles.zone)
    distinct = sorted({cell for cell in column.cells if cell})
    sources.note("timezone", "content")
    if not distinct:
        sources.note("timezone", "default")
        return "UTC", ()
    if are_zones(distinct) and not (set(distinct) & _SEVERAL_MEANINGS):
        return "UTC", (roles.zone,)
    raise _abbreviated(distinct[0], {"timezone": "{" + structure.names[roles.zone] + "}"})


# CST is also the time of China and of Cuba.
_SEVERAL_MEANINGS: Final = frozenset({"CST", "BST", "IST"})


def _abbreviated(name: str, by_column: dict[str, object]) -> Question:
    likely = _LIKELY_ZONES.get(name)
    alternatives = []
    if by_column and name in ZONE_ABBREVIATIONS:
        alternatives.append(Alternative(by_column, "the zone is that of each record, of America"))
    if likely is not None:
        alternatives.append(Alternative({"timezone": likely}, f"timestamps are those of {likely}"))
    alternatives.append(Alternative({"timezone": "UTC"}, "timestamps are UTC"))
    return Question(
        "timestamp_ambiguous",
        f"timestamps are of the zone {name!r}, a name that several zones can have; say which with "
        "timezone",
        alternatives,
    )

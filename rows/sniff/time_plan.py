"""How the timestamps of a file are read: columns, formats, start and zone."""

from __future__ import annotations

from dataclasses import replace

from rows.sniff.declared_start import declared_day
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import Roles
from rows.sniff.moment import Moment
from rows.sniff.moments import joined, order_of
from rows.sniff.naming import Names
from rows.sniff.sources import Sources
from rows.sniff.structure import Structure
from rows.sniff.timestamps import Way, find_ways
from rows.sniff.zone_plan import zone_of
from schemas.option_values import shift_us
from schemas.read_options import BadOption, ReadOptions
from schemas.read_plan import Template, TimePlan
from schemas.timestamp_format import is_format


def time_of(
    structure: Structure, options: ReadOptions, names: Names, roles: Roles, sources: Sources
) -> TimePlan:
    moment = roles.moment
    if options.timestamp_column:
        parts: Template = tuple(time_part(names, name) for name in options.timestamp_column)
    else:
        parts = moment.parts
    way: Way | None = None
    formats = options.timestamp_format
    if not formats:
        moment = _with_texts(structure, parts, moment)
        way = settled_way(
            moment,
            " ".join(options.timestamp_column) or _named(structure, moment),
            options,
            None if any(way.has_date for way in moment.ways) else declared_day(structure),
        )
        formats = way.formats
    formats = _possible(formats, moment)
    sources.note("timestamp_format", "content")
    start = None
    if options.timestamp_start is not None:
        start = _text("timestamp_start", names, options.timestamp_start)
    zone, zone_parts = zone_of(structure, options, names, roles, way, sources)
    return TimePlan(
        parts=parts,
        formats=formats,
        shift_us=shift_us(options.timestamp_shift) or 0 if options.timestamp_shift else 0,
        start=start,
        zone=zone,
        zone_parts=zone_parts,
        ambiguous=options.ambiguous_time or "order",
    )


def _possible(formats: tuple[str, ...], moment: Moment) -> tuple[str, ...]:
    """Formats without those that were found in cells and that no option can say.

    Raises:
        Question: none is left.
    """
    found = tuple(form for form in formats if is_format(form))
    if formats and not found:
        shown = next((cell for cell in moment.cells if cell), "")[:40]
        raise Question(
            "timestamp_unknown",
            f"timestamps such as {shown!r} are in a form that cannot be read; say with "
            "timestamp_format which part of it is",
        )
    return found


def _with_texts(structure: Structure, parts: Template, moment: Moment) -> Moment:
    """The moment of columns that are joined with the texts of groups; without any, as it is."""
    if all(isinstance(part, int) for part in parts):
        return moment
    count = len(structure.column(0).cells)
    cells = joined(
        [
            structure.column(part).cells if isinstance(part, int) else [part] * count
            for part in parts
        ]
    )
    ways = find_ways(cells, order=order_of(structure, parts)).ways
    return replace(moment, ways=ways, numeric=False, cells=cells)


def time_part(names: Names, name: str) -> int | str:
    """A column, or the text of a group that is a part of the timestamp."""
    if name.startswith("{") and name.endswith("}") and names.find(name) is None:
        parts = names.template("timestamp_column", name)
        if len(parts) == 1:
            return parts[0]
    return names.place("timestamp_column", name)


def settled_way(moment: Moment, name: str, options: ReadOptions, day: str | None = None) -> Way:
    """The one way to read the timestamps; `day` is suggested for times of the day.

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
                    {"timestamp_format": way.formats, "timestamp_start": day or "2000-01-01"},
                    f"times of {day}"
                    if day
                    else "times of the day that timestamp_start says; put it in place of 2000-01-01",
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

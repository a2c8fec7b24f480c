"""Files with the header `sensor_id,timestamp,value`: their dialect, and a plan if they need one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rows.sniff import canonical
from rows.sniff.cells import STATES
from rows.sniff.cycling_numbers import is_apart
from rows.sniff.detected import detected
from rows.sniff.doubt import Question
from rows.sniff.file_head import MOST_LINES, FileHead, is_set, one_sign
from rows.sniff.known_columns import Roles
from rows.sniff.lines import NO_LINES, Lines
from rows.sniff.moment import Moment
from rows.sniff.name_parts import is_identifier
from rows.sniff.naming import Names
from rows.sniff.notices import notices_of
from rows.sniff.planning import plan_of
from rows.sniff.repeated_records import REPEATED
from rows.sniff.sources import Sources
from rows.sniff.structure import Structure, column_names
from rows.sniff.table import Marks, physical_lines, read_lines, split_fields
from rows.sniff.words import roles_of
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS
from schemas.read_options import ReadOptions

_TEXT_BYTES: Final = 64 << 10
# Roles of further columns that can be a part of the sensor.
_OF_SENSORS: Final = ("sensor", "date_or_sensor", "identifier", "unit")
_ROUNDS: Final = 3  # how often each word comes that says what was measured
# Words for a state, which follows from the value or is its reason.
_OF_STATES: Final = frozenset(STATES) | {
    *("normal", "ok", "warning", "warn", "alarm", "alert", "critical", "error", "fault", "info"),
    *("idle", "running", "active", "inactive", "good", "bad", "stopped", "standby", "medium"),
}
# Options with which the header `sensor_id,timestamp,value` does not say the columns.
_ABOUT_COLUMNS: Final = (
    *("layout", "column_names", "sensor_column", "sensor", "timestamp_column", "value_column"),
    *("ignore_column", "filename_pattern", "preamble_pattern", "skip_after_header"),
)
# Options that only a plan can follow.
_ABOUT_CELLS: Final = (
    *("timestamp_shift", "timestamp_start", "timezone", "ambiguous_time", "quality_column"),
    *("missing", "value_map", "value_unit", "thousands", "end_pattern", "ragged"),
)


def by_canonical_header(
    file: FileHead, options: ReadOptions, sources: Sources
) -> DialectSpec | None:
    """The dialect of a file with the header `sensor_id,timestamp,value`; None if it has another.

    Args:
        sources: how the properties of the dialect are determined; they are noted if it has one.
    """
    from rows.sniff.dialect import sniff

    if is_set(options, _ABOUT_COLUMNS) or options.profile not in (None, "auto", "none"):
        return None
    if options.header is False or b"sensor_id" not in file.head[:_TEXT_BYTES].lower():
        return None
    plain = options.model_copy(update={"timestamp_format": (), "profile": None})
    found = sniff(file.head, plain, complete=file.complete, limits=file.limits)
    if not found.header or min(found.columns) < 0:
        return None
    if found.width > len(COLUMNS) and _may_say_more(file, found):
        return None
    try:
        return _with_cells(file, options, sources, found)
    except Question as question:
        sensor, stamp, value = found.columns
        roles = Roles("long", Moment((stamp,), ()), (sensor,), (value,))
        question.detected = detected(options, sources, None, _structure(found, NO_LINES), roles)
        raise


def _may_say_more(file: FileHead, found: DialectSpec) -> bool:
    """Whether a further column may be a part of the sensor: a quantity that changes within a sensor_id,
    or a name or words that tell apart readings which one sensor_id has at one time."""
    lines = physical_lines(file.head, found.data_start, complete=file.complete, most=MOST_LINES)
    structure = _structure(found, read_lines(file.head, lines, Marks.of(found)))
    sensor, timestamp, value = found.columns
    sensors = structure.column(sensor).cells
    keys = list(zip(sensors, structure.column(timestamp).cells, strict=True))
    repeated = len(keys) - len(set(keys))
    for place, (name, role) in enumerate(
        zip(structure.names, roles_of(structure.names), strict=True)
    ):
        column = structure.column(place)
        if place in found.columns or column.is_empty:
            continue
        if len(set(zip(sensors, column.cells, strict=True))) == len(set(sensors)):
            continue  # it says nothing more of a sensor
        if role is not None and role.role == "quantity":
            return True
        named = role is not None and role.role in _OF_SENSORS
        words = column.is_text and (role is None or role.role == "descriptor")
        if not named and not words and not is_identifier(name):
            continue
        if words and _tells_apart(column.cells, structure.column(value).cells):
            return True
        distinguished = len(set(zip(keys, column.cells, strict=True))) - len(set(keys))
        if repeated >= REPEATED * len(keys) and 2 * distinguished >= repeated:
            return True
    return False


def _tells_apart(words: Sequence[str], values: Sequence[str]) -> bool:
    """Whether each record has one of a few words, and the values beside each of them are far from those
    of the others: temperatures and humidities."""
    few = set(words)
    return (
        1 < len(few) <= len(words) // _ROUNDS
        and all(few)
        and not {word.lower() for word in few} & _OF_STATES
        and is_apart(words, values)
    )


def _with_cells(
    file: FileHead, options: ReadOptions, sources: Sources, found: DialectSpec
) -> DialectSpec:
    """The dialect `found`, with what its cells show.

    Raises:
        Question: they can be read in more than one way.
    """
    forms = canonical.forms_of_cells(file.head, found, options, complete=file.complete)
    for name in ("delimiter", "quote", "escape", "comment", "decimal", "units"):
        sources.note(name, "content")
    sources.note("layout", "header")
    for name in ("sensor_column", "timestamp_column", "value_column"):
        sources.note(name, "header")
    sources.note("timestamp_format", "content" if forms.way is not None else "default")
    zoned = forms.way is not None and forms.way.zone is not None
    sources.note("timezone", "content" if zoned else "default")
    notices = notices_of(forms.stamps, zone_known=zoned or options.timezone is not None)
    found = found.model_copy(update={"sources": sources.found, "notices": notices})
    if not (forms.formats or forms.signs or options.timestamp_format) and not is_set(
        options, _ABOUT_CELLS
    ):
        return found
    return _canonical_plan(file, options, found, forms)


def _canonical_plan(
    file: FileHead, options: ReadOptions, found: DialectSpec, forms: canonical.CellForms
) -> DialectSpec:
    """A plan for the columns of the header `sensor_id,timestamp,value`."""
    lines = physical_lines(file.head, found.data_start, complete=file.complete, most=MOST_LINES)
    structure = _structure(found, read_lines(file.head, lines, Marks.of(found)))
    names = Names(structure.names, {}, file.filename)
    sensor, stamp, value = found.columns
    ways = (forms.way,) if forms.way is not None else ()
    roles = Roles("long", Moment((stamp,), ways), (sensor,), (value,))
    formats = options.timestamp_format or forms.formats
    merged = options.model_copy(update={"timestamp_format": formats or ("iso", "epoch")})
    if forms.signs is not None:
        merged = merged.model_copy(
            update={"decimal": forms.signs.decimal, "thousands": forms.signs.thousands}
        )
    plan = plan_of(structure, merged, names, roles, Sources(options))
    if not formats:
        plan = plan.model_copy(update={"time": plan.time.model_copy(update={"formats": ()})})
    if forms.signs is None and merged.decimal is None and merged.thousands is None:
        # In a file with this header a comma is a decimal sign too, unless it separates fields.
        both = "." if found.delimiter == "," else "any"
        plan = plan.model_copy(update={"decimal": both})
    return found.model_copy(
        update={"plan": plan, "timestamp_format": None, "decimal": one_sign(plan)}
    )


def _structure(found: DialectSpec, data: Lines) -> Structure:
    return Structure(
        Marks.of(found), found.comment, None, True, _header_fields(found), (), data,
        found.data_start, found.data_line, found.width,
    )  # fmt: skip


def _header_fields(found: DialectSpec) -> tuple[str, ...]:
    text = (found.header_text or "").encode()
    fields = split_fields(text.lstrip(b"# \t") if text.startswith(b"#") else text, Marks.of(found))
    names = column_names(fields or ())
    if len(names) != found.width:
        names = tuple(f"#{place}" for place in range(1, found.width + 1))
        places = dict(zip(found.columns, ("sensor_id", "timestamp", "value"), strict=True))
        names = tuple(places.get(k, name) for k, name in enumerate(names))
    return names

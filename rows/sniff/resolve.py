"""From the head of a file and the read options to how the file is read.

The steps, each in a module of its own: profile, marks, structure (header, units, data), roles of
the columns, timestamps, signs of values, zone, plan. What is not settled is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rows.sniff import canonical, headerless
from rows.sniff.cells import Kind
from rows.sniff.doubt import Alternative, Question
from rows.sniff.file_types import refuse_binary
from rows.sniff.known_columns import Roles
from rows.sniff.marks import find_marks
from rows.sniff.moments import Moment
from rows.sniff.naming import Names, groups_of
from rows.sniff.notices import notices_of
from rows.sniff.planning import given_by, plan_of
from rows.sniff.profile import Profile, find_profile, with_profile
from rows.sniff.roles import find_roles
from rows.sniff.sources import Sources
from rows.sniff.structure import Asked, Structure, column_names, find_structure
from rows.sniff.suggest import in_doubt
from rows.sniff.table import Line, Marks, physical_lines, read_lines, split_fields
from schemas.errors import BadData
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS
from schemas.limits import Limits
from schemas.read_options import NONE, BadOption, ReadOptions
from schemas.read_plan import ReadPlan, TimePlan

_TEXT_BYTES: Final = 64 << 10
_MOST_LINES: Final = 20_000
_SAMPLE_LINES: Final = 400
# Options with which the header `sensor_id,timestamp,value` does not say the columns.
_ABOUT_COLUMNS: Final = (
    *("layout", "column_names", "sensor_column", "sensor", "timestamp_column", "value_column"),
    *("ignore_column", "filename_pattern", "preamble_pattern", "skip_after_header"),
)
# Options that describe a file so far that no profile is looked for.
_DESCRIBING: Final = (
    *("layout", "column_names", "timestamp_column", "value_column"),
    *("skip_lines", "skip_after_header"),
)
# Options that only a plan can follow.
_ABOUT_CELLS: Final = (
    *("timestamp_shift", "timestamp_start", "timezone", "ambiguous_time", "quality_column"),
    *("missing", "value_map", "value_unit", "thousands", "end_pattern", "ragged"),
)


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of a file."""

    head: bytes
    filename: str
    complete: bool
    limits: Limits
    profiles: tuple[Profile, ...] | None


def resolve(
    head: bytes,
    options: ReadOptions,
    *,
    filename: str = "",
    complete: bool,
    limits: Limits | None = None,
    profiles: Iterable[Profile] | None = None,
) -> DialectSpec:
    """How the file that begins with `head` is read; docs/files.md says by which rules.

    Args:
        head: its first bytes as UTF-8 text, 256 KiB are enough.
        options: of the request; those that are not set are detected.
        filename: for `{filename}`, `{stem}` and `filename_pattern` only.
        complete: whether `head` is the whole file.
        limits: of its records; they go with the dialect.
        profiles: that can match; the built-in ones unless others are given.

    Raises:
        NotCsv: plainly binary.
        BadData: `bad_option`, `too_many_columns`.
        InDoubt: it can be read in more than one way, or in none that is known.
    """
    refuse_binary(head.rstrip(b"\0\x1a"))
    known = tuple(profiles) if profiles is not None else None
    file = _File(head, filename, complete, limits or Limits(), known)
    try:
        return _resolved(file, options)
    except Question as question:
        raise in_doubt(
            question, options, lambda more: (head, _resolved(file, more)), file.limits
        ) from None


def _resolved(file: _File, options: ReadOptions) -> DialectSpec:
    by_header = _by_canonical_header(file, options)
    if by_header is not None:
        return by_header
    described = options.profile is None and _is_described(options)
    profile = None if described else find_profile(file.head, options.profile, file.profiles)
    if profile is None:
        return _recognised(file, options, Sources(options), None)
    merged, added = with_profile(options, profile)
    chosen = options.profile not in (None, "auto")
    try:
        return _recognised(file, merged, Sources(merged, added), profile)
    except BadOption:
        if chosen:
            raise
    # The file only looks like the profile's.
    return _recognised(file, options, Sources(options), None)


def _is_described(options: ReadOptions) -> bool:
    """Whether the options describe the file by themselves, so that no profile is looked for."""
    return options.header is not None or _is_set(options, _DESCRIBING)


def _is_set(options: ReadOptions, names: Sequence[str]) -> bool:
    return any(getattr(options, name) not in (None, ()) for name in names)


def _by_canonical_header(file: _File, options: ReadOptions) -> DialectSpec | None:
    """The dialect of a file with the header `sensor_id,timestamp,value`; None if it has another."""
    from rows.sniff.dialect import sniff

    if _is_set(options, _ABOUT_COLUMNS) or options.profile not in (None, "auto", "none"):
        return None
    if options.header is False or b"sensor_id" not in file.head[:_TEXT_BYTES].lower():
        return None
    plain = options.model_copy(update={"timestamp_format": (), "profile": None})
    found = sniff(file.head, plain, complete=file.complete, limits=file.limits)
    if not found.header or min(found.columns) < 0:
        return None
    settled = canonical.settle(file.head, found, options, complete=file.complete)
    sources = Sources(options)
    for name in ("delimiter", "quote", "escape", "comment", "decimal", "units"):
        sources.note(name, "content")
    sources.note("layout", "header")
    for name in ("sensor_column", "timestamp_column", "value_column"):
        sources.note(name, "header")
    sources.note("timestamp_format", "content" if settled.way is not None else "default")
    zoned = settled.way is not None and settled.way.zone is not None
    sources.note("timezone", "content" if zoned else "default")
    notices = notices_of(settled.stamps, zone_known=zoned or options.timezone is not None)
    found = found.model_copy(update={"sources": sources.found, "notices": notices})
    if not (settled.formats or settled.signs or options.timestamp_format) and not _is_set(
        options, _ABOUT_CELLS
    ):
        return found
    return _canonical_plan(file, options, found, settled)


def _canonical_plan(
    file: _File, options: ReadOptions, found: DialectSpec, settled: canonical.Settled
) -> DialectSpec:
    """A plan for the columns of the header `sensor_id,timestamp,value`."""
    spans = physical_lines(file.head, found.data_start, complete=file.complete, most=_MOST_LINES)
    header = _header_fields(found)
    names = Names(header, {}, file.filename)
    sensor, stamp, value = found.columns
    ways = (settled.way,) if settled.way is not None else ()
    roles = Roles("long", Moment((stamp,), ways), (sensor,), (value,))
    structure = Structure(
        Marks.of(found), found.comment, None, True, header, (),
        tuple(read_lines(file.head, spans, Marks.of(found))), found.data_start, found.data_line,
        found.width,
    )  # fmt: skip
    formats = options.timestamp_format or settled.formats
    merged = options.model_copy(update={"timestamp_format": formats or ("iso", "epoch")})
    if settled.signs is not None:
        merged = merged.model_copy(
            update={"decimal": settled.signs.decimal, "thousands": settled.signs.thousands}
        )
    plan = plan_of(structure, merged, names, roles, Sources(options))
    if not formats:
        plan = plan.model_copy(update={"time": plan.time.model_copy(update={"formats": ()})})
    if settled.signs is None and merged.decimal is None and merged.thousands is None:
        # In a file with this header a comma is a decimal sign too, unless it separates fields.
        both = "." if found.delimiter == "," else "any"
        plan = plan.model_copy(update={"decimal": both})
    return found.model_copy(
        update={"plan": plan, "timestamp_format": None, "decimal": _one_sign(plan)}
    )


def _header_fields(found: DialectSpec) -> tuple[str, ...]:
    text = (found.header_text or "").encode()
    fields = split_fields(text.lstrip(b"# \t") if text.startswith(b"#") else text, Marks.of(found))
    names = column_names(fields or ())
    if len(names) != found.width:
        names = tuple(f"#{place}" for place in range(1, found.width + 1))
        places = dict(zip(found.columns, ("sensor_id", "timestamp", "value"), strict=True))
        names = tuple(places.get(k, name) for k, name in enumerate(names))
    return names


def _recognised(
    file: _File, options: ReadOptions, sources: Sources, profile: Profile | None
) -> DialectSpec:
    """The dialect of any other file, by options, header words and cells."""
    from rows.sniff.dialect import beginning, line_end_of

    head = file.head
    start, number = beginning(head, options.skip_lines or 0, complete=file.complete)
    spans = physical_lines(head, start, complete=file.complete, most=_MOST_LINES)
    marks = find_marks(
        [head[a:b].rstrip(b"\r\n") for a, b in spans[:_SAMPLE_LINES]],
        delimiter=options.delimiter,
        quote=options.quote,
        escape=None if options.escape == NONE else options.escape,
        no_escape=options.escape == NONE,
    )
    if marks is None:
        return _without_columns(file, options, sources)
    lines = [
        line
        for line in read_lines(head, spans, marks, first_number=number)
        if line.end - line.start <= file.limits.max_record_bytes
    ]
    structure = find_structure(lines, marks, _asked(options, sources.from_profile))
    if structure is None:
        return _without_columns(file, options, sources)
    if structure.width > file.limits.max_columns:
        raise BadData(
            "too_many_columns",
            f"the header has {structure.width} columns; at most {file.limits.max_columns} are taken",
        )
    names = Names(structure.names, _groups(file, options, structure), file.filename)
    options = _without_unknown(options, names, sources.from_profile)
    given = given_by(options, names)
    if structure.header is None and not given.claimed and not options.column_names:
        roles = headerless.roles_of(structure)
        sources.note("sensor_column", "content")
    else:
        roles = find_roles(structure, given, complete=file.complete)
    _check_widths(structure, options, roles.values)
    for name in ("delimiter", "quote", "escape", "comment", "header", "units"):
        sources.note(name, "content")
    plan = plan_of(structure, options, names, roles, sources)
    header = structure.header
    text = head[start : start + _TEXT_BYTES]
    found = DialectSpec(
        delimiter=marks.delimiter,
        quote=marks.quote,
        escape=marks.escape,
        comment=structure.comment,
        decimal=_one_sign(plan),
        line_end=line_end_of(text),
        header=header is not None,
        header_text=_text_of(header),
        units_text=_text_of(structure.units[0]) if structure.units else None,
        columns=_positions(plan),
        width=structure.width,
        data_start=structure.start,
        data_line=structure.line,
        max_record_bytes=file.limits.max_record_bytes,
        max_record_lines=file.limits.max_record_lines,
        sources=sources.found,
        profile=profile.name if profile else None,
        profile_version=profile.version if profile else None,
        notices=notices_of(
            roles.moment.cells,
            zone_known=sources.found.get("timezone", "default") != "default",
            mixed_units=roles.mixed_units,
            header=[structure.names[k] for k in roles.moment.parts] if header else (),
        ),
        plan=plan,
    )
    commas = any(structure.column(place).kinds[Kind.SIGNED] for place in plan.values)
    if _is_default(found, plan) and not (commas and plan.decimal == "."):
        names_again = None if options.header is False else marks.delimiter.join(COLUMNS)
        return found.model_copy(update={"plan": None, "header_text": names_again})
    return found


def _without_unknown(
    options: ReadOptions, names: Names, from_profile: frozenset[str]
) -> ReadOptions:
    """Options without the columns that a profile ignores and the file does not have."""
    if "ignore_column" not in from_profile:
        return options
    known = tuple(name for name in options.ignore_column if names.find(name) is not None)
    return options.model_copy(update={"ignore_column": known})


def _asked(options: ReadOptions, from_profile: frozenset[str]) -> Asked:
    lists = ["sensor_column", "timestamp_column", "value_column"]
    if "ignore_column" not in from_profile:
        lists.append("ignore_column")
    named = {
        name.strip().lower()
        for option in lists
        for name in getattr(options, option)
        if name != "*" and not name.startswith(("#", "{")) and "#" not in name[1:]
    }
    if options.quality_column and "{" not in options.quality_column:
        named.add(options.quality_column.strip().lower())
    return Asked(
        header=options.header,
        column_names=options.column_names,
        columns=frozenset(named) if not options.column_names else frozenset(),
        comment=None if options.comment == NONE else options.comment,
        no_comment=options.comment == NONE,
        skip_after_header=options.skip_after_header,
        units=options.units,
    )


def _groups(file: _File, options: ReadOptions, structure: Structure) -> Mapping[str, str]:
    found: dict[str, str] = {}
    if options.filename_pattern:
        found |= groups_of(options.filename_pattern, [file.filename], "filename_pattern")
    if options.preamble_pattern:
        text = file.head[: structure.start].decode("utf-8", "replace").removeprefix("\ufeff")
        found |= groups_of(options.preamble_pattern, text.splitlines(), "preamble_pattern")
    return found


def _without_columns(file: _File, options: ReadOptions, sources: Sources) -> DialectSpec:
    """A file without a record that has numbers or times: nothing, a header only, or no table."""
    from rows.sniff.dialect import sniff

    plain = options.model_copy(update={"timestamp_format": (), "profile": None})
    found = sniff(file.head, plain, complete=file.complete, limits=file.limits)
    rest = file.head[found.data_start :]
    mark = (found.comment or "#").encode()
    filled = [
        line for line in rest.splitlines() if line.strip(b" \t\0\x1a") and not line.startswith(mark)
    ]
    if not filled:
        return found.model_copy(update={"sources": sources.found})
    shown = filled[0][:60].decode("utf-8", "replace")
    raise Question(
        "layout_unknown",
        f"no record has a timestamp and numbers, as seen in {shown!r}; send a table of readings, or "
        "say with the read options how it is written",
    )


def _check_widths(structure: Structure, options: ReadOptions, values: Sequence[int]) -> None:
    """Ask if most records have more fields than the header, or many have fewer than are needed."""
    if structure.header is None or not structure.data:
        return
    long = short = 0
    needed = max(values, default=0) + 1
    for line in structure.data:
        if line.fields is None:
            continue
        if any(line.fields[structure.width :]):
            long += 1
        elif 1 < len(line.fields) < needed:
            short += 1
    if "cut" not in options.ragged and long * 2 > len(structure.data):
        raise Question(
            "layout_unknown",
            f"{long} of {len(structure.data)} records have more fields than the header has names "
            f"({structure.width}); say with ragged=cut that those beyond are ignored",
            [Alternative({"ragged": ("cut",)}, "fields beyond the header are ignored")],
        )
    # One short record is an invalid row, however few there are: it does not cost the file.
    many = short > 1 or short == len(structure.data)
    if "fill" not in options.ragged and many and short * 10 > len(structure.data):
        raise Question(
            "layout_unknown",
            f"{short} of {len(structure.data)} records have fewer fields than the header; say with "
            "ragged=fill that those at the end are empty",
            [Alternative({"ragged": ("fill",)}, "fields that are missing at the end are empty")],
        )


def _text_of(line: Line | None) -> str | None:
    """The text a record is known by if it comes again."""
    if line is None:
        return None
    text = line.text.strip(b" \t")
    try:
        return text.decode() if 0 < len(text) <= 1000 else None
    except UnicodeDecodeError:
        return None


def _positions(plan: ReadPlan) -> tuple[int, int, int]:
    """First column of the sensor, of the timestamp and of the values; -1 without one."""
    sensor = next((part for part in plan.sensor if isinstance(part, int) and part >= 0), -1)
    time = next((part for part in plan.time.parts if isinstance(part, int)), -1)
    return sensor, time, plan.values[0] if plan.layout == "long" else -1


def _is_default(found: DialectSpec, plan: ReadPlan) -> bool:
    """Whether the plan says no more than `columns` do: long, ISO 8601, UTC, nothing else."""
    bare = ReadPlan(
        layout="long",
        columns=plan.columns,
        time=TimePlan(parts=(found.columns[1],), formats=("iso",)),
        values=(found.columns[2],),
        sensor=(found.columns[0],),
        decimal=plan.decimal,
    )
    return plan == bare and not found.header


def _one_sign(plan: ReadPlan) -> str:
    """The decimal sign of a dialect; a comma means that a point is one too."""
    return "," if plan.decimal == "any" else plan.decimal

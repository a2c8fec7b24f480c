"""From the head of a file and the read options to how the file is read.

The steps, each in a module of its own: profile, marks, structure (header, units, data), roles of
the columns, timestamps, signs of values, zone, plan. What remains in doubt is asked about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from rows.head_order import with_record_order
from rows.sniff import headerless
from rows.sniff.canonical_header import by_canonical_header
from rows.sniff.cells import Kind
from rows.sniff.clock_lines import has_another_zone
from rows.sniff.detected import detected
from rows.sniff.doubt import Question
from rows.sniff.file_head import MOST_LINES, FileHead, is_set, one_sign
from rows.sniff.file_types import refuse_binary
from rows.sniff.find_structure import Asked, find_structure
from rows.sniff.lines import Line
from rows.sniff.marks import find_marks
from rows.sniff.naming import Names, groups_of
from rows.sniff.notices import notices_of
from rows.sniff.own_profiles import NO_CANDIDATES, Candidates
from rows.sniff.parts_of_file import check_parts, check_titles, parts_of
from rows.sniff.planning import given_by, plan_of
from rows.sniff.profile import NO_PROFILE, Profile, find_profile, with_profile
from rows.sniff.readable import check_readable
from rows.sniff.refusals import (
    check_earlier_part,
    check_names_of_rows,
    check_widths,
    too_many_columns,
    without_columns,
)
from rows.sniff.roles import find_roles
from rows.sniff.sea_bird import check_sea_bird
from rows.sniff.sources import Sources
from rows.sniff.structure import Structure
from rows.sniff.suggest import in_doubt
from rows.sniff.table import physical_lines, read_lines
from rows.sniff.zones import says_summer_time, says_times_are_local
from schemas.errors import BadData
from schemas.events import Detected, DialectSpec, PropertySource
from schemas.invalid_codes import COLUMNS
from schemas.limits import Limits
from schemas.read_options import NONE, BadOption, ReadOptions
from schemas.read_plan import ReadPlan, TimePlan

_TEXT_BYTES: Final = 64 << 10
_NAMES: Final = 12
_SAMPLE_LINES: Final = 400
# Options that describe a file so far that no profile is looked for.
_DESCRIBING: Final = (
    *("layout", "column_names", "timestamp_column", "value_column"),
    *("skip_lines", "skip_after_header"),
)


def resolve(
    head: bytes,
    options: ReadOptions,
    *,
    filename: str = "",
    complete: bool,
    limits: Limits | None = None,
    own: Candidates = NO_CANDIDATES,
) -> DialectSpec:
    """How the file that begins with `head` is read; docs/files.md says by which rules.

    Args:
        head: its first bytes as UTF-8 text, 256 KiB are enough.
        options: of the request; those that are not set are detected.
        filename: for `{filename}`, `{stem}` and `filename_pattern` only.
        complete: whether `head` is the whole file.
        limits: of its records; they go with the dialect.
        own: profiles of users that can match; they come before built-in ones.

    Raises:
        NotCsv: plainly binary.
        BadData: `bad_option`, `too_many_columns`.
        InDoubt: it can be read in more than one way, or in none that is known.
    """
    refuse_binary(head.rstrip(b"\0\x1a"))
    file = FileHead(head, filename, complete, limits or Limits(), own)

    def resolved(more: ReadOptions) -> DialectSpec:
        return with_record_order(_resolved(file, more), head, file.limits, complete=complete)

    try:
        return resolved(options)
    except Question as question:
        raise in_doubt(
            question, options, lambda more: (head, resolved(more)), file.limits
        ) from None


def _resolved(file: FileHead, options: ReadOptions) -> DialectSpec:
    own = file.own.find(file.head, options.profile)
    if own is not None:
        return _by_own_profile(file, options, own)
    found = by_canonical_header(file, options, Sources(options)) or _by_built_in_profile(
        file, options
    )
    return _with_limit(found, options)


def _by_built_in_profile(file: FileHead, options: ReadOptions) -> DialectSpec:
    """The dialect by the built-in profile of the file, or by what it shows if it has none."""
    described = options.profile is None and _is_described(options)
    profile = None if described else _built_in(file, options.profile)
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


def _with_limit(
    found: DialectSpec, options: ReadOptions, from_profile: Collection[str] = ()
) -> DialectSpec:
    """The dialect with `max_invalid`, which decides at the end of the file."""
    if options.max_invalid is None:
        return found
    source: PropertySource = "profile" if "max_invalid" in from_profile else "option"
    sources = {**found.sources, "max_invalid": source}
    return found.model_copy(update={"max_invalid": options.max_invalid, "sources": sources})


def _built_in(file: FileHead, wanted: str | None) -> Profile | None:
    """The built-in profile of a file.

    Raises:
        BadOption: no profile has that name, neither a built-in one nor one of a user.
        Question: more than one matches.
    """
    try:
        return find_profile(file.head, wanted)
    except BadOption:
        if not file.own.named:
            raise
        names = ", ".join(sorted(file.own.named)[:_NAMES])
        raise BadOption(
            "profile", wanted, f"auto, none, one of {names}, or a built-in one"
        ) from None


def _by_own_profile(file: FileHead, options: ReadOptions, own: Profile) -> DialectSpec:
    """The dialect of a file by a profile of a user; what the profile does not say is detected.

    Raises:
        BadData: `bad_option`, if the file is not as the profile says. The user said how such files
            are read, so nothing else is tried.
    """
    merged, added = with_profile(options.model_copy(update={"profile": NO_PROFILE}), own)
    sources = Sources(merged, added)
    try:
        found = by_canonical_header(file, merged, sources) or _recognised(
            file, merged, sources, None
        )
    except Question as question:
        question.detected = (question.detected or Detected()).model_copy(
            update={"profile": own.name, "profile_version": own.version}
        )
        raise
    except BadOption as exc:
        if exc.name not in added:
            raise
        raise BadData(
            "bad_option",
            f"bad_option: the file is not as the profile {own.name} (version {own.version}) says: "
            f"{exc.reason}; correct the profile, or say profile=none to read the file without it",
        ) from None
    named = found.model_copy(update={"profile": own.name, "profile_version": own.version})
    return _with_limit(named, merged, added)


def _is_described(options: ReadOptions) -> bool:
    """Whether the options describe the file by themselves, so that no profile is looked for."""
    return options.header is not None or is_set(options, _DESCRIBING)


def _recognised(
    file: FileHead, options: ReadOptions, sources: Sources, profile: Profile | None
) -> DialectSpec:
    """The dialect of any other file, by options, header words and cells."""
    from rows.sniff.dialect import beginning, line_end_of

    head = file.head
    check_sea_bird(head, options)
    start, number = beginning(head, options.skip_lines or 0, complete=file.complete)
    physical = physical_lines(head, start, complete=file.complete, most=MOST_LINES)
    marks = find_marks(
        physical.texts[:_SAMPLE_LINES],
        delimiter=options.delimiter,
        quote=options.quote,
        escape=None if options.escape == NONE else options.escape,
        no_escape=options.escape == NONE,
    )
    if marks is None:
        return without_columns(file, options, sources)
    lines = read_lines(head, physical, marks, first_number=number)
    if len(head) > file.limits.max_record_bytes:
        longest = file.limits.max_record_bytes
        lines = lines.where(line.end - line.start <= longest for line in lines)
    first = next((line for line in lines if not line.is_blank and not line.is_known), None)
    if first is not None and first.width > file.limits.max_columns:
        raise too_many_columns(str(first.width), file.limits)
    structure = find_structure(lines, marks, _asked(options, sources.from_profile))
    if structure is None:
        return without_columns(file, options, sources)
    if structure.width > file.limits.max_columns:
        raise too_many_columns(str(structure.width), file.limits)
    names = Names(structure.names, _groups(file, options, structure), file.filename)
    options = _without_unknown(options, names, sources.from_profile)
    roles = None
    try:
        given = given_by(options, names)
        if structure.header is None and not given.claimed and not options.column_names:
            roles = headerless.roles_of(structure)
            sources.note("sensor_column", "content")
        else:
            if not (options.column_names or options.ragged):
                check_names_of_rows(structure)
            roles = find_roles(structure, given, complete=file.complete)
        check_widths(structure, options, roles.values)
        if not (options.sensor or options.sensor_column or options.value_column):
            check_titles(head, lines, structure)
            check_earlier_part(lines, structure)
        for name in ("delimiter", "quote", "escape", "comment", "header", "units"):
            sources.note(name, "content")
        plan = plan_of(
            structure, options, names, roles, sources,
            formulas=head.find(b"=", structure.start) >= 0,
        )  # fmt: skip
    except Question as question:
        question.detected = detected(options, sources, profile, structure, roles)
        raise
    header = structure.header
    text = head[start : start + _TEXT_BYTES]
    found = DialectSpec(
        delimiter=marks.delimiter,
        quote=marks.quote,
        escape=marks.escape,
        comment=structure.comment,
        decimal=one_sign(plan),
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
            header=_about_times(structure, roles.moment.parts) if header else (),
        ),
        plan=plan,
    )
    commas = any(structure.column(place).kinds[Kind.SIGNED] for place in plan.values)
    if _is_default(found, plan) and not (commas and plan.decimal == "."):
        names_again = None if options.header is False else marks.delimiter.join(COLUMNS)
        return found.model_copy(update={"plan": None, "header_text": names_again})
    parts = parts_of(lines, structure, options, _before(file, structure))
    whole = found.model_copy(update={"plan": plan.model_copy(update={"parts": parts})})
    try:
        check_parts(lines, structure, whole, head, complete=file.complete)
        if not _says_how_it_is_written(options, sources):
            check_readable(
                head, structure, found, file.limits, profile=profile.name if profile else None
            )
    except Question as question:
        question.detected = detected(options, sources, profile, structure, roles)
        raise
    return found if file.complete else whole


def _says_how_it_is_written(options: ReadOptions, sources: Sources) -> bool:
    """Whether options of the request say more than which profile is taken, and what is counted."""
    return any(
        name not in sources.from_profile and value not in (None, ())
        for name, value in options
        if name not in ("profile", "encoding", "max_invalid")
    )


def _about_times(structure: Structure, places: Sequence[int]) -> list[str]:
    """Names of the timestamp's columns, and lines before the data that say their times are local, or
    have a time of another zone than UTC; and whether a column says if daylight saving time is on."""
    lines = (line.text.decode("utf-8", "replace") for line in structure.preamble)
    said = (text for text in lines if says_times_are_local(text) or has_another_zone(text))
    summer = [
        "daylight saving time is on: see the column"
        for place, name in enumerate(structure.names)
        if place not in places and says_summer_time(name) and not structure.column(place).is_empty
    ]
    return [*(structure.names[k] for k in places), *said, *summer[:1]]


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
        header_by_profile="header" in from_profile,
        column_names=options.column_names,
        columns=frozenset(named) if not options.column_names else frozenset(),
        comment=None if options.comment == NONE else options.comment,
        no_comment=options.comment == NONE,
        skip_after_header=options.skip_after_header,
        units=options.units,
    )


def _groups(file: FileHead, options: ReadOptions, structure: Structure) -> Mapping[str, str]:
    found: dict[str, str] = {}
    if options.filename_pattern:
        found |= groups_of(options.filename_pattern, [file.filename], "filename_pattern")
    if options.preamble_pattern:
        found |= groups_of(options.preamble_pattern, _before(file, structure), "preamble_pattern")
    return found


def _before(file: FileHead, structure: Structure) -> list[str]:
    """The lines before the data."""
    text = file.head[: structure.start].decode("utf-8", "replace").removeprefix("\ufeff")
    return text.splitlines()


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

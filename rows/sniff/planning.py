"""From options and roles to the read plan of a file.

Everything that a plan says is either said by an option, or by what detection found; `Sources` keeps
which of them it was.
"""

from __future__ import annotations

from typing import Final, Literal

from rows.sniff.cells import MISSING_WORDS, Kind
from rows.sniff.declared_markers import declared_markers
from rows.sniff.known_columns import Given, Roles
from rows.sniff.naming import Names, merged
from rows.sniff.sign_plan import signs_of
from rows.sniff.sources import Sources
from rows.sniff.structure import Structure
from rows.sniff.time_plan import time_of, time_part
from rows.sniff.value_signs import Signs
from schemas.option_values import word_and_number
from schemas.read_options import BadOption, ReadOptions
from schemas.read_plan import COLUMN, ReadPlan, Template

_ALL: Final = "*"


def given_by(options: ReadOptions, names: Names) -> Given:
    """What options say about the columns of a file.

    Raises:
        BadOption: a column that is not there.
    """
    times: list[int] = []
    literal = False
    for name in options.timestamp_column:
        part = time_part(names, name)
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
        reads_words=bool(options.value_map or options.value_unit or options.missing),
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


def plan_of(
    structure: Structure,
    options: ReadOptions,
    names: Names,
    roles: Roles,
    sources: Sources,
    *,
    formulas: bool = True,
) -> ReadPlan:
    """The plan of a file.

    Args:
        formulas: whether there can be `="` in its data.

    Raises:
        Question: the timestamps or the signs of values can be read in more than one way.
        BadOption: a name in an option is none of the file.
    """
    signs = signs_of(structure, options, roles, sources)
    time = time_of(structure, options, names, roles, sources)
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
        formulas=formulas and structure.has(b'="'),
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
        template = names.template("sensor", options.sensor)
        if len(roles.values) > 1 and COLUMN not in template:
            shown = ", ".join(repr(names.columns[place]) for place in roles.values[:3])
            raise BadOption(
                "sensor",
                options.sensor,
                "{column} in it, the name of the value column, such as "
                f"{options.sensor}/{{column}}: the file has {len(roles.values)} value columns "
                f"({shown}{', …' if len(roles.values) > 3 else ''}), which would be one sensor",
            )
        return template
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
    if options.missing:
        sources.note("missing", "default")
        return options.missing
    declared = declared_markers(structure)
    if roles.layout == "long":
        sources.note("missing", "content" if declared else "default")
        return tuple(sorted(declared))
    seen = {
        cell
        for place in roles.values
        if structure.column(place).kinds[Kind.MISSING]
        for cell in structure.column(place).cells
        if cell.lower() in _WORDS
    }
    seen |= declared
    sources.note("missing", "content" if seen else "default")
    return tuple(sorted(seen))


_WORDS: Final = frozenset(MISSING_WORDS)

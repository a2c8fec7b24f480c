"""What is settled of a file's head when a doubt arises."""

from __future__ import annotations

from rows.sniff.known_columns import Roles
from rows.sniff.profile import Profile
from rows.sniff.sources import Sources
from rows.sniff.structure import Structure
from schemas.dialect_document import MAX_COLUMNS
from schemas.events import Detected, PropertySource
from schemas.read_options import ReadOptions

# Options whose value is the property of their name, whatever the rest is.
_SAID = (
    *("layout", "timezone", "decimal", "thousands", "max_invalid", "sensor"),
    *("timestamp_format", "missing"),
)
# Options that name columns, and the property that is made of them.
_COLUMNS = {"timestamp_column": "timestamp", "value_column": "values"}
_NOT_SAID = (None, (), "auto", ("*",))


def detected(
    options: ReadOptions,
    sources: Sources,
    profile: Profile | None,
    structure: Structure,
    roles: Roles | None,
) -> Detected:
    """Marks, header and columns of a file, with what options and profile say.

    Args:
        options: with those of the profile.
        roles: of the columns; None if the doubt is about them.
    """
    marks = structure.marks
    values: dict[str, str | bool | tuple[str, ...] | None] = {
        "delimiter": marks.delimiter,
        "quote": marks.quote,
        "escape": marks.escape,
        "comment": structure.comment,
        "header": structure.header is not None or structure.recognised,
    }
    if roles is not None:
        values["layout"] = roles.layout
        values["timestamp"] = tuple(structure.names[place] for place in roles.moment.parts)
        values["values"] = tuple(structure.names[place] for place in roles.values[:MAX_COLUMNS])
    for name in _SAID:
        if (value := getattr(options, name)) not in _NOT_SAID:
            values[name] = value
    for name, of in _COLUMNS.items():
        if (value := getattr(options, name)) not in _NOT_SAID:
            values[of] = value
    said = {of: name for name, of in _COLUMNS.items()}
    by_header: PropertySource = "header" if structure.recognised else "content"
    names = structure.names[:MAX_COLUMNS]
    known = _roles(roles)
    return Detected(
        values=values,
        sources={
            name: _source(
                said.get(name, name),
                options,
                sources,
                by_header if name in ("layout", "timestamp", "values") else "content",
            )
            for name in values
        },
        columns=tuple((name, known.get(place)) for place, name in enumerate(names)),
        column_count=structure.width,
        data_line=structure.line,
        profile=profile.name if profile else None,
        profile_version=profile.version if profile else None,
    )


def _source(
    name: str, options: ReadOptions, sources: Sources, found: PropertySource
) -> PropertySource:
    if name in sources.from_profile:
        return "profile"
    return found if getattr(options, name) in _NOT_SAID else "option"


def _roles(roles: Roles | None) -> dict[int, str]:
    if roles is None:
        return {}
    found = dict.fromkeys(roles.sensors, "sensor")
    found |= dict.fromkeys(roles.moment.parts, "timestamp")
    if roles.zone is not None:
        found[roles.zone] = "zone"
    return found | dict.fromkeys(roles.values, "value")

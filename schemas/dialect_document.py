"""How a file is read, as documents, events, SQL and the web UI carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schemas.events import Detected, DialectSpec
from schemas.read_plan import COLUMN, ReadPlan, Template

_CANONICAL: Final = ("sensor_id", "timestamp", "value")
# Properties that are always found out.
_FOUND: Final = frozenset({"compression"})
# Columns that a document lists; `column_count` says how many there are.
MAX_COLUMNS: Final = 1000


def dialect_document(dialect: DialectSpec) -> dict[str, Any]:
    """Layout, columns, timestamps and zone of a file, each with how it was determined.

    `settled`: the file was read like that; else it is in doubt (`detected_document`).

    `source` is option, profile, header, content or default. `columns` has every column with its
    role: sensor, timestamp, value, quality, zone, or null for those that are not read; like `values`
    it ends after `MAX_COLUMNS`.
    """
    plan = dialect.plan
    sources = dialect.sources
    names = plan.columns if plan is not None else _names(dialect)
    return {
        "settled": True,
        "layout": _with_source(plan.layout if plan else "long", sources, "layout"),
        "encoding": _with_source(dialect.encoding, sources, "encoding"),
        "compression": _with_source(dialect.compression, sources, "compression"),
        "delimiter": _with_source(dialect.delimiter, sources, "delimiter"),
        "quote": _with_source(dialect.quote, sources, "quote"),
        "escape": _with_source(dialect.escape, sources, "escape"),
        "comment": _with_source(dialect.comment, sources, "comment"),
        "decimal": _with_source(dialect.decimal, sources, "decimal"),
        "thousands": _with_source(plan.thousands if plan else None, sources, "thousands"),
        "header": _with_source(dialect.header, sources, "header"),
        "first_data_line": dialect.data_line,
        "profile": dialect.profile,
        "profile_version": dialect.profile_version,
        "columns": [
            {"name": name, "role": role}
            for name, role in zip(names[:MAX_COLUMNS], roles_of(dialect), strict=False)
        ],
        "column_count": len(names),
        "sensor": _with_source(
            template_text(plan.sensor, names) if plan else "{sensor_id}",
            sources,
            "sensor" if "sensor" in sources else "sensor_column",
        ),
        "timestamp": _with_source(_timestamp(plan, names), sources, "timestamp_column"),
        "timestamp_format": _with_source(_formats(dialect), sources, "timestamp_format"),
        "timezone": _with_source(_zone(plan, names), sources, "timezone"),
        "values": _with_source(
            [names[place] for place in plan.values[:MAX_COLUMNS]] if plan else ["value"],
            sources,
            "value_column",
        ),
        "missing": _with_source(list(plan.missing) if plan else [], sources, "missing"),
        "max_invalid": _with_source(dialect.max_invalid, sources, "max_invalid"),
    }


def detected_document(detected: Detected) -> dict[str, Any]:
    """What is settled of a file that is in doubt, as `dialect_document`. What is not has no value (of
    lists: none) and no source."""

    def found(name: str, unknown: list[str] | None = None) -> dict[str, Any]:
        value = detected.values.get(name, unknown)
        shown = list(value) if isinstance(value, tuple) else value
        return {"value": shown, "source": detected.sources.get(name)}

    return {
        "settled": False,
        **{
            name: found(name)
            for name in (
                *("layout", "encoding", "compression", "delimiter", "quote", "escape", "comment"),
                *("decimal", "thousands", "header"),
            )
        },
        "first_data_line": detected.data_line,
        "profile": detected.profile,
        "profile_version": detected.profile_version,
        "columns": [{"name": name, "role": role} for name, role in detected.columns],
        "column_count": detected.column_count,
        "sensor": found("sensor"),
        "timestamp": found("timestamp", []),
        "timestamp_format": found("timestamp_format", []),
        "timezone": found("timezone"),
        "values": found("values", []),
        "missing": found("missing", []),
        "max_invalid": found("max_invalid"),
    }


def roles_of(dialect: DialectSpec) -> list[str | None]:
    """The role of each column; None for those that are not read."""
    plan = dialect.plan
    if plan is None:
        found: dict[int, str] = dict(
            zip(dialect.columns, ("sensor", "timestamp", "value"), strict=True)
        )
        return [found.get(place) for place in range(dialect.width)]
    roles: dict[int, str] = {}
    for place in plan.quality:
        if place is not None:
            roles[place] = "quality"
    roles |= {part: "zone" for part in plan.time.zone_parts if isinstance(part, int)}
    roles |= {part: "sensor" for part in plan.sensor if isinstance(part, int) and part >= 0}
    roles |= {part: "timestamp" for part in plan.time.parts if isinstance(part, int)}
    roles |= dict.fromkeys(plan.values, "value")
    return [roles.get(place) for place in range(len(plan.columns))]


def template_text(template: Template, names: tuple[str, ...]) -> str:
    """A template as the option `sensor` has it."""
    parts = []
    for part in template:
        if isinstance(part, str):
            parts.append(part)
        else:
            parts.append("{column}" if part == COLUMN else "{" + names[part] + "}")
    return "".join(parts)


def _with_source(value: Any, sources: Mapping[str, str], name: str) -> dict[str, Any]:
    # What a file is without any doubt is found in its bytes.
    usual = "content" if name in _FOUND else "default"
    return {"value": value, "source": sources.get(name, usual)}


def _names(dialect: DialectSpec) -> tuple[str, ...]:
    found = dict(zip(dialect.columns, _CANONICAL, strict=True))
    return tuple(found.get(place, f"#{place + 1}") for place in range(dialect.width))


def _timestamp(plan: ReadPlan | None, names: tuple[str, ...]) -> list[str]:
    if plan is None:
        return ["timestamp"]
    return [part if isinstance(part, str) else names[part] for part in plan.time.parts]


def _formats(dialect: DialectSpec) -> list[str]:
    if dialect.plan is not None and dialect.plan.time.formats:
        return list(dialect.plan.time.formats)
    return [dialect.timestamp_format] if dialect.timestamp_format else ["iso", "epoch"]


def _zone(plan: ReadPlan | None, names: tuple[str, ...]) -> str:
    if plan is None:
        return "UTC"
    return template_text(plan.time.zone_parts, names) if plan.time.zone_parts else plan.time.zone

"""What engine and oracle gave for a file, in one form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rows.merge import merge_partials
from rows.outcome import BatchOutcome
from schemas.events import DialectSpec
from schemas.read_options import ReadOptions
from tests.differential import specification as oracle
from tests.differential.specification import Asked


def options(asked: Asked) -> ReadOptions:
    """The options of the product that say the same."""
    return ReadOptions(
        delimiter=asked.delimiter,
        quote=asked.quote,
        escape=asked.escape,
        comment=asked.comment,
        header=asked.header,
        skip_lines=asked.skip_lines or None,
        units=asked.units,
        decimal=asked.decimal,
    )


def asked_of(options: ReadOptions) -> Asked:
    """Options of the oracle for the product's options; encodings and formats it does not know."""
    return Asked(
        delimiter=options.delimiter,
        quote=options.quote,
        escape=options.escape,
        comment=options.comment,
        header=options.header,
        skip_lines=options.skip_lines or 0,
        units=options.units,
        decimal=options.decimal,
    )


def found(outcomes: Sequence[BatchOutcome]) -> dict[str, Any]:
    """What `oracle.totals` gives, of the engine."""
    codes: Counter[str] = Counter()
    for outcome in outcomes:
        codes.update(outcome.codes)
    partials = [o.partials for o in outcomes if o.partials.num_rows]
    merged = merge_partials(partials).to_pylist() if partials else []
    return {
        "rows": sum(o.row_count + o.invalid_count for o in outcomes),
        "codes": dict(codes),
        "sensors": {
            m["sensor_id"]: (
                m["row_count"],
                m["min_value"],
                m["max_value"],
                (m["first_timestamp"], m["first_value"]),
                (m["last_timestamp"], m["last_value"]),
            )
            for m in merged
        },
    }


def invalid(outcomes: Sequence[BatchOutcome]) -> list[tuple[Any, ...]]:
    """The engine's report of invalid rows."""
    rows = [row for o in outcomes for row in o.invalid_rows.to_pylist()]
    names = ("row", "line", "byte_offset", "code", "column", "raw", "truncated")
    return [tuple(row[name] for name in names) for row in rows]


def reported(rows: Sequence[oracle.Row]) -> list[tuple[Any, ...]]:
    """The oracle's report of invalid rows."""
    return [
        (r.row, r.line, r.byte, r.code, r.column, r.raw, r.truncated)
        for r in rows
        if r.code is not None
    ]


def seen_dialect(dialect: DialectSpec) -> tuple[Any, ...]:
    """What the engine found out."""
    return (
        *(dialect.delimiter, dialect.quote, dialect.escape or None, dialect.comment or None),
        *(dialect.decimal, dialect.header, tuple(dialect.columns), dialect.width),
        *(dialect.data_start, dialect.data_line, dialect.header_text, dialect.units_text),
    )


def wanted_dialect(of: oracle.Found) -> tuple[Any, ...]:
    """What the oracle found out."""
    d = of.dialect
    return (
        *(chr(d.delimiter), chr(d.quote), chr(d.escape) if d.escape else None),
        *(chr(d.comment) if d.comment else None, d.decimal, of.header, d.columns, d.width),
        *(of.data_start, of.data_line, _text(d.header_text), _text(d.units_text)),
    )


def _text(text: bytes | None) -> str | None:
    return None if text is None else text.decode()

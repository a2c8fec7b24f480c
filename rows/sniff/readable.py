"""A plan that reads not one record of the head is none: it is asked instead."""

from __future__ import annotations

from typing import Final

from rows.sniff.cells import NUMBERS, Kind
from rows.sniff.data_records import kind_of_field
from rows.sniff.doubt import Alternative, Question
from rows.sniff.structure import Structure
from schemas.events import DialectSpec
from schemas.invalid_codes import InvalidCode
from schemas.limits import Limits

# Records that are looked at before anything is parsed.
_SOME: Final = 50


def check_readable(
    head: bytes, structure: Structure, found: DialectSpec, limits: Limits, *, profile: str | None
) -> None:
    """Ask if no record of the head gives a reading, a missing or an excluded one.

    Args:
        found: how the file is read, with a plan.
        profile: the built-in profile that says so.

    Raises:
        Question: with what is wrong with the first record.
    """
    # A profile says how times are written, which nothing has looked for then.
    if not structure.data or (profile is None and _seems_readable(structure, found)):
        return
    from rows.parse import parse_batch

    few = structure.data[: _SOME if profile is not None else 0]
    if (
        few
        and parse_batch(
            head[found.data_start : few[-1].end], found, limits, first_row=1, first_line=1
        ).row_count
    ):
        return
    end = structure.data[-1].end
    outcome = parse_batch(
        head[found.data_start : end], found, limits, first_row=1, first_line=found.data_line
    )
    if outcome.row_count or outcome.missing_count or outcome.excluded_count:
        return
    if not outcome.record_count:
        return
    first = outcome.invalid_rows.slice(0, 1).to_pylist()[0]
    codes = set(outcome.invalid_rows.column("code").to_pylist())
    raise Question(
        "layout_unknown",
        f"not one of {outcome.record_count} records could be read: {first['error']} in line "
        f"{first['line']} ({first['raw'][:60]!r}); say with the read options how the file is written",
        _alternatives(codes, profile),
    )


def _seems_readable(structure: Structure, found: DialectSpec) -> bool:
    """Whether half of some records have all fields they need, a time and a number among the values."""
    assert found.plan is not None
    plan = found.plan
    times = [part for part in plan.time.parts if isinstance(part, int)]
    needed = max([*times, *plan.values, *(k for k in plan.sensor if isinstance(k, int))]) + 1
    records = structure.data[:: max(1, len(structure.data) // _SOME)]
    good = 0
    for line in records:
        fields = line.fields or ()
        if not needed <= len(fields) <= structure.width:
            continue
        if not all(fields[k].strip() for k in times):
            continue
        good += any(kind_of_field(fields[k]) in (*NUMBERS, Kind.MISSING) for k in plan.values)
    return good * 2 >= len(records)


def _alternatives(codes: set[str], profile: str | None) -> list[Alternative]:
    found = []
    if InvalidCode.MISSING_FIELDS in codes:
        found.append(
            Alternative({"ragged": ("fill",)}, "fields that are missing at the end are empty")
        )
    if InvalidCode.EXTRA_FIELDS in codes:
        found.append(Alternative({"ragged": ("cut",)}, "fields beyond the header are ignored"))
    if profile is not None:
        found.append(Alternative({"profile": "none"}, f"the file is not as {profile} says"))
    else:
        found.append(Alternative({"header": False}, "the file has no header"))
    return found

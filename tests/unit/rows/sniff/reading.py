"""Reads files as workers do, for tests: readings in the order of the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rows.reader import FileReader
from rows.sniff.doubt import InDoubt
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_options import ReadOptions, parse_options

Reading = tuple[str, str, float]


@dataclass(slots=True)
class Read:
    """What a file gives."""

    readings: list[Reading] = field(default_factory=list)
    invalid: list[dict[str, Any]] = field(default_factory=list)
    notices: set[str] = field(default_factory=set)
    missing: int = 0
    excluded: int = 0
    dialect: DialectSpec | None = None
    doubt: InDoubt | None = None


def options_of(flags: list[str]) -> ReadOptions:
    """Options as on the command line."""
    given: dict[str, list[str]] = {}
    left = iter(flags)
    for flag in left:
        if flag in ("--header", "--no-header"):
            given["header"] = [str(flag == "--header").lower()]
            continue
        name, sign, value = flag.removeprefix("--").partition("=")
        given.setdefault(name, []).append(value if sign else next(left))
    return parse_options(given)


def read(data: bytes, options: ReadOptions | None = None, filename: str = "") -> Read:
    """All of a file. A doubt is part of what is given; other errors are raised."""
    reader = FileReader(options or ReadOptions(), Limits(), 8 << 20, filename=filename)
    found = Read()
    try:
        for batch in reader.batches([data]):
            outcome = reader.parse(batch, readings=True)
            assert outcome.readings is not None
            found.readings += [
                (row["sensor_id"], f"{row['timestamp']:%Y-%m-%dT%H:%M:%S.%fZ}", row["value"])
                for row in outcome.readings.to_pylist()
            ]
            found.invalid += outcome.invalid_rows.to_pylist()
            found.notices |= set(outcome.notices)
            found.missing += outcome.missing_count
            found.excluded += outcome.excluded_count
    except InDoubt as doubt:
        return Read(doubt=doubt)
    found.dialect = reader.dialect
    if reader.dialect is not None:
        found.notices |= {notice.code for notice in reader.dialect.notices}
    return found

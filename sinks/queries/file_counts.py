"""Counts over all files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from schemas.counts_sql import NAMES, counts_select
from sinks.clickhouse.client import Database


@dataclass(frozen=True, slots=True)
class ListedCounts:
    """Files by the status that the list of files shows: containers in place of their members."""

    files: int
    waiting: int
    processed: int
    partial: int
    failed: int


@dataclass(frozen=True, slots=True)
class FileCounts:
    """Counts over all files that are not deleted; rows of terminal ones. A container that is unpacked
    is not counted beside its members, but for `listed`."""

    files: int
    waiting: int
    processed: int
    partial: int
    failed: int
    size_bytes: int
    row_count: int
    invalid_count: int
    record_count: int
    missing_count: int
    excluded_count: int
    listed: ListedCounts

    def document(self) -> dict[str, int | dict[str, int]]:
        """As the API answers it."""
        return asdict(self)


async def file_counts(database: Database) -> FileCounts:
    """Counts over all files."""
    (row,) = await database.query(counts_select())
    return counts_of(row["counts"])


def counts_of(values: Sequence[int]) -> FileCounts:
    """The counts of `schemas.counts_sql.NAMES`, in that order."""
    counts = dict(zip(NAMES, values, strict=True))
    listed = {field.name: counts.pop(f"listed_{field.name}") for field in fields(ListedCounts)}
    return FileCounts(**counts, listed=ListedCounts(**listed))

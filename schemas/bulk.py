"""Operations on many files, and what became of each file; rows of `bulk_operations` and `bulk_outcomes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Final, Literal, TypeAlias

from schemas.tables import Row, Table

Kind: TypeAlias = Literal["correction", "reprocessing"]
# corrected, reprocessing: begun, in its file or generation. nothing_to_do: no row fits or changes, or
# the file is read so already. rejected: `detail` says why.
Result: TypeAlias = Literal["corrected", "reprocessing", "nothing_to_do", "rejected"]
RESULTS: Final[tuple[Result, ...]] = ("corrected", "reprocessing", "nothing_to_do", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOperation:
    """An operation on `files` files; `request` is what was asked for, as JSON."""

    TABLE: ClassVar[Table] = Table.BULK_OPERATIONS

    id: str
    kind: Kind
    request: str
    # Id of the API key of the request; None without one.
    owner: str | None
    # Whether files of other keys may be changed.
    of_admin: bool
    files: int
    requested_at: datetime
    ended_at: datetime | None = None

    def row(self) -> Row:
        """Columns of `bulk_operations`."""
        row: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        return row | {"of_admin": int(self.of_admin), "version": int(self.ended_at is not None)}

    @classmethod
    def from_row(cls, row: Row) -> BulkOperation:
        """The operation of a row of the table."""
        values = {f.name: row[f.name] for f in fields(cls)}
        return cls(**values | {"of_admin": bool(row["of_admin"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOutcome:
    """What became of a file of an operation, and of its invalid rows that were looked at."""

    TABLE: ClassVar[Table] = Table.BULK_OUTCOMES

    operation_id: str
    file_id: str
    result: Result
    done_at: datetime
    detail: str = ""
    new_file_id: str = ""
    corrected: int = 0
    unchanged: int = 0
    rejected: int = 0

    def row(self) -> Row:
        """Columns of `bulk_outcomes`."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkProgress:
    """How far an operation is."""

    # Files by what became of them; those that are missing are not done yet.
    results: Mapping[str, int]
    corrected: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def done(self) -> int:
        """Files that are done."""
        return sum(self.results.values())

"""How far the processing of a file is, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from schemas.tables import Row, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """How far a generation of a file is; one row of `file_progress`."""

    TABLE: ClassVar[Table] = Table.FILE_PROGRESS

    file_id: str
    generation: int
    batches_done: int
    # None until the split of the file is complete.
    batches_total: int | None
    # Data records of the batches done.
    rows_done: int
    updated_at: datetime

    @property
    def version(self) -> int:
        """More batches done is later; with as many, knowing the total is."""
        return 2 * self.batches_done + (self.batches_total is not None)

    def row(self) -> Row:
        """Columns of `file_progress`."""
        row: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        row["version"] = self.version
        return row

    @classmethod
    def from_row(cls, row: Row) -> FileProgress:
        """The progress that a row of the table stands for."""
        return cls(**{f.name: row[f.name] for f in fields(cls)})

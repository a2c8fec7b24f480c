"""The status of a file: of its record, and of one of its generations as the stream asks for it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, cast

from schemas.tables import Row

Status = Literal["waiting", "processed", "partial", "failed"]
Terminal = Literal["processed", "partial", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What the database says of a file, as much as the stream needs to know before it works on it."""

    file_id: str
    generation: int
    live_generation: int
    status: Status
    deleted: bool
    version: int
    processing_ms: int | None
    finished_at: datetime | None

    def status_of(self, generation: int) -> Literal["waiting", "terminal", "superseded", "deleted"]:
        """What `generation` of the file is in this state.

        `terminal`: its terminal record is the one that holds. `superseded`: a later generation
        was begun, nothing of this one will be read any more.
        """
        if self.deleted:
            return "deleted"
        if self.generation > generation:
            return "superseded"
        if self.generation == generation and self.status != "waiting":
            return "terminal"
        return "waiting"

    @classmethod
    def from_row(cls, row: Row) -> FileState:
        """The state that a row of the query stands for."""
        values = {f.name: row[f.name] for f in fields(cls)}
        values["deleted"] = bool(row["deleted"])
        return cls(**cast(Any, values))

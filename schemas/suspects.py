"""A message that a worker was handling when its process died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from schemas.tables import Row, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One row of `suspect_rows`.

    Args:
        message: `Message.content_id`.
        death: id of the process that died.
        alone: whether the message was handled by itself, because it was a suspect already.
        origin: topic/partition/offset.
    """

    TABLE: ClassVar[Table] = Table.SUSPECTS

    message: str
    death: str
    alone: bool
    origin: str
    worker: str
    died_at: datetime

    def row(self) -> Row:
        """See `schemas.file_record.Record`."""
        return {
            "message": self.message,
            "death": self.death,
            "alone": int(self.alone),
            "origin": self.origin,
            "worker": self.worker,
            "died_at": self.died_at.isoformat(),
        }


# Deaths are counted for so long.
SUSPECT_SECONDS: Final = 86_400

"""What a sink is: something that rows are written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from schemas.tables import Record, Row, Table

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SinkBatch:
    """Rows for one table: an Arrow table if they are many, plain rows if they are few."""

    table: Table
    rows: pa.Table | Sequence[Row]

    @classmethod
    def of(cls, *records: Record) -> SinkBatch:
        """Records of one kind."""
        table = records[0].TABLE
        return cls(table, [record.row() for record in records])

    def __len__(self) -> int:
        return len(self.rows)


class Sink(Protocol):
    """Takes rows; implements `write` and nothing else."""

    async def write(self, batch: SinkBatch) -> None:
        """Returns when every row of `batch` is stored durably, so that a reader sees it.

        Writing the same rows again changes nothing that a reader can see. Either nothing is known
        to be stored (an exception) or everything is.

        Raises:
            Unavailable: the database is unavailable or overloaded; the same batch may be tried again.
        """
        ...

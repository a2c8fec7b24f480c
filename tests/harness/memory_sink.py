"""A sink that keeps rows in memory and replaces them as the tables of ClickHouse do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.tables import IDENTITY, VERSION, Row, Table
from sinks.base import SinkBatch


class MemorySink:
    """For tests of code that writes to a sink; it passes the same contract tests."""

    def __init__(self) -> None:
        self._tables: dict[Table, dict[tuple[Any, ...], Row]] = {table: {} for table in Table}

    async def write(self, batch: SinkBatch) -> None:
        """See `sinks.base.Sink`."""
        kept = self._tables[batch.table]
        identity, version = IDENTITY[batch.table], VERSION[batch.table]
        for row in _plain(batch):
            key = tuple(row[name] for name in identity)
            before = kept.get(key)
            if before is None or version is None or row[version] >= before[version]:
                kept[key] = row

    def rows(self, table: Table) -> list[Row]:
        """The current rows, ordered by their identity."""
        return [row for _, row in sorted(self._tables[table].items(), key=lambda item: item[0])]


def _plain(batch: SinkBatch) -> Sequence[Row]:
    if isinstance(batch.rows, Sequence):
        return [dict(row) for row in batch.rows]
    rows: list[dict[str, Any]] = batch.rows.to_pylist()
    for row in rows:
        headers = row.get("headers")
        if headers is not None and not isinstance(headers, Mapping):
            row["headers"] = dict(headers)  # Arrow gives a map as pairs.
    return rows

"""The figures of a query, as the header X-ClickHouse-Summary gives them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Summary:
    """Rows and bytes read, written and returned; nanoseconds."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    elapsed_ns: int = 0

    def header(self) -> str:
        """As ClickHouse writes it: every figure is a string."""
        figures = {**asdict(self), "total_rows_to_read": self.read_rows}
        return json.dumps({name: str(value) for name, value in figures.items()})

    def add(self, result: Any) -> None:
        """Count in what the engine says of a result, or of one block of it."""
        self.read_rows = max(self.read_rows, result.storage_rows_read())
        self.read_bytes = max(self.read_bytes, result.storage_bytes_read())
        self.written_rows += result.rows_written()
        self.written_bytes += result.bytes_written()
        self.result_rows += result.rows_read()
        self.elapsed_ns = max(self.elapsed_ns, int(result.elapsed() * 1e9))

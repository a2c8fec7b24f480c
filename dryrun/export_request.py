"""Which readings of a processed file are to be written, and how. Light: it needs nothing of the
row engine."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from schemas.events import DialectSpec
from schemas.limits import ExpansionLimits, Limits

_EXPANSION: Final = ExpansionLimits()
_RECORDS: Final = Limits()


class ExportRequest(BaseModel):
    """A processed file without its bytes. `begin` is the first moment, `end` that after the last."""

    model_config = ConfigDict(frozen=True)
    dialect: DialectSpec
    row_count: int
    to: Literal["csv", "parquet"] = "csv"
    sensor_id: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    batch_bytes: int = 8 << 20
    max_expanded_bytes: int = _EXPANSION.max_bytes
    max_expansion_ratio: int = _EXPANSION.max_ratio
    max_record_bytes: int = _RECORDS.max_record_bytes
    max_record_lines: int = _RECORDS.max_record_lines
    max_columns: int = _RECORDS.max_columns

"""The request of a dry run. Does not import the row engine, so that importing it is cheap."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

from schemas.limits import DEFAULT_BATCH_BYTES, ExpansionLimits, Limits
from schemas.read_options import ReadOptions

_EXPANSION: Final = ExpansionLimits()
_RECORDS: Final = Limits()


class DryRunRequest(BaseModel):
    """A file without its bytes, and the settings that bear on its document."""

    model_config = ConfigDict(frozen=True)
    filename: str
    options: ReadOptions = ReadOptions()
    content_encoding: str | None = None
    batch_bytes: int = DEFAULT_BATCH_BYTES
    max_expanded_bytes: int = _EXPANSION.max_bytes
    max_expansion_ratio: int = _EXPANSION.max_ratio
    max_record_bytes: int = _RECORDS.max_record_bytes
    max_record_lines: int = _RECORDS.max_record_lines
    max_columns: int = _RECORDS.max_columns
    max_stored_invalid_rows: int = 1_000_000

"""What a dry run and an export receive. Light: it needs nothing of the row engine."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from schemas.events import DialectSpec
from schemas.file_state import Status
from schemas.limits import ExpansionLimits, Limits
from schemas.profiles import NamedProfile, Origin
from schemas.read_options import ReadOptions

# What readings are written as.
Form = Literal["csv", "parquet", "arrow"]

_EXPANSION: Final = ExpansionLimits()
_RECORDS: Final = Limits()


class EngineSettings(BaseModel):
    """The settings of the service that determine how its workers read a file; made of the settings
    of a process by `model_validate`."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
    batch_bytes: int = 8 << 20
    max_expanded_bytes: int = _EXPANSION.max_bytes
    max_expansion_ratio: int = _EXPANSION.max_ratio
    max_record_bytes: int = _RECORDS.max_record_bytes
    max_record_lines: int = _RECORDS.max_record_lines
    max_columns: int = _RECORDS.max_columns

    @property
    def limits(self) -> Limits:
        """Of a record."""
        return Limits(
            max_record_bytes=self.max_record_bytes,
            max_record_lines=self.max_record_lines,
            max_columns=self.max_columns,
        )

    @property
    def expansion(self) -> ExpansionLimits:
        """Of a compressed file."""
        return ExpansionLimits(self.max_expanded_bytes, self.max_expansion_ratio)


class DryRunRequest(BaseModel):
    """A file without its bytes."""

    model_config = ConfigDict(frozen=True)
    engine: EngineSettings = EngineSettings()
    filename: str
    options: ReadOptions = ReadOptions()
    content_encoding: str | None = None
    origin: Origin = Origin()
    # The profiles of users; built-in ones are always there.
    profiles: tuple[NamedProfile, ...] = ()
    max_stored_invalid_rows: int = 1_000_000
    # How many of its first records and readings the document has.
    preview: int = 0


class ExportRequest(BaseModel):
    """Which readings of processed files are to be written; the files follow.

    `begin` is the first moment, `end` the one after the last.
    """

    model_config = ConfigDict(frozen=True)
    engine: EngineSettings = EngineSettings()
    to: Form = "csv"
    sensor_id: str | None = None
    begin: datetime | None = None
    end: datetime | None = None


class ExportedFile(BaseModel):
    """A processed file of an export; pieces of its bytes follow, each after a line with its length in
    bytes, and a line with 0."""

    model_config = ConfigDict(frozen=True)
    dialect: DialectSpec
    row_count: int


class ComparisonRequest(BaseModel):
    """The profiles of users as they would be; built-in ones are always there."""

    model_config = ConfigDict(frozen=True)
    engine: EngineSettings = EngineSettings()
    profiles: tuple[NamedProfile, ...] = ()


class EarlierFile(BaseModel):
    """A file that was read before; `sent_bytes` of it follow.

    `dialect` is how it was read; None if it could not be.
    """

    model_config = ConfigDict(frozen=True)
    origin: Origin
    options: ReadOptions
    content_encoding: str | None
    dialect: DialectSpec | None
    is_whole: bool
    sent_bytes: int


class Outcome(BaseModel):
    """Counts and totals of a file."""

    model_config = ConfigDict(frozen=True)
    status: Status
    error: str | None = None
    row_count: int | None = None
    invalid_count: int | None = None
    sensor_count: int | None = None
    min_value: float | None = None
    max_value: float | None = None


class Comparison(BaseModel):
    """Whether a file would be read differently.

    `changes` has properties of its dialect as they were and as they would be; `new` is None if the
    file is too large to be counted, or stays as it is; `profile` is the one that it would have.
    """

    model_config = ConfigDict(frozen=True)
    differs: bool
    changes: dict[str, tuple[Any, Any]] = {}
    new: Outcome | None = None
    profile: str | None = None

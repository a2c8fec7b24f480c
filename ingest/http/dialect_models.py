"""Shapes of the dialect of a file: each property with how it was determined."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from schemas.events import PropertySource


class _Property(BaseModel):
    source: PropertySource | None = Field(
        description="How it was determined; null if the file is in doubt and this is not settled."
    )


class TextProperty(_Property):
    """A property of how a file was read; null if there is none, or it is not settled."""

    value: str | None


class FlagProperty(_Property):
    """A property of how a file was read: yes or no; null if it is not settled."""

    value: bool | None


class TextsProperty(_Property):
    """A property of how a file was read, with several values."""

    value: list[str]


class ColumnRole(BaseModel):
    """A column of a file."""

    name: str
    role: Literal["sensor", "timestamp", "value", "quality", "zone"] | None = Field(
        description="null if it is not read."
    )


class Dialect(BaseModel):
    """How a file was read; of one that is in doubt, what is settled."""

    settled: bool = Field(description="Whether it was read so; if not, it is in doubt.")
    layout: TextProperty
    encoding: TextProperty
    compression: TextProperty
    delimiter: TextProperty
    quote: TextProperty
    escape: TextProperty
    comment: TextProperty
    decimal: TextProperty
    thousands: TextProperty
    header: FlagProperty
    first_data_line: int | None = Field(
        description="Physical line of the first data record, from 1."
    )
    profile: str | None
    profile_version: int | None
    columns: list[ColumnRole] = Field(description="The first 1,000.")
    column_count: int
    sensor: TextProperty = Field(description="Template of the sensor_id.")
    timestamp: TextsProperty = Field(description="Columns of the timestamp.")
    timestamp_format: TextsProperty
    timezone: TextProperty
    values: TextsProperty = Field(description="Value columns, the first 1,000.")
    missing: TextsProperty
    max_invalid: TextProperty = Field(
        description="Most invalid rows: a number, or a share such as 5%; null is no limit."
    )

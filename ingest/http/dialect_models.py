"""Shapes of the dialect of a file: each property with how it was determined."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from schemas.events import PropertySource


class _Property(BaseModel):
    source: PropertySource = Field(description="How it was determined.")


class TextProperty(_Property):
    """A property of how a file was read."""

    value: str


class OptionalTextProperty(_Property):
    """A property of how a file was read; null if there is none."""

    value: str | None


class FlagProperty(_Property):
    """A property of how a file was read: yes or no."""

    value: bool


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
    """How a file was read."""

    layout: TextProperty
    encoding: TextProperty
    compression: OptionalTextProperty
    delimiter: TextProperty
    quote: TextProperty
    escape: OptionalTextProperty
    comment: OptionalTextProperty
    decimal: TextProperty
    thousands: OptionalTextProperty
    header: FlagProperty
    first_data_line: int = Field(description="Physical line of the first data record, from 1.")
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
    max_invalid: OptionalTextProperty = Field(
        description="Most invalid rows: a number, or a share such as 5%; null is no limit."
    )

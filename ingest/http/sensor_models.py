"""Shapes of results by sensor, of readings over time and of totals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sinks.queries.sparklines import MAX_SPARKLINES


class SensorResult(BaseModel):
    """Results of one sensor of a file."""

    sensor_id: str
    row_count: int = Field(description="Readings; without any the values below are null.")
    min_value: float | None
    max_value: float | None
    mean_value: float | None = Field(description="null if the sum is not finite.")
    first_timestamp: datetime | None
    first_value: float | None
    last_timestamp: datetime | None
    last_value: float | None
    missing_count: int
    excluded_count: int


class SensorTotals(SensorResult):
    """Results of one sensor over all files."""

    files: int


class SparklinesRequest(BaseModel):
    """Sensors whose last means are asked for."""

    model_config = ConfigDict(extra="forbid")

    sensor_ids: list[Annotated[str, StringConstraints(min_length=1, max_length=256)]] = Field(
        min_length=1, max_length=MAX_SPARKLINES
    )
    points: int = Field(default=30, ge=1, le=100, description="Means of each sensor at most.")


class Sparkline(BaseModel):
    """The last means of a sensor, the oldest first; none if no file has readings of it."""

    sensor_id: str
    of: Literal["files", "intervals"] = Field(
        description="What each is the mean of: the last files, or, of a sensor that one file has, "
        "intervals of equal length if readings are stored."
    )
    means: list[float] = Field(description="Those that are finite.")


class Sparklines(BaseModel):
    """The last means of sensors, in the order in which they were asked for."""

    items: list[Sparkline]


class SourceTotals(BaseModel):
    """What the sensors of one source have together."""

    source: str = Field(description="What their sensor_id has before the first slash.")
    sensors: int
    row_count: int
    first_timestamp: datetime | None
    last_timestamp: datetime | None = Field(description="When any of them was last heard of.")


class SensorInFile(SensorResult):
    """Results of one sensor in one file."""

    file_id: str
    filename: str


class ReadingInterval(BaseModel):
    """Aggregates of the readings of an interval."""

    timestamp: datetime = Field(description="Start of the interval.")
    row_count: int
    min_value: float
    max_value: float
    mean_value: float | None = Field(description="null if the sum is not finite.")


class Readings(BaseModel):
    """Readings over time; range and interval are null if there are none."""

    sensor_id: str | None = Field(description="null: all sensors.")
    begin: datetime | None = Field(alias="from")
    to: datetime | None = Field(description="The exclusive end of the range.")
    interval_seconds: float | None
    items: list[ReadingInterval] = Field(description="Intervals that have readings, in order.")


class ListedCounts(BaseModel):
    """Files by the status that the list of files shows: containers in place of their members."""

    files: int
    waiting: int
    processed: int
    partial: int
    failed: int


class MatchingCounts(ListedCounts):
    """Files of a list by status, whichever status the list is limited to."""

    more: bool = Field(description="There may be more: the counts are lower bounds.")


class CountsOfList(BaseModel):
    """How many files a list has."""

    counts: MatchingCounts | None = Field(
        description="null if there are too many files to count those that fit."
    )


class Counts(BaseModel):
    """Counts over all files; of a container its members are counted."""

    files: int
    waiting: int
    processed: int
    partial: int
    failed: int
    size_bytes: int
    row_count: int
    invalid_count: int
    record_count: int
    missing_count: int
    excluded_count: int
    sensor_count: int
    listed: ListedCounts

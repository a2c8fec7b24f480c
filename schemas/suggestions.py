"""Suggestions: ready-made sets of read options for a file that is in doubt."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FirstReading(BaseModel):
    """One of the first readings that a suggestion gives."""

    model_config = ConfigDict(frozen=True)
    sensor_id: str
    timestamp: str = Field(description="ISO 8601 in UTC.")
    value: float


class Suggestion(BaseModel):
    """One way to read a file."""

    model_config = ConfigDict(frozen=True)
    message: str = Field(description="What the options mean.")
    options: dict[str, Any] = Field(
        description="Read options by name, those of the request included: all that are to be set."
    )
    command: str = Field(description="A command that reads the file with them.")
    readings: tuple[FirstReading, ...] = Field(default=(), description="The first ones.")

"""What the API answers about profiles, described for OpenAPI."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from schemas.file_state import Status
from schemas.profiles import ProfileMatch


class Profile(BaseModel):
    """Saved read options, and the files that they are for."""

    name: str
    version: int = Field(description="Counts from 1; each change is one more.")
    built_in: bool = Field(
        description="Whether it is a maker's format that comes with the product."
    )
    deleted: bool
    title: str = Field(description="For people.")
    source: str | None = Field(description="Where a maker documents the format; built-in only.")
    match: ProfileMatch
    options: dict[str, Any] = Field(description="Read options by name; lists for repeated ones.")
    changed_at: datetime | None = Field(description="null if it is built-in.")
    changed_by: str | None = Field(description="Id of the API key; null without one.")
    links: dict[str, str]


class ReadCounts(BaseModel):
    """Counts and totals of a file, as it was read or as it would be."""

    status: Status
    error: str | None
    row_count: int | None
    invalid_count: int | None
    sensor_count: int | None
    min_value: float | None
    max_value: float | None


class PropertyChange(BaseModel):
    """A property of how a file is read."""

    old: Any = Field(description="null if the file could not be read.")
    new: Any


class PreviewedFile(BaseModel):
    """A file that would be read differently."""

    file_id: str
    filename: str
    profile: str | None = Field(description="The profile that it was read with.")
    profile_version: int | None
    would_be_profile: str | None = Field(description="The profile that it would be read with.")
    changes: dict[str, PropertyChange] = Field(
        description="Properties of its `dialect` that change."
    )
    old: ReadCounts
    new: ReadCounts | None = Field(description="null if the file is too large to be counted here.")


class PreviewSums(BaseModel):
    """Over the files of the page that were counted and would be read differently."""

    row_count: int
    invalid_count: int


class PreviewTotals(BaseModel):
    """PreviewSums before and after the change."""

    old: PreviewSums
    new: PreviewSums


class Preview(BaseModel):
    """A page of what a change of a profile does to earlier files."""

    items: list[PreviewedFile] = Field(description="Those that would be read differently.")
    next_cursor: str | None = Field(description="For the files before these; null at the end.")
    checked: int = Field(description="Files of this page.")
    differing: int = Field(description="Those of them that would be read differently.")
    unreadable: int = Field(description="Those whose raw bytes are gone.")
    totals: PreviewTotals

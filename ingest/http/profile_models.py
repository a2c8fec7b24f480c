"""What the API answers about profiles, described for OpenAPI."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

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

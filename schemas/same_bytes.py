"""An earlier file with the bytes of another one, as events and records name it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.read_options import ReadOptions


class SameBytes(BaseModel):
    """An earlier file with the same bytes, as it is read: what decides whether both are read alike."""

    model_config = ConfigDict(frozen=True)
    file_id: Annotated[str, Field(min_length=1, max_length=200)]
    # What profiles ask of a file; see `schemas.profiles.Origin`.
    filename: str
    api_key: str | None = None
    topic: str | None = None
    object_path: str | None = None
    options: ReadOptions = ReadOptions()
    profiles: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None

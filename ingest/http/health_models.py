"""Shapes of the answers about health."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Live(BaseModel):
    """Whether the process is healthy."""

    status: Literal["live", "not live"]
    version: str = Field(description="Version of the product.")
    lost_tasks: dict[str, str] = Field(
        default={},
        description="Background tasks that fail again and again, with the last failure of each.",
    )


class Part(BaseModel):
    """One thing the process needs: a service, or another check."""

    ready: bool
    required: bool = Field(description="Whether uploads cannot be taken without it.")
    reason: str | None = Field(description="Why it is not ready.")
    detail: str | None = Field(description="More of what is ready: how many workers.")


class Ready(BaseModel):
    """Whether uploads can be taken."""

    status: Literal["ready", "degraded", "not ready"] = Field(
        description="`degraded`: uploads are taken, but a part fails that is not required."
    )
    parts: dict[str, Part]

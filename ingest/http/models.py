"""What the API answers, described for OpenAPI: what all resources share; `*_models` have the rest.

Answers are made as plain documents (`schemas.file_document`), not by way of these models: a page of
1,000 sensors would be built twice. Tests hold the one against the other.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

T_ = TypeVar("T_")


class Page(BaseModel, Generic[T_]):
    """A page of a list."""

    items: list[T_]
    next_cursor: str | None = Field(description="For the next page; null at the end.")


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What was wrong, where, and what to do.")
    code: str = Field(description="Stable; docs/errors.md lists all of them.")

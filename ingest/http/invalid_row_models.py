"""Shapes of invalid rows, and of what became of corrected ones."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from schemas.invalid_codes import InvalidCode


class InvalidRow(BaseModel):
    """An invalid row."""

    row: int = Field(description="Number of the data record, from 1.")
    line: int = Field(description="Physical line it begins on, from 1.")
    byte: int = Field(description="Byte offset in the file, from 0.")
    column: str | None = Field(description="sensor_id, timestamp, value, or null: its structure.")
    code: InvalidCode = Field(description="Of the first fault.")
    error: str = Field(description="Names every fault, what was seen and what was expected.")
    raw: str = Field(description="The original row.")
    truncated: bool = Field(description="Whether `raw` is cut off.")
    cells: int = Field(description="Cells it cost: several if a record of a wide file is invalid.")
    observed: str | None = Field(description="The text that the first fault is about.")
    span_start: int | None = Field(description="Where `observed` begins in `raw`, in characters.")
    span_end: int | None = Field(description="End of `observed` in `raw`.")
    file_id: str = Field(
        default="", description="Of a container only: the member that the row is of."
    )
    member: str = Field(default="", description="Of a container only: the member's name in it.")


class RowFields(BaseModel):
    """The three cells of a row; empty if the row has no such field, or not all of it is known."""

    sensor_id: str
    timestamp: str
    value: str


class RowCorrection(BaseModel):
    """The file with the corrected row."""

    file_id: str
    status: Literal["corrected", "waiting"] = Field(
        description="`waiting`: the other file is not processed yet."
    )


class ListedInvalidRow(InvalidRow):
    """An invalid row with its cells as the CSV export has them."""

    cell: int = Field(description="Of several invalid cells of a row: which one, from 0.")
    fields: RowFields = Field(description="What a resubmission is compared with.")
    correction: RowCorrection | None = Field(description="null if no file corrects it.")


class Refusal(BaseModel):
    """A resubmitted row that was rejected."""

    line: int = Field(description="Line of the request body.")
    row: str = Field(description="Content of its column `row`.")
    code: Literal[
        "no_number",
        "twice",
        "not_invalid",
        "already_corrected",
        "waiting",
        "cut_off",
        "still_invalid",
    ]
    reason: str


class TakenRows(BaseModel):
    """The outcome of the rows that were resubmitted."""

    accepted: int
    unchanged: int = Field(description="Unchanged, and still invalid.")
    refused: int
    refusals: list[Refusal] = Field(description="The first 100.")

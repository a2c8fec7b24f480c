"""Shapes of queries in SQL and of their answers."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

MAX_ROWS: Final = 10_000
MAX_SECONDS: Final = 60


class Query(BaseModel):
    """A query on the views."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(
        min_length=1, max_length=100_000, description="One SELECT, in ClickHouse's SQL."
    )
    limit: int = Field(
        default=1000, ge=1, le=MAX_ROWS, description="Rows of the answer at most, as JSON."
    )
    seconds: int = Field(
        default=30, ge=1, le=MAX_SECONDS, description="After so long the query is cancelled."
    )


class Column(BaseModel):
    """A column of an answer."""

    name: str
    type: str = Field(description="ClickHouse's type.")


class QueryResult(BaseModel):
    """The rows of a query."""

    columns: list[Column]
    rows: list[list[Any]] = Field(
        description="Values in the order of columns. 64-bit integers are texts, as JSON has none."
    )
    truncated: bool = Field(description="The query has more rows than `limit`.")
    seconds: float
    rows_read: int
    bytes_read: int


class ViewColumn(Column):
    """A column of a view."""

    comment: str


class View(BaseModel):
    """A view that can be read."""

    name: str
    comment: str
    columns: list[ViewColumn]


class Views(BaseModel):
    """What queries can read."""

    database: str
    views: list[View]


RESULT: dict[str, Any] = {
    "columns": [{"name": "status", "type": "String"}, {"name": "files", "type": "UInt64"}],
    "rows": [["processed", "110"], ["partial", "8"]],
    "truncated": False,
    "seconds": 0.012,
    "rows_read": 120,
    "bytes_read": 4096,
}
VIEWS: dict[str, Any] = {
    "database": "csv_processor",
    "views": [
        {
            "name": "files",
            "comment": "Files that are not deleted, one row each",
            "columns": [{"name": "file_id", "type": "String", "comment": "Id of the file"}],
        }
    ],
}

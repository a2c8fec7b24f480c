"""The public views, as the database describes them."""

from __future__ import annotations

from typing import Any

from schemas.views import view_names
from sinks.clickhouse.client import Database


async def described_views(database: Database) -> list[dict[str, Any]]:
    """Each view with its comment and its columns, in their order."""
    params = {"database": database.public, "views": view_names()}
    of_views = "WHERE database = {database:String}"
    comments = await database.query(
        f"SELECT name, comment FROM system.tables {of_views} AND name IN {{views:Array(String)}}"
        " ORDER BY name",
        params,
    )
    columns = await database.query(
        "SELECT table, name, type, comment FROM system.columns"
        f" {of_views} AND table IN {{views:Array(String)}} ORDER BY table, position",
        params,
    )
    return [
        {
            **view,
            "columns": [
                {name: column[name] for name in ("name", "type", "comment")}
                for column in columns
                if column["table"] == view["name"]
            ],
        }
        for view in comments
    ]

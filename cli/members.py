"""The members of a container, shown below it."""

from __future__ import annotations

from typing import Any, Final

from cli import render
from cli.client import Api, document
from cli.format import many
from cli.terminal import say

_SHOWN: Final = 20


def say_members(api: Api, doc: dict[str, Any]) -> None:
    """Print the first members of a container, in its order; nothing for any other file."""
    total = (doc.get("members") or {}).get("total") or 0
    if not total:
        return
    file_id = doc.get("file_id")
    body = api.get("/api/v1/files", {"parent_id": file_id, "sort": "upload_time", "limit": _SHOWN})
    items = document(body).get("items") or []
    lines = ["", *render.files_lines(items)]
    if total > len(items):
        rest = many(total - len(items), "more member")
        lines.append(f"and {rest}: csv-processor files --parent {file_id}")
    say("\n".join(lines))

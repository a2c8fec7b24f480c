"""Files as people name them: by id, by the first characters of it, or by filename."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from cli.client import Api, document
from cli.exit_codes import WRONG_USE, CommandError
from cli.format import moment
from cli.terminal import printable

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHOWN: Final = 5
_PAGE: Final = 1000


def file_named(api: Api, name: str) -> str:
    """The id of the file that `name` stands for; what stands for none is returned as it is.

    Raises:
        CommandError: it stands for several files.
    """
    if _ID.fullmatch(name) or not name:
        return name
    by_name: list[dict[str, Any]] = []
    by_id: list[dict[str, Any]] = []
    # All of them: a second file of the name may be long before the first.
    for item in _search(api, name):
        if item.get("filename") == name:
            by_name.append(item)
        elif str(item.get("file_id")).startswith(name):
            by_id.append(item)
    found = by_name or by_id
    # Ids of the members of a container begin as its own does.
    found = [f for f in found if not f.get("parent_id")] or found
    if not found:
        return name
    if len(found) > 1:
        raise CommandError(
            f"{len(found)} files are called {name}:\n" + "\n".join(map(_line, found[:_SHOWN])),
            "name one of them by its id",
            WRONG_USE,
        )
    return str(found[0]["file_id"])


def _search(api: Api, text: str) -> Iterator[dict[str, Any]]:
    """Files whose name has `text` in it, or whose id begins with it."""
    cursor: str | None = None
    while True:
        page = document(api.get("/api/v1/files", {"q": text, "limit": _PAGE, "cursor": cursor}))
        yield from page.get("items") or []
        cursor = page.get("next_cursor")
        if cursor is None:
            return


def _line(doc: dict[str, Any]) -> str:
    return (
        f"         {doc.get('file_id')}  {moment(doc.get('upload_time'))} UTC  "
        f"{printable(str(doc.get('filename')))}"
    )

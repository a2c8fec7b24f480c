"""Files as people name them: by id, by the first characters of it, or by filename."""

from __future__ import annotations

import re
from typing import Any, Final

from cli.client import Api, document
from cli.exit_codes import WRONG_USE, CommandError
from cli.format import moment
from cli.terminal import printable

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHOWN: Final = 5


def file_named(api: Api, name: str) -> str:
    """The id of the file that `name` stands for; what stands for none is returned as it is.

    Raises:
        CommandError: it stands for several files.
    """
    if _ID.fullmatch(name) or not name:
        return name
    items = document(api.get("/api/v1/files", {"q": name, "limit": 100})).get("items") or []
    found = [f for f in items if f.get("filename") == name]
    found = found or [f for f in items if str(f.get("file_id")).startswith(name)]
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


def _line(doc: dict[str, Any]) -> str:
    return (
        f"         {doc.get('file_id')}  {moment(doc.get('upload_time'))} UTC  "
        f"{printable(str(doc.get('filename')))}"
    )

"""The id that an upload gets: the first of its identity that no deleted file has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from typing import Final

from schemas.events import FileUploaded
from schemas.file_ids import upload_file_id
from schemas.file_state import FileState

# Ids that are looked up at once.
_LIVES: Final = 16

States = Callable[[Sequence[str]], Awaitable[Mapping[str, FileState]]]


async def free_file_id(
    states: States, upload: FileUploaded, *, forced_as: str | None = None, life: int = 0
) -> str:
    """The id for `upload`; see `schemas.file_ids.upload_file_id`.

    Args:
        states: the state of each known file, deleted ones included.
        life: the first one to look at.
    """
    for first in count(life, _LIVES):
        ids = [
            upload_file_id(upload, forced_as=forced_as, life=n)
            for n in range(first, first + _LIVES)
        ]
        known = await states(ids)
        for file_id in ids:
            if file_id not in known or not known[file_id].deleted:
                return file_id
    raise AssertionError("count() does not end")

"""The status of files in the database, checked before work on them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Literal, Protocol

from schemas.file_state import FileState
from stream.runtime.retry import Retry

GenerationStatus = Literal["waiting", "terminal", "superseded", "deleted", "unknown"]
FileKey = tuple[str, int]


class FileStates(Protocol):
    """States of many files, in one query."""

    async def file_states(self, file_ids: Collection[str]) -> Mapping[str, FileState]: ...


class GenerationStatusLookup:
    """The status of generations of files, looked up many at a time.

    Statuses may be `keep` seconds old: for work that is merely wasted if the status has
    changed meanwhile.
    """

    def __init__(self, database: FileStates, retry: Retry, *, keep: float = 0.0) -> None:
        self._database = database
        self._retry = retry
        self._keep = keep
        self._known: dict[FileKey, tuple[float, GenerationStatus]] = {}

    async def is_deleted(self, key: FileKey) -> bool:
        """Whether the file is deleted by now, without the cache."""
        self._known.pop(key, None)
        return (await self.get([key]))[key] == "deleted"

    async def get(self, keys: Collection[FileKey]) -> dict[FileKey, GenerationStatus]:
        """The status of each of `keys`.

        Raises:
            Draining: the database was unavailable until a drain began.
        """
        now = time.monotonic()
        self._known = {k: v for k, v in self._known.items() if v[0] + self._keep > now}
        asked = {key for key in keys if key not in self._known}
        fresh: dict[FileKey, GenerationStatus] = {}
        if asked:
            ids = {file_id for file_id, _ in asked}
            states = await self._retry(
                "ask for the state of files", lambda: self._database.file_states(ids)
            )
            for file_id, generation in asked:
                state = states.get(file_id)
                fresh[file_id, generation] = state.status_of(generation) if state else "unknown"
        if self._keep:
            self._known.update({key: (now, status) for key, status in fresh.items()})
        return {key: fresh[key] if key in fresh else self._known[key][1] for key in set(keys)}

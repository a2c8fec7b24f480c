"""What the database says of files, before work is put into them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Literal, Protocol

from schemas.file_record import FileState
from stream.runtime.retry import Retry

Verdict = Literal["waiting", "terminal", "superseded", "deleted", "unknown"]
FileKey = tuple[str, int]


class StatesOfFiles(Protocol):
    """The one question; a database answers it in one query."""

    async def file_states(self, file_ids: Collection[str]) -> Mapping[str, FileState]: ...


class Verdicts:
    """Verdicts on generations of files, asked for many at a time.

    `keep` seconds an answer may be old: for work that is merely wasted where the answer has
    changed meanwhile.
    """

    def __init__(self, database: StatesOfFiles, retry: Retry, *, keep: float = 0.0) -> None:
        self._database = database
        self._retry = retry
        self._keep = keep
        self._known: dict[FileKey, tuple[float, Verdict]] = {}

    async def is_deleted(self, key: FileKey) -> bool:
        """Whether the file is deleted by now, whatever was known of it before."""
        self._known.pop(key, None)
        return (await self.of([key]))[key] == "deleted"

    async def of(self, keys: Collection[FileKey]) -> dict[FileKey, Verdict]:
        """The verdict on each of `keys`.

        Raises:
            Interrupted: the database was away until an interruption began.
        """
        now = time.monotonic()
        self._known = {k: v for k, v in self._known.items() if v[0] + self._keep > now}
        asked = {key for key in keys if key not in self._known}
        fresh: dict[FileKey, Verdict] = {}
        if asked:
            ids = {file_id for file_id, _ in asked}
            states = await self._retry(
                "ask for the state of files", lambda: self._database.file_states(ids)
            )
            for file_id, generation in asked:
                state = states.get(file_id)
                fresh[file_id, generation] = state.verdict(generation) if state else "unknown"
        if self._keep:
            self._known.update({key: (now, verdict) for key, verdict in fresh.items()})
        return {key: fresh[key] if key in fresh else self._known[key][1] for key in set(keys)}

"""The profiles of users that a file can have, as they were when its generation was begun."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol

from rows.sniff.own_profiles import NO_CANDIDATES, Candidates, OwnProfiles
from schemas.events import FileUploaded
from schemas.profiles import Origin, SavedProfile, origin_of
from stream.runtime.retry import Retry

_KEPT: Final = 4


class Catalog(Protocol):
    """See `sinks.profile_catalog.ProfileCatalog`."""

    async def current(self) -> int | None: ...

    async def at(self, revision: int | None) -> Sequence[SavedProfile]: ...


class StreamProfiles:
    """The users' profiles of each revision, made once and kept for the files that follow.

    A generation names the revision that it is read with, so a split that is repeated after a crash
    finds the same profile, whatever was changed since.
    """

    def __init__(self, catalog: Catalog, retry: Retry) -> None:
        self._catalog, self._retry = catalog, retry
        self._made: OrderedDict[int, OwnProfiles] = OrderedDict()

    async def current(self) -> int | None:
        """The revision for a generation that begins now; None without profiles."""
        return await self._retry("ask for profiles", self._catalog.current)

    async def candidates(self, file: FileUploaded) -> Candidates:
        """The profiles that a file can have."""
        if file.dialect is not None:
            return NO_CANDIDATES
        return await self.candidates_at(file.profiles, origin_of(file))

    async def candidates_at(self, revision: int | None, origin: Origin) -> Candidates:
        """The profiles that a file of that origin can have, as they were at a revision."""
        return NO_CANDIDATES if revision is None else (await self._at(revision)).of(origin)

    async def _at(self, revision: int) -> OwnProfiles:
        if revision not in self._made:
            saved = await self._retry("read profiles", lambda: self._catalog.at(revision))
            self._made[revision] = OwnProfiles(one.named for one in saved)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        self._made.move_to_end(revision)
        return self._made[revision]

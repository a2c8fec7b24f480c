"""Saving and deleting profiles. A call is answered once every process reads files accordingly."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.http.errors import Problem
from ingest.profiles.documents import built_in_by_name, etag_of
from schemas.profiles import MAX_PROFILES, BadProfile, ProfileContent, SavedProfile, check_name
from sinks.profile_catalog import ProfileCatalog
from sinks.profile_log import Change, ProfileLog


@dataclass(frozen=True, slots=True)
class Condition:
    """The version that a caller has seen, as in the headers If-Match and If-None-Match."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check(self, name: str, latest: SavedProfile | None) -> None:
        """Check that the profile is still what the caller has seen.

        Raises:
            Problem: 412 `profile_changed`.
        """
        there = latest is not None and not latest.deleted
        if self.if_none_match is not None and self.if_none_match.strip() == "*" and there:
            raise _changed(name, latest)
        if self.if_match is None:
            return
        tags = {tag.strip() for tag in self.if_match.split(",")}
        if latest is None or not there or not tags & {"*", etag_of(latest)}:
            raise _changed(name, latest)


class Profiles:
    """Changes the profiles of users."""

    def __init__(self, log: ProfileLog, catalog: ProfileCatalog) -> None:
        self._log, self._catalog = log, catalog

    async def put(
        self, name: str, content: ProfileContent, *, by: str | None, condition: Condition
    ) -> tuple[SavedProfile, bool]:
        """Save a version, and whether the profile is new. The same content again is no version.

        Raises:
            Problem: 400 `invalid_profile`, 409 `built_in_profile` or `too_many_profiles`, 412.
        """
        check_own(name)
        new = False

        async def decide(latest: SavedProfile | None) -> Change | None:
            nonlocal new
            condition.check(name, latest)
            new = latest is None or latest.deleted
            if latest is not None and not latest.deleted and latest.content == content:
                return None
            if new and len(await self.all()) >= MAX_PROFILES:
                raise Problem(
                    "too_many_profiles", f"There are {MAX_PROFILES:,} profiles. Delete one first."
                )
            return Change(content, by)

        saved = await self._log.change(name, decide)
        assert saved is not None
        # Also if nothing was changed: a call before may have ended without an answer.
        await self._catalog.settle()
        return saved, new

    async def delete(self, name: str, *, by: str | None, condition: Condition) -> None:
        """Delete a profile; deleting it again changes nothing.

        Raises:
            Problem: 404 `unknown_profile` if there never was one, 409 `built_in_profile`, 412.
        """
        check_own(name)

        async def decide(latest: SavedProfile | None) -> Change | None:
            if latest is None:
                raise unknown_profile(name)
            if latest.deleted:
                return None
            condition.check(name, latest)
            return Change(None, by)

        await self._log.change(name, decide)
        await self._catalog.settle()

    async def all(self) -> list[SavedProfile]:
        """The profiles of users, by name."""
        return await self._log.at(await self._log.revision())

    async def latest(self, name: str) -> SavedProfile | None:
        """The profile of a user; None if there is none of that name."""
        latest = await self._log.latest(name)
        return None if latest is None or latest.deleted else latest

    async def versions(self, name: str, *, before: int | None, limit: int) -> list[SavedProfile]:
        """Its versions, the latest first; deletions too."""
        return await self._log.versions(name, before=before, limit=limit)


def invalid_profile(exc: BadProfile) -> Problem:
    """A profile that cannot be saved."""
    return Problem("invalid_profile", f"{exc.reason}.", place=exc.place)


def unknown_profile(name: str) -> Problem:
    """No profile has that name."""
    return Problem(
        "unknown_profile",
        f"There is no profile {name[:80]!r}. GET /api/v1/profiles lists them.",
    )


def check_own(name: str) -> None:
    """Check that a profile of a user may have a name.

    Raises:
        Problem: 400 `invalid_profile`, 409 `built_in_profile`.
    """
    try:
        check_name(name)
    except BadProfile as exc:
        raise invalid_profile(exc) from None
    if name in built_in_by_name():
        raise Problem(
            "built_in_profile",
            f"{name} is a built-in profile. Save a copy under another name; it is looked for first.",
        )


def _changed(name: str, latest: SavedProfile | None) -> Problem:
    if latest is None or latest.deleted:
        return Problem("profile_changed", f"{name} does not exist; send it without If-Match.")
    return Problem(
        "profile_changed",
        f"{name} is version {latest.version} by now. Read it again, or send the change without "
        "If-Match.",
        headers={"ETag": etag_of(latest)},
    )

"""Profiles as documents, built-in ones beside those of users."""

from __future__ import annotations

from typing import Any, Final

from rows.sniff.profile import Profile, built_in
from schemas.file_document import timestamp
from schemas.profiles import ProfileMatch, SavedProfile

ROOT: Final = "/api/v1/profiles"


def built_in_by_name() -> dict[str, Profile]:
    """The built-in profiles."""
    return {profile.name: profile for profile in built_in()}


def saved_document(saved: SavedProfile) -> dict[str, Any]:
    """A version of a profile of a user."""
    content = saved.content
    return {
        "name": saved.name,
        "version": saved.version,
        "built_in": False,
        "deleted": saved.deleted,
        "title": content.title,
        "source": None,
        "match": content.match.model_dump(mode="json"),
        "options": content.options.model_dump(mode="json", exclude_defaults=True),
        "changed_at": timestamp(saved.changed_at),
        "changed_by": saved.changed_by,
        "links": _links(saved.name),
    }


def built_in_document(profile: Profile) -> dict[str, Any]:
    """A built-in profile."""
    match = ProfileMatch(
        header=profile.match.header, exact=profile.match.exact, lines=profile.match.lines
    )
    return {
        "name": profile.name,
        "version": profile.version,
        "built_in": True,
        "deleted": False,
        "title": profile.title,
        "source": profile.source,
        "match": match.model_dump(mode="json"),
        "options": profile.options.model_dump(mode="json", exclude_defaults=True),
        "changed_at": None,
        "changed_by": None,
        "links": _links(profile.name),
    }


def etag_of(saved: SavedProfile) -> str:
    """The entity tag of a version: it has no deeper meaning than that two versions differ."""
    return f'"{saved.version}"'


def _links(name: str) -> dict[str, str]:
    return {"self": f"{ROOT}/{name}", "versions": f"{ROOT}/{name}/versions"}

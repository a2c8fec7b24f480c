"""Profiles of users: which of them a file matches.

A profile is compared in each respect: file name, header, lines, API key, topic, object prefix. Of
the profiles that match, the one counts that is at least as specific as all others in every respect
and more specific in one. If there is none, the file is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final, TypeAlias

import pyarrow.compute as pc

from rows.sniff.doubt import Alternative, Question
from rows.sniff.profile import AUTO, NO_PROFILE, HeadText, Match, Profile
from schemas.profiles import (
    NamedProfile,
    Origin,
    ProfileMatch,
    base_name,
    glob_pattern,
)

_WILD: Final = re.compile(r"\[[^\]]*\]|[*?]")
_SHOWN: Final = 5
# Greater is more specific, in each respect.
_Rank: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class OwnProfile:
    """A saved profile, ready to be compared with files."""

    profile: Profile
    match: ProfileMatch

    @cached_property
    def _globs(self) -> re.Pattern[str] | None:
        return glob_pattern(self.match.filename)

    @property
    def depends_on_origin(self) -> bool:
        """Whether it has a condition about anything but the file's bytes."""
        match = self.match
        return bool(match.filename or match.topic or match.api_key or match.object_prefix)

    def is_from(self, origin: Origin, name: str) -> bool:
        """Whether all holds that does not depend on the file's bytes.

        Args:
            name: the file's as `base_name` gives it.
        """
        match, path = self.match, origin.object_path
        if match.topic and origin.topic not in match.topic:
            return False
        if match.api_key and origin.api_key not in match.api_key:
            return False
        if match.object_prefix and (path is None or not path.startswith(match.object_prefix)):
            return False
        globs = self._globs
        return globs is None or globs.match(name) is not None

    def fits(self, head: HeadText) -> bool:
        """Whether the head has the header and the lines."""
        match = self.profile.match
        if not match.weight:
            return True
        if not match.may_fit(head) or not match.has_header(head.lines):
            return False
        texts = head.arrow_lines
        return all(
            pc.any(pc.match_substring_regex(texts, pattern)).as_py() for pattern in self.match.lines
        )

    def rank(self, origin: Origin, name: str) -> _Rank:
        """How specific it is for a file that it matches, in each respect."""
        match = self.match
        globs = [
            g for g in match.filename if (p := glob_pattern([g])) is not None and p.match(name)
        ]
        path = origin.object_path or ""
        return (
            max((_literal(glob) for glob in globs), default=0),
            2 * len(match.header) + match.exact,
            len(match.lines),
            bool(match.api_key),
            bool(match.topic),
            max((len(p) for p in match.object_prefix if path.startswith(p)), default=0),
        )


def own_profile(named: NamedProfile) -> OwnProfile:
    """A profile of a user, ready to be compared with files."""
    content = named.content
    match = content.match
    signature = Match(match.header, match.lines, match.exact)
    return OwnProfile(
        Profile(named.name, content.options, signature, named.version, content.title), match
    )


@dataclass(frozen=True)
class Candidates:
    """The profiles of users that one file can have.

    Attributes:
        named: all of them, by name.
        matching: those whose conditions hold as far as they do not depend on the file's bytes.
    """

    origin: Origin = field(default_factory=Origin)
    named: Mapping[str, Profile] = field(default_factory=dict)
    matching: tuple[OwnProfile, ...] = ()

    def find(self, text: bytes, wanted: str | None) -> Profile | None:
        """The profile of a file by the option `profile`; None if it has none of these.

        Args:
            text: the head as UTF-8.

        Raises:
            Question: several match, and none of them is the most specific one.
        """
        if wanted == NO_PROFILE:
            return None
        if wanted not in (None, AUTO):
            return self.named.get(wanted or "")
        if not self.matching:
            return None
        return self._most_specific(self.matching, HeadText(text))

    def encodings(self) -> tuple[str, ...]:
        """The encodings that the candidates name, each once."""
        named = (own.profile.options.encoding for own in self.matching)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def with_encoding(self, encoding: str) -> Candidates:
        """Those that name an encoding."""
        kept = tuple(o for o in self.matching if o.profile.options.encoding == encoding)
        return Candidates(self.origin, self.named, kept)

    def _most_specific(self, owns: Sequence[OwnProfile], head: HeadText) -> Profile | None:
        found = [own for own in owns if own.fits(head)]
        if len(found) < 2:
            return found[0].profile if found else None
        name = base_name(self.origin.filename)
        ranks = [own.rank(self.origin, name) for own in found]
        # The best in each respect, if one profile is that, and is it alone.
        best = tuple(max(each) for each in zip(*ranks, strict=True))
        if ranks.count(best) == 1:
            return found[ranks.index(best)].profile
        names = [own.profile.name for own in found]
        shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        raise Question(
            "profile_ambiguous",
            f"the file matches {len(names)} profiles, of which none is the most specific one: {shown}; "
            "say which with profile, or narrow down what they match",
            [
                Alternative({"profile": own.profile.name}, own.profile.title or own.profile.name)
                for own in found[:_SHOWN]
            ],
        )


class OwnProfiles:
    """All profiles of users at one moment; immutable, and made once for many files."""

    def __init__(self, profiles: Iterable[NamedProfile]) -> None:
        self._owns = tuple(own_profile(named) for named in profiles)
        self._named = MappingProxyType({own.profile.name: own.profile for own in self._owns})
        # Without a condition a profile is used by its name only.
        self._looked_for = tuple(
            (own, own.depends_on_origin) for own in self._owns if not own.match.is_empty
        )

    def of(self, origin: Origin) -> Candidates:
        """Those that a file can have."""
        name = base_name(origin.filename)
        matching = tuple(
            own for own, asks in self._looked_for if not asks or own.is_from(origin, name)
        )
        return Candidates(origin, self._named, matching)


NO_OWN_PROFILES: Final = OwnProfiles(())
NO_CANDIDATES: Final = Candidates()


def _literal(glob: str) -> int:
    """How many characters of a glob are themselves; one without wildcards is longer than any."""
    found = _WILD.sub("", glob)
    return len(found) if found != glob else 10_000

"""Profiles: read options for files that look alike, and which profile a file matches."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from rows.sniff.doubt import Alternative, Question
from schemas.read_options import BadOption, ReadOptions, read_options

if TYPE_CHECKING:
    import pyarrow as pa

AUTO: Final = "auto"
NO_PROFILE: Final = "none"

_LOOKED_AT, _MOST_LOOKED_AT = 8 << 10, 64 << 10
_MOST_LINES: Final = 100
_BETWEEN_NAMES: Final = r"""(?:^|[,;\t|"' #])[ \t]*"""
_AFTER_NAME: Final = r"""[ \t]*(?:$|[\r,;\t|"' ])"""
_WORD: Final = re.compile(r"\w+")
_SEPARATED: Final = re.compile(r"[,;\t|]")
# Escapes: of one character or class; and those after which letters are no text.
_CLASS: Final = re.compile(r"\\[A-Za-z]")
_NO_TEXT: Final = re.compile(r"[|(\[]|\\[xpPQC0-9]")
_LITERAL: Final = re.compile(r"(?:\\[^\w\s]|[\w ,:;/#=<>\"'-])+(?![*?{+])")

# Options that are about one thing: if a request has the first ones, none of these is taken from a
# profile.
_TOGETHER: Final[tuple[tuple[frozenset[str], frozenset[str]], ...]] = (
    (
        frozenset(
            {"column_names", "header", "skip_lines", "skip_after_header", "delimiter", "units"}
        ),
        frozenset(
            {"column_names", "header", "skip_lines", "skip_after_header", "delimiter", "units"}
            | {"quote", "escape", "comment"}
        ),
    ),
    (frozenset({"sensor", "sensor_column"}), frozenset({"sensor", "sensor_column"})),
    (
        frozenset({"timestamp_column"}),
        frozenset({"timestamp_column", "timestamp_format", "timestamp_start"}),
    ),
    (
        frozenset({"value_column", "layout"}),
        frozenset({"value_column", "ignore_column", "quality_column", "quality_accept"})
        | {"quality_reject", "layout"},
    ),
    (
        frozenset({"quality_column"}),
        frozenset({"quality_column", "quality_accept", "quality_reject"}),
    ),
)


class HeadText:
    """The head of a file as profiles are compared with it.

    Args:
        text: as UTF-8; the first kilobytes of it are looked at.
    """

    def __init__(self, text: bytes) -> None:
        end = text.find(b"\n", _LOOKED_AT, _MOST_LOOKED_AT)
        self.text = text[: end if end >= 0 else _LOOKED_AT].decode("utf-8", "replace")

    @cached_property
    def small(self) -> str:
        """It in small letters."""
        return self.text.lower()

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words in small letters."""
        return frozenset(_WORD.findall(self.small))

    @cached_property
    def lines(self) -> list[str]:
        """Its first lines."""
        return self.text.splitlines()[:_MOST_LINES]

    @cached_property
    def arrow_lines(self) -> pa.StringArray:
        """Its first lines, for patterns in RE2."""
        import pyarrow as pa  # not wanted by those who only list profiles

        return pa.array(self.lines, pa.string())


@dataclass(frozen=True)
class Match:
    """What files of a profile look like; all of it has to be there.

    Attributes:
        header: names that one line of the head has, in any order.
        lines: regular expressions, each of which is found in a line of the head.
        exact: the line with the names has no others.
    """

    header: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    exact: bool = False

    @cached_property
    def weight(self) -> int:
        """How specific it is."""
        return len(self.header) + 2 * len(self.lines)

    @cached_property
    def words(self) -> frozenset[str]:
        """Words in small letters that a head has if it has the header's names."""
        return frozenset(word for name in self.header for word in _WORD.findall(name.lower()))

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """Texts in small letters without which no line matches."""
        found = []
        for pattern in self.lines:
            if _NO_TEXT.search(pattern):
                continue
            text = _CLASS.sub("\0", pattern)
            runs = [re.sub(r"\\(.)", r"\1", run) for run in _LITERAL.findall(text)]
            longest = max(runs, key=len, default="")
            if len(longest) > 2:
                found.append(longest.lower())
        return tuple(found)

    @cached_property
    def _names(self) -> tuple[re.Pattern[str], ...]:
        return tuple(
            re.compile(_BETWEEN_NAMES + re.escape(name) + _AFTER_NAME, re.IGNORECASE)
            for name in self.header
        )

    @cached_property
    def _lines(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern) for pattern in self.lines)

    def may_fit(self, head: HeadText) -> bool:
        """Whether a head has the words and texts without which it cannot fit."""
        if not self.words <= head.words:
            return False
        small = head.small
        for text in self.literals:  # noqa: SIM110 - half the time of a generator for hardly any texts
            if text not in small:
                return False
        return True

    def has_header(self, lines: Sequence[str]) -> bool:
        """Whether one of the lines has the names, if there are any."""
        return not self.header or any(self._has_names(line) for line in lines)

    def fits(self, lines: Sequence[str]) -> bool:
        """Whether the lines of a head look like this."""
        if not self.has_header(lines):
            return False
        return all(any(pattern.search(line) for line in lines) for pattern in self._lines)

    def _has_names(self, line: str) -> bool:
        if self.exact and len(_SEPARATED.split(line.rstrip(",;\t "))) != len(self.header):
            return False
        return all(name.search(line) for name in self._names)


@dataclass(frozen=True)
class Profile:
    """Named read options, with what the files look like that they are for.

    Attributes:
        title: for people, such as the maker and the product.
        source: where the format is documented, or was seen.
    """

    name: str
    options: ReadOptions
    match: Match = field(default_factory=Match)
    version: int = 1
    title: str = ""
    source: str = ""


@cache
def built_in() -> tuple[Profile, ...]:
    """The built-in profiles, by name."""
    folder = files("rows.sniff.profiles")
    texts = {
        path.name.removesuffix(".toml"): path.read_text(encoding="utf-8")
        for path in folder.iterdir()
        if path.name.endswith(".toml")
    }
    return tuple(profile_from(name, tomllib.loads(texts[name])) for name in sorted(texts))


def profile_from(name: str, data: Mapping[str, Any]) -> Profile:
    """A profile from its TOML.

    Raises:
        BadOption: an option in it cannot be followed.
    """
    match = data.get("match", {})
    return Profile(
        name=name,
        options=read_options(data.get("options", {})),
        match=Match(
            tuple(match.get("header", ())),
            tuple(match.get("lines", ())),
            bool(match.get("exact", False)),
        ),
        version=int(data.get("version", 1)),
        title=str(data.get("title", "")),
        source=str(data.get("source", "")),
    )


def find_profile(
    text: bytes, wanted: str | None, profiles: Iterable[Profile] | None = None
) -> Profile | None:
    """The profile of a file by the option `profile`.

    Args:
        text: the head as UTF-8.
        profiles: in place of the built-in ones; the more specific one counts, and of equal ones
            it has to be said which is meant.

    Raises:
        BadOption: no profile has that name.
        Question: more than one matches.
    """
    known = tuple(profiles) if profiles is not None else built_in()
    if wanted == NO_PROFILE:
        return None
    if wanted not in (None, AUTO):
        found = next((profile for profile in known if profile.name == wanted), None)
        if found is None:
            names = ", ".join(profile.name for profile in known[:12])
            raise BadOption("profile", wanted, f"auto, none, or one of {names}, ...")
        return found
    head = HeadText(text)
    likely = [p for p in known if p.match.weight and p.match.may_fit(head)]
    if not likely:
        return None
    matching = [profile for profile in likely if profile.match.fits(head.lines)]
    if not matching:
        return None
    most = max(profile.match.weight for profile in matching)
    best = [profile for profile in matching if profile.match.weight == most]
    if len(best) > 1:
        raise Question(
            "profile_ambiguous",
            "the file matches the profiles " + " and ".join(p.name for p in best) + "; say which "
            "with profile",
            [Alternative({"profile": p.name}, p.title or p.name) for p in best],
        )
    return best[0]


def with_profile(options: ReadOptions, profile: Profile) -> tuple[ReadOptions, frozenset[str]]:
    """Options completed by those of a profile, and the names of those that are the profile's."""
    given = {name for name in options.model_fields_set if getattr(options, name) not in (None, ())}
    left_out = set(given)
    for asked, together in _TOGETHER:
        if given & asked:
            left_out |= together
    added = {
        name: getattr(profile.options, name)
        for name in profile.options.model_fields_set
        if name not in left_out
    }
    own = {name: getattr(options, name) for name in given}
    return read_options({**added, **own}), frozenset(added)

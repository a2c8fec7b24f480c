"""Profiles of users: saved read options, and what the files are like that they are for."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from schemas import option_values as v
from schemas.errors import BadData
from schemas.events import ObjectRef, Source
from schemas.read_options import ReadOptions, Texts, read_options

# Words of the option `profile` that are no names.
RESERVED: Final = frozenset({"auto", "none"})
MAX_PROFILES: Final = 10_000
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MOST: Final = 100  # texts of one condition
_LONGEST: Final = 1_000  # characters of a text

TopicName = Literal["files.announced", "files.inline", "files.notifications"]
# The topics by the source of a file; uploads have none.
TOPIC_OF: Final[Mapping[str, TopicName]] = {
    "announced": "files.announced",
    "inline": "files.inline",
    "notification": "files.notifications",
}


class BadProfile(BadData):
    """A profile that cannot be saved.

    Args:
        place: of what is wrong in it, such as `match.header`.
        reason: what was seen, and what is expected.
    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__("bad_profile", f"{place}: {reason}")
        self.place = place


def check_name(name: str) -> str:
    """A name that a profile may have.

    Raises:
        BadProfile: it has other characters, is too long, or is a word of the option `profile`.
    """
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise BadProfile(
            "name",
            f"saw {name[:80]!r}; expected 1 to 64 small letters, digits, dots, dashes and "
            "underscores, a letter or digit first, and neither auto nor none",
        )
    return name


class ProfileMatch(BaseModel):
    """What files of a profile are like. All conditions hold; of several texts in one, any does,
    but for `header` and `lines`, which need all of theirs. Without a condition the profile is
    used by its name only."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    filename: Texts = Field(
        default=(),
        description="Globs of the file name without folders, in any case: `*`, `?`, `[0-9]`.",
        examples=[["klima-*.csv"]],
    )
    header: Texts = Field(
        default=(),
        description="Names that one line at the beginning of the file has, in any order and case.",
        examples=[["Zeitstempel", "Messwert"]],
    )
    exact: bool = Field(default=False, description="The line with the names has no others.")
    lines: Texts = Field(
        default=(),
        description="Regular expressions (RE2), each found in one of the first 100 lines.",
        examples=[["^Logger: KL-"]],
    )
    api_key: Texts = Field(
        default=(),
        description="Ids of API keys; files that were uploaded with one of them.",
        examples=[["3f2a9c01b7de"]],
    )
    topic: Annotated[tuple[TopicName, ...], BeforeValidator(v.texts)] = Field(
        default=(),
        description="Topics; files that were announced there.",
        examples=[["files.inline"]],
    )
    object_prefix: Texts = Field(
        default=(),
        description="Beginnings of BUCKET/KEY of objects that were announced or dropped.",
        examples=[["inbox/klima-nord/"]],
    )

    @field_validator("filename", "header", "lines", "api_key", "topic", "object_prefix")
    @classmethod
    def _bounded(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        if len(texts) > _MOST:
            raise ValueError(f"saw {len(texts)} texts; expected at most {_MOST}")
        for text in texts:
            if not text.strip() or len(text) > _LONGEST:
                raise ValueError(f"saw {text[:80]!r}; expected 1 to {_LONGEST} characters")
        return texts

    @field_validator("lines")
    @classmethod
    def _patterns(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            v.check("end_pattern", text)
        return texts

    @property
    def is_empty(self) -> bool:
        """Whether no file matches."""
        return self == ProfileMatch(exact=self.exact)


class ProfileContent(BaseModel):
    """What a version of a profile says."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: Annotated[str, Field(max_length=200)] = Field(default="", description="For people.")
    match: ProfileMatch = Field(default_factory=ProfileMatch)
    options: ReadOptions = Field(default_factory=ReadOptions)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON, with what is set only."""
        return self.model_dump(mode="json", exclude_defaults=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedProfile:
    """A version of a profile; the deletion of one is a version without content.

    Attributes:
        version: counts from 1, deletions included.
        revision: place among the changes of all profiles, from 1.
        changed_by: id of the API key; None without one.
    """

    name: str
    version: int
    revision: int
    content: ProfileContent
    deleted: bool
    changed_at: datetime
    changed_by: str | None

    @property
    def named(self) -> NamedProfile:
        """It, as far as files are read with it."""
        return NamedProfile(name=self.name, version=self.version, content=self.content)


class NamedProfile(BaseModel):
    """A version of a profile, as far as files are read with it."""

    model_config = ConfigDict(frozen=True)
    name: str
    version: int
    content: ProfileContent


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of a file besides its bytes, as far as profiles ask for it."""

    filename: str = ""
    api_key: str | None = None
    topic: str | None = None
    # BUCKET/KEY of an object that another producer brought.
    object_path: str | None = None


class HasOrigin(Protocol):
    """A file, as an event or as a record."""

    @property
    def source(self) -> Source: ...
    @property
    def raw(self) -> ObjectRef: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def parent_id(self) -> str | None: ...
    @property
    def own_name(self) -> str: ...


def origin_of(file: HasOrigin) -> Origin:
    """What profiles may ask of a file besides its bytes."""
    # The object of a member is the product's own.
    brought = file.source in ("announced", "notification") and file.parent_id is None
    return Origin(
        filename=file.own_name,
        api_key=file.owner,
        topic=TOPIC_OF.get(file.source),
        object_path=f"{file.raw.bucket}/{file.raw.key}" if brought else None,
    )


def profile_content(data: object) -> ProfileContent:
    """The content of a profile from JSON values.

    Raises:
        BadProfile: saying where it is wrong.
    """
    if not isinstance(data, Mapping):
        raise BadProfile("body", "expected an object with title, match and options")
    options = data.get("options", {})
    if not isinstance(options, Mapping):
        raise BadProfile("options", "expected an object")
    if "profile" in options:
        raise BadProfile("options.profile", "a profile cannot name another one; leave it out")
    try:
        read = read_options({str(name): value for name, value in options.items()})
    except BadData as exc:
        raise BadProfile("options", exc.reason) from None
    try:
        return ProfileContent.model_validate({**data, "options": read})
    except ValidationError as exc:
        error = exc.errors()[0]
        place = ".".join(str(part) for part in error["loc"]) or "body"
        context = error.get("ctx") or {}
        reason = context.get("expected") or context.get("error") or error["msg"]
        raise BadProfile(place, str(reason)) from None


def glob_pattern(globs: Sequence[str]) -> re.Pattern[str] | None:
    """What a file name without folders matches if it matches one of `globs`; None without any."""
    if not globs:
        return None
    return re.compile("|".join(fnmatch.translate(glob.lower()) for glob in globs))


def base_name(filename: str) -> str:
    """A file name without folders, in small letters, as globs are compared with."""
    return re.split(r"[/\\]", filename)[-1].lower()

"""Names in options: columns of the file, and the groups and columns that templates name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.read_options import BadOption
from schemas.read_plan import COLUMN, Template

_NUMBERED: Final = re.compile(r"#(\d{1,6})")
_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_PACKED: Final = (".gz", ".zst", ".zip")
_SHOWN: Final = 12
# Lines before the first record that patterns are searched in.
_MOST_LINES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Names:
    """What options can name: the columns of a file, and the groups of its patterns."""

    columns: tuple[str, ...]
    groups: Mapping[str, str] = field(default_factory=dict)
    filename: str = ""

    def place(self, option: str, name: str) -> int:
        """The position of a column.

        Raises:
            BadOption: there is no such column.
        """
        found = self.find(name)
        if found is None:
            known = ", ".join(self.columns[:_SHOWN]) or "none"
            raise BadOption(option, name, f"one of the columns of the file: {known}")
        return found

    def find(self, name: str) -> int | None:
        """The position of a column by its header or as `#3`; None if there is no such column."""
        small = name.strip().lower()
        for place, column in enumerate(self.columns):
            if column.lower() == small:
                return place
        numbered = _NUMBERED.fullmatch(small)
        if numbered is not None and 1 <= int(numbered[1]) <= len(self.columns):
            return int(numbered[1]) - 1
        return None

    @property
    def stem(self) -> str:
        """The file's name without folder and extensions."""
        name = PurePosixPath(self.filename.replace("\\", "/")).name
        for packed in _PACKED:
            if name.lower().endswith(packed) and len(name) > len(packed):
                name = name[: -len(packed)]
        return PurePosixPath(name).stem

    def template(self, option: str, text: str) -> Template:
        """A template with groups and file name filled in: literal texts and positions of columns.

        Raises:
            BadOption: a name in braces is none of anything.
        """
        parts: list[int | str] = []
        at = 0
        for found in _FIELD.finditer(text):
            parts.append(text[at : found.start()])
            parts.append(self._named(option, found[1]))
            at = found.end()
        parts.append(text[at:])
        return merged(parts)

    def _named(self, option: str, name: str) -> int | str:
        small = name.strip().lower()
        if small == "column":
            return COLUMN
        if small == "filename":
            return self.filename
        if small == "stem":
            return self.stem
        if name in self.groups:
            return self.groups[name]
        place = self.find(name)
        if place is None:
            known = ["column", "filename", "stem", *self.groups, *self.columns]
            raise BadOption(option, "{" + name + "}", f"one of {', '.join(known[:_SHOWN])}")
        return place


def merged(parts: Sequence[int | str]) -> Template:
    """A template without empty texts, and with neighbouring texts joined."""
    found: list[int | str] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return tuple(found)


def groups_of(
    patterns: Sequence[str], texts: Sequence[str], option: str, *, needed: bool = True
) -> dict[str, str]:
    """The named groups of patterns, each by the first text that it matches.

    Raises:
        BadOption: a pattern matches nowhere, and `needed`.
    """
    found: dict[str, str] = {}
    array = pa.array(list(texts[:_MOST_LINES]), pa.string())
    for pattern in patterns:
        matches = pc.extract_regex(array, named_only(pattern)).drop_null()
        if len(matches):
            first = matches[0].as_py()
            found |= {name: text for name, text in first.items() if text is not None}
        elif needed:
            raise BadOption(option, pattern, "a pattern that is found in it")
    return found


def named_only(pattern: str) -> str:
    """A pattern whose groups without a name do not capture."""
    text, at, in_class = [], 0, False
    while at < len(pattern):
        one = pattern[at]
        if one == "\\":
            text.append(pattern[at : at + 2])
            at += 2
            continue
        if one == "[" and not in_class:
            in_class = True
            if pattern[at + 1 : at + 2] in ("]", "^"):
                text.append(one)
                at += 1
                one = pattern[at]
                if one == "^" and pattern[at + 1 : at + 2] == "]":
                    text.append(one)
                    at += 1
                    one = pattern[at]
        elif one == "]":
            in_class = False
        text.append(one)
        if one == "(" and not in_class and pattern[at + 1 : at + 2] != "?":
            text.append("?:")
        at += 1
    return "".join(text)
